"""One line of a batch: the question as read, the answer as written. Pure.

An answer tells what a list of people needs: the result, why, and whose certificate it is, the name masked. Who needs every
finding asks for `full` answers.
"""

from dataclasses import dataclass
from typing import Any, Final

from credentials.names import mask
from keys.errors import KeysError
from keys.strictjson import loads
from verifier.bulk.errors import BulkError, LineMalformed, LineTooLong, LineWithoutText
from verifier.facts import standing
from verifier.verdict import Outcome, Verdict
from web.messages import both

MAX_LINE: Final = 64 * 1024
MAX_TEXT: Final = 16_000
MAX_ID: Final = 100
_MEMBERS: Final = frozenset({"id", "text", "at"})


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its number in the batch from 1, the caller's own id, the text, and the day asked about ("" for now)."""

    line: int
    id: str | int | None
    text: str
    at: str = ""


def read_line(data: bytes, line: int) -> Question:
    """Return the question on a line of NDJSON. Raises LineMalformed, LineTooLong, LineWithoutText."""
    if len(data) > MAX_LINE:
        raise LineTooLong(limit=MAX_LINE)
    try:
        value = loads(data, max_bytes=MAX_LINE, max_depth=2)
    except KeysError:
        raise LineMalformed from None
    if not isinstance(value, dict) or not value.keys() <= _MEMBERS:
        raise LineMalformed
    name, text, at = value.get("id"), value.get("text"), value.get("at", "")
    if not _is_id(name) or not isinstance(at, str) or ("at" in value and not at):
        raise LineMalformed
    if not isinstance(text, str) or not text.strip():
        raise LineWithoutText
    if len(text) > MAX_TEXT:
        raise LineTooLong(limit=MAX_TEXT)
    return Question(line, name, text.strip(), at)


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_ID
    return value is None or (type(value) is int and abs(value) < 1 << 53)


def answer_line(question: Question, verdict: Verdict, *, full: bool = False) -> dict[str, Any]:
    """Return the answer to one question as JSON."""
    asked = {"line": question.line, "id": question.id}
    return asked | (verdict.to_json() if full else brief(verdict))


def brief(verdict: Verdict) -> dict[str, Any]:
    """Return what one line of a result file says."""
    credential = verdict.credential if standing(verdict) != "none" else None
    return {
        "result": verdict.result.value,
        "exit": verdict.exit_status,
        "reason": verdict.reason,
        "since": verdict.since,
        "successor": verdict.successor,
        "number": credential.number if credential else None,
        "holder": mask(credential.holder.name) if credential else None,
        "issuer": verdict.issuer if credential else None,
        "codes": [each.code for each in verdict.findings if each.outcome is not Outcome.PASS],
        "warnings": [each.code for each in verdict.warnings],
        "asked_at": verdict.asked_at,
        "checked_at": verdict.checked_at,
        "test": verdict.test,
    }


def refused_line(line: int, name: str | int | None, defect: BulkError) -> dict[str, Any]:
    """Return the answer to a line that asks nothing we can check: it has a `code` in the place of a `result`."""
    params = {key: str(value) for key, value in defect.params.items()}
    return {"line": line, "id": name, "code": defect.code, "message": both(defect.code, **params)}
