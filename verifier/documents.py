"""Reads a certificate's PDF: the QR codes on its pages and the credential attached to it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, overload

from verifier.errors import FileTooLarge, NoCodeFound, PdfLocked, PdfTooLong, PdfUnreadable
from verifier.pictures import texts_of
from verifier.sandbox import run_bounded

MAX_BYTES: Final = 50 << 20
MAX_PAGES: Final = 20
MAX_ATTACHMENT: Final = 64 << 10

_HEADER_WITHIN: Final = 1024  # bytes before %PDF- that readers tolerate


@dataclass(frozen=True, slots=True)
class PdfContents(Sequence[str]):
    """What a PDF carries. As a sequence: the texts to check, the attached credential first.

    A PDF is a picture with enclosures: what its pages say is no evidence, only these texts can be checked.
    """

    qr_texts: tuple[str, ...]
    attached_jwt: str | None
    attached_proof: bytes | None
    attached_receipt: str | None = None
    signed: bool = False
    """The PDF carries a signature of its own, which nobody checked."""

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts to check. A receipt counts only where there is no certificate: it must not speak for one."""
        found = self.qr_texts if self.attached_jwt is None else (self.attached_jwt, *self.qr_texts)
        return found or (() if self.attached_receipt is None else (self.attached_receipt,))

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return self.texts[index]


def read_pdf(data: bytes) -> PdfContents:
    """The QR codes on up to 20 pages, drawn at 200 dpi, and the attachments `credential.jwt`, `proof.tlog-proof`,
    `receipt.jwt`.

    At most 50 MB; attachments over 64 KiB are left out. At least one text is in the answer. Raises FileTooLarge,
    PdfUnreadable, PdfLocked, PdfTooLong, NoCodeFound, ReadingTooCostly, ReaderBusy; never anything else.
    """
    if len(data) > MAX_BYTES:
        raise FileTooLarge(size_mb=len(data) >> 20, limit_mb=MAX_BYTES >> 20)
    if b"%PDF-" not in data[:_HEADER_WITHIN]:
        raise PdfUnreadable
    answer = run_bounded("pdf", data)
    _require_read(answer)
    proof = _attachment(answer, "proof")
    jwt, receipt = _text(_attachment(answer, "jwt")), _text(_attachment(answer, "receipt"))
    contents = PdfContents(tuple(texts_of(answer)), jwt, proof, receipt, answer.get("signed") is True)
    if not contents.texts:
        raise NoCodeFound
    return contents


def _require_read(answer: dict[str, Any]) -> None:
    match answer.get("error"):
        case None:
            return
        case "pdf_locked":
            raise PdfLocked
        case "too_long":
            pages = answer.get("pages")
            raise PdfTooLong(pages=pages if isinstance(pages, int) else MAX_PAGES + 1, limit=MAX_PAGES)
    raise PdfUnreadable


def _attachment(answer: dict[str, Any], role: str) -> bytes | None:
    encoded = answer.get(role)
    if not isinstance(encoded, str) or len(encoded) > 2 * MAX_ATTACHMENT:
        return None
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None


def _text(content: bytes | None) -> str | None:
    """A compact JWS is ASCII; spaces around it, as editors add them, do not count."""
    if content is None or not content.isascii():
        return None
    return content.decode("ascii").strip() or None
