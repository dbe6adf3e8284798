"""A founded house and a house with issued certificates, each made once and copied for whoever changes it."""

import functools
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import click
import pytest

from hallmark.house import House
from hallmark.settings import read_settings
from tests.hallmark.command import PASSPHRASE, run

DATA = Path(str(resources.files("hallmark.demo").joinpath("data")))
ISSUED = 12


@contextmanager
def operators_passphrase() -> Iterator[None]:
    """The environment as an operator sets it, and no longer than needed: other rooms' test houses bring their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HALLMARK_KEY_PASSPHRASE", PASSPHRASE)
        patch.delenv("HALLMARK_KEY_PASSPHRASE_FILE", raising=False)
        patch.delenv("HALLMARK_HOME", raising=False)
        yield


@pytest.fixture(scope="module", autouse=True)
def passphrase() -> Iterator[None]:
    """Every command of these tests finds the passphrase where an operator would put it."""
    with operators_passphrase():
        yield


_STRETCH = functools.cache(hashlib.scrypt)


class _Stretched:
    """The library's Scrypt by the same numbers, remembered."""

    def __init__(self, *, salt: bytes, length: int, n: int, r: int, p: int) -> None:
        self._costs = {"salt": salt, "n": n, "r": r, "p": p, "maxmem": 1 << 30, "dklen": length}

    def derive(self, phrase: bytes) -> bytes:
        return _STRETCH(phrase, **self._costs)


@pytest.fixture(scope="module", autouse=True)
def remembered_stretching() -> Iterator[None]:
    """One passphrase under one salt stretches to one key: hundreds of commands in one process need it computed once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keys.sealing.scrypt", _STRETCH)
        patch.setattr("hallmark.house.Scrypt", _Stretched)
        yield


@pytest.fixture(scope="module", autouse=True)
def help_at_the_whole_command() -> None:
    """click keeps a command's help option from its first call; tests of single groups know `--help` alone."""
    from hallmark import cli

    def forget(command: click.Command) -> None:
        command._help_option = None
        for each in command.commands.values() if isinstance(command, click.Group) else ():
            forget(each)

    cli._assemble()
    forget(cli.hallmark)


def rows_of(name: str, rows: slice, encoding: str = "utf-8-sig") -> str:
    """Some rows of a demo file, its header before them."""
    lines = (DATA / name).read_text(encoding).splitlines()
    return "\n".join([lines[0], *lines[1:][rows]]) + "\n"


def copied(home: Path, to: Path) -> Path:
    """A house of one's own. Published files are linked: they are only ever replaced, never written into."""

    def copy(source: str, target: str) -> None:
        if f"{home.name}/public/" in source:
            os.link(source, target)
        else:
            shutil.copy2(source, target)

    return Path(shutil.copytree(home, to, copy_function=copy))


@pytest.fixture(scope="session")
def _founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("founded") / "house"
    lists = ("--bodies", DATA / "bodies.csv", "--committees", DATA / "committees.csv")
    with operators_passphrase():
        assert run(home, "init", "--host", "verify.example", *lists).fine().out.count(str(home)) == 1
    return home


@pytest.fixture(scope="session")
def _issued(_founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("issued")
    copied(_founded, work / "house")
    (work / "titles.csv").write_text(rows_of("titles.csv", slice(ISSUED)), "utf-8")
    with operators_passphrase():
        assert f"签发 {ISSUED} 份" in run(work / "house", "issue", work / "titles.csv", "--kind", "title").fine().out
    return work / "house"


@pytest.fixture
def founded(_founded: Path, tmp_path: Path) -> Path:
    """A house in which nothing was issued yet."""
    return copied(_founded, tmp_path / "house")


@pytest.fixture
def issued(_issued: Path, tmp_path: Path) -> Path:
    """A house that has issued the first rows of the demo's titles."""
    return copied(_issued, tmp_path / "house")


@pytest.fixture(scope="session")
def untouched(_founded: Path) -> Path:
    """The founded house for those who only copy it."""
    return _founded


@pytest.fixture(scope="session")
def kept(_issued: Path) -> Path:
    """The same for those who change nothing."""
    return _issued


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[..., Path]:
    """Write some rows of a demo file as a file of one's own."""

    def write(rows: slice, name: str = "titles.csv", to: str = "rows.csv") -> Path:
        file = tmp_path / to
        file.write_text(rows_of(name, rows), "utf-8")
        return file

    return write


def opened(home: Path) -> House:
    """The house as a program opens it."""
    return House(read_settings(home))


def numbers_of(home: Path) -> list[str]:
    """The released certificates' numbers in order of issue."""
    return [record.number for record in opened(home).ledger.records()]
