"""Moves a registry from one database to another (SQLite, PostgreSQL), table by table, in bounded memory, and proves the copy.

The head's row goes last: before it stands in the target, the target is no log and nobody can sign with it. A move that was
cut off is begun again by the same call; what is there already is compared, not copied again. At the end every row has been
compared, and every root that was ever signed computed again from the copied entries. Then the source is sealed: two
databases that both grow would be two histories.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    delete,
    insert,
    inspect,
    make_url,
    select,
    tuple_,
    update,
)

from registry.checkpoint import read_body
from registry.log import MOVED
from registry.note import read_note
from registry.recompute import Frontier
from registry.refusals import DatabaseMoved, MoveDiffers, MoveSourceGrew, MoveTargetTaken, NotFounded, UrlInvalid
from registry.stored import Head, read_head, require_head, storing
from registry.tables import CHECKPOINT, ENTRY, HEAD, METADATA, migrate
from web.database import add_rows, open_engine, reading, require_url, writing

Row = tuple[Any, ...]
Progress = Callable[[str, int], None]
"""(table, rows of it in the target so far)."""

_PAGE: Final = 2000
_COMMIT: Final = 5000
_TABLES: Final = [ENTRY, *(table for table in METADATA.sorted_tables if table not in {ENTRY, HEAD})]
"""Entries first: by them one sees whose log an unfinished move is."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What stands in the target: the head, and how many rows each table has."""

    head: Head
    rows: dict[str, int]


def move(source_url: str, target_url: str, *, progress: Progress = lambda _table, _rows: None) -> Moved:
    """Copy the registry at `source_url` into the empty database at `target_url`, prove the copy, seal the source.

    Raises UrlInvalid, NotFounded, DatabaseMoved for a source that was moved elsewhere before, MoveTargetTaken for a target
    that holds anything but an unfinished move of this log, MoveSourceGrew when the source was written to meanwhile (call
    again: only what is new is copied), MoveDiffers, and Busy, StorageLost, StorageFailed.
    """
    _require_urls(source_url, target_url)
    with ExitStack() as stack:
        stack.enter_context(storing())
        migrate(source_url)
        _prepare(target_url)
        source, target = (stack.enter_context(_opened(url)) for url in (source_url, target_url))
        with reading(source) as snapshot:
            head = require_head(snapshot)
            if not _is_there(target, head):
                if (origin := _origin(snapshot)).startswith(MOVED):
                    raise DatabaseMoved(origin=origin.removeprefix(MOVED))
                for table in _TABLES:
                    _Copy(snapshot, target, table, progress).run()
            rows = _prove(snapshot, target, head, progress)
        _close(source, target, head)
        return Moved(head, rows)


def _require_urls(*urls: str) -> None:
    try:
        for url in urls:
            require_url(url)
    except ValueError:
        raise UrlInvalid from None
    source, target = (make_url(url) for url in urls)
    if source == target:
        raise MoveTargetTaken(table="head")
    if source.drivername == "sqlite" and not Path(source.database or "").exists():
        raise NotFounded  # opening it would make it


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _prepare(url: str) -> None:
    """Make the tables in the target, unless somebody else's stand there."""
    with _opened(url) as engine:
        strangers = set(inspect(engine).get_table_names()) - METADATA.tables.keys() - {"alembic_version"}
    if strangers:
        raise MoveTargetTaken(table=min(strangers))
    migrate(url)


def _is_there(target: Engine, head: Head) -> bool:
    """Tell whether the target is the very log already; one with another head, or one moved away, is not touched."""
    with reading(target) as connection:
        there = read_head(connection)
        if there is not None and (there != head or _origin(connection).startswith(MOVED)):
            raise MoveTargetTaken(table=HEAD.name)
    return there is not None


def _origin(connection: Connection) -> str:
    origin: str = connection.execute(select(HEAD.c.origin)).scalar_one()
    return origin


@dataclass(slots=True)
class _Copy:
    """One table on its way."""

    snapshot: Connection
    target: Engine
    table: Table
    progress: Progress

    def run(self) -> None:
        """Copy what is missing; what is there must be how the source begins, or is thrown away (never entries)."""
        there, last = self._compare()
        if there and last is None:
            if self.table is ENTRY:
                raise MoveTargetTaken(table=self.table.name)
            with writing(self.target) as connection:
                connection.execute(delete(self.table))
            there = 0
        with closing(_rows(self.snapshot, self.table, after=last)) as rows:
            while chunk := list(islice(rows, _COMMIT)):
                with writing(self.target) as connection:
                    add_rows(connection, self.table, chunk)
                there += len(chunk)
                self.progress(self.table.name, there)

    def _compare(self) -> tuple[int, Row | None]:
        """How many rows are in the target, and the key of the last, None where they are not the source's first ones."""
        count, row = 0, None
        with (
            reading(self.target) as connection,
            closing(_rows(connection, self.table)) as there,
            closing(_rows(self.snapshot, self.table)) as here,
        ):
            for row in there:
                count += 1
                if row != next(here, None):
                    return count, None
        return count, None if row is None else _key(self.table, row)


def _key(table: Table, row: Row) -> Row:
    at = {column.name: place for place, column in enumerate(table.columns)}
    return tuple(row[at[column.name]] for column in table.primary_key)


def _rows(connection: Connection, table: Table, after: Row | None = None) -> Generator[Row, None, None]:
    """The rows in the order of their key, behind the key `after`; a page of them in memory at a time."""
    columns = list(table.primary_key)
    query = select(table).order_by(*columns)
    if after is not None:
        query = query.where(tuple_(*columns) > tuple_(*after))
    with connection.execute(query, execution_options={"yield_per": _PAGE}) as result:
        for page in result.partitions():
            yield from (tuple(row) for row in page)


# The proof ------------------------------------------------------------------------------------------------------------


def _prove(snapshot: Connection, target: Engine, head: Head, progress: Progress) -> dict[str, int]:
    """Hold every row of the target against the source, and every root against the target's entries. Raises MoveDiffers."""
    counted = {}
    with reading(target) as connection:
        for table in _TABLES:
            counted[table.name] = sum(1 for _ in _equal(snapshot, connection, table))
            progress(table.name, counted[table.name])
        _prove_roots(connection, head)
    return counted


def _equal(snapshot: Connection, connection: Connection, table: Table) -> Iterator[Row]:
    """The rows of both, as long as they are the same."""
    with closing(_rows(snapshot, table)) as here, closing(_rows(connection, table)) as there:
        for row, copied in zip_longest(here, there):
            if row != copied:
                raise MoveDiffers(table=table.name, key=str(_key(table, row or copied)))
            yield row


def _prove_roots(connection: Connection, head: Head) -> None:
    """Compute the tree a second time from the copied entries, and meet every signed checkpoint on the way."""
    frontier = Frontier()
    with closing(_rows(connection, CHECKPOINT)) as notes, closing(_rows(connection, ENTRY)) as entries:
        signed = chain(((row[0], row[1]) for row in notes), [(head.size, head.note)])
        for size, note in signed:
            while frontier.size < size and (entry := next(entries, None)) is not None:
                frontier.push(entry[1])
            checkpoint = read_body(read_note(note).text)
            if (checkpoint.size, checkpoint.root) != (frontier.size, frontier.root()):
                raise MoveDiffers(table=CHECKPOINT.name, key=str(size))
        if next(entries, None) is not None or frontier.root() != head.root:
            raise MoveDiffers(table=HEAD.name, key=str(head.size))


def _close(source: Engine, target: Engine, head: Head) -> None:
    """Nobody writes to the source any more: make the target the log, then seal the source."""
    with writing(source) as last:
        row = last.execute(select(HEAD)).mappings().one()
        if require_head(last) != head:
            raise MoveSourceGrew(size=row["size"], moved=head.size)
        with writing(target) as connection:
            if read_head(connection) is None:
                connection.execute(insert(HEAD), {**row, "origin": row["origin"].removeprefix(MOVED)})
        last.execute(update(HEAD).values(origin=MOVED + row["origin"].removeprefix(MOVED)))
