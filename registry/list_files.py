"""Lays out published lists: every version for ever, the one in force under its own name, and proofs that they are logged.

A later version can be recorded before it takes effect. Until then `lists/NAME.json` stays the version before, so that a
verifier never has to choose and no moment is without a list.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from registry import listing, paths
from registry.entries import Entry, ListEntry, RootsEntry
from registry.lists import in_force, list_digest, peek_list
from registry.receipt import Receipt
from registry.refusals import StoredBytesDiffer
from registry.shelf import Shelf
from registry.tables import PUBLISHED

Proven = Callable[[int, str], tuple[bytes, Entry]]
"""Log index and what it is for, to the entry's bytes and meaning, proven under the head. Raises StoredBytesDiffer."""

_ROWS: Final = select(PUBLISHED.c.name, PUBLISHED.c.version, PUBLISHED.c.data, PUBLISHED.c.log_index).order_by(
    PUBLISHED.c.name, PUBLISHED.c.version
)


class ListFiles:
    """The published lists of one publication."""

    def __init__(self, connection: Connection, shelf: Shelf, proven: Proven) -> None:
        self._connection, self._shelf, self._proven = connection, shelf, proven
        self._rows = connection.execute(_ROWS).all()

    def lay_out(self, now: int) -> None:
        """Lay out every version that is not there yet, and under each list's name the version in force at `now`.

        Raises StoredBytesDiffer for a row that is not what its proven log entry says.
        """
        for row in self._rows:
            if row.version > self._shelf.memory.lists.get(row.name, 0):
                self._require_logged(row)
                self._put_version(row)
                self._shelf.memory.lists[row.name] = row.version
        for row in self._current(now):
            if self._shelf.read(paths.list_path(row.name)) != row.data:
                self._shelf.put(paths.list_path(row.name), row.data)

    def lay_out_proofs(self, note: bytes, proof: Callable[[int], Sequence[bytes]], now: int) -> None:
        """Lay out the proof under the cosigned `note` of each version in force, and of others that have none yet.

        The one that verifiers ask for is made anew each time, as witnesses and the log's keys change over the years.
        """
        fresh = {(row.name, row.version) for row in self._current(now)}
        for row in self._rows:
            if row.name == listing.ROOTS:
                continue
            path = paths.list_proof_path(row.name, row.version)
            if (row.name, row.version) in fresh or self._shelf.read(path) is None:
                body, _ = self._proven(row.log_index, f"{row.name} {row.version}")
                self._shelf.put(path, Receipt(row.log_index, tuple(proof(row.log_index)), note, body).to_text())

    def _current(self, now: int) -> list[Row[Any]]:
        """Of each list the row that is in force; the first version before any is."""
        by_name: dict[str, list[Row[Any]]] = {}
        for row in self._rows:
            if row.name != listing.ROOTS:
                by_name.setdefault(row.name, []).append(row)
        found = []
        for name, rows in by_name.items():
            newest_first = (peek_list(row.data, name=name) for row in reversed(rows))
            version = in_force(newest_first, now, first=rows[0].version)
            found.append(next(row for row in rows if row.version == version))
        return found

    def _require_logged(self, row: Row[Any]) -> None:
        name, version = row.name, row.version
        _, entry = self._proven(row.log_index, f"{name} {version}")
        if name == listing.ROOTS:
            holds = isinstance(entry, RootsEntry) and entry.digest == listing.roots_digest(row.data)
        else:
            holds = isinstance(entry, ListEntry) and (entry.name, entry.digest) == (name, list_digest(row.data))
        if not holds or not isinstance(entry, RootsEntry | ListEntry) or entry.version != version:
            raise StoredBytesDiffer(what=f"{name} {version}", index=row.log_index)

    def _put_version(self, row: Row[Any]) -> None:
        if row.name == listing.ROOTS:
            self._shelf.put(paths.roots_path(row.version), row.data)
            return
        if row.name == listing.TRUST:
            shards = listing.read_shards(self._connection, row.version)
            listing.require_shards(row.data, shards)
            for first_byte, shard in shards.items():
                self._shelf.put(paths.trust_shard_path(row.version, first_byte), shard)
        self._shelf.put(paths.list_version_path(row.name, row.version), row.data)
