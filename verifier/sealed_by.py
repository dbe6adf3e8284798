"""Steps 2 to 5: who sealed this, and were they allowed to. Pure; the numbers are those of docs/verification.md."""

from typing import Final

from credentials.envelope import Presented
from credentials.model import Postdoc, Qualification, Title
from keys.errors import KeysError
from verifier.artifacts import Issuer
from verifier.case import Case, plain
from verifier.gaps import EvidenceGap, EvidenceMissing
from verifier.verdict import Result, Step, passing

_PASS_SIGNATURE: Final = passing(Step.SIGNATURE, "check.signature")
_PASS_ISSUER: Final = passing(Step.ISSUER, "check.issuer")
_PASS_KEY_OPEN: Final = passing(Step.KEY, "check.key_open")
_PASS_AUTHORITY: Final = passing(Step.AUTHORITY, "check.authority")

# 2 signature -------------------------------------------------------------------------------------------------------


def find_issuer(presented: Presented, case: Case) -> tuple[Issuer | None, EvidenceGap | None]:
    """The trusted body that owns the key that the token names, or what was missing to tell."""
    try:
        return case.evidence.issuer_of(presented.kid8), None
    except EvidenceGap as gap:
        return None, gap


def check_signature(presented: Presented, gap: EvidenceGap | None, case: Case) -> bool:
    """Step 2: the signature holds under that body's key; False ends the check."""
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


def _no_key(kid: str, gap: EvidenceGap | None, case: Case) -> None:
    """Say why there is nothing to verify with; only a trust list that is in force proves a stranger."""
    if gap is None:
        case.tally.unknown(Step.SIGNATURE, "check.key_unknown", kid=kid)
        if not _trust_out_of_force(case):
            case.tally.failed(Step.ISSUER, "check.issuer_unknown", Result.UNKNOWN_ISSUER, kid=kid)
    elif isinstance(gap, EvidenceMissing):
        case.tally.unknown(Step.SIGNATURE, "check.trust_evidence_absent", **plain(gap.params))
    else:
        case.tally.unknown(Step.SIGNATURE, "check.trust_evidence_rejected", **plain(gap.params))


# 3 issuer ----------------------------------------------------------------------------------------------------------


def check_issuer(presented: Presented, gap: EvidenceGap | None, case: Case) -> None:
    """Step 3: roots and trust list are in force, and the body is the one that the certificate names."""
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


def _trust_out_of_force(case: Case) -> bool:
    """Note UNKNOWN where roots or trust list are not in force or not logged: they prove neither who one is nor who is nobody."""
    trust, roots = case.evidence.trust(), case.evidence.roots
    if roots.expires <= case.now:
        case.tally.unknown(Step.ISSUER, "check.roots_expired", expires=roots.expires)
    elif trust.expires <= case.now:
        case.tally.unknown(Step.ISSUER, "check.trust_expired", expires=trust.expires)
    elif trust.effective > case.now:
        case.tally.unknown(Step.ISSUER, "check.trust_not_yet_effective", effective=trust.effective)
    else:
        return not _trust_logged(case)
    return True


def _trust_logged(case: Case) -> bool:
    """Note UNKNOWN where the log does not show this list: what nobody else has seen may have been made for one reader."""
    try:
        case.evidence.trust_logged()
    except EvidenceMissing as gap:
        case.tally.unknown(Step.ISSUER, "check.trust_log_absent", **plain(gap.params))
    except EvidenceGap as gap:
        case.tally.unknown(Step.ISSUER, "check.trust_log_rejected", **plain(gap.params))
    else:
        return True
    return False


# 4 key -------------------------------------------------------------------------------------------------------------


def check_key(position: int | None, case: Case) -> None:
    """Step 4: a key counts by where its entries open and close in the log, never by today's date."""
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


def check_authority(presented: Presented, case: Case) -> None:
    """Step 5: the body, and for a title its committee, had the authority on the day of award."""
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
