"""Runs a batch: one answer for each line, in order, and at the end a summary over exactly those answers. Pure but for `ask`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from keys.strictjson import dumps
from verifier.bulk.errors import BulkError, LineMalformed
from verifier.bulk.lines import Question, answer_line, read_line, refused_line
from verifier.errors import QuestionError
from verifier.receipts.making import Counting
from verifier.verdict import Verdict

AT_ONCE: Final = 32
"""Answers that leave together: few enough that progress is seen, enough that sending costs little."""

Ask = Callable[[str, str], Verdict]
"""The verdict on a text as of a day ("" for now). Raises QuestionError for a day that makes no sense."""
Seal = Callable[[Counting, str], str | None]
"""The sealed receipt over a summary, given the SHA-256 of the answers; None where no receipts are given."""


@dataclass(frozen=True, slots=True)
class Batch:
    """How a batch is run: who answers, who seals the summary, and whether answers are full."""

    ask: Ask
    seal: Seal
    clock: Callable[[], int]
    full: bool = False

    def run(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Yield NDJSON: as many answers as `lines`, in their order, then one line with the summary; a few lines at a time.

        The receipt's `sha256` is over the answers as they left, without the summary. Who misses the summary got an
        incomplete answer.
        """
        counting, digest, refused, waiting = Counting(self.clock()), sha256(), 0, []
        for number, data in enumerate(lines, 1):
            answer, verdict = self._answer(data, number)
            if verdict is None:
                refused += 1
            else:
                counting.add(verdict)
            waiting.append(dumps(answer))
            if len(waiting) == AT_ONCE:
                yield _sent(waiting, digest)
                waiting = []
        if waiting:
            yield _sent(waiting, digest)
        yield dumps(self._summary(counting, refused, digest.hexdigest())) + b"\n"

    def _answer(self, data: bytes, number: int) -> tuple[dict[str, Any], Verdict | None]:
        name: str | int | None = None
        try:
            question = read_line(data, number)
            name = question.id
            verdict = self._verdict(question)
        except BulkError as defect:
            return refused_line(number, name, defect), None
        return answer_line(question, verdict, full=self.full), verdict

    def _verdict(self, question: Question) -> Verdict:
        try:
            return self.ask(question.text, question.at)
        except QuestionError:
            raise LineMalformed from None

    def _summary(self, counting: Counting, refused: int, digest: str) -> dict[str, Any]:
        checked = counting.counts.total()
        told = {"checked": checked, "refused": refused, "counts": dict(counting.counts), "sha256": digest}
        return {"summary": told, "receipt": self.seal(counting, digest) if checked else None}


def _sent(answers: list[bytes], digest: Any) -> bytes:
    data = b"\n".join(answers) + b"\n"
    digest.update(data)
    return data
