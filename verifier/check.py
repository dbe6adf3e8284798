"""Check one certificate: `check(text, evidence, policy, now=…) -> Verdict`. Pure; the steps are those of docs/verification.md.

Where it ends: it fetches nothing, knows no clock, and trusts nothing that it was not handed. Each step says PASS, FAIL or
UNKNOWN, and the first FAIL in step order names the result.

1 read · 2 signature · 3 issuer · 4 key · 5 authority (`sealed_by`) · 6 logged (`logged`) · 7 status · 8 dates (`standing`) ·
9 copy terms. The key counts by its place in the log, so that place is looked up before step 4 and reported as step 6.
"""

from contextlib import suppress
from typing import Final

from credentials.envelope import Presented, read
from credentials.errors import CredentialsError, Damaged, UnknownVersion
from keys.errors import KeysError
from verifier.basis import Basis
from verifier.case import Case, plain
from verifier.evidence import Evidence
from verifier.gaps import EvidenceGap
from verifier.logged import log_position
from verifier.policy import Policy
from verifier.sealed_by import check_authority, check_issuer, check_key, check_signature, find_issuer
from verifier.standing import check_dates, check_status
from verifier.verdict import Params, Result, Step, Verdict, passing

_PASS_READ: Final = passing(Step.READ, "check.read")
_PASS_NOT_A_COPY: Final = passing(Step.COPY, "check.not_a_copy")


def check(  # noqa: PLR0913  # what is asked, each by its name
    text: str,
    evidence: Evidence,
    policy: Policy,
    *,
    now: int,
    as_of: int | None = None,
    proof: bytes | None = None,
) -> Verdict:
    """Return the verdict on `text` (QR text, bare digits or a `vc+jwt`) at `now`, or for the moment `as_of`.

    `proof` is the `tlog-proof` that came with it, unread. Never raises for anything in `text`, `proof` or `evidence`.
    Times are UNIX seconds.
    """
    case = Case(evidence, policy, now, as_of, proof)
    presented = _read(text, case)
    if presented is not None:
        _judge(presented, case)
    return _verdict(presented, case)


def _judge(presented: Presented, case: Case) -> None:
    """Steps 2 to 9, in order; a broken signature ends it, for then no claim is anybody's."""
    case.issuer, gap = find_issuer(presented, case)
    if not check_signature(presented, gap, case):
        return
    position, log_findings = log_position(presented, case)
    check_issuer(presented, gap, case)
    check_key(position, case)
    check_authority(presented, case)
    case.tally.findings.extend(log_findings)
    check_status(presented, case)
    check_dates(presented, case)
    case.tally.passed(_PASS_NOT_A_COPY)


def _read(text: str, case: Case) -> Presented | None:
    """Step 1: the form and its limits."""
    try:
        presented = read(text)
    except UnknownVersion as defect:
        case.tally.unknown(Step.READ, defect.code, **plain(defect.params))
        return None
    except Damaged as defect:
        case.tally.failed(Step.READ, defect.code, Result.ALTERED, **plain(defect.params))
        return None
    except (CredentialsError, KeysError) as defect:
        case.tally.failed(Step.READ, defect.code, Result.UNREADABLE, **plain(defect.params))
        return None
    case.tally.passed(_PASS_READ)
    host = presented.host
    if host is not None and host.lower() not in case.evidence.roots.hosts:
        case.warn(Step.READ, "check.host_unlisted", host=host.lower())
    return presented


def _verdict(presented: Presented | None, case: Case) -> Verdict:
    shown, issuer = (presented, case.issuer) if case.trusted_facts else (None, None)
    result = case.tally.bottom_line()
    told = result is Result.GENUINE_NOT_VALID
    basis = Basis() if presented is None else _basis(presented, case)
    return Verdict(
        result=result,
        findings=tuple(case.tally.findings),
        reason=case.reason if told else None,
        since=case.since if told else None,
        successor=case.successor if told else None,
        credential=shown.credential if shown else None,
        form=presented.form if presented else None,
        issuer=issuer.body.name if issuer else None,
        issuer_en=issuer.body.name_en if issuer else None,
        ages=_ages(basis, case.now),
        basis=basis,
        warnings=tuple(case.warnings),
        asked_at=case.as_of,
        checked_at=case.now,
        test=case.evidence.roots.test,
    )


def _basis(presented: Presented, case: Case) -> Basis:
    """The evidence in hand, as far as it could be opened."""
    evidence = case.evidence
    trust = status = checkpoint = None
    try:
        trust = evidence.trust()
        status = evidence.status(presented.credential.status.list)
    except EvidenceGap:
        pass
    with suppress(EvidenceGap):
        checkpoint = evidence.checkpoint()
    return Basis(checkpoint, case.attached, case.logged, trust, status, case.events)


def _ages(basis: Basis, now: int) -> Params:
    """The age in seconds of every piece of evidence that was used."""
    ages: dict[str, str | int] = {}
    if basis.trust is not None:
        ages["trust"] = now - basis.trust.published
    if basis.status is not None:
        ages["status"] = now - basis.status.iat
    if basis.checkpoint is not None:
        ages["checkpoint"] = now - (basis.checkpoint.time or 0)
    if basis.attached is not None:
        ages["proof"] = now - (basis.attached.checkpoint.time or 0)
    return ages
