"""Step 6: is it logged, and where. Pure; only a proven entry counts, and only proof counts against."""

from typing import Final

from credentials.envelope import Presented
from verifier.artifacts import Logged
from verifier.case import ENDED, Case, plain, stale
from verifier.gaps import EvidenceGap, EvidenceMissing, EvidenceRejected
from verifier.verdict import Finding, Outcome, Result, Step, passing

_PASS_LOGGED: Final = passing(Step.LOGGED, "check.logged")


def log_position(presented: Presented, case: Case) -> tuple[int | None, Finding]:
    """Return the proven log index, if any, and step 6's finding (reported in its place, needed by step 4)."""
    try:
        logged = _proven_entry(presented, case)
    except EvidenceGap as gap:
        return None, _never_issued(presented, case) or _log_gap(gap)
    if logged is None:
        pending = Finding(Step.LOGGED, Outcome.UNKNOWN, "check.log_pending")
        return None, _never_issued(presented, case) or pending
    entry = logged.entry
    if (entry.kid8, presented.digest) != (presented.kid8, entry.qr if presented.form == "qr" else entry.doc):
        return None, Finding(
            Step.LOGGED, Outcome.FAIL, "check.other_digest_logged", {"index": logged.index}, Result.NOT_LOGGED
        )
    case.logged = logged
    if abs(entry.t - presented.credential.issued_at) > case.policy.backdating_limit:
        case.warn(Step.LOGGED, "check.iat_far_from_log_time", issued=presented.credential.issued_at, logged=entry.t)
    return logged.index, _PASS_LOGGED


def _proven_entry(presented: Presented, case: Case) -> Logged | None:
    """The proven entry of this credential's slot; None when the newest checkpoint does not reach it yet."""
    status = presented.credential.status
    case.evidence.checkpoint()
    hinted = case.evidence.hinted(status.list, status.index)
    if hinted is None or hinted >= case.evidence.log_view().size:
        return None
    logged = case.evidence.logged(hinted)
    if logged is None or (logged.entry.list, logged.entry.index) != (status.list, status.index):
        raise EvidenceRejected(path="hints", defect="check.hint_misleads")
    return logged


def _log_gap(gap: EvidenceGap) -> Finding:
    if isinstance(gap, EvidenceMissing):
        return Finding(Step.LOGGED, Outcome.UNKNOWN, "check.log_evidence_absent", plain(gap.params))
    return Finding(Step.LOGGED, Outcome.UNKNOWN, "check.log_evidence_rejected", plain(gap.params))


def _never_issued(presented: Presented, case: Case) -> Finding | None:
    """Proof that the slot was never issued: a fresh, logged list that is much younger than `iat` and knows no event."""
    ref, iat = presented.credential.status, presented.credential.issued_at
    try:
        status = case.evidence.status(ref.list)
        if status.array.get(ref.index) != ENDED or case.evidence.events(ref.list, ref.index):
            return None
    except EvidenceGap:
        return None
    if stale(status, case) or status.iat <= iat + case.policy.unissued_grace:
        return None
    return Finding(Step.LOGGED, Outcome.FAIL, "check.slot_never_issued", {"list_time": status.iat}, Result.NOT_LOGGED)
