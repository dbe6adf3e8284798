"""The schema is the migrations' schema, SQLite is opened as it must be, and the SQL is PostgreSQL's too."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from registry import log
from registry.tables import METADATA, migrate
from tests.registry_rim.rim_house import House
from tests.stores.kinds import CONSTRAINT_BROKEN, Kind
from web.database import open_engine, reading


def test_migrating_gives_exactly_the_tables_of_the_code(tmp_path: Path, kind: Kind) -> None:
    url = kind.empty(tmp_path, "registry.db")
    migrate(url)
    migrate(url)
    engine = open_engine(url)
    with reading(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_sqlite_writes_ahead_and_waits_for_the_disk(tmp_path: Path) -> None:
    house = House(tmp_path)
    with reading(house.engine) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    house.engine.dispose()


def test_the_head_is_locked_where_the_database_can_lock_a_row() -> None:
    assert str(log._LOCK_HEAD.compile(dialect=postgresql.dialect())).endswith("FOR UPDATE")


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: table.name)
def test_every_table_can_be_made_in_postgresql(table) -> None:
    assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))


def test_there_is_one_head_and_one_row_for_each_thing(full_house: House) -> None:
    doubles = (
        "INSERT INTO head SELECT 2, origin, size, root, t, note FROM head",
        "INSERT INTO entry SELECT idx, body FROM entry WHERE idx = 7",
        'INSERT INTO slot SELECT list, "index" + 5000, log_index, kid8 FROM slot WHERE "index" = 7',
        "INSERT INTO issuer_key SELECT x'00', kid8, body_code, jwk, state, 99, closed, boundary FROM issuer_key",
        "INSERT INTO append_batch SELECT 'other', digest, first_index, count, size FROM append_batch WHERE batch = 'first'",
    )
    for statement in doubles:
        with pytest.raises(CONSTRAINT_BROKEN):
            full_house.sql(statement)
