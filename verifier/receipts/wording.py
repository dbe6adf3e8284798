"""A receipt in words: what it is, what was answered then, and that it says nothing about today. Pure."""

from collections.abc import Iterator
from typing import Final

from verifier.receipts.claims import Checked, CheckReceipt, Head, Summary
from verifier.receipts.desk import OpenedReceipt
from verifier.verdict import Result
from verifier.wording import clock_time, spoken_day
from web.messages import MessageMissing, say

TONES: Final = {"genuine": "caution", "altered": "refused", "unknown_signer": "refused", "unreadable": "unread"}
"""Never the colour of a valid certificate: a receipt may be of a certificate that was ended since."""


def headline(opened: OpenedReceipt, lang: str) -> str:
    """The answer in a few words."""
    return say(f"receipt.{opened.state}.title", lang)


def lead(opened: OpenedReceipt, lang: str) -> str:
    """What that means, in one or two sentences."""
    if opened.receipt is None:
        defect = opened.defect
        assert defect is not None  # one of the two is always there
        return say(defect.code, lang, **defect.params)
    content = opened.receipt.content
    time = clock_time(content.checked_at if isinstance(content, Checked) else content.ended_at)
    if isinstance(content, Summary):
        return say("receipt.genuine.summary", lang, time=time, rows=content.rows)
    return say("receipt.genuine.check", lang, time=time, answer=answer(content, lang))


def advice(opened: OpenedReceipt, lang: str) -> str:
    """What to do now."""
    return say(f"receipt.{opened.state}.advice", lang)


def answer(content: Checked, lang: str) -> str:
    """The answer that was given, in the words it was given in."""
    if content.asked_at is not None and content.result is Result.GENUINE_VALID:
        return say("page.asked.valid", lang, date=spoken_day(content.asked_at, lang))
    return say(f"reason.{content.reason}.title" if content.reason else f"result.{content.result}.title", lang)


def lines(receipt: CheckReceipt, lang: str) -> list[tuple[str, str]]:
    """Everything a receipt says, line by line: label and words."""
    content = receipt.content
    told = _check_lines(content, lang) if isinstance(content, Checked) else _summary_lines(content, lang)
    found = [*told, *_common_lines(receipt)]
    return [(say(f"receipt.{name}", lang), value) for name, value in found if value]


def steps(content: Checked, lang: str) -> list[tuple[int, str, str, str, str]]:
    """The findings: number and name of the step, its outcome as a code and in words, and the finding's code."""
    return [
        (each.step, say(f"step.{each.step}", lang), each.outcome, say(f"outcome.{each.outcome}", lang), each.code)
        for each in content.steps
    ]


def _check_lines(content: Checked, lang: str) -> Iterator[tuple[str, str]]:
    yield "answer", answer(content, lang)
    yield "since", clock_time(content.since) if content.since is not None else ""
    yield "successor", content.successor or ""
    yield "asked_at", spoken_day(content.asked_at, lang) if content.asked_at is not None else ""
    yield "checked_at", clock_time(content.checked_at)
    yield "number", content.number or ""
    yield "holder", content.holder or ""
    yield "issuer", content.issuer or ""
    yield "form", say(f"receipt.form.{content.form}", lang) if content.form else ""
    yield "digest", content.sha256
    for code in content.warnings:
        yield "warning", _warning(code, lang)
    yield "log_index", "" if content.log_index is None else str(content.log_index)
    yield "checkpoint", _head(content.checkpoint, lang)
    yield "trust_list", _version(content.trust_list)
    if content.status_list is not None:
        yield "status_list", _list(content.status_list.list, content.status_list.version, content.status_list.signed_at)


def _summary_lines(content: Summary, lang: str) -> Iterator[tuple[str, str]]:
    yield "rows", str(content.rows)
    for result, count in content.counts.items():
        yield "count", say("receipt.count.value", lang, answer=say(f"result.{result}.title", lang), count=count)
    yield "began_at", clock_time(content.began_at)
    yield "ended_at", clock_time(content.ended_at)
    yield "result_file", content.sha256
    yield "checkpoint", _head(content.checkpoint, lang)
    yield "trust_list", _version(content.trust_list)
    for each in content.status_lists[:16]:
        yield "status_list", _list(each.list, each.version, each.signed_at)


def _common_lines(receipt: CheckReceipt) -> Iterator[tuple[str, str]]:
    yield "roots", _version(receipt.roots)
    yield "software", receipt.software
    yield "given_by", receipt.issuer
    yield "issued_at", clock_time(receipt.issued_at)


def _warning(code: str, lang: str) -> str:
    """A receipt keeps a warning's code and none of its parameters."""
    try:
        return say(f"receipt.warning.{code.rpartition('.')[2]}", lang)
    except MessageMissing:
        return code


def _version(number: int | None) -> str:
    return "" if number is None else f"v{number}"


def _list(number: int, version: int, signed_at: int) -> str:
    return f"status/{number} v{version} · {clock_time(signed_at)}"


def _head(head: Head | None, lang: str) -> str:
    if head is None:
        return ""
    return say(
        "receipt.checkpoint.value", lang, origin=head.origin, size=head.size, root=head.root, time=clock_time(head.time)
    )


def in_words(opened: OpenedReceipt, lang: str) -> str:
    """The answer about a receipt for a terminal."""
    told = [f"  {label}: {value}" for label, value in lines(opened.receipt, lang)] if opened.receipt else []
    test = [say("receipt.test", lang)] if opened.receipt and opened.receipt.test else []
    return "\n".join(
        [headline(opened, lang), *test, lead(opened, lang), "", *told, *([""] if told else []), advice(opened, lang)]
    )
