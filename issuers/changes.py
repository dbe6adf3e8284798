"""Change the status of issued certificates: the issuing body signs why, the registry logs it, the ledger follows.

The registry is the truth: the ledger is written after the change is logged, and a crash between the two is mended by asking
again with the same id (the registry answers as before).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from issuers.ledger import RELEASED, Ledger, Record
from issuers.ports import Clock, Registry, SignerOf
from issuers.refusals import ChangeNotAllowed, SuccessorUnknown
from registry.contract import Changed, StatusChange
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
    """What a person decided: the event, from when (UNIX seconds), why, on whose authority and by which document."""

    event: str
    effective_at: int
    authority: str
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

    def change(self, numbers: Sequence[str], order: Order) -> Changed:
        """Apply `order` to all `numbers`, all or nothing; return where the changes stand in the log.

        Raises `NumberUnknown`, `ChangeNotAllowed`, `SuccessorUnknown`, `KeysError`, `RegistryError`.
        """
        records = [self.ledger.record(number) for number in numbers]
        for record in records:
            self._require_allowed(record, order)
        changes = [self._sign(record, order) for record in records]
        changed = self.registry.change_statuses(_batch_id(changes), changes)
        self.ledger.note_change(
            [
                (record.number, order.event, order.successor, log_index)
                for record, log_index in zip(records, changed.indices, strict=True)
            ],
            order.event,
            self.clock(),
        )
        return changed

    def _require_allowed(self, record: Record, order: Order) -> None:
        if record.state not in _MAY_FOLLOW[order.event]:
            raise ChangeNotAllowed(number=record.number, event=order.event, state=record.state)
        if order.event == "superseded":
            if order.successor is None or order.successor == record.number:
                raise SuccessorUnknown(number=record.number)
            self.ledger.record(order.successor)

    def _sign(self, record: Record, order: Order) -> StatusChange:
        detail = Detail(
            order.event, order.reason or REASONS[order.event], order.authority, order.document_no, order.successor
        )
        signer = self.signer_of(record.body_code)
        sealed = seal_detail(
            detail, list_no=record.list, index=record.index, effective_at=order.effective_at, signer=signer
        )
        new = EVENTS[order.event].status
        return StatusChange(record.list, record.index, new, order.effective_at, os.urandom(16), sealed)


def _batch_id(changes: Sequence[StatusChange]) -> str:
    """An id of this very request: a retry after a lost answer asks again with the same bytes."""
    seen = sha256()
    for change in changes:
        seen.update(change.salt + change.detail)
    return seen.hexdigest()
