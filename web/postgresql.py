"""How PostgreSQL is opened so that it promises what SQLite does: one writer at a time, commits on the disk, no endless wait.

A writer takes an advisory lock with its transaction, so writers of one database wait for each other before they read
anything; READ COMMITTED then shows them every earlier commit. Readers get one snapshot. The database locks, not a process:
a writer that is killed lets go at once, one whose machine vanished within a minute or two (keepalives, idle timeout).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Final

import psycopg
from sqlalchemy import BigInteger, Connection, Engine, Integer, LargeBinary, String, Table, create_engine, event
from sqlalchemy.exc import DBAPIError

DRIVER: Final = "postgresql+psycopg"
SNAPSHOT: Final[Mapping[str, object]] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Execution options of a reader."""

_WRITER: Final = int.from_bytes(b"Hallmark", "big")  # the advisory lock's number; any constant will do
_LOCK: Final = (
    f"SELECT pg_advisory_xact_lock({_WRITER}), set_config('idle_in_transaction_session_timeout', '60s', true)"
)
_NETWORK: Final[Mapping[str, object]] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "application_name": "hallmark",
}
# What a session must not inherit from a server that was set up for something else. `remote_apply` is stronger than `on`.
_SESSION: Final = """
    SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('server_encoding'),
        set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'remote_apply'
            THEN 'remote_apply' ELSE 'on' END, false),
        set_config('lock_timeout', %s, false), set_config('statement_timeout', '15min', false),
        set_config('idle_in_transaction_session_timeout', '15min', false), set_config('timezone', 'UTC', false),
        set_config('tcp_keepalives_idle', '30', false), set_config('tcp_keepalives_interval', '10', false),
        set_config('tcp_keepalives_count', '3', false)
"""
_MUST_BE: Final = {"fsync": "on", "full_page_writes": "on", "server_encoding": "UTF8"}
_TYPES: Final = {LargeBinary: "bytea", String: "text", BigInteger: "int8", Integer: "int4"}
_BUSY: Final = frozenset({"55P03", "40P01", "40001", "57014", "53300"})
"""Lock not available, deadlock, serialization failure, statement timeout, too many connections."""


class StoreUnfit(Exception):
    """The server is set up so that it may lose what it has confirmed, or cannot hold our texts. Params: setting, value."""

    code: ClassVar[str] = "web.store_unfit"

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.code, params)


def open_engine(url: str, *, pool_size: int, busy_seconds: int) -> Engine:
    """An engine for a `postgresql+psycopg://` URL; whatever libpq understands may stand in its query.

    A process holds few connections while it is idle and twice `pool_size` at most: many processes share one server.
    """
    network = {name: value for name, value in _NETWORK.items() if f"{name}=" not in url}
    engine = create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=busy_seconds,
        pool_pre_ping=True,  # a server that was restarted is found again without an error
        pool_use_lifo=True,
        connect_args=network,
    )

    def prepare(connection: psycopg.Connection, _record: object) -> None:
        _prepare(connection, busy_seconds)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin)
    return engine


def is_busy(error: DBAPIError) -> bool:
    """Tell whether another transaction was in the way; this one changed nothing."""
    return getattr(error.orig, "sqlstate", None) in _BUSY and not error.connection_invalidated


def is_lost(error: DBAPIError) -> bool:
    """Tell whether the connection broke, or there is no server."""
    if not isinstance(error.orig, psycopg.Error):
        return False
    state = error.orig.sqlstate or ""
    nobody_there = isinstance(error.orig, psycopg.OperationalError) and not state
    return error.connection_invalidated or nobody_there or state.startswith(("08", "57P"))


def copy_in(connection: Connection, table: Table, rows: Iterable[Sequence[object]]) -> None:
    """Insert `rows`, whose values stand in the order of the table's columns, as one COPY. Raises DBAPIError as an INSERT does."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    statement = f'COPY "{table.name}" ({columns}) FROM STDIN (FORMAT BINARY)'
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types([_TYPES[type(column.type)] for column in table.columns])
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(
            statement, None, error, psycopg.Error, connection_invalidated=driver.broken, dialect=connection.dialect
        ) from error


def _prepare(connection: psycopg.Connection, busy_seconds: int) -> None:
    connection.autocommit = True
    found = connection.execute(_SESSION, (f"{busy_seconds}s",)).fetchone()
    connection.autocommit = False
    for (setting, wanted), value in zip(_MUST_BE.items(), found or (), strict=False):
        if value != wanted:
            connection.close()
            raise StoreUnfit(setting=setting, value=value)


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("hallmark_writes", False):
        connection.exec_driver_sql(_LOCK)
