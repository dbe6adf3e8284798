"""Issues certificates one at a time for many callers at once: whoever waits together is issued together, as one batch.

A person at a counter waits for one certificate, and a batch of one costs as much as a batch of thirty: two commits in the
ledger, two in the registry, two checkpoint signatures. Each caller still gets his own number or his own error.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from credentials.errors import CredentialsError
from issuers.issue import IssuingDesk
from issuers.refusals import AlreadyUnderWay, IssuingError, NumberUnknown
from issuers.rows import CheckedRow
from keys.errors import KeysError
from registry.errors import RegistryError
from web.gathering import Gathering

MOST: Final = 64
_REFUSALS = (IssuingError, KeysError, RegistryError, CredentialsError)


@dataclass(frozen=True, slots=True)
class Single:
    """The certificate of one row: its number, and whether it was issued now (not found in the ledger from before)."""

    number: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    row: CheckedRow
    kind: str
    source: str


class SinglesDesk:
    """An `IssuingDesk` for single certificates, from any number of threads."""

    def __init__(self, desk: IssuingDesk) -> None:
        """Gather in front of `desk`."""
        self._desk = desk
        self._rounds: Gathering[_Asked, Single] = Gathering(self._work, limit=MOST, interrupted=AlreadyUnderWay)

    def issue(self, row: CheckedRow, *, kind: str, source: str) -> Single:
        """Issue an accepted row, durably, logged and proven when this returns.

        Raises as `IssuingDesk.issue`; what was stored by then is finished by `IssuingDesk.resume`.
        """
        assert row.draft is not None, "only an accepted row can be issued"
        return self._rounds.ask(_Asked(row, kind, source))

    def _work(self, asked: Sequence[_Asked]) -> list[Single | Exception]:
        answers: list[Single | Exception] = []
        for _, group in groupby(asked, key=lambda each: (each.kind, each.source)):
            answers += self._together(list(group))
        return answers

    def _together(self, asked: Sequence[_Asked]) -> Iterable[Single | Exception]:
        """Issue rows of one kind and source in one go; when that fails, each alone that has not been stored by then."""
        known, error = self._issue(asked)
        numbers = self._desk.ledger.already_issued(each.row.source_key for each in asked)
        for each in asked:
            number = numbers.get(each.row.source_key)
            if number is None:
                yield error if len(asked) == 1 and error else next(iter(self._together([each])))
            elif error is None and number not in known:
                yield Single(number, fresh=True)
            else:
                yield self._from_before(number, error)

    def _issue(self, asked: Sequence[_Asked]) -> tuple[set[str], Exception | None]:
        """Issue; return the numbers that the ledger knew before, and what stopped it."""
        rows, known = [each.row for each in asked], set[str]()
        try:
            for done in self._desk.issue(rows, kind=asked[0].kind, source=asked[0].source):
                known.update(done.known.values())
        except _REFUSALS as error:
            return known, error
        return known, None

    def _from_before(self, number: str, error: Exception | None) -> Single | Exception:
        """What is stored but not released is no certificate yet: `resume` makes it one."""
        try:
            self._desk.ledger.record(number)
        except NumberUnknown:
            return error or AlreadyUnderWay()
        return Single(number, fresh=False)
