"""What a form or an API request hands in, turned into one answer: a text or a file, and the day asked about."""

from dataclasses import dataclass, replace
from typing import Final

from flask import request

from verifier.comparing import NOTHING_TYPED, Compared, Typed, compared
from verifier.errors import (
    FileEmpty,
    FileTooLarge,
    PictureKindUnknown,
    ReaderBusy,
    ReadingError,
    SeveralCertificates,
    TooManyCodes,
)
from verifier.handed_in import contents_of, end_of_day, speaking_text, unreadable
from verifier.hosts import foreign_host
from verifier.lookalike import looks_like
from verifier.ports import Plugged, plugged
from verifier.verdict import Finding, Outcome, Result, Step, Verdict
from web.problem import Refusal

REFUSED_FILES: Final = (FileEmpty, FileTooLarge, PictureKindUnknown, ReaderBusy, SeveralCertificates, TooManyCodes)
"""Said as an HTTP error: the file was not looked into, or not to the end. Any other reading error is an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, and the text, day, proof and typed words it answers, for asking the same again in the other language."""

    verdict: Verdict
    text: str
    at: str
    proof: str = ""
    typed: Typed = NOTHING_TYPED
    compared: Compared | None = None


def compare(answer: Answer, typed: Typed) -> Answer:
    """Hold the answer against what was typed beside the certificate."""
    verdict, found = compared(answer.verdict, typed)
    return replace(answer, verdict=verdict, typed=typed, compared=found)


def answer_text(text: str, at: str, proof: str = "") -> Answer:
    """Check `text` as of the day `at` ("" for now), with the `tlog-proof` that came with it ("" for none).

    Raises Refusal or QuestionError when there is nothing to answer.
    """
    text = text.strip()
    if not text:
        raise Refusal("form.nothing_given")
    return Answer(_checked(text, _moment(at), proof.encode("utf-8", "replace") or None), text, at, proof)


def answer_file(data: bytes, at: str, proof: bytes | None = None) -> Answer:
    """Read a picture, a PDF or a text file, and check what is in it. Raises QuestionError or one of REFUSED_FILES.

    `proof` is a `tlog-proof` handed in beside the file; it goes before one inside it.
    """
    as_of, ports = _moment(at), plugged().ports
    try:
        found = contents_of(data, ports.read_picture, ports.read_pdf)
    except REFUSED_FILES:
        raise
    except ReadingError as defect:
        return Answer(unreadable(defect, ports.clock(), test=plugged().settings.test), "", at)
    proof = proof or found.proof
    verdicts = [_checked(text, as_of, proof) for text in found.texts]
    spoken, text = speaking_text(found, verdicts)
    return Answer(spoken, text, at, (proof or b"").decode("utf-8", "replace"))


def uploaded(field: str = "file") -> bytes | None:
    """Return the bytes of the uploaded file, None when the field is absent or was left empty. Its name is ignored."""
    file = request.files.get(field)
    if file is None:
        return None
    data = file.read()
    return data if data or file.filename else None


def _checked(text: str, as_of: int | None, proof: bytes | None) -> Verdict:
    return checked_text(plugged(), text, as_of, proof)


def checked_text(handed: Plugged, text: str, as_of: int | None, proof: bytes | None) -> Verdict:
    """The verdict on one text; a code that leads to somebody else's site earns a warning that names the site."""
    verdict = handed.ports.check(text, as_of, proof)
    official = (handed.settings.host, *handed.settings.other_hosts)
    host = foreign_host(text, official)
    if verdict.result is not Result.UNREADABLE or host is None:
        return verdict
    return replace(verdict, warnings=(*verdict.warnings, _named(host, looks_like(text, official))))


def _named(host: str, official: str | None) -> Finding:
    if official is None:
        return Finding(Step.READ, Outcome.UNKNOWN, "page.warning.foreign_address", {"host": host})
    return Finding(Step.READ, Outcome.UNKNOWN, "page.warning.lookalike_address", {"host": host, "official": official})


def _moment(at: str) -> int | None:
    return end_of_day(at, plugged().ports.clock()) if at else None
