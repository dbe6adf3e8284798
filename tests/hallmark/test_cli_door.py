"""The command itself: help, wrong usage, what a person reads when something fails, completion, a broken pipe."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from sqlalchemy.exc import OperationalError

from hallmark.cli import _assemble, hallmark
from hallmark.explaining import explain
from issuers.refusals import AlreadyUnderWay, RegistryUnproven
from keys.errors import KeyExpired
from registry.refusals import Busy, StorageFailed
from tests.hallmark.command import environment, has_han, run, run_process
from tests.hallmark.conftest import DATA, numbers_of
from verifier.errors import ReaderBusy

MACHINE = re.compile(r"/(home|root|tmp|work|usr|var|opt|Users)/|[A-Z]:\\")


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every command and group."""
    yield path
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


_assemble()
COMMANDS = sorted(commands(hallmark))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_in_both_languages_and_names_no_machine(path: tuple[str, ...]) -> None:
    page = run(None, *path, "--help").fine().out
    description = page.split("Options:")[0].split("\n\n", 1)[1]
    assert has_han(description)
    assert re.search(r"[A-Za-z]{3,} [a-z]+", description), description
    assert not MACHINE.search(page)
    assert run(None, *path, "-h").out == page
    command: click.Command = hallmark
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    for option in command.params:
        text = getattr(option, "help", None)
        if isinstance(option, click.Option) and text and "--version" not in option.opts and "--help" not in option.opts:
            assert has_han(text), f"{path} {option.name}: {text}"
            assert re.search(r"[A-Za-z]{3}", text), f"{path} {option.name}: {text}"


def test_there_is_a_command_for_every_job() -> None:
    assert {path[0] for path in COMMANDS if path} == {
        "init", "receipt-key", "verify-many", "issue", "render", "export", "proof", "supersede", "status", "revoke", "rescind", "cancel", "suspend", "reinstate", "transfer",
        "verify", "publish", "bundle", "serve", "audit", "backup", "restore", "completion", "demo", "keys", "registry",
        "join", "witness", "monitor", "expected", "list", "roots", "upgrade", "api-key", "reports",
    }  # fmt: skip


def test_the_examples_in_the_help_pages_name_options_that_exist() -> None:
    """Every `hallmark …` line of a help page is one that the command line understands, up to its files."""
    for path in COMMANDS:
        for line in run(None, *path, "--help").out.splitlines():
            words = line.split()
            if "hallmark" not in words or words[0] in ("Usage:", "--home"):
                continue
            words = words[words.index("hallmark") + 1 :]
            if words[:1] == ["--home"]:
                words = words[2:]
            if not words or words[0] not in hallmark.commands:
                continue
            command = hallmark.commands[words[0]]
            known = {option for each in command.params for option in each.opts}
            if isinstance(command, click.Group):
                known |= {option for sub in command.commands.values() for each in sub.params for option in each.opts}
            used = {word for word in words if word.startswith("--") and len(word) > 2}
            assert used <= known, line


def test_the_version_is_the_packages() -> None:
    from importlib.metadata import version

    assert run(None, "--version").fine().out.strip().endswith(version("hallmark"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["xyz"],
        ["印章"],
        ["issue"],
        ["issue", "missing.csv", "--kind", "title"],
        ["issue", ".", "--kind", "title"],
        ["issue", __file__, "--kind", "diploma"],
        ["issue", __file__],
        ["issue", __file__, "--kind"],
        ["issue", __file__, "--kind", "title", "--force"],
        ["issue", __file__, "b", "--kind", "title"],
        ["verify"],
        ["verify", "x", "--lang", "fr"],
        ["serve", "--port", "0"],
        ["serve", "--port", "http"],
        ["init"],
        ["completion", "tcsh"],
        ["registry", "erase", "seven"],
        ["registry", "nothing"],
        ["keys", "generate", "x", "--purpose", "fun"],
        ["--nonsense"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_sentence_in_each_language_and_64(arguments: list[str]) -> None:
    chinese, english = run(None, *arguments).refused(64)
    for sentence in (chinese, english):
        assert "--help" in sentence
        assert "Error" not in sentence


def test_no_command_at_all_shows_the_way() -> None:
    for group in ([], ["keys"], ["registry"]):
        ran = run(None, *group)
        assert ran.status == 64
        assert "--help" in ran.err or "COMMAND" in ran.err


@pytest.mark.parametrize(
    "command", sorted({path[0] for path in COMMANDS if path} - {"completion", "demo", "init", "join", "restore"})
)
def test_where_there_is_no_house_each_command_says_so_and_makes_none(command: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n")
    needed = {
        "issue": [tmp_path / "x.csv", "--kind", "title"],
        "render": ["--all", "--to", tmp_path / "out"],
        "export": ["--all", "--to", tmp_path / "out"],
        "proof": ["000000000000Q"],
        "supersede": ["000000000000Q", tmp_path / "x.csv", "--kind", "title"],
        "verify": ["nonsense"],
        "receipt-key": [tmp_path / "k"],
        "verify-many": [tmp_path / "x.csv", "--out", tmp_path / "o.csv"],
        "bundle": [tmp_path / "b"],
        "backup": [tmp_path / "b"],
        "keys": ["list"],
        "registry": ["head"],
        "witness": ["log-keys"],
        "api-key": ["list"],
        "reports": ["list"],
        "monitor": [tmp_path],
        "roots": ["show"],
        "list": ["history", "trust"],
        "expected": ["12310000425006790X"],
    }.get(command, ["000000000000Q"] if command in hallmark.commands and _takes_numbers(command) else [])
    ran = run(tmp_path / "no-house", command, *needed)
    chinese, _ = ran.refused()
    assert ("hallmark init" in chinese) == (command not in {"verify", "verify-many", "monitor", "list"})
    assert {file.name for file in tmp_path.iterdir()} == {"x.csv"}


def _takes_numbers(command: str) -> bool:
    return any(param.name == "numbers" for param in hallmark.commands[command].params)


# what can go wrong below -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Busy(), 75),
        (AlreadyUnderWay(), 75),
        (ReaderBusy(), 75),
        (OperationalError("SELECT 1", {}, Exception("disk I/O error")), 65),
        (StorageFailed(reason="database or disk is full"), 65),
        (RegistryUnproven(batch="b", defect="registry.proof_invalid"), 65),
        (KeyExpired(name="status", closes_at=5), 65),
        (PermissionError(13, "Permission denied", "/somewhere/secret/titles.csv"), 65),
        (OSError(28, "No space left on device"), 65),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_each_failure_below_becomes_two_sentences(error: BaseException, status: int) -> None:
    explained = explain(error)
    assert explained.status == status
    chinese, english = explained.lines
    assert has_han(chinese)
    assert not has_han(english)
    assert "{" not in chinese + english
    assert "/somewhere" not in chinese + english  # a name is enough
    assert not re.search(r"[a-z]\.[a-z]+_", english)  # a nested code is said in words


def test_a_locked_database_is_never_called_so() -> None:
    import sqlite3

    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorname = "SQLITE_BUSY"
    explained = explain(OperationalError("BEGIN IMMEDIATE", {}, locked))
    assert explained.status == 75
    assert "locked" not in " ".join(explained.lines)


def test_a_defect_of_ours_keeps_its_trace_and_says_that_nothing_is_lost() -> None:
    def broken() -> None:
        raise RuntimeError("canary")

    with pytest.raises(RuntimeError) as caught:
        broken()
    explained = explain(caught.value)
    assert explained.status == 70
    assert "in broken" in explained.lines[0]
    assert "RuntimeError: canary" in explained.lines[0]
    assert has_han(explained.lines[1])


def test_a_database_that_is_none_is_a_sentence(issued: Path) -> None:
    for file in issued.glob("*.db-*"):
        file.unlink()
    (issued / "ledger.db").write_bytes(os.urandom(8192))
    assert "file is not a database" in run(issued, "status").refused()[0]
    (issued / "ledger.db").unlink()
    run(issued, "status").refused()
    (issued / "registry.db").write_bytes(b"")
    run(issued, "audit").refused()


@pytest.mark.parametrize("name", ["HALLMARK_KEY_PASSPHRASE", "HALLMARK_KEY_PASSPHRASE_FILE"])
def test_without_the_right_passphrase_nothing_is_signed(
    name: str, issued: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (issued.parent / "wrong").write_text("wrong")
    monkeypatch.delenv("HALLMARK_KEY_PASSPHRASE")
    run(issued, "revoke", numbers_of_with(issued, monkeypatch)[0]).refused()
    monkeypatch.setenv(name, "wrong" if name.endswith("PASSPHRASE") else str(issued.parent / "wrong"))
    for line in run(issued, "issue", DATA / "titles.csv", "--kind", "title").refused():
        assert "wrong" not in line
    run(issued, "revoke", numbers_of_with(issued, monkeypatch)[0]).refused()


def numbers_of_with(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    from tests.hallmark.command import PASSPHRASE

    with monkeypatch.context() as patch:
        patch.setenv("HALLMARK_KEY_PASSPHRASE", PASSPHRASE)
        return numbers_of(home)


@pytest.mark.parametrize(
    "content",
    [
        'host = "x',
        'host = "Verify.Example"',
        'host = "a-host-name-of-more-than-twenty"',
        'host = "a.b"\ntest = 1',
        'hots = "a.b"',
        "\xff",
    ],
)
def test_wrong_settings_are_named(content: str, issued: Path) -> None:
    (issued / "hallmark.toml").write_bytes(content.encode("latin-1"))
    assert "hallmark.toml" in run(issued, "status").refused()[1]


# the real process --------------------------------------------------------------------------------------------------


def test_the_completion_script_is_printed_and_completes() -> None:
    script = run(None, "completion", "bash").fine().out
    assert "_HALLMARK_COMPLETE=bash_complete" in script
    for shell in ("zsh", "fish"):
        assert f"_HALLMARK_COMPLETE={shell}_complete" in run(None, "completion", shell).fine().out
    assert subprocess.run(["bash", "-n"], input=script.encode(), check=False).returncode == 0
    ran = run_process(None, COMP_WORDS="hallmark re", COMP_CWORD="1", _HALLMARK_COMPLETE="bash_complete")
    offered = {line.split(",")[1] for line in ran.out.splitlines()}
    assert offered == {"receipt-key", "registry", "reinstate", "render", "reports", "rescind", "restore", "revoke"}


def test_a_reader_that_goes_away_is_no_error(kept: Path) -> None:
    command = [str(Path(sys.executable).with_name("hallmark")), "--home", str(kept), "status", *numbers_of(kept)]
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(
            command, stdout=closed, stderr=subprocess.PIPE, env=environment(), timeout=60, check=False
        )
    assert b"Traceback" not in done.stderr
    assert done.returncode in (1, 120, -signal.SIGPIPE)


def test_help_needs_no_house_no_passphrase_and_comes_at_once() -> None:
    ran = run_process(None, "issue", "--help", HALLMARK_KEY_PASSPHRASE="")
    assert ran.status == 0
    assert "无退回" in ran.out
