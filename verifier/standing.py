"""Steps 7 and 8: does it stand, now or on the day asked about. Pure; the numbers are those of docs/verification.md."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from credentials.envelope import Presented
from credentials.model import StatusRef
from registry.errors import RegistryError
from registry.events import EventRecord, StateAt, state_at
from registry.statuslist import StatusList
from verifier.basis import EventsRead
from verifier.case import ENDED, SUPERSEDED, SUSPENDED, VALID, Case, plain, stale
from verifier.gaps import EvidenceGap, EvidenceMissing
from verifier.verdict import Result, Step, passing

_REASON_OF_STATUS: Final[Mapping[int, str]] = MappingProxyType(
    {ENDED: "ended", SUSPENDED: "suspended", SUPERSEDED: "superseded"}
)
_REASON_OF_EVENT: Final = frozenset({"rescinded", "cancelled", "revoked", "transferred", "suspended", "superseded"})
_PASS_STATUS_VALID: Final = passing(Step.STATUS, "check.status_valid")
_PASS_STATUS_VALID_THEN: Final = passing(Step.STATUS, "check.status_valid_then")
_PASS_DATES: Final = passing(Step.DATES, "check.dates")

# 7 status ----------------------------------------------------------------------------------------------------------


def check_status(presented: Presented, case: Case) -> None:
    """Step 7: the list is fresh, signed and logged, and its slot says valid; ended or superseded stands even when stale."""
    ref = presented.credential.status
    try:
        status = case.evidence.status(ref.list)
        if case.as_of is not None:
            _status_then(status, presented, case)
            return
    except EvidenceGap as gap:
        case.tally.unknown(Step.STATUS, _status_gap(gap), **plain(gap.params))
        return
    value = status.array.get(ref.index)
    if value == ENDED and _not_issued_yet(status, presented, case):
        case.tally.unknown(Step.STATUS, "check.status_not_issued_yet")
    elif value in (ENDED, SUPERSEDED):
        _ended(value, presented, case)
    elif stale(status, case):
        case.tally.unknown(Step.STATUS, "check.status_stale", age=case.now - status.iat)
    elif value == SUSPENDED:
        _ended(value, presented, case)
    else:
        case.tally.passed(_PASS_STATUS_VALID)


def _not_issued_yet(status: StatusList, presented: Presented, case: Case) -> bool:
    """The value 1 also means "never issued": a list from before the issue says nothing about this certificate."""
    ref = presented.credential.status
    try:
        return not _events(ref, case)
    except EvidenceGap:
        return status.iat < presented.credential.issued_at


def _status_gap(gap: EvidenceGap) -> str:
    return "check.status_evidence_absent" if isinstance(gap, EvidenceMissing) else "check.status_evidence_rejected"


def _events(ref: StatusRef, case: Case) -> tuple[EventRecord, ...]:
    """The slot's events, noted as evidence of the verdict. Raises EvidenceGap."""
    records = case.evidence.events(ref.list, ref.index)
    case.events = EventsRead(*case.evidence.event_file(ref.list, ref.index), records)
    return records


def _ended(value: int, presented: Presented, case: Case) -> None:
    """Say why and since when, from the event file where it is held; the list alone already decides."""
    ref = presented.credential.status
    try:
        state = state_at(_events(ref, case), None)
    except (EvidenceGap, RegistryError):
        state = None
    _not_valid(_REASON_OF_STATUS[value], state, case)


def _status_then(status: StatusList, presented: Presented, case: Case) -> None:
    """An as-of question always reads the event file, for valid certificates too."""
    ref = presented.credential.status
    if stale(status, case):
        case.tally.unknown(Step.STATUS, "check.status_stale", age=case.now - status.iat)
        return
    events, value = _events(ref, case), status.array.get(ref.index)
    if value == ENDED and not events:
        case.tally.unknown(Step.STATUS, "check.status_not_issued_yet")
        return
    try:
        then, today = state_at(events, case.as_of), state_at(events, None)
    except RegistryError as defect:
        case.tally.unknown(Step.STATUS, "check.status_history_untold", defect=defect.code)
        return
    if today.status != value:  # an event is withheld, or one too many is told: the list itself is what was logged
        case.tally.unknown(Step.STATUS, "check.status_history_untold", defect="registry.events_inconsistent")
        return
    if then.status != VALID:
        _not_valid(_REASON_OF_STATUS[then.status], then, case)
        return
    case.tally.passed(_PASS_STATUS_VALID_THEN)
    if today.status == SUPERSEDED and today.detail and today.detail.successor:
        case.warn(Step.STATUS, "check.superseded_since", successor=today.detail.successor)


def _not_valid(reason: str, state: StateAt | None, case: Case) -> None:
    if state is not None and state.event in _REASON_OF_EVENT:
        reason = state.event
    case.reason = reason
    if state is not None:
        case.since = state.since
        case.successor = state.detail.successor if state.detail else None
    case.tally.failed(Step.STATUS, f"check.status_{reason}", Result.GENUINE_NOT_VALID)


# 8 dates -----------------------------------------------------------------------------------------------------------


def check_dates(presented: Presented, case: Case) -> None:
    """Step 8: awarded and issued by then, and not expired."""
    credential = presented.credential
    moment = case.now if case.as_of is None else case.as_of
    latest = case.now + case.policy.clock_leeway
    if credential.issued_at > latest and _list_is_ahead(presented, case, latest):
        case.tally.unknown(Step.DATES, "check.clock_behind")
    elif credential.issued_at > latest or credential.awarded_on.begins_at() > moment:
        case.reason = case.reason or "not_yet_valid"
        case.tally.failed(Step.DATES, "check.not_yet_valid", Result.GENUINE_NOT_VALID)
    elif credential.expires_at is not None and credential.expires_at <= moment:
        if case.reason is None:
            case.reason, case.since = "expired", credential.expires_at
        case.tally.failed(Step.DATES, "check.expired", Result.GENUINE_NOT_VALID, expired=credential.expires_at)
    else:
        case.tally.passed(_PASS_DATES)


def _list_is_ahead(presented: Presented, case: Case, latest: int) -> bool:
    """Whether the registry's own signed time lies ahead of ours too: then it is our clock that is wrong."""
    try:
        return case.evidence.status(presented.credential.status.list).iat > latest
    except EvidenceGap:
        return False
