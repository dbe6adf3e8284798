"""Group commit: what concurrent threads ask of the registry becomes one transaction of the log, one checkpoint, one sync.

A signature, a dozen statements and four syncs cost the same for one certificate as for fifty. Nobody is acknowledged before
his round is durable, and everybody gets his own answer or his own refusal, as if he had come alone.
"""

from collections.abc import Sequence
from typing import Final

from registry.appending import Alongside, CheckedBatch, Reservation
from registry.batches import require_batch
from registry.contract import Appended, Changed, SlotRun, StatusChange, Submission
from registry.errors import RegistryError
from registry.recorder import Recorder
from registry.refusals import Busy, StorageConflict
from registry.stored import Head
from web.gathering import Gathering

MOST: Final = 256  # requests in one transaction: bounds how long a round lasts, and what a kill makes many ask again

_Asked = Reservation | CheckedBatch
_Answer = list[SlotRun] | Appended


class GroupedRecorder:
    """A `Recorder` for many threads of one process: reservations and appends of one moment share a transaction.

    Contract as `Recorder`'s own: idempotent by batch id, durable on return, all or nothing for each batch. Status changes,
    being rare, go through one by one.
    """

    def __init__(self, recorder: Recorder) -> None:
        """Gather in front of `recorder`, which others may use directly at the same time."""
        self._recorder = recorder
        self._rounds: Gathering[_Asked, _Answer] = Gathering(self._serve, limit=MOST, interrupted=Busy)

    def reserve(self, batch: str, count: int, *, alongside: Alongside | None = None) -> list[SlotRun]:
        """As `Recorder.reserve`."""
        require_batch(batch, count)
        runs = self._rounds.ask(Reservation(batch, count, alongside))
        assert isinstance(runs, list)
        return runs

    def append(self, batch: str, submissions: Sequence[Submission], *, alongside: Alongside | None = None) -> Appended:
        """As `Recorder.append`. Signatures are verified in the caller's own thread."""
        appended = self._rounds.ask(self._recorder.checked(batch, submissions, alongside=alongside))
        assert isinstance(appended, Appended)
        return appended

    def prove(self, first_index: int, count: int, size: int) -> list[list[bytes]]:
        """As `Recorder.prove`."""
        return self._recorder.prove(first_index, count, size)

    def change_statuses(
        self, batch: str, changes: Sequence[StatusChange], *, alongside: Alongside | None = None
    ) -> Changed:
        """As `Recorder.change_statuses`."""
        return self._recorder.change_statuses(batch, changes, alongside=alongside)

    def head(self) -> Head:
        """As `Recorder.head`."""
        return self._recorder.head()

    def _serve(self, asked: Sequence[_Asked]) -> list[_Answer | Exception]:
        """One round. A batch id that stands twice in it is answered in a second transaction, from what the first noted."""
        answers: dict[int, _Answer | Exception] = {}
        left = list(enumerate(asked))
        while left:
            first: dict[tuple[type, str], int] = {}
            for place, each in left:
                first.setdefault((type(each), each.batch), place)
            now = [(place, each) for place, each in left if first[type(each), each.batch] == place]
            answers |= zip((place for place, _ in now), self._together([each for _, each in now]), strict=True)
            left = [(place, each) for place, each in left if place not in answers]
        return [answers[place] for place in range(len(asked))]

    def _together(self, asked: Sequence[_Asked]) -> Sequence[_Answer | Exception]:
        """One transaction; when a row that is in one batch's way stops it, one for each."""
        try:
            return self._recorder.serve(asked)
        except StorageConflict as conflict:
            if len(asked) == 1:
                return [conflict]
        return [self._alone(each) for each in asked]

    def _alone(self, asked: _Asked) -> _Answer | Exception:
        try:
            (answer,) = self._recorder.serve([asked])
        except RegistryError as error:
            return error
        return answer
