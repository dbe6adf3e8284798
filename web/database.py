"""How a database is opened: one writer, durable commits. Each room brings its own tables and migrations.

SQLite runs in WAL mode with synchronous=FULL and its writers start with BEGIN IMMEDIATE: a read that is later upgraded to a
write is how SQLAlchemy over sqlite3 loses updates. PostgreSQL, by URL, keeps the same promises: `web.postgresql`.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from web import postgresql

BUSY_SECONDS: Final = 60  # how long a writer waits for the one before it; a batch takes milliseconds
DRIVERS: Final = ("sqlite", postgresql.DRIVER)

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite database file."""
    return f"sqlite:///{path}"


def open_engine(url: str, *, pool_size: int = 5) -> Engine:
    """An engine for `url` (sqlite:///… or postgresql+psycopg://…); the schema is `migrate`'s business."""
    if not url.startswith("sqlite"):
        return postgresql.open_engine(url, pool_size=pool_size, busy_seconds=BUSY_SECONDS)
    engine = create_engine(url, pool_size=pool_size, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def require_url(url: str) -> None:
    """Raise ValueError unless `url` names a database of a kind we open, without a password: files and lists show URLs.

    The text of the error is one of `form`, `driver`, `path`, `password`; passwords are libpq's business (PGPASSFILE).
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("form") from None
    if parsed.drivername not in DRIVERS:
        raise ValueError("driver")
    if parsed.drivername == "sqlite" and not Path(parsed.database or "").is_absolute():
        raise ValueError("path")
    if parsed.password or "password" in parsed.query:
        raise ValueError("password")


def is_empty(url: str) -> bool:
    """Tell whether the database at `url` holds no table at all, or is a SQLite file that is not there yet."""
    if (file := _file_of(url)) is not None and not file.exists():
        return True  # opening it would make it
    engine = open_engine(url)
    try:
        return not inspect(engine).get_table_names()
    finally:
        engine.dispose()


def clear(url: str) -> None:
    """Drop every table of the database at `url`: what a founding that broke off had made in an empty one."""
    engine = open_engine(url)
    try:
        with writing(engine) as connection:
            found = MetaData()
            found.reflect(connection)
            found.drop_all(connection)
    finally:
        engine.dispose()


def migrate(url: str, scripts: Path) -> None:
    """Bring the database at `url` to the newest schema in `scripts`; harmless when it is there, also from many processes.

    A SQLite file that is not there yet is made for its owner alone.
    """
    from alembic import command  # servers never migrate, and loading it costs them a tenth of a second
    from alembic.config import Config

    if (file := _file_of(url)) is not None:
        file.touch(mode=0o600)
    engine = open_engine(url)
    try:
        with writing(engine) as connection:
            config = Config()
            config.set_main_option("script_location", str(scripts))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One writing transaction: COMMIT at the end of the block, ROLLBACK when it raises.

    Writers of one database wait for each other, so whoever is inside sees every earlier commit, on SQLite and PostgreSQL.
    """
    with engine.connect().execution_options(hallmark_writes=True) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One reading transaction that sees a single snapshot and never waits for a writer."""
    options: dict[str, Any] = {"hallmark_writes": False}
    if engine.dialect.name != "sqlite":
        options |= postgresql.SNAPSHOT
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def add_rows(connection: Connection, table: Table, rows: Sequence[Sequence[object]]) -> None:
    """Insert many rows, each with its values in the order of the table's columns, the fastest way this database has.

    To make a dict of each row and have it taken apart again costs a third. Raises DBAPIError as any INSERT does.
    """
    if connection.dialect.name != "sqlite":
        postgresql.copy_in(connection, table, rows)
        return
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    places = ", ".join("?" * len(table.columns))
    connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', list(rows))  # noqa: S608  # names of ours


def is_busy(error: DBAPIError | NoFreeConnection) -> bool:
    """Tell whether the store only asks to wait: another writer, no free connection. Nothing was changed."""
    if isinstance(error, NoFreeConnection):  # the pool's
        return True
    sqlite_name = getattr(error.orig, "sqlite_errorname", "")
    return sqlite_name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or postgresql.is_busy(error)


def is_lost(error: DBAPIError | NoFreeConnection) -> bool:
    """Tell whether the connection broke; then nobody knows whether a COMMIT under way has happened."""
    return isinstance(error, DBAPIError) and postgresql.is_lost(error)


def _file_of(url: str) -> Path | None:
    """The file of a SQLite database; None for another kind, or one in memory."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.drivername == "sqlite" and parsed.database else None


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # sqlite3's own BEGIN comes too late; see _begin_sqlite
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("hallmark_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
