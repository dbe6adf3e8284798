"""Step 6: is it logged, and where. Pure; only a proven entry counts, and only proof counts against."""

from typing import Final

from credentials.envelope import Presented
from verifier.artifacts import Logged
from verifier.attached import Attached, open_attached
from verifier.case import ENDED, Case, plain, stale
from verifier.gaps import EvidenceGap, EvidenceMissing, EvidenceRejected
from verifier.verdict import Finding, Outcome, Result, Step, passing

_PASS_LOGGED: Final = passing(Step.LOGGED, "check.logged")
_PASS_BY_PROOF: Final = passing(Step.LOGGED, "check.logged_by_proof")
_PENDING: Final = Finding(Step.LOGGED, Outcome.UNKNOWN, "check.log_pending")


def log_position(presented: Presented, case: Case) -> tuple[int | None, tuple[Finding, ...]]:
    """Return the proven log index, if any, and step 6's findings (reported in their place, needed by step 4).

    The published log is asked first, for it alone can speak against a certificate that brings a proof; what it leaves
    open the attached proof may close.
    """
    try:
        logged, left_open = _proven_entry(presented, case), _PENDING
    except EvidenceGap as gap:
        logged, left_open = None, _log_gap(gap)
    if logged is not None:
        return _matched(logged, presented, case, _PASS_LOGGED)
    if case.proof is None:
        return None, (_never_issued(presented, case) or left_open,)
    try:
        case.attached = _attached(case.proof, presented, case)
    except EvidenceRejected as rejected:
        useless = Finding(Step.LOGGED, Outcome.UNKNOWN, "check.proof_rejected", plain(rejected.params))
        return None, (_never_issued(presented, case) or left_open, useless)
    return _matched(case.attached.logged, presented, case, _PASS_BY_PROOF)


def _matched(logged: Logged, presented: Presented, case: Case, passed: Finding) -> tuple[int | None, tuple[Finding]]:
    """Hold the slot's proven entry against the form in hand."""
    entry = logged.entry
    if (entry.kid8, presented.digest) != (presented.kid8, entry.qr if presented.form == "qr" else entry.doc):
        other = {"index": logged.index}
        return None, (Finding(Step.LOGGED, Outcome.FAIL, "check.other_digest_logged", other, Result.NOT_LOGGED),)
    case.logged = logged
    if abs(entry.t - presented.credential.issued_at) > case.policy.backdating_limit:
        case.warn(Step.LOGGED, "check.iat_far_from_log_time", issued=presented.credential.issued_at, logged=entry.t)
    return logged.index, (passed,)


def _attached(proof: bytes, presented: Presented, case: Case) -> Attached:
    """The attached proof, if it proves an entry of this credential's slot. Raises EvidenceRejected."""
    attached, status = open_attached(proof, case.evidence), presented.credential.status
    if (attached.logged.entry.list, attached.logged.entry.index) != (status.list, status.index):
        raise EvidenceRejected(path="proof", defect="check.proof_of_another")
    return attached


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
