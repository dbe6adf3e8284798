"""What a PostgreSQL session promises, however the server was set up: one writer, durable commits, snapshots, no endless wait."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, Engine, make_url, text
from sqlalchemy.exc import DBAPIError

from registry.refusals import Busy, StorageFailed, StorageLost
from registry.tables import METADATA, migrate
from tests.registry_rim.rim_house import House
from tests.stores.kinds import Postgresql, execute, plain, rows, schema_of
from tests.stores.server import Server, running
from web import database, postgresql
from web.database import open_engine, reading, writing
from web.postgresql import StoreUnfit


@pytest.fixture
def url(server: Server, tmp_path: Path) -> str:
    return Postgresql(server).empty(tmp_path, "any")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()


def with_options(url: str, options: str) -> str:
    """The URL of a session that the server's administrator set up otherwise."""
    return (
        make_url(url)
        .update_query_dict({"options": f"-csearch_path={schema_of(url)} {options}"})
        .render_as_string(hide_password=False)
    )


def test_a_commit_is_on_the_disk_before_it_is_confirmed(url: str) -> None:
    for configured, expected in (("off", "on"), ("local", "on"), ("on", "on"), ("remote_apply", "remote_apply")):
        engine = open_engine(with_options(url, f"-csynchronous_commit={configured}"))
        with writing(engine) as connection:
            assert connection.execute(text("SHOW synchronous_commit")).scalar() == expected
        engine.dispose()


def test_a_server_that_may_lose_what_it_confirmed_is_refused() -> None:
    with running(settings=("fsync = off",)) as careless:
        engine = open_engine(careless.url())
        with pytest.raises(StoreUnfit) as refused, writing(engine):
            pass
        assert refused.value.params == {"setting": "fsync", "value": "off"}


def test_writers_read_committed_and_readers_one_snapshot_whatever_the_default(url: str) -> None:
    engine = open_engine(with_options(url, "-cdefault_transaction_isolation=serializable"))
    with writing(engine) as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "read committed"
    with reading(engine) as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "repeatable read"
        with pytest.raises(DBAPIError):
            connection.execute(text("CREATE TABLE x (n int)"))
    with writing(engine) as connection:  # a reader's ways do not stick to its connection
        connection.execute(text("CREATE TABLE x (n int)"))
    engine.dispose()


def test_no_update_is_lost_among_writers_who_read_first(url: str, engine: Engine) -> None:
    execute(url, "CREATE TABLE counter (n int)")
    execute(url, "INSERT INTO counter VALUES (0)")

    def count(_: int) -> None:
        for _ in range(20):
            with writing(engine) as connection:
                seen = connection.execute(text("SELECT n FROM counter")).scalar_one()
                connection.execute(text("UPDATE counter SET n = :n"), {"n": seen + 1})

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(count, range(6)))
    assert rows(url, "SELECT n FROM counter") == [(120,)]


def test_many_who_migrate_at_once_make_one_schema(url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(migrate, [url] * 4))
    made = {name for (name,) in rows(url, f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema_of(url)}'")}
    assert made == METADATA.tables.keys() | {"alembic_version"}


def test_a_writer_who_waits_too_long_is_told_so(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 1)
    house = House(tmp_path, kind=Postgresql(server))
    with psycopg.connect(plain(house.url)) as rude:
        rude.execute("SELECT * FROM head FOR UPDATE")  # another program, which knows nothing of our lock
        with pytest.raises(Busy):
            house.recorder.reserve("a", 1)
    with writing(house.engine), pytest.raises(Busy):
        house.recorder.reserve("a", 1)
    assert house.recorder.reserve("a", 1)
    house.engine.dispose()


def cut_and_ask(house: House, connection: Connection) -> None:
    mine = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    execute(house.url, f"SELECT pg_terminate_backend({mine})")
    connection.execute(text("SELECT 1"))


def test_a_connection_cut_by_the_server_is_told_from_a_refusal_and_the_next_call_works(
    server: Server, tmp_path: Path
) -> None:
    house = House(tmp_path, kind=Postgresql(server))
    key = house.enrol()
    with pytest.raises(StorageLost), house.log.growing() as growth:
        cut_and_ask(house, growth.connection)
    assert house.issue(1, key)
    execute(house.url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hallmark'")
    assert house.issue(1, key)  # an idle connection that was cut is not even noticed
    house.engine.dispose()


def test_a_refusal_of_the_store_is_no_lost_connection(server: Server, tmp_path: Path) -> None:
    house = House(tmp_path, kind=Postgresql(server))
    with pytest.raises(StorageFailed), house.log.growing() as growth:
        growth.connection.execute(text("SELECT no_such_thing()"))
    house.engine.dispose()


def test_a_process_holds_no_more_connections_than_its_share(url: str) -> None:
    engine = open_engine(url, pool_size=2)
    gate = threading.Barrier(5)  # four and this one

    def hold(_: int) -> None:
        with reading(engine) as connection:
            connection.execute(text("SELECT 1"))
            gate.wait(10)
            gate.wait(10)

    with ThreadPoolExecutor(4) as threads:
        held = [threads.submit(hold, number) for number in range(4)]
        gate.wait(10)
        assert engine.pool.checkedout() == 4  # type: ignore[attr-defined]
        gate.wait(10)
        for each in held:
            each.result()
    assert engine.pool.checkedin() == 2  # type: ignore[attr-defined]
    engine.dispose()


def test_the_lock_is_one_number() -> None:
    assert str(int.from_bytes(b"Hallmark", "big")) in postgresql._LOCK
