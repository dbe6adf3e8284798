"""What one import has accepted so far, so that a second row for the same award or the same number shows. Pure, compact.

A million persons cost about 110 MB: per person one integer that holds the row, a hash of the name and a hash of the award.
The hashes have 64 bits; a chance match among a million rows has odds of one to thirty million, and only refuses a row.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

_HASH_BITS: Final = 64
_HASH_MASK: Final = (1 << _HASH_BITS) - 1


@dataclass(frozen=True, slots=True)
class Earlier:
    """The earlier row that stands against this one: the same award again, or another name under the same number."""

    row: int
    same_name: bool


class Seen:
    """Identity numbers, names and awards of the rows accepted so far in one import, of one file or of several."""

    def __init__(self) -> None:
        self._persons: dict[int, int] = {}
        self._further: dict[int, int] = {}

    def against(self, identity: str, name: str, source_key: bytes) -> Earlier | None:
        """Return the accepted row that stands against this one, or None."""
        person = self._persons.get(_hash(identity))
        if person is None:
            return None
        row, earlier_name, award = person >> 2 * _HASH_BITS, person >> _HASH_BITS & _HASH_MASK, person & _HASH_MASK
        if earlier_name != _hash(name):
            return Earlier(row, same_name=False)
        key = _award(source_key)
        if key == award:
            return Earlier(row, same_name=True)
        again = self._further.get(key)
        return None if again is None else Earlier(again, same_name=True)

    def accept(self, row: int, identity: str, name: str, source_key: bytes) -> None:
        """Remember an accepted row; a person's first award and name stay the ones that later rows are held against."""
        person = _hash(identity)
        if person in self._persons:
            self._further[_award(source_key)] = row
        else:
            self._persons[person] = (row << _HASH_BITS | _hash(name)) << _HASH_BITS | _award(source_key)


def _award(source_key: bytes) -> int:
    return int.from_bytes(source_key[:8], "big")


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
