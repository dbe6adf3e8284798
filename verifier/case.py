"""One check under way: what was asked, what is known so far, and what was found. The steps share it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from registry.statuslist import StatusList
from verifier.artifacts import Issuer, Logged
from verifier.attached import Attached
from verifier.basis import EventsRead
from verifier.evidence import Evidence
from verifier.policy import Policy
from verifier.verdict import Finding, Outcome, Step, Tally

VALID, ENDED, SUSPENDED, SUPERSEDED = range(4)
"""The values of a status slot (registry.statuslist); 1 also means "never issued"."""


@dataclass(slots=True)
class Case:
    """One check under way: what was asked, what is known so far."""

    evidence: Evidence
    policy: Policy
    now: int
    as_of: int | None
    proof: bytes | None = None
    """The `tlog-proof` that came with the certificate, as handed in."""
    tally: Tally = field(default_factory=Tally)
    warnings: list[Finding] = field(default_factory=list)
    reason: str | None = None
    since: int | None = None
    successor: str | None = None
    issuer: Issuer | None = None
    logged: Logged | None = None
    events: EventsRead | None = None
    """What the event file says of this certificate, where a step has read it."""
    attached: Attached | None = None
    """The attached proof, where it was needed and holds."""
    trusted_facts: bool = False

    def warn(self, step: Step, code: str, **params: str | int) -> None:
        """Add a loud remark that has no part in the bottom line."""
        self.warnings.append(Finding(step, Outcome.UNKNOWN, code, params))


def stale(status: StatusList, case: Case) -> bool:
    """Too old to show that a certificate stands, or from a future we do not believe in."""
    too_old = case.now - status.iat > case.policy.max_status_age or status.exp <= case.now
    return too_old or status.iat > case.now + case.policy.clock_leeway


def plain(params: Mapping[str, object]) -> dict[str, str | int]:
    """Parameters as a finding may carry them: numbers and texts."""
    return {name: value if isinstance(value, int) else str(value) for name, value in params.items()}
