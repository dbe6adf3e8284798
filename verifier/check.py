"""Check one certificate: `check(text, evidence, policy, now=…) -> Verdict`. Pure; the steps are those of docs/verification.md.

Where it ends: it fetches nothing, knows no clock, and trusts nothing that it was not handed. Each step says PASS, FAIL or
UNKNOWN; the order of the functions below is the order of the steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from credentials.envelope import Presented, read
from credentials.errors import CredentialsError, Damaged, UnknownVersion
from credentials.model import Postdoc, Qualification, Title
from keys.errors import KeysError
from registry.errors import RegistryError
from registry.events import StateAt, state_at
from registry.statuslist import StatusList
from verifier.evidence import Evidence, Issuer, Logged
from verifier.gaps import EvidenceGap, EvidenceMissing, EvidenceRejected
from verifier.policy import Policy
from verifier.verdict import NO_PARAMS, Finding, Outcome, Params, Result, Step, Tally, Verdict, passing

VALID, ENDED, SUSPENDED, SUPERSEDED = range(4)

_REASON_OF_STATUS: Final[Mapping[int, str]] = MappingProxyType(
    {ENDED: "ended", SUSPENDED: "suspended", SUPERSEDED: "superseded"}
)
_REASON_OF_EVENT: Final = frozenset({"rescinded", "cancelled", "revoked", "transferred", "suspended", "superseded"})

_PASS_READ: Final = passing(Step.READ, "check.read")
_PASS_SIGNATURE: Final = passing(Step.SIGNATURE, "check.signature")
_PASS_ISSUER: Final = passing(Step.ISSUER, "check.issuer")
_PASS_KEY_OPEN: Final = passing(Step.KEY, "check.key_open")
_PASS_AUTHORITY: Final = passing(Step.AUTHORITY, "check.authority")
_PASS_LOGGED: Final = passing(Step.LOGGED, "check.logged")
_PASS_STATUS_VALID: Final = passing(Step.STATUS, "check.status_valid")
_PASS_STATUS_VALID_THEN: Final = passing(Step.STATUS, "check.status_valid_then")
_PASS_DATES: Final = passing(Step.DATES, "check.dates")
_PASS_NOT_A_COPY: Final = passing(Step.COPY, "check.not_a_copy")


@dataclass(slots=True)
class _Case:
    """One check under way: what was asked, what is known so far."""

    evidence: Evidence
    policy: Policy
    now: int
    as_of: int | None
    tally: Tally = field(default_factory=Tally)
    warnings: list[Finding] = field(default_factory=list)
    reason: str | None = None
    since: int | None = None
    successor: str | None = None
    issuer: Issuer | None = None
    logged: Logged | None = None
    trusted_facts: bool = False

    def warn(self, step: Step, code: str, **params: str | int) -> None:
        """Add a loud remark that has no part in the bottom line."""
        self.warnings.append(Finding(step, Outcome.UNKNOWN, code, params))


def check(text: str, evidence: Evidence, policy: Policy, *, now: int, as_of: int | None = None) -> Verdict:
    """Return the verdict on `text` (QR text, bare digits or a `vc+jwt`) at `now`, or for the moment `as_of`.

    Never raises for anything in `text` or `evidence`. Times are UNIX seconds.
    """
    case = _Case(evidence, policy, now, as_of)
    presented = _read(text, case)
    if presented is not None:
        _judge(presented, case)
    return _verdict(presented, case)


def _judge(presented: Presented, case: _Case) -> None:
    """Steps 2 to 9, in order; a broken signature ends it, for then no claim is anybody's."""
    case.issuer, gap = _find_issuer(presented, case)
    if not _signature(presented, gap, case):
        return
    position, log_finding = _log_position(presented, case)
    _issuer(presented, gap, case)
    _key(position, case)
    _authority(presented, case)
    case.tally.findings.append(log_finding)
    _status(presented, case)
    _dates(presented, case)
    case.tally.passed(_PASS_NOT_A_COPY)


# 1 read ------------------------------------------------------------------------------------------------------------


def _read(text: str, case: _Case) -> Presented | None:
    try:
        presented = read(text)
    except UnknownVersion as defect:
        case.tally.unknown(Step.READ, defect.code, **_plain(defect.params))
        return None
    except Damaged as defect:
        case.tally.failed(Step.READ, defect.code, Result.ALTERED, **_plain(defect.params))
        return None
    except (CredentialsError, KeysError) as defect:
        case.tally.failed(Step.READ, defect.code, Result.UNREADABLE, **_plain(defect.params))
        return None
    case.tally.passed(_PASS_READ)
    host = presented.host
    if host is not None and host.lower() not in case.evidence.roots.hosts:
        case.warn(Step.READ, "check.host_unlisted", host=host.lower())
    return presented


# 2 signature -------------------------------------------------------------------------------------------------------


def _find_issuer(presented: Presented, case: _Case) -> tuple[Issuer | None, EvidenceGap | None]:
    try:
        return case.evidence.issuer_of(presented.kid8), None
    except EvidenceGap as gap:
        return None, gap


def _signature(presented: Presented, gap: EvidenceGap | None, case: _Case) -> bool:
    if case.issuer is None:
        _no_key(presented.kid8.hex(), gap, case)
        return False
    try:
        presented.verify(case.issuer.key.public_key)
    except KeysError:
        case.tally.failed(Step.SIGNATURE, "check.signature_broken", Result.ALTERED)
        return False
    case.trusted_facts = True
    case.tally.passed(_PASS_SIGNATURE)
    return True


def _no_key(kid: str, gap: EvidenceGap | None, case: _Case) -> None:
    """Say why there is nothing to verify with; only a trust list that is in force proves a stranger."""
    if gap is None:
        case.tally.unknown(Step.SIGNATURE, "check.key_unknown", kid=kid)
        if not _trust_out_of_force(case):
            case.tally.failed(Step.ISSUER, "check.issuer_unknown", Result.UNKNOWN_ISSUER, kid=kid)
    elif isinstance(gap, EvidenceMissing):
        case.tally.unknown(Step.SIGNATURE, "check.trust_evidence_absent", **_plain(gap.params))
    else:
        case.tally.unknown(Step.SIGNATURE, "check.trust_evidence_rejected", **_plain(gap.params))


# 3 issuer ----------------------------------------------------------------------------------------------------------


def _issuer(presented: Presented, gap: EvidenceGap | None, case: _Case) -> None:
    assert case.issuer is not None
    assert gap is None
    body, credential = case.issuer.body, presented.credential
    if _trust_out_of_force(case):
        return
    if credential.issuer != body.name or credential.issuer_code not in (None, body.code):
        case.tally.failed(
            Step.ISSUER,
            "check.issuer_name_differs",
            Result.ISSUER_OUT_OF_SCOPE,
            claimed=credential.issuer,
            trusted=body.name,
        )
    else:
        case.tally.passed(_PASS_ISSUER)


def _trust_out_of_force(case: _Case) -> bool:
    """Note UNKNOWN where roots or trust list are not in force: then they prove neither who somebody is nor who is nobody."""
    trust, roots = case.evidence.trust(), case.evidence.roots
    if roots.expires <= case.now:
        case.tally.unknown(Step.ISSUER, "check.roots_expired", expires=roots.expires)
    elif trust.expires <= case.now:
        case.tally.unknown(Step.ISSUER, "check.trust_expired", expires=trust.expires)
    elif trust.effective > case.now:
        case.tally.unknown(Step.ISSUER, "check.trust_not_yet_effective", effective=trust.effective)
    else:
        return False
    return True


# 4 key -------------------------------------------------------------------------------------------------------------


def _key(position: int | None, case: _Case) -> None:
    """A key counts by where its entries open and close in the log, never by today's date."""
    assert case.issuer is not None
    key = case.issuer.key
    if position is None:
        if key.closed is None and key.boundary is None:
            case.tally.passed(_PASS_KEY_OPEN)
        else:
            case.tally.unknown(Step.KEY, "check.key_closed_position_unproven")
        return
    if key.boundary is not None and position >= key.boundary:
        case.tally.failed(Step.KEY, "check.key_compromised", Result.UNKNOWN_ISSUER, boundary=key.boundary)
    elif position <= key.opened or (key.closed is not None and position >= key.closed):
        case.tally.failed(Step.KEY, "check.key_not_open_then", Result.UNKNOWN_ISSUER, position=position)
    else:
        case.tally.passed(_PASS_KEY_OPEN)


# 5 authority -------------------------------------------------------------------------------------------------------


def _authority(presented: Presented, case: _Case) -> None:
    assert case.issuer is not None
    award, credential = presented.credential.award, presented.credential
    refusal = case.issuer.trust.coverage(
        case.issuer.body,
        credential.kind,
        series=award.series if isinstance(award, Title) else None,
        specialty=award.specialty if isinstance(award, Title) else None,
        level=award.level if isinstance(award, Title) else None,
        committee=award.committee if isinstance(award, Title) else None,
        on=credential.awarded_on,
    )
    if refusal is None:
        case.tally.passed(_PASS_AUTHORITY)
    else:
        case.tally.failed(Step.AUTHORITY, refusal, Result.ISSUER_OUT_OF_SCOPE, what=_award_words(award))


def _award_words(award: Title | Qualification | Postdoc) -> str:
    return award.name if isinstance(award, Title | Qualification) else award.station


# 6 logged ----------------------------------------------------------------------------------------------------------


def _log_position(presented: Presented, case: _Case) -> tuple[int | None, Finding]:
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


def _proven_entry(presented: Presented, case: _Case) -> Logged | None:
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
        return Finding(Step.LOGGED, Outcome.UNKNOWN, "check.log_evidence_absent", _plain(gap.params))
    return Finding(Step.LOGGED, Outcome.UNKNOWN, "check.log_evidence_rejected", _plain(gap.params))


def _never_issued(presented: Presented, case: _Case) -> Finding | None:
    """Proof that the slot was never issued: a fresh, logged list that is much younger than `iat` and knows no event."""
    ref, iat = presented.credential.status, presented.credential.issued_at
    try:
        status = case.evidence.status(ref.list)
        if status.array.get(ref.index) != ENDED or case.evidence.events(ref.list, ref.index):
            return None
    except EvidenceGap:
        return None
    if _stale(status, case) or status.iat <= iat + case.policy.unissued_grace:
        return None
    return Finding(Step.LOGGED, Outcome.FAIL, "check.slot_never_issued", {"list_time": status.iat}, Result.NOT_LOGGED)


# 7 status ----------------------------------------------------------------------------------------------------------


def _stale(status: StatusList, case: _Case) -> bool:
    too_old = case.now - status.iat > case.policy.max_status_age or status.exp <= case.now
    return too_old or status.iat > case.now + case.policy.clock_leeway


def _status(presented: Presented, case: _Case) -> None:
    ref = presented.credential.status
    try:
        status = case.evidence.status(ref.list)
        if case.as_of is not None:
            _status_then(status, presented, case)
            return
    except EvidenceGap as gap:
        case.tally.unknown(Step.STATUS, _status_gap(gap), **_plain(gap.params))
        return
    value = status.array.get(ref.index)
    if value == ENDED and _not_issued_yet(status, presented, case):
        case.tally.unknown(Step.STATUS, "check.status_not_issued_yet")
    elif value in (ENDED, SUPERSEDED):
        _ended(value, presented, case)
    elif _stale(status, case):
        case.tally.unknown(Step.STATUS, "check.status_stale", age=case.now - status.iat)
    elif value == SUSPENDED:
        _ended(value, presented, case)
    else:
        case.tally.passed(_PASS_STATUS_VALID)


def _not_issued_yet(status: StatusList, presented: Presented, case: _Case) -> bool:
    """The value 1 also means "never issued": a list from before the issue says nothing about this certificate."""
    ref = presented.credential.status
    try:
        return not case.evidence.events(ref.list, ref.index)
    except EvidenceGap:
        return status.iat < presented.credential.issued_at


def _status_gap(gap: EvidenceGap) -> str:
    return "check.status_evidence_absent" if isinstance(gap, EvidenceMissing) else "check.status_evidence_rejected"


def _ended(value: int, presented: Presented, case: _Case) -> None:
    """Say why and since when, from the event file where it is held; the list alone already decides."""
    ref = presented.credential.status
    try:
        state = state_at(case.evidence.events(ref.list, ref.index), None)
    except (EvidenceGap, RegistryError):
        state = None
    _not_valid(_REASON_OF_STATUS[value], state, case)


def _status_then(status: StatusList, presented: Presented, case: _Case) -> None:
    """An as-of question always reads the event file, for valid certificates too."""
    ref = presented.credential.status
    if _stale(status, case):
        case.tally.unknown(Step.STATUS, "check.status_stale", age=case.now - status.iat)
        return
    events = case.evidence.events(ref.list, ref.index)
    if status.array.get(ref.index) == ENDED and not events:
        case.tally.unknown(Step.STATUS, "check.status_not_issued_yet")
        return
    try:
        then, today = state_at(events, case.as_of), state_at(events, None)
    except RegistryError as defect:
        case.tally.unknown(Step.STATUS, "check.status_history_untold", defect=defect.code)
        return
    if then.status != VALID:
        _not_valid(_REASON_OF_STATUS[then.status], then, case)
        return
    case.tally.passed(_PASS_STATUS_VALID_THEN)
    if today.status == SUPERSEDED and today.detail and today.detail.successor:
        case.warn(Step.STATUS, "check.superseded_since", successor=today.detail.successor)


def _not_valid(reason: str, state: StateAt | None, case: _Case) -> None:
    if state is not None and state.event in _REASON_OF_EVENT:
        reason = state.event
    case.reason = reason
    if state is not None:
        case.since = state.since
        case.successor = state.detail.successor if state.detail else None
    case.tally.failed(Step.STATUS, f"check.status_{reason}", Result.GENUINE_NOT_VALID)


# 8 dates -----------------------------------------------------------------------------------------------------------


def _dates(presented: Presented, case: _Case) -> None:
    credential = presented.credential
    moment = case.now if case.as_of is None else case.as_of
    if credential.issued_at > case.now + case.policy.clock_leeway or credential.awarded_on.begins_at() > moment:
        case.reason = case.reason or "not_yet_valid"
        case.tally.failed(Step.DATES, "check.not_yet_valid", Result.GENUINE_NOT_VALID)
    elif credential.expires_at is not None and credential.expires_at <= moment:
        if case.reason is None:
            case.reason, case.since = "expired", credential.expires_at
        case.tally.failed(Step.DATES, "check.expired", Result.GENUINE_NOT_VALID, expired=credential.expires_at)
    else:
        case.tally.passed(_PASS_DATES)


# the bottom line ---------------------------------------------------------------------------------------------------


def _verdict(presented: Presented | None, case: _Case) -> Verdict:
    shown = presented if case.trusted_facts else None
    result = case.tally.bottom_line()
    told = result is Result.GENUINE_NOT_VALID
    return Verdict(
        result=result,
        findings=tuple(case.tally.findings),
        reason=case.reason if told else None,
        since=case.since if told else None,
        successor=case.successor if told else None,
        credential=shown.credential if shown else None,
        form=presented.form if presented else None,
        issuer=case.issuer.body.name if case.issuer else None,
        issuer_en=case.issuer.body.name_en if case.issuer else None,
        ages=_ages(presented, case),
        warnings=tuple(case.warnings),
        asked_at=case.as_of,
        checked_at=case.now,
        test=case.evidence.roots.test,
    )


def _ages(presented: Presented | None, case: _Case) -> Params:
    """The age in seconds of every piece of evidence that was used."""
    if presented is None:
        return NO_PARAMS
    evidence, now, ages = case.evidence, case.now, {}
    try:
        ages["trust"] = now - evidence.trust().published
        ages["status"] = now - evidence.status(presented.credential.status.list).iat
        ages["checkpoint"] = now - (evidence.checkpoint().time or 0)
    except EvidenceGap:
        pass
    return ages


def _plain(params: Mapping[str, object]) -> dict[str, str | int]:
    return {name: value if isinstance(value, int) else str(value) for name, value in params.items()}
