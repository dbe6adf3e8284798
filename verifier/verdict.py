"""The verdict: findings in step order with one bottom line. Pure: it reads nothing and decides from what it is given."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any, Final

from credentials.dates import PartialDate
from credentials.model import Credential
from verifier.basis import Basis

Params = Mapping[str, str | int]
NO_PARAMS: Final[Params] = MappingProxyType({})


class Result(StrEnum):
    """The one answer (docs/verification.md). Exactly one of these is said."""

    GENUINE_VALID = "genuine_valid"
    GENUINE_NOT_VALID = "genuine_not_valid"
    ALTERED = "altered"
    UNKNOWN_ISSUER = "unknown_issuer"
    ISSUER_OUT_OF_SCOPE = "issuer_out_of_scope"
    NOT_LOGGED = "not_logged"
    COPY_EXPIRED = "copy_expired"
    MISMATCH = "mismatch"
    GENUINE_UNCONFIRMED = "genuine_unconfirmed"
    NOT_CHECKABLE_NOW = "not_checkable_now"
    NO_RECORD = "no_record"
    LEGACY_UNSIGNED = "legacy_unsigned"
    UNREADABLE = "unreadable"


class Outcome(StrEnum):
    """What one step found. UNKNOWN is never taken for PASS."""

    PASS = "pass"  # noqa: S105  # no password
    FAIL = "fail"
    UNKNOWN = "unknown"


class Step(IntEnum):
    """The numbered steps, in the order in which the first FAIL names the result (docs/verification.md)."""

    READ = 1
    SIGNATURE = 2
    ISSUER = 3
    KEY = 4
    AUTHORITY = 5
    LOGGED = 6
    STATUS = 7
    DATES = 8
    COPY = 9


EXIT_STATUS: Final[Mapping[Result, int]] = MappingProxyType(
    {
        Result.GENUINE_VALID: 0,
        Result.GENUINE_NOT_VALID: 1,
        Result.ALTERED: 1,
        Result.UNKNOWN_ISSUER: 1,
        Result.ISSUER_OUT_OF_SCOPE: 1,
        Result.NOT_LOGGED: 1,
        Result.COPY_EXPIRED: 1,
        Result.MISMATCH: 1,
        Result.GENUINE_UNCONFIRMED: 2,
        Result.NOT_CHECKABLE_NOW: 2,
        Result.NO_RECORD: 2,
        Result.LEGACY_UNSIGNED: 2,
        Result.UNREADABLE: 3,
    }
)

REASONS: Final = (
    "suspended", "rescinded", "cancelled", "revoked", "superseded", "transferred", "ended", "expired", "not_yet_valid",
)  # fmt: skip
"""Why a genuine certificate is not valid. `ended`: the list says so and the detail was erased."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one step found: its number, its outcome, a stable code and the parameters of its sentence."""

    step: Step
    outcome: Outcome
    code: str
    params: Params = field(default_factory=lambda: NO_PARAMS)
    result: Result | None = None
    """The result this finding names when it is the first FAIL."""


def passing(step: Step, code: str) -> Finding:
    """A PASS, which has no parameters: made once for each code, not once for each check."""
    return Finding(step, Outcome.PASS, code)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One bottom line over the findings. Times are UNIX seconds; ages are seconds."""

    result: Result
    findings: tuple[Finding, ...] = ()
    reason: str | None = None
    since: int | None = None
    successor: str | None = None
    credential: Credential | None = None
    form: str | None = None
    issuer: str | None = None
    issuer_en: str | None = None
    ages: Params = field(default_factory=lambda: NO_PARAMS)
    basis: Basis = field(default_factory=Basis)
    warnings: tuple[Finding, ...] = ()
    asked_at: int | None = None
    checked_at: int = 0
    test: bool = False

    @property
    def exit_status(self) -> int:
        """The command line's exit status: 0 valid, 1 not valid, 2 cannot say, 3 unreadable."""
        return EXIT_STATUS[self.result]

    def to_json(self) -> dict[str, Any]:
        """The verdict for programs (docs/api.md): stable names and codes, no sentences; absent facts are null."""
        return {
            "result": self.result.value,
            "exit": self.exit_status,
            "reason": self.reason,
            "since": self.since,
            "successor": self.successor,
            "form": self.form,
            "issuer": {"name": self.issuer, "name_en": self.issuer_en} if self.issuer else None,
            "credential": _credential_json(self.credential),
            "findings": [_finding_json(each) for each in self.findings],
            "warnings": [_finding_json(each) for each in self.warnings],
            "ages": dict(self.ages),
            "evidence": self.basis.to_json(),
            "asked_at": self.asked_at,
            "checked_at": self.checked_at,
            "test": self.test,
        }


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "step": finding.step.value,
        "outcome": finding.outcome.value,
        "code": finding.code,
        "params": dict(finding.params),
    }


def _credential_json(credential: Credential | None) -> dict[str, Any] | None:
    """The facts on the certificate; the random id that hides the published hash stays out."""
    if credential is None:
        return None
    facts = asdict(credential)
    del facts["id"]
    facts["kind"] = credential.kind.value
    return {name: _json_value(value) for name, value in facts.items()}


def _json_value(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"year", "month", "day"}:
            return str(PartialDate(**value))
        return {name: _json_value(each) for name, each in value.items()}
    return value


@dataclass(slots=True)
class Tally:
    """Findings as they come, and the bottom line over them."""

    findings: list[Finding] = field(default_factory=list)

    def passed(self, finding: Finding) -> None:
        """Note a finding of `passing`."""
        self.findings.append(finding)

    def failed(self, step: Step, code: str, result: Result, **params: str | int) -> None:
        """Note that `step` found proof against; `result` is what it names if it is the first."""
        self.findings.append(Finding(step, Outcome.FAIL, code, params, result))

    def unknown(self, step: Step, code: str, **params: str | int) -> None:
        """Note that `step` lacked evidence."""
        self.findings.append(Finding(step, Outcome.UNKNOWN, code, params))

    def bottom_line(self) -> Result:
        """The rule of docs/verification.md over the findings so far."""
        return bottom_line(self.findings)


ALWAYS_APPLICABLE: Final = frozenset(Step) - {Step.COPY}


_PASS: Final = Outcome.PASS  # an enum's member costs a look-up each time it is named


def bottom_line(findings: Sequence[Finding]) -> Result:
    """Return the one result: first FAIL in step order, else UNKNOWN, else valid; nothing found is not_checkable_now.

    `genuine_valid` needs a PASS from every step that always applies; a step that said nothing counts as UNKNOWN.
    """
    passed = {finding.step for finding in findings if finding.outcome is _PASS}
    if len(passed) == len(findings) and passed >= ALWAYS_APPLICABLE:
        return Result.GENUINE_VALID
    for finding in sorted(findings, key=lambda each: each.step):
        if finding.outcome is Outcome.FAIL:
            return finding.result or Result.NOT_CHECKABLE_NOW
    open_steps = (ALWAYS_APPLICABLE - passed) | {each.step for each in findings if each.outcome is Outcome.UNKNOWN}
    if not open_steps:
        return Result.GENUINE_VALID
    offline_log = any(f.code == "check.log_evidence_absent" for f in findings)
    if open_steps == {Step.LOGGED} and offline_log:
        return Result.GENUINE_UNCONFIRMED
    return Result.NOT_CHECKABLE_NOW
