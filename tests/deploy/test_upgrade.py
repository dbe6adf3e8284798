"""T63: a house of the first version, its databases brought to this one's schema: everything is there and goes on."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from issuers.tables import MIGRATIONS as LEDGER
from registry.tables import MIGRATIONS as REGISTRY
from tests.hallmark.command import run
from tests.hallmark.conftest import DATA, numbers_of, opened, operators_passphrase, rows_of
from web.database import open_engine, sqlite_url, writing

FIRST = {"registry.db": REGISTRY, "ledger.db": LEDGER}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A house that has issued, its rows put back into databases as the first version made them."""
    home = tmp_path_factory.mktemp("first") / "house"
    lists = ("--bodies", DATA / "bodies.csv", "--committees", DATA / "committees.csv")
    with operators_passphrase():
        run(home, "init", "--host", "verify.example", *lists).fine()
        file = home.parent / "rows.csv"
        file.write_text(rows_of("titles.csv", slice(8)), "utf-8")
        run(home, "issue", file, "--kind", "title").fine()
        run(home, "publish").fine()
        for name, scripts in FIRST.items():
            downgraded(home / name, scripts)
        yield home


def first_revision(scripts: Path) -> str:
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(scripts))
    (base,) = ScriptDirectory.from_config(config).get_bases()
    return base


def downgraded(database: Path, scripts: Path) -> None:
    """The same rows under the first schema; tables and columns that came later are left behind."""
    now = database.rename(database.with_suffix(".now"))
    engine = open_engine(sqlite_url(database))
    with writing(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.attributes["connection"] = connection
        command.upgrade(config, first_revision(scripts))
    engine.dispose()
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("ATTACH ? AS now", (str(now),))
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'alembic%'"
        for (table,) in connection.execute(tables).fetchall():
            columns = ", ".join(f'"{row[1]}"' for row in connection.execute(f"PRAGMA main.table_info({table})"))
            connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}")
    for file in database.parent.glob("*.now*"):
        file.unlink()


@pytest.fixture
def home(first: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(first, tmp_path / "house"))


def schema(home: Path) -> list[set[str]]:
    found = []
    for name in FIRST:
        with closing(sqlite3.connect(home / name)) as connection:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            found.append({row[0] for row in rows})
    return found


def test_an_upgraded_house_has_everything_and_goes_on(home: Path) -> None:
    before, numbers = schema(home), numbers_of(home)
    assert "本版本" in run(home, "upgrade").fine().out
    assert any(after > old for after, old in zip(schema(home), before, strict=True))
    assert numbers_of(home) == numbers
    assert len(numbers) == 8
    file = home.parent / "more.csv"
    file.write_text(rows_of("titles.csv", slice(8, 10)), "utf-8")
    run(home, "issue", file, "--kind", "title").fine()
    run(home, "revoke", numbers[0]).fine()
    run(home, "publish").fine()
    assert "findings: 0" in run(home, "audit").fine().out
    run(home, "upgrade").fine()  # asking again is harmless
    assert len(numbers_of(home)) == 10


def test_an_upgrade_that_breaks_off_has_changed_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = schema(home)
    from sqlalchemy.engine.default import DefaultDialect

    def lost(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(DefaultDialect, "do_commit", lost)
        run(home, "upgrade").refused()
    assert schema(home) == before
    run(home, "upgrade").fine()
    assert opened(home).audit() == []
