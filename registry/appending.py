"""Reserves for and appends batches of sealed certificates in one transaction of the log: each taken or refused alone, whole.

Everything that can refuse a batch is asked before anything of it is written, so a bad one leaves its neighbours in the same
transaction untouched. The status lists are logged once, after all of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from registry import enrolment, slots
from registry.batches import Answer, answered, note_batch
from registry.contract import SlotRun, Submission
from registry.enrolment import EnrolledKey
from registry.entries import CredentialEntry
from registry.errors import RegistryError
from registry.log import Growth
from registry.refusals import KeyRowForged, SubmissionForged
from registry.statuses import ListBook
from registry.tables import APPEND_BATCH, SLOT
from web.database import add_rows

Alongside = Callable[[Growth, str], None]
"""Writes what must stand in the same transaction (who asked, in the journal); is told in a few words what was done."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A request for `count` slots under a batch id."""

    batch: str
    count: int
    alongside: Alongside | None = None


@dataclass(frozen=True, slots=True)
class CheckedBatch:
    """A batch whose every signature verified under `keys` (by kid8); `asked` is the hash of all of it.

    `keys` is empty for a batch that was answered before: it is not verified again.
    """

    batch: str
    submissions: Sequence[Submission]
    asked: bytes
    keys: Mapping[bytes, EnrolledKey]
    alongside: Alongside | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a new batch will stand once the transaction has ended; its checkpoint is the transaction's."""

    first: int


Outcome = Placed | Answer | RegistryError
"""New, answered before, or refused."""


def reserve_each(growth: Growth, asked: Sequence[Reservation]) -> list[list[SlotRun] | RegistryError]:
    """Give out slots for every request that may have them; return its runs or its refusal for each, in order."""
    return [_reserve(growth, each) for each in asked]


def _reserve(growth: Growth, asked: Reservation) -> list[SlotRun] | RegistryError:
    try:
        runs = slots.reserve(growth.connection, asked.batch, asked.count)
    except RegistryError as refused:
        return refused
    if asked.alongside is not None:
        asked.alongside(growth, " ".join(f"{run.list}/{run.first}+{run.count}" for run in runs))
    return runs


def append_each(growth: Growth, batches: Sequence[CheckedBatch]) -> list[Outcome]:
    """Append every batch that may be appended; return one outcome for each, in order. No batch id may stand twice.

    Raises what the store raises, and then nothing at all has happened.
    """
    book = ListBook(growth)
    outcomes = [_append(growth, book, each) for each in batches]
    book.close()
    for each, outcome in zip(batches, outcomes, strict=True):
        if isinstance(outcome, Placed):
            first, count = outcome.first, len(each.submissions)
            note_batch(growth, APPEND_BATCH, each.batch, each.asked, first=first, count=count)
            if each.alongside is not None:
                each.alongside(growth, f"log {first}+{count}")
    return outcomes


def _append(growth: Growth, book: ListBook, batch: CheckedBatch) -> Outcome:
    try:
        known = answered(growth.connection, APPEND_BATCH, batch.batch, batch.asked)
        if known is not None:
            return known
        _require_takeable(growth, book, batch)
    except RegistryError as refused:
        return refused
    return Placed(_take(growth, book, batch))


def _require_takeable(growth: Growth, book: ListBook, batch: CheckedBatch) -> None:
    """Ask everything that may refuse this batch; writes nothing."""
    for key in batch.keys.values():
        _require_open(growth, key)
    slots.require_reserved(slots.runs_of(growth.connection, batch.batch), batch.submissions)
    for each in batch.submissions:
        if each.kid8 not in batch.keys:
            raise SubmissionForged(list=each.list, index=each.index, kid=each.kid8.hex())
    for number, indices in _by_list(batch):
        book.require_free(number, indices)


def _take(growth: Growth, book: ListBook, batch: CheckedBatch) -> int:
    first, rows = growth.next_index, []
    for each in batch.submissions:
        index = growth.add(CredentialEntry(growth.t, each.kid8, each.list, each.index, each.qr, each.doc))
        rows.append((each.list, each.index, index, each.kid8))
    for number, indices in _by_list(batch):
        book.issue(number, indices)
    add_rows(growth.connection, SLOT, rows)
    return first


def _by_list(batch: CheckedBatch) -> list[tuple[int, list[int]]]:
    taken = sorted((each.list, each.index) for each in batch.submissions)
    return [(number, [slot for _, slot in group]) for number, group in groupby(taken, lambda slot: slot[0])]


def _require_open(growth: Growth, key: EnrolledKey) -> None:
    """Look again, now that nobody else can write, at what was read before: the same key, active, and opened by the log."""
    present = enrolment.key_of_kid8(growth.connection, key.public_key.kid8)
    if present.public_key != key.public_key:
        raise KeyRowForged(kid=key.public_key.kid)
    present.require_active()
    enrolment.require_opened(growth, present)
