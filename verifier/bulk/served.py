"""POST /api/v1/verifications:batch: up to 10,000 texts as NDJSON, answered line by line while they are checked (docs/api.md)."""

from collections.abc import Callable
from typing import Final

from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from verifier.asking import admit
from verifier.bulk.errors import BatchEmpty, BatchTooLong
from verifier.bulk.running import Batch
from verifier.handed_in import end_of_day
from verifier.ports import Plugged, plugged
from verifier.rates import VERIFY
from verifier.receipts.making import Counting
from verifier.submission import checked_text
from verifier.verdict import Verdict
from web.metrics import answered

MAX_LINES: Final = 10_000
MAX_BODY: Final = 16 * 1024 * 1024
"""Bytes. The body is read to its end before the first answer: a client that only reads when it has sent everything would
else wait for us while we wait for him."""
NDJSON: Final = "application/x-ndjson"


def verify_batch() -> Response:
    """Answer every line, in order, then a summary. With `?detail=full` each answer is the whole verdict."""
    if request.mimetype not in {NDJSON, "application/jsonl", "application/json-lines"}:
        raise UnsupportedMediaType
    request.max_content_length = MAX_BODY
    lines = request.get_data(cache=False).split(b"\n")
    if lines[-1].strip() == b"":
        lines.pop()
    if not lines:
        raise BatchEmpty
    if len(lines) > MAX_LINES:
        raise BatchTooLong(lines=len(lines), limit=MAX_LINES)
    admit(VERIFY, len(lines))
    batch = batch_of(plugged(), full=request.args.get("detail") == "full")
    return Response(batch.run(lines), content_type=NDJSON)


def batch_of(handed: Plugged, *, full: bool) -> Batch:
    """How this app runs a batch: by its check, its clock and its desk for receipts."""
    now = handed.ports.clock

    def ask(text: str, at: str) -> Verdict:
        verdict = checked_text(handed, text, end_of_day(at, now()) if at else None, None)
        answered("api", verdict.result)
        return verdict

    return Batch(ask, _seal(handed, now), now, full)


def _seal(handed: Plugged, now: Callable[[], int]) -> Callable[[Counting, str], str | None]:
    desk = handed.ports.receipts

    def seal(counting: Counting, digest: str) -> str | None:
        return desk.sealed(counting.summary(digest, now())) if desk is not None and desk.gives else None

    return seal
