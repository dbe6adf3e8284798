"""The operator ends certificates in place of their issuing body, whose key is lost, retired or destroyed.

Signed with the house's status key, which the roots name; logged, published and audited like any other change. What stands in
this house's ledger is noted there; what does not (a thief logged it under a stolen key) is named by its slot.
"""

import re
from collections.abc import Sequence
from typing import Final

from credentials.identifiers import check_number
from hallmark.house import House
from issuers.changes import Order, batch_id, signed_change

EVENTS: Final = ("revoked", "rescinded", "cancelled")
"""What ends a certificate for good and needs nothing of the body. To suspend, transfer or replace is the body's alone."""

_SLOT: Final = re.compile(r"(0|[1-9][0-9]{0,9}):(0|[1-9][0-9]{0,5})")

Slot = tuple[int, int]


def end(house: House, what: Sequence[str], order: Order) -> list[int]:
    """End the certificates named by number or `list:index`; return the log indices of the changes, in that order.

    Numbers and slots of the ledger are one transaction, other slots a second one. Raises NumberInvalid, NumberUnknown,
    ChangeNotAllowed, SlotNotIssued, TransitionRefused, EffectiveLater, KeyMissing.
    """
    numbers, strangers = _parted(house, what)
    signer = house.status_signer
    indices: list[int] = []
    if numbers:
        indices += house.status_desk.change(numbers, order, signer=signer).indices
    if strangers:
        changes = [signed_change(*slot, order, signer) for slot in strangers]
        indices += house.recorder.change_statuses(batch_id(changes), changes).indices
    return indices


def _parted(house: House, what: Sequence[str]) -> tuple[list[str], list[Slot]]:
    """The ledger's certificates by number, and the slots that the ledger does not know."""
    numbers: dict[str, None] = {}
    strangers: dict[Slot, None] = {}
    for each in what:
        slot = _SLOT.fullmatch(each.strip())
        number = check_number(each) if slot is None else house.ledger.number_at(int(slot[1]), int(slot[2]))
        if number is not None:
            numbers[house.ledger.record(number).number] = None
        elif slot is not None:
            strangers[int(slot[1]), int(slot[2])] = None
    return list(numbers), list(strangers)
