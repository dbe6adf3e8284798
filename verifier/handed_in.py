"""What a person hands in, a file or a day, made into texts to check and one verdict. The same for page, API and command line."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Final, Protocol, runtime_checkable

from credentials.dates import CHINA
from verifier.errors import (
    DayInFuture,
    DayMalformed,
    FileEmpty,
    PictureKindUnknown,
    ReadingError,
    SeveralCertificates,
    TooManyCodes,
)
from verifier.verdict import Finding, Outcome, Result, Step, Verdict

ReadFile = Callable[[bytes], Sequence[str]]
"""Return the texts of all codes (and attached credentials) in one file; raise a `ReadingError`, bounded in cost."""


@runtime_checkable
class WithProof(Protocol):
    """What a reader returns where a file can carry a proof besides its texts."""

    @property
    def attached_proof(self) -> bytes | None:
        """The `tlog-proof` in the file, unread; None where there is none."""
        ...


@runtime_checkable
class PerhapsSigned(Protocol):
    """What a reader returns where a file can carry a signature of its own."""

    @property
    def signed(self) -> bool:
        """True where it carries one, which nobody checked."""
        ...


@dataclass(frozen=True, slots=True)
class Contents:
    """What one file holds: the distinct texts to check, the proof that came with them, and whether it is signed itself."""

    texts: list[str]
    proof: bytes | None = None
    signed: bool = False


MAX_TEXT_FILE: Final = 64 * 1024
MAX_CODES: Final = 8
PICTURES: Final = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF....WEBP", re.DOTALL)
WORST_FIRST: Final = {1: 0, 2: 1, 0: 2, 3: 3}
"""Which exit status speaks for a file that holds several forms of one certificate."""


def contents_of(data: bytes, read_picture: ReadFile, read_pdf: ReadFile) -> Contents:
    """Return what is in a picture, a PDF or a text file; what the sender calls the file has no say.

    Raises `ReadingError` leaves.
    """
    if not data:
        raise FileEmpty
    found = _texts(data, read_picture, read_pdf)
    texts = list(dict.fromkeys(found))
    if len(texts) > MAX_CODES:
        raise TooManyCodes(limit=MAX_CODES)
    proof = found.attached_proof if isinstance(found, WithProof) else None
    return Contents(texts, proof, isinstance(found, PerhapsSigned) and found.signed)


def _texts(data: bytes, read_picture: ReadFile, read_pdf: ReadFile) -> Sequence[str]:
    if PICTURES.match(data):
        return read_picture(data)
    if data.startswith(b"%PDF-"):
        return read_pdf(data)
    if len(data) > MAX_TEXT_FILE or not data.isascii() or b"\x00" in data:
        raise PictureKindUnknown
    return [data.decode("ascii").strip()]


def speaking(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the one verdict that speaks for a file: its worst form. Foreign codes beside ours earn a warning.

    Raises `SeveralCertificates`: two certificates must come one at a time.
    """
    ours = [each for each in verdicts if each.result is not Result.UNREADABLE]
    if not ours:
        return verdicts[0]
    if len({each.credential.id for each in ours if each.credential}) > 1:
        raise SeveralCertificates
    spoken = min(ours, key=lambda each: WORST_FIRST[each.exit_status])
    if len(ours) == len(verdicts):
        return spoken
    warning = Finding(Step.READ, Outcome.UNKNOWN, "page.warning.other_codes")
    return replace(spoken, warnings=(*spoken.warnings, warning))


def speaking_text(found: Contents, verdicts: Sequence[Verdict]) -> tuple[Verdict, str]:
    """Return the verdict that speaks for a file and the text it belongs to. A PDF's own signature earns a warning."""
    spoken = speaking(verdicts)
    position = next(i for i, each in enumerate(verdicts) if each.findings == spoken.findings)
    if found.signed:
        unchecked = Finding(Step.READ, Outcome.UNKNOWN, "page.warning.pdf_signature")
        spoken = replace(spoken, warnings=(*spoken.warnings, unchecked))
    return spoken, found.texts[position]


def unreadable(defect: ReadingError, now: int, *, test: bool = False) -> Verdict:
    """The verdict on a file in which no text could be read."""
    params = {name: value if isinstance(value, int) else str(value) for name, value in defect.params.items()}
    finding = Finding(Step.READ, Outcome.FAIL, defect.code, params, Result.UNREADABLE)
    return Verdict(Result.UNREADABLE, (finding,), checked_at=now, test=test)


def end_of_day(day: str, now: int) -> int:
    """Return the last second of `day` (YYYY-MM-DD) in China, at most `now`, in UNIX seconds.

    So a change that takes effect on that day counts. Raises `DayMalformed`, `DayInFuture`.
    """
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
        raise DayMalformed(day=day[:20])
    try:
        asked = date.fromisoformat(day)
    except ValueError:
        raise DayMalformed(day=day) from None
    if asked > datetime.fromtimestamp(now, UTC).astimezone(CHINA).date():
        raise DayInFuture(day=day)
    return min(now, int(datetime.combine(asked, time(23, 59, 59), CHINA).timestamp()))
