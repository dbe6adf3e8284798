"""Follows every list through the log: where its newest entry stands. Pure.

A row that points at an older entry of its list is as well proven as one that points at the newest, so only the log itself
can say which one is the newest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from registry.entries import ListEntry, RootsEntry, decode
from registry.refusals import StoredBytesDiffer

ROOTS: Final = "roots"
_LISTS: Final = frozenset({b"\x03", b"\x05"})  # the second byte of an entry is its type; most are certificates


@dataclass(slots=True)
class Newest:
    """Log index and version of the newest entry of every list (the roots among them) in the first `size` entries."""

    size: int = 0
    lists: dict[str, tuple[int, int]] = field(default_factory=dict)

    def read(self, first: int, bodies: Sequence[bytes]) -> None:
        """Read on with the entries from `first`, which the caller has proven; what was read before is passed over.

        Raises StoredBytesDiffer when a list's version does not follow the one before, EntryInvalid.
        """
        for index, body in enumerate(bodies[max(self.size - first, 0) :], max(first, self.size)):
            if body[1:2] in _LISTS:
                self._follow(index, body)
        self.size = max(self.size, first + len(bodies))

    def _follow(self, index: int, body: bytes) -> None:
        entry = decode(body)
        if not isinstance(entry, ListEntry | RootsEntry):
            return
        name = ROOTS if isinstance(entry, RootsEntry) else entry.name
        if entry.version != self.lists.get(name, (0, 0))[1] + 1:
            raise StoredBytesDiffer(what=f"{name} {entry.version}", index=index)
        self.lists[name] = (index, entry.version)
