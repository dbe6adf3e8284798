"""What a receipt says: the only place that spells its claim names (docs/formats.md, section 15). Pure.

A receipt of one check names what was presented by its digest, so that nobody has to hand it on with the receipt, and the
person by a masked name. Codes, no sentences: it reads the same in every language and in thirty years.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from verifier.receipts.errors import ReceiptMalformed
from verifier.receipts.members import (
    counts_in,
    members,
    number_in,
    optional,
    text_in,
    texts_in,
)
from verifier.verdict import REASONS, Outcome, Result, Step

FORMS: Final = frozenset({"qr", "document"})
MAX_STEPS: Final = 64
MAX_LISTS: Final = 4_096
MAX_ROWS: Final = 1 << 32
_HEX64: Final = r"[0-9a-f]{64}"
_CODE: Final = r"[a-z]+(\.[a-z][a-z0-9_]*)+"
_ADDRESS: Final = r"https://[a-z0-9][a-z0-9.:-]{0,252}/"


@dataclass(frozen=True, slots=True)
class Head:
    """The checkpoint that the answer rests on; `time` is its youngest cosignature's, UNIX seconds."""

    origin: str
    size: int
    root: str
    time: int


@dataclass(frozen=True, slots=True)
class ListVersion:
    """A status list as it was used: its number, version, and when it was signed."""

    list: int
    version: int
    signed_at: int


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One finding: the step's number, its outcome and its code."""

    step: int
    outcome: str
    code: str


@dataclass(frozen=True, slots=True)
class Checked:
    """One check. `sha256` is over the UTF-8 of the text that was checked, without white space around it; `form` is None
    where it could not be read. `number`, `holder` (masked) and `issuer` stand only where the verdict shows facts."""

    sha256: str
    form: str | None
    number: str | None
    holder: str | None
    issuer: str | None
    result: Result
    reason: str | None
    since: int | None
    successor: str | None
    asked_at: int | None
    checked_at: int
    steps: tuple[StepTaken, ...]
    warnings: tuple[str, ...]
    checkpoint: Head | None
    log_index: int | None
    trust_list: int | None
    status_list: ListVersion | None


@dataclass(frozen=True, slots=True)
class Summary:
    """Many checks: how many lines gave which result, the SHA-256 of the result file, and from when to when it ran.

    `checkpoint` and `trust_list` are the newest that were used; `status_lists` all of them, by number.
    """

    sha256: str
    rows: int
    counts: Mapping[str, int]
    began_at: int
    ended_at: int
    checkpoint: Head | None
    trust_list: int | None
    status_lists: tuple[ListVersion, ...]


@dataclass(frozen=True, slots=True)
class CheckReceipt:
    """A receipt as signed. `issuer` is the verifier's address, `roots` the version of the root of trust it went by."""

    issuer: str
    issued_at: int
    test: bool
    software: str
    roots: int
    content: Checked | Summary


def to_claims(receipt: CheckReceipt) -> dict[str, Any]:
    """Return the claims of a receipt, in their order."""
    content = receipt.content
    common = {
        "iss": receipt.issuer,
        "iat": receipt.issued_at,
        "test": receipt.test,
        "software": receipt.software,
        "roots": receipt.roots,
    }
    return common | ({"check": _checked(content)} if isinstance(content, Checked) else {"summary": _summary(content)})


def from_claims(value: Any) -> CheckReceipt:
    """Return what `to_claims` was given. Raises ReceiptMalformed for any other member, type, range or spelling."""
    names = ("iss", "iat", "test", "software", "roots")
    if not isinstance(value, dict):
        raise ReceiptMalformed(member="receipt")
    kind = "summary" if "summary" in value else "check"
    held = members(value, (*names, kind), "receipt")
    if type(held["test"]) is not bool:
        raise ReceiptMalformed(member="test")
    return CheckReceipt(
        text_in(held, "iss", _ADDRESS),
        number_in(held, "iat"),
        held["test"],
        text_in(held, "software", r"[!-~]{1,40}( [!-~]{1,40}){0,3}"),
        number_in(held, "roots", 1 << 32),
        _read_summary(held[kind]) if kind == "summary" else _read_checked(held[kind]),
    )


def _checked(checked: Checked) -> dict[str, Any]:
    return {
        "sha256": checked.sha256,
        "form": checked.form,
        "number": checked.number,
        "holder": checked.holder,
        "issuer": checked.issuer,
        "result": checked.result.value,
        "reason": checked.reason,
        "since": checked.since,
        "successor": checked.successor,
        "asked_at": checked.asked_at,
        "checked_at": checked.checked_at,
        "steps": [[each.step, each.outcome, each.code] for each in checked.steps],
        "warnings": list(checked.warnings),
        "checkpoint": _head(checked.checkpoint),
        "log_index": checked.log_index,
        "trust_list": checked.trust_list,
        "status_list": None if checked.status_list is None else _list(checked.status_list),
    }


_CHECKED: Final = tuple(Checked.__dataclass_fields__)
_SUMMARY: Final = tuple(Summary.__dataclass_fields__)


def _read_checked(value: Any) -> Checked:
    held = members(value, _CHECKED, "check")
    status = held["status_list"]
    return Checked(
        sha256=text_in(held, "sha256", _HEX64),
        form=_one_of(held, "form", FORMS),
        number=optional(text_in, held, "number"),
        holder=optional(text_in, held, "holder"),
        issuer=optional(text_in, held, "issuer"),
        result=_result(held["result"]),
        reason=_one_of(held, "reason", REASONS),
        since=optional(number_in, held, "since"),
        successor=optional(text_in, held, "successor"),
        asked_at=optional(number_in, held, "asked_at"),
        checked_at=number_in(held, "checked_at"),
        steps=_read_steps(held["steps"]),
        warnings=texts_in(held, "warnings", _CODE, MAX_STEPS),
        checkpoint=_read_head(held["checkpoint"]),
        log_index=optional(number_in, held, "log_index"),
        trust_list=optional(number_in, held, "trust_list"),
        status_list=None if status is None else _read_list(status),
    )


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "sha256": summary.sha256,
        "rows": summary.rows,
        "counts": dict(summary.counts),
        "began_at": summary.began_at,
        "ended_at": summary.ended_at,
        "checkpoint": _head(summary.checkpoint),
        "trust_list": summary.trust_list,
        "status_lists": [_list(each) for each in summary.status_lists],
    }


def _read_summary(value: Any) -> Summary:
    held = members(value, _SUMMARY, "summary")
    lists = held["status_lists"]
    if not isinstance(lists, list) or len(lists) > MAX_LISTS:
        raise ReceiptMalformed(member="status_lists")
    summary = Summary(
        sha256=text_in(held, "sha256", _HEX64),
        rows=number_in(held, "rows", MAX_ROWS),
        counts=counts_in(held, "counts", frozenset(Result)),
        began_at=number_in(held, "began_at"),
        ended_at=number_in(held, "ended_at"),
        checkpoint=_read_head(held["checkpoint"]),
        trust_list=optional(number_in, held, "trust_list"),
        status_lists=tuple(map(_read_list, lists)),
    )
    if sum(summary.counts.values()) != summary.rows:
        raise ReceiptMalformed(member="counts")
    return summary


def _head(head: Head | None) -> dict[str, Any] | None:
    return None if head is None else {"origin": head.origin, "size": head.size, "root": head.root, "time": head.time}


def _read_head(value: Any) -> Head | None:
    if value is None:
        return None
    held = members(value, ("origin", "size", "root", "time"), "checkpoint")
    origin = text_in(held, "origin", r"[!-*,-~]{1,128}")
    return Head(origin, number_in(held, "size"), text_in(held, "root", _HEX64), number_in(held, "time"))


def _list(version: ListVersion) -> dict[str, int]:
    return {"list": version.list, "version": version.version, "signed_at": version.signed_at}


def _read_list(value: Any) -> ListVersion:
    held = members(value, ("list", "version", "signed_at"), "status_list")
    return ListVersion(number_in(held, "list"), number_in(held, "version"), number_in(held, "signed_at"))


def _read_steps(value: Any) -> tuple[StepTaken, ...]:
    if not isinstance(value, list) or len(value) > MAX_STEPS:
        raise ReceiptMalformed(member="steps")
    return tuple(map(_read_step, value))


def _read_step(value: Any) -> StepTaken:
    if not isinstance(value, list) or len(value) != 3:
        raise ReceiptMalformed(member="steps")
    held = dict(zip(("step", "outcome", "code"), value, strict=True))
    step, outcome = number_in(held, "step"), _one_of(held, "outcome", frozenset(Outcome))
    if step not in set(Step) or outcome is None:
        raise ReceiptMalformed(member="steps")
    return StepTaken(step, outcome, text_in(held, "code", _CODE))


def _result(value: Any) -> Result:
    try:
        return Result(value)
    except ValueError:
        raise ReceiptMalformed(member="result") from None


def _one_of(held: Mapping[str, Any], name: str, words: Any) -> str | None:
    value = held[name]
    if value is None:
        return None
    if not isinstance(value, str) or value not in words:
        raise ReceiptMalformed(member=name)
    return str(value)
