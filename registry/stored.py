"""Reads what a log's database holds: head, tiles, entry bodies. Nothing read here is proven; whoever reads proves.

Also the one place where the store's own errors become the registry's.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from registry.refusals import Busy, NotFounded, StorageConflict, StorageFailed, StorageLost
from registry.tables import ENTRY, HEAD, TILE
from registry.tiles import ReadTile
from web.database import is_busy, is_lost

SELECT_HEAD: Final = select(HEAD.c.size, HEAD.c.root, HEAD.c.t, HEAD.c.note, HEAD.c.origin).where(HEAD.c.one == 1)
_TILE = select(TILE.c.body).where(TILE.c.level == bindparam("level"), TILE.c.n == bindparam("n"))
_BODIES = (
    select(ENTRY.c.body).where(ENTRY.c.idx >= bindparam("first"), ENTRY.c.idx < bindparam("end")).order_by(ENTRY.c.idx)
)


@dataclass(frozen=True, slots=True)
class Head:
    """The newest signed state: size, root, the time of the last entry, and the checkpoint as a signed note."""

    size: int
    root: bytes
    t: int
    note: bytes


@contextmanager
def storing() -> Iterator[None]:
    """Turn the store's own errors into the registry's: Busy, StorageConflict, StorageLost, StorageFailed."""
    try:
        yield
    except IntegrityError as error:
        raise StorageConflict(reason=str(error.orig)) from error
    except (DBAPIError, NoFreeConnection) as error:
        if is_busy(error):
            raise Busy from error
        if is_lost(error):
            raise StorageLost from error
        raise StorageFailed(reason=str(getattr(error, "orig", error))) from error
    except OSError as error:
        raise StorageFailed(reason=error.strerror or str(error)) from error


def read_head(connection: Connection) -> Head | None:
    """Return the head as this transaction sees it, or None before the log was founded."""
    row = connection.execute(SELECT_HEAD).one_or_none()
    return None if row is None else Head(*row[:4])


def require_head(connection: Connection) -> Head:
    """Return the head as this transaction sees it. Raises NotFounded."""
    if (head := read_head(connection)) is None:
        raise NotFounded
    return head


def stored_tile(connection: Connection) -> Callable[[int, int], bytes]:
    """Return a reader (level, n) -> stored bytes, b"" where there is no tile; remembers what it read."""
    read: dict[tuple[int, int], bytes] = {}

    def tile(level: int, n: int) -> bytes:
        if (level, n) not in read:
            read[level, n] = connection.execute(_TILE, {"level": level, "n": n}).scalar() or b""
        return read[level, n]

    return tile


def tile_reader(connection: Connection) -> ReadTile:
    """Return a reader in the form that `registry.tiles` wants; a stored tile may be wider than asked, it cuts."""
    tile = stored_tile(connection)
    return lambda level, n, width: tile(level, n)[: 32 * width]


def stored_bodies(connection: Connection, first: int, end: int) -> list[bytes]:
    """Return the stored bodies of entries `first` to `end - 1`, fewer where rows are missing."""
    return list(map(bytes, connection.execute(_BODIES, {"first": first, "end": end}).scalars().all()))
