"""How a database is opened: one writer, durable commits. Each room brings its own tables and migrations.

SQLite runs in WAL mode with synchronous=FULL and its writers start with BEGIN IMMEDIATE: a read that is later upgraded to a
write is how SQLAlchemy over sqlite3 loses updates. The same engine serves PostgreSQL by URL.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event

BUSY_SECONDS: Final = 60  # how long a writer waits for the one before it; a batch takes milliseconds

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
        return create_engine(url, pool_size=pool_size, pool_pre_ping=True)
    engine = create_engine(url, pool_size=pool_size, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def migrate(url: str, scripts: Path) -> None:
    """Bring the database at `url` to the newest schema in `scripts`; harmless when it is there, also from many processes."""
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
    """One writing transaction: COMMIT at the end of the block, ROLLBACK when it raises; writers wait for each other."""
    with engine.connect().execution_options(hallmark_writes=True) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One reading transaction that sees a single snapshot and never waits for a writer."""
    options: dict[str, Any] = {"hallmark_writes": False}
    if engine.dialect.name != "sqlite":
        options["isolation_level"] = "REPEATABLE READ"
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # sqlite3's own BEGIN comes too late; see _begin_sqlite
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("hallmark_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
