"""Verdicts for tests and for looking at pages: every result, every reason, each with what its check would have found."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from credentials.dates import PartialDate
from credentials.identifiers import new_number
from credentials.model import Credential, Holder, Postdoc, Qualification, StatusRef, Title
from verifier.verdict import REASONS, Finding, Outcome, Result, Step, Verdict

NOW: Final = 1_790_000_000  # 2026-09-21 22:13:20 in Beijing
NUMBER: Final = new_number(bytes(range(64)))
PASSES: Final = {
    Step.READ: "check.read",
    Step.SIGNATURE: "check.signature",
    Step.ISSUER: "check.issuer",
    Step.KEY: "check.key_open",
    Step.AUTHORITY: "check.authority",
    Step.LOGGED: "check.logged",
    Step.STATUS: "check.status_valid",
    Step.DATES: "check.dates",
    Step.COPY: "check.not_a_copy",
}
TITLE: Final = Credential(
    id=UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7"),
    number=NUMBER,
    holder=Holder("欧阳䶮", "居民身份证", "0019"),
    award=Title(
        name="高级工程师",
        series="工程技术人才",
        specialty="人工智能",
        level="副高级",
        way="评审",
        committee="上海市工程系列人工智能专业高级职称评审委员会",
        approval_no="沪人社专〔2026〕88号",
    ),
    issuer="上海市人力资源和社会保障局",
    issuer_code=None,
    awarded_on=PartialDate(2026, 9, 16),
    status=StatusRef(1, 4711),
    issued_at=NOW - 86_400,
)
QUALIFICATION: Final = replace(
    TITLE,
    holder=Holder("Maria Fernández-Ortega", "护照", "7731"),
    award=Qualification("一级建造师", "建筑工程", None, "准入类", "2026年度一级建造师资格考试", "20260831031000000017"),
    expires_at=NOW + 86_400 * 365,
)
POSTDOC: Final = replace(
    TITLE,
    holder=Holder("张𬱖玥", "居民身份证", "002X"),
    award=Postdoc(
        station="上海市样本大学",
        station_kind="博士后创新实践基地",
        discipline="计算机科学与技术",
        partner="上海样本科技有限公司",
        entered=PartialDate(2024, 7),
        completed=PartialDate(2026, 7, 1),
        postdoc_no="310415",
    ),
)
GENUINE: Final = Verdict(
    result=Result.GENUINE_VALID,
    findings=tuple(Finding(step, Outcome.PASS, code) for step, code in PASSES.items()),
    credential=TITLE,
    form="qr",
    issuer="上海市人力资源和社会保障局",
    issuer_en="Shanghai Municipal Human Resources and Social Security Bureau",
    ages={"trust": 86_400 * 3, "status": 38, "checkpoint": 12},
    checked_at=NOW,
)


def stopped_at(step: Step, outcome: Outcome, code: str, result: Result, **params: str | int) -> Verdict:
    """A verdict whose steps before `step` passed and that found `code` there; nothing was done after it."""
    before = tuple(each for each in GENUINE.findings if each.step < step)
    named = result if outcome is Outcome.FAIL else None
    findings = (*before, Finding(step, outcome, code, params, named))
    known = step > Step.ISSUER
    credential = TITLE if step > Step.SIGNATURE and result is not Result.UNKNOWN_ISSUER else None
    return replace(
        GENUINE,
        result=result,
        findings=findings,
        credential=credential,
        issuer=GENUINE.issuer if known else None,
        issuer_en=None,
    )


def not_valid(reason: str) -> Verdict:
    """Genuine, and not valid for `reason`."""
    step = Step.DATES if reason in {"expired", "not_yet_valid"} else Step.STATUS
    code = f"check.{reason}" if step is Step.DATES else f"check.status_{reason}"
    findings = tuple(
        Finding(step, Outcome.FAIL, code, result=Result.GENUINE_NOT_VALID) if each.step is step else each
        for each in GENUINE.findings
    )
    return replace(
        GENUINE,
        result=Result.GENUINE_NOT_VALID,
        findings=findings,
        reason=reason,
        since=None if reason in {"ended", "not_yet_valid"} else NOW - 86_400 * 9,
        successor=NUMBER if reason == "superseded" else None,
    )


def _results() -> dict[str, Verdict]:
    fail, unknown = Outcome.FAIL, Outcome.UNKNOWN
    return {
        "genuine_valid": GENUINE,
        "altered": stopped_at(Step.SIGNATURE, fail, "check.signature_broken", Result.ALTERED),
        "unknown_issuer": stopped_at(
            Step.ISSUER, fail, "check.issuer_unknown", Result.UNKNOWN_ISSUER, kid="0011223344556677"
        ),
        "issuer_out_of_scope": stopped_at(
            Step.AUTHORITY, fail, "trust.scope_series", Result.ISSUER_OUT_OF_SCOPE, what="高级工程师"
        ),
        "not_logged": stopped_at(Step.LOGGED, fail, "check.slot_never_issued", Result.NOT_LOGGED, list_time=NOW),
        "copy_expired": stopped_at(Step.COPY, fail, "check.expired", Result.COPY_EXPIRED),
        "mismatch": replace(GENUINE, result=Result.MISMATCH),
        "genuine_unconfirmed": replace(
            GENUINE,
            result=Result.GENUINE_UNCONFIRMED,
            findings=tuple(
                Finding(Step.LOGGED, unknown, "check.log_evidence_absent") if each.step is Step.LOGGED else each
                for each in GENUINE.findings
            ),
        ),
        "not_checkable_now": stopped_at(
            Step.STATUS, unknown, "check.status_stale", Result.NOT_CHECKABLE_NOW, age=90_000
        ),
        "no_record": Verdict(Result.NO_RECORD, checked_at=NOW),
        "legacy_unsigned": Verdict(Result.LEGACY_UNSIGNED, checked_at=NOW),
        "unreadable": Verdict(
            Result.UNREADABLE,
            (Finding(Step.READ, fail, "verifier.no_code_found", result=Result.UNREADABLE),),
            checked_at=NOW,
        ),
    }


CASES: Final[dict[str, Verdict]] = {
    **_results(),
    **{f"genuine_not_valid-{reason}": not_valid(reason) for reason in REASONS},
    "qualification": replace(GENUINE, credential=QUALIFICATION),
    "postdoc": replace(GENUINE, credential=POSTDOC),
    "test": replace(GENUINE, test=True),
    "asked": replace(GENUINE, asked_at=NOW - 86_400 * 2),
    "foreign-host": replace(
        GENUINE,
        warnings=(
            Finding(Step.READ, Outcome.UNKNOWN, "check.host_unlisted", {"host": "hallmark.examp1e"}),
            Finding(Step.READ, Outcome.UNKNOWN, "page.warning.other_codes"),
        ),
    ),
}
