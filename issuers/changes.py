"""Change the status of issued certificates: the issuing body signs why, the registry logs it, the ledger follows.

The registry is the truth: the ledger stores the signed change, the registry logs it, the ledger notes it. A crash in between
is mended by the next change, or by `resume`: the registry is asked again with the same bytes under the same id.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from issuers.ledger import Ledger
from issuers.ports import Clock, Registry, SignerOf
from issuers.records import RELEASED, PlannedChange, Record
from issuers.refusals import ChangeNotAllowed, SuccessorUnknown
from keys.signer import Signer
from registry.contract import Changed, StatusChange
from registry.errors import RegistryError
from registry.events import EVENTS, Detail, seal_detail

REASONS: Final = {
    "rescinded": "obtained_by_fraud",
    "cancelled": "administrative",
    "revoked": "penalty",
    "transferred": "transferred_out",
    "suspended": "under_inquiry",
    "reinstated": "inquiry_closed",
    "superseded": "corrected",
}
"""The reason code that stands when none is given."""

_UNDECIDED: Final = frozenset(
    {
        "registry.busy",
        "registry.storage_failed",
        "registry.storage_conflict",
        "registry.storage_lost",
        "registry.unreachable",
        "registry.answer_invalid",
        "registry.not_admitted",
        "registry.token_missing",
        "registry.token_invalid",
        "registry.scope_missing",
        "registry.asked_too_often",
    }
)
"""After these nobody can tell whether the change was logged (an earlier attempt may have been); after any other refusal
nothing was."""

_MAY_FOLLOW: Final = {
    "reinstated": frozenset({"suspended"}),
    "rescinded": frozenset({RELEASED, "reinstated", "suspended", "superseded"}),
    "cancelled": frozenset({RELEASED, "reinstated", "suspended", "superseded"}),
    "revoked": frozenset({RELEASED, "reinstated", "suspended", "superseded"}),
    "transferred": frozenset({RELEASED, "reinstated", "suspended"}),
    "suspended": frozenset({RELEASED, "reinstated"}),
    "superseded": frozenset({RELEASED, "reinstated", "suspended"}),
}


@dataclass(frozen=True, slots=True)
class Order:
    """What a person decided: the event, from when (UNIX seconds), why, on whose authority and by which document.

    Without an `authority` it is each certificate's own issuing body, by its code.
    """

    event: str
    effective_at: int
    authority: str | None = None
    reason: str | None = None
    document_no: str = ""
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class StatusDesk:
    """The ledger, the registry and the signers that status changes work with."""

    ledger: Ledger
    registry: Registry
    signer_of: SignerOf
    clock: Clock

    def change(self, numbers: Sequence[str], order: Order, *, signer: Signer | None = None) -> Changed:
        """Apply `order` to all `numbers`, all or nothing; return where the changes stand in the log.

        `signer` signs instead of the issuing body: the operator, where the body's key is lost. Raises `NumberUnknown`, `ChangeNotAllowed`, `SuccessorUnknown`, `KeysError`, `RegistryError`.
        """
        self.resume()
        records = [self.require_allowed(number, order.event) for number in dict.fromkeys(numbers)]
        if order.event == "superseded":
            for record in records:
                self._require_successor(record, order)
        changes = tuple(self._sign(record, order, signer) for record in records)
        numbers = tuple(record.number for record in records)
        planned = PlannedChange(batch_id(changes), order.event, order.successor, numbers, changes)
        self.ledger.plan_change(planned, self.clock())
        return self._finish(planned)

    def resume(self) -> int:
        """Finish what an earlier call left half done; return how many changes stand now that were not noted before.

        What the registry refuses by now is dropped: it never took effect.
        """
        finished = 0
        for planned in self.ledger.planned_changes():
            try:
                finished += len(self._finish(planned).indices)
            except RegistryError as refusal:
                if refusal.code in _UNDECIDED:
                    raise
        return finished

    def _finish(self, planned: PlannedChange) -> Changed:
        """Ask the registry, then note its answer. Safe to repeat at any time."""
        try:
            changed = self.registry.change_statuses(planned.batch, planned.changes)
        except RegistryError as refusal:
            if refusal.code not in _UNDECIDED:
                self.ledger.drop_change(planned.batch)
            raise
        self.ledger.note_change(planned, changed.indices, self.clock())
        return changed

    def require_allowed(self, number: str, event: str) -> Record:
        """Return the certificate's record if its state permits `event`; raise `NumberUnknown` or `ChangeNotAllowed`."""
        record = self.ledger.record(number)
        if record.state not in _MAY_FOLLOW[event]:
            raise ChangeNotAllowed(number=number, event=event, state=record.state)
        return record

    def _require_successor(self, record: Record, order: Order) -> None:
        if order.successor is None or order.successor == record.number:
            raise SuccessorUnknown(number=record.number)
        self.ledger.record(order.successor)

    def _sign(self, record: Record, order: Order, signer: Signer | None) -> StatusChange:
        named = order if order.authority else replace(order, authority=record.body_code)
        return signed_change(record.list, record.index, named, signer or self.signer_of(record.body_code))


def signed_change(list_no: int, index: int, order: Order, signer: Signer) -> StatusChange:
    """Return the change of one slot with its detail sealed by `signer`; `order` names the authority."""
    reason, authority = order.reason or REASONS[order.event], order.authority or ""
    detail = Detail(order.event, reason, authority, order.document_no, order.successor)
    sealed = seal_detail(detail, list_no=list_no, index=index, effective_at=order.effective_at, signer=signer)
    return StatusChange(list_no, index, EVENTS[order.event].status, order.effective_at, os.urandom(16), sealed)


def batch_id(changes: Sequence[StatusChange]) -> str:
    """An id of this very request: a retry after a lost answer asks again with the same bytes."""
    seen = sha256()
    for change in changes:
        seen.update(change.salt + change.detail)
    return seen.hexdigest()
