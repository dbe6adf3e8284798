"""The registry's tables, and how a database is opened: one writer, durable commits, every invariant UNIQUE.

Nothing here knows a certificate's content. `open_engine` gives an engine whose transactions are real ones: SQLite in WAL
mode with synchronous=FULL, writers starting with BEGIN IMMEDIATE (a read that is later upgraded to a write is how
SQLAlchemy over sqlite3 loses updates). The SQL is the common part of SQLite and PostgreSQL.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    event,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ROWID = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER PRIMARY KEY is SQLite's own row number
BUSY_SECONDS = 60  # how long a writer waits for the one before it; a batch takes milliseconds

# The log: entry bodies, C2SP tiles (the newest bytes of each) and the one signed head.
ENTRY = Table(
    "entry",
    METADATA,
    Column("idx", ROWID, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
TILE = Table(
    "tile",
    METADATA,
    Column("level", Integer, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("level", "n"),
)
HEAD = Table(
    "head",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("origin", String(255), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("t", BigInteger, nullable=False),
    Column("note", LargeBinary, nullable=False),
    CheckConstraint("one = 1", name="single"),
)
# Every checkpoint ever signed, so that an audit can hold each of them against the entries.
CHECKPOINT = Table(
    "checkpoint",
    METADATA,
    Column("size", ROWID, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    Column("cosigned_at", BigInteger),
)

# Slots: who reserved which, and which log entry fills each.
RESERVATION = Table(
    "reservation",
    METADATA,
    Column("batch", String(200), primary_key=True),
    Column("count", Integer, nullable=False),
)
SLOT_RUN = Table(
    "slot_run",
    METADATA,
    Column("list", Integer, nullable=False),
    Column("first", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("batch", String(200), nullable=False, index=True),
    PrimaryKeyConstraint("list", "first"),
    UniqueConstraint("batch", "list"),
)
SLOT = Table(
    "slot",
    METADATA,
    Column("list", Integer, nullable=False),
    Column("index", Integer, nullable=False),
    Column("log_index", BigInteger, nullable=False, unique=True),
    Column("kid8", LargeBinary(8), nullable=False),
    PrimaryKeyConstraint("list", "index"),
    sqlite_with_rowid=False,
)

# Status: one row per list (its whole array), the events that explain it, and the hash of each event file.
STATUS_LIST = Table(
    "status_list",
    METADATA,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("array", LargeBinary, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("events_root", LargeBinary(32), nullable=False),
    Column("log_index", BigInteger),
)
EVENT = Table(
    "event",
    METADATA,
    Column("log_index", ROWID, primary_key=True, autoincrement=False),
    Column("list", Integer, nullable=False),
    Column("index", Integer, nullable=False),
    Column("salt", LargeBinary),
    Column("detail", LargeBinary),
    Index(None, "list", "index", "log_index"),
)
EVENT_FILE = Table(
    "event_file",
    METADATA,
    Column("list", Integer, nullable=False),
    Column("block", Integer, nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    PrimaryKeyConstraint("list", "block"),
)

# Issuer keys; kid8 is unique because a QR names its key by these eight bytes alone.
ISSUER_KEY = Table(
    "issuer_key",
    METADATA,
    Column("thumbprint", LargeBinary(32), primary_key=True),
    Column("kid8", LargeBinary(8), nullable=False, unique=True),
    Column("body_code", String(64), nullable=False, index=True),
    Column("jwk", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened", BigInteger, nullable=False, unique=True),
    Column("closed", BigInteger, unique=True),
    Column("boundary", BigInteger),
)

# Idempotency: what was asked under which id (by digest), and where the answer stands.
APPEND_BATCH = Table(
    "append_batch",
    METADATA,
    Column("batch", String(200), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("first_index", BigInteger, nullable=False, unique=True),
    Column("count", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
)
CHANGE_BATCH = Table(
    "change_batch",
    METADATA,
    Column("batch", String(200), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("first_index", BigInteger, nullable=False, unique=True),
    Column("count", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
)

# Published lists (trust, catalogue, …) and roots documents, every version for ever.
PUBLISHED = Table(
    "published",
    METADATA,
    Column("name", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("log_index", BigInteger, nullable=False, unique=True),
    PrimaryKeyConstraint("name", "version"),
)
TRUST_SHARD = Table(
    "trust_shard",
    METADATA,
    Column("version", Integer, nullable=False),
    Column("first_byte", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("version", "first_byte"),
)


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


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest schema; harmless when it is there already, also from many processes."""
    engine = open_engine(url)
    try:
        with writing(engine) as connection:
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
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
