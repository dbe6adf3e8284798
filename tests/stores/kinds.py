"""The two kinds of store that the same tests run on: a file of SQLite, a schema of PostgreSQL.

`fresh` gives an empty, migrated registry; `copy` another one with the same rows; `raw` what an insider with SQL can do.
"""

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import make_url

from registry.tables import migrate
from tests.stores.server import Server
from web.database import sqlite_url

CONSTRAINT_BROKEN = (sqlite3.IntegrityError, psycopg.IntegrityError)


class Kind(Protocol):
    """One kind of store."""

    name: str

    def fresh(self, folder: Path) -> str:
        """The URL of a new registry that belongs to `folder`."""
        ...

    def copy(self, url: str, folder: Path, name: str = "registry.db") -> str:
        """The URL of another database with the same rows; nobody may write meanwhile."""
        ...

    def empty(self, folder: Path, name: str) -> str:
        """The URL of a database without a single table."""
        ...


class Sqlite:
    """A file in the folder."""

    name = "sqlite"

    def empty(self, folder: Path, name: str) -> str:
        return sqlite_url(folder / name)

    def fresh(self, folder: Path) -> str:
        url = sqlite_url(folder / "registry.db")
        migrate(url)
        return url

    def copy(self, url: str, folder: Path, name: str = "registry.db") -> str:
        with closing(sqlite3.connect(file_of(url))) as connection:
            connection.execute("VACUUM INTO ?", (str(folder / name),))
        return sqlite_url(folder / name)


_CLONE = """
DO $$ DECLARE t text; BEGIN
    CREATE SCHEMA {new};
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = '{old}' LOOP
        EXECUTE format('CREATE TABLE {new}.%I (LIKE {old}.%I INCLUDING ALL)', t, t);
        EXECUTE format('INSERT INTO {new}.%I SELECT * FROM {old}.%I', t, t);
    END LOOP;
END $$
"""
_numbers = count(1)


@dataclass
class Postgresql:
    """A schema of the one server; a new one for each house."""

    server: Server
    name: str = "postgresql"
    _template: str | None = field(default=None)

    def empty(self, folder: Path, name: str) -> str:
        schema = f"h{next(_numbers)}"
        self._run(f"CREATE SCHEMA {schema}")
        return self.server.url(schema)

    def fresh(self, folder: Path) -> str:
        if self._template is None:
            self._template = self.empty(folder, "template")
            migrate(self._template)
        return self.copy(self._template, folder)

    def copy(self, url: str, folder: Path, name: str = "registry.db") -> str:
        schema = f"h{next(_numbers)}"
        self._run(_CLONE.format(old=schema_of(url), new=schema))
        return self.server.url(schema)

    def _run(self, statement: str) -> None:
        with psycopg.connect(plain(self.server.url()), autocommit=True) as connection:
            connection.execute(statement)


def file_of(url: str) -> Path:
    """The file of a SQLite URL."""
    return Path(make_url(url).database or "")


def schema_of(url: str) -> str:
    """The schema of a PostgreSQL URL."""
    return str(make_url(url).query["options"]).removeprefix("-csearch_path=")


def plain(url: str) -> str:
    """The URL as libpq takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def execute(url: str, statement: str, *values: object) -> int:
    """What an insider can do: no SQLAlchemy, no transaction of ours, no questions. Returns the number of rows touched.

    Statements are written as SQLite reads them; blob literals, casts and places are put as PostgreSQL wants them.
    """
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(file_of(url), timeout=10)) as connection, connection:
            return connection.execute(statement, values).rowcount
    with psycopg.connect(plain(url)) as connection:
        return connection.execute(in_postgresql(statement), values or None).rowcount  # type: ignore[arg-type]


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """What an insider can read."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(file_of(url))) as connection:
            return connection.execute(query).fetchall()
    with psycopg.connect(plain(url)) as connection:
        return connection.execute(in_postgresql(query)).fetchall()  # type: ignore[arg-type]


def in_postgresql(statement: str) -> str:
    """The same statement for PostgreSQL."""
    statement = re.sub(r"\bx'([0-9a-f]*)'", r"'\\x\1'::bytea", statement)
    return statement.replace("AS BLOB", "AS bytea").replace("?", "%s")
