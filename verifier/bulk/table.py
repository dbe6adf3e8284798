"""The result file: one line for each item, in Chinese and English, without anything a person has to decode. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from verifier.wording import clock_time
from web.messages import MessageMissing, say

COLUMNS: Final = (
    "序号/No.", "来源/Source", "结果/Result", "结论", "Answer", "自/Since", "证书编号/Number", "持证人/Holder", "发证机构/Issuer",
    "新证书编号/Replaced by", "说明", "Explanation", "提醒/Warnings", "核验时间/Checked at", "SHA-256",
)  # fmt: skip


def row_of(line: int, name: str, digest: str, answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells of one item; `answer` is what `verifier.bulk.lines.brief` gives. Not yet made safe for spreadsheets."""
    return (
        str(line),
        name,
        str(answer["result"]),
        _answer(answer, "zh"),
        _answer(answer, "en"),
        _time(answer["since"]),
        answer["number"] or "",
        answer["holder"] or "",
        answer["issuer"] or "",
        answer["successor"] or "",
        _codes(answer, "zh"),
        _codes(answer, "en"),
        " ".join(answer["warnings"]),
        _time(answer["checked_at"]),
        digest,
    )


def _answer(answer: Mapping[str, Any], lang: str) -> str:
    reason = answer["reason"]
    return say(f"reason.{reason}.title" if reason else f"result.{answer['result']}.title", lang)


def _codes(answer: Mapping[str, Any], lang: str) -> str:
    """What the answer's headline does not say: the codes, and where a code has a plain sentence, that."""
    return " ".join(_sentence(code, lang) for code in answer["codes"])


def _sentence(code: str, lang: str) -> str:
    try:
        told = say(code, lang)
    except MessageMissing:
        return code
    return code if "{" in told else told


def _time(moment: int | None) -> str:
    return "" if moment is None else clock_time(moment)
