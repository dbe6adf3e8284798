"""Says which version of a published list was in force at a moment, as known then or as known now. Pure.

Two dates count. `effective` is from when a version governs; *known* is when the world could read it: what its publishers
say, and not before the log's own time. A version published in March that is effective from January governs February for
everybody who asks in April, and nobody could have known it in February.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from registry.errors import ListInvalid
from registry.lists import PublishedList, in_force, require_succession


@dataclass(frozen=True, slots=True)
class Edition:
    """One version: the list, the thumbprints of the publishers who signed it, and its place and time in the log.

    `log_index` and `logged_at` (UNIX seconds) are None where no proof of them is in hand.
    """

    published: PublishedList
    signers: tuple[str, ...] = ()
    log_index: int | None = None
    logged_at: int | None = None

    @property
    def known_at(self) -> int:
        """The moment from which everybody could read it."""
        return max(self.published.published, self.logged_at or 0)


class History:
    """All versions of one list, the first one first; each names its predecessor's digest."""

    def __init__(self, editions: Iterable[Edition]) -> None:
        """Raises ListInvalid where a version is missing, ListForked where one does not descend from the one before."""
        self.editions = tuple(editions)
        listed = [each.published for each in self.editions]
        if [each.version for each in listed] != list(range(1, len(listed) + 1)) or not listed:
            raise ListInvalid(reason="a version is missing", name=listed[0].name if listed else "")
        for before, after in pairwise(listed):
            require_succession(before, after)

    @property
    def name(self) -> str:
        """The list's name."""
        return self.editions[0].published.name

    @property
    def newest(self) -> Edition:
        """The highest version, whether it is in effect or not."""
        return self.editions[-1]

    def edition(self, version: int) -> Edition | None:
        """Return one version, None where there is no such."""
        return self.editions[version - 1] if 1 <= version <= len(self.editions) else None

    def in_force(self, at: int, *, known_at: int | None = None) -> Edition | None:
        """Return the version that governs the moment `at`, by what was known at `known_at` (None: by all that is known).

        None before the first one is in effect, or before any was known. Times are UNIX seconds.
        """
        known = [each for each in self.editions if known_at is None or each.known_at <= known_at]
        version = in_force((each.published for each in reversed(known)), at, first=0)
        return self.edition(version)

    def governs(self, version: int) -> tuple[int, int | None] | None:
        """Return from when to when (exclusive; None: open) a version is in force, by all that is known.

        None where later versions leave it no moment.
        """
        this = self.editions[version - 1].published
        later = [each.published.effective for each in self.editions[version:]]
        until = min(later, default=None)
        return None if until is not None and until <= this.effective else (this.effective, until)
