"""The page for many: a table or a ZIP is uploaded, answered line by line while it is read, and forgotten."""

import csv
import io
import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final

from flask import Response, render_template, request

from keys.strictjson import dumps
from verifier.asking import admit
from verifier.bulk.errors import BatchEmpty, BatchTooLong
from verifier.bulk.lines import brief
from verifier.bulk.served import MAX_LINES, NDJSON
from verifier.bulk.sources import Item, items_in, size_of
from verifier.bulk.table import COLUMNS, row_of
from verifier.ports import Plugged, plugged
from verifier.rates import VERIFY
from verifier.receipts.making import Counting
from verifier.submission import checked_text, uploaded
from verifier.terminal import verdict_on
from verifier.verdict import Verdict
from web.cells import to_safe
from web.metrics import answered
from web.problem import Refusal
from web.sheets.reading import Limits

MEGABYTE: Final = 1_000_000
LIMITS: Final = Limits(10 * MEGABYTE, 10 * MEGABYTE, 60 * MEGABYTE, MAX_LINES + 1_000, 64, 200_000)
"""Of an uploaded table. Its rows are counted before any is checked."""
BYTE_ORDER_MARK: Final = "\ufeff"


def form_page() -> str:
    """GET /bulk: the form."""
    return render_template("bulk.html", limit=MAX_LINES)


def answer_upload() -> Response:
    """POST /bulk: `file`, perhaps `from` (how many items were answered before) and `most`. A CSV file, or NDJSON for our script."""
    data = uploaded()
    if data is None:
        raise Refusal("form.nothing_given")
    held = _Held(data)
    begin, most = _number("from", 0), _number("most", MAX_LINES)
    total = size_of(held.path, limits=LIMITS)
    if total > MAX_LINES:
        raise BatchTooLong(lines=total, limit=MAX_LINES)
    count = min(most, total - begin)
    if count < 1:
        raise BatchEmpty
    admit(VERIFY, count)
    run = _Run(held, plugged(), begin, count, total)
    if request.accept_mimetypes.best_match(["text/html", NDJSON]) == NDJSON:
        return Response(run.ndjson(), content_type=NDJSON)
    answer = Response(run.csv(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="results.csv"'
    return answer


class _Held:
    """An upload in memory that readers can open by a path. Its memory goes with the answer, whoever breaks that off."""

    def __init__(self, data: bytes) -> None:
        number = os.memfd_create("bulk")
        weakref.finalize(self, os.close, number)
        written = 0
        while written < len(data):
            written += os.write(number, data[written:])
        self.path = Path(f"/proc/self/fd/{number}")


def _number(name: str, otherwise: int) -> int:
    given = request.form.get(name, "")
    if not given:
        return otherwise
    if not given.isascii() or not given.isdigit() or len(given) > 6:
        raise Refusal("api.member_unknown")
    return int(given)


@dataclass(slots=True)
class _Run:
    """One upload, or a part of it, being answered."""

    held: _Held
    handed: Plugged
    begin: int
    count: int
    total: int

    def csv(self) -> Iterator[str]:
        """The result file as text, line by line."""
        yield BYTE_ORDER_MARK + _line(COLUMNS)
        for _, line, _ in self._answers():
            yield line

    def ndjson(self) -> Iterator[bytes]:
        """For the script: how many there are, each answer with its line of the result file, and the signed summary.

        The summary's `sha256` is over the result file of this part: mark, heading and lines.
        """
        heading = BYTE_ORDER_MARK + _line(COLUMNS)
        counting, digest = Counting(self.handed.ports.clock()), sha256(heading.encode())
        yield dumps({"total": self.total, "from": self.begin, "count": self.count, "csv": heading}) + b"\n"
        for number, line, verdict in self._answers():
            counting.add(verdict)
            digest.update(line.encode())
            yield dumps({"number": number, "result": verdict.result.value, "csv": line}) + b"\n"
        desk = self.handed.ports.receipts
        summary = counting.summary(digest.hexdigest(), self.handed.ports.clock())
        receipt = desk.sealed(summary) if desk is not None and desk.gives else None
        yield dumps({"counts": dict(summary.counts), "sha256": summary.sha256, "receipt": receipt}) + b"\n"

    def _answers(self) -> Iterator[tuple[int, str, Verdict]]:
        items = items_in(self.held.path, limits=LIMITS)
        for item in islice(items, self.begin, self.begin + self.count):
            verdict = self._verdict(item)
            answered("bulk", verdict.result)
            yield item.number, _line(row_of(item.number, item.name, item.digest, brief(verdict))), verdict

    def _verdict(self, item: Item) -> Verdict:
        verdict, _ = verdict_on(
            item.found,
            lambda text, proof: checked_text(self.handed, text, None, proof),
            self.handed.ports.clock(),
        )
        return verdict


def _line(cells: tuple[str, ...]) -> str:
    """One line of CSV, no cell of which is a formula."""
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow([to_safe(cell) for cell in cells])
    return written.getvalue()
