"""Prints certificates: one page of PDF/A-3b with the QR, the embedded font and the credential attached."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import typst

from credentials.model import Credential
from issuers.face import Face, compose
from issuers.print_errors import AttachmentInvalid, FieldTooLong
from issuers.qr import qr_png
from web.fonts import require_printable
from web.print_errors import PrintError, TypesettingFailed
from web.typeset import Template

TEMPLATES: Final = Path(__file__).parent / "templates"
MAX_FIELD: Final = 200  # characters; the longest official committee names have about 60
MAX_WORD: Final = 40  # letters without a place to break the line
MAX_ATTACHMENT: Final = 64 << 10

_UNBROKEN: Final = re.compile(rf"[^\s\-/\u2e80-\U0010ffff]{{{MAX_WORD + 1}}}")
_QR_SCALE: Final = 4  # pixels a module: crisp in viewers that smooth, and typeset faster than 500 vector strips
_ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def render_certificate(  # noqa: PLR0913 - what the page shows, each by its name
    credential: Credential,
    qr_text: str,
    document_jwt: str,
    *,
    verifier_address: str,
    issuer_name_en: str | None = None,
    test: bool,
    proof: bytes | None = None,
) -> bytes:
    """Print one certificate as PDF/A-3b: A4, one page, about 40 kB, the same bytes for the same arguments.

    `qr_text` is drawn 38 mm wide with its quiet zone. `document_jwt` is attached as `credential.jwt`
    (application/vc+jwt), `proof` as `proof.tlog-proof`. `verifier_address` is printed as the official address.
    `test` prints a watermark and a line. Every text is taken literally. Safe from several threads.
    Raises PrintError leaves: MissingGlyph, UnprintableCharacter, FieldTooLong, QrTextInvalid, AttachmentInvalid.
    """
    face = compose(credential, verifier_address=verifier_address, issuer_name_en=issuer_name_en, test=test)
    for name, text in _texts(face):
        _require_text(text, name)
    face["qr"] = list(qr_png(qr_text, scale=_QR_SCALE))
    face["jwt"] = _attachment("credential.jwt", document_jwt.encode("utf-8", "surrogatepass"))
    face["proof"] = None if proof is None else _attachment("proof.tlog-proof", proof)
    return _typeset(face, credential.issued_at)


@dataclass(frozen=True, slots=True)
class PrintItem:
    """One certificate to print in `render_many`."""

    credential: Credential
    qr_text: str
    document_jwt: str
    issuer_name_en: str | None = None
    proof: bytes | None = None


@dataclass(slots=True)
class PrintRun:
    """What `render_many` did: how many pages stand, and which numbers were refused and why."""

    printed: int = 0
    refused: list[tuple[str, PrintError]] = field(default_factory=list)


def render_many(
    items: Iterable[PrintItem],
    target: Path,
    progress: Callable[[PrintRun], object] | None = None,
    *,
    verifier_address: str,
    test: bool,
) -> PrintRun:
    """Print `items` one by one into `target`: a ZIP where it ends in `.zip`, else a folder that is made.

    Memory does not grow with the number of items, which may be a generator. An item that cannot be printed is
    reported in the result and the others go on. Files are named `<certificate number>.pdf`; a ZIP stands only when
    the run ended. `progress` is called after each item with the run so far. Raises OSError of the target.
    """
    run = PrintRun()
    with _sink(target) as put:
        for item in items:
            try:
                page = render_certificate(
                    item.credential,
                    item.qr_text,
                    item.document_jwt,
                    verifier_address=verifier_address,
                    issuer_name_en=item.issuer_name_en,
                    test=test,
                    proof=item.proof,
                )
            except PrintError as error:
                run.refused.append((item.credential.number, error))
            else:
                put(_file_name(item.credential.number), page)
                run.printed += 1
            if progress is not None:
                progress(run)
    return run


# --- typesetting -----------------------------------------------------------------------------------------------------

_CERTIFICATE: Final = Template(TEMPLATES / "certificate.typ")
_SCALES: Final = (1.0, 0.86, 0.74)  # the usual size, and two for faces that would not fit on one page


def _typeset(face: Face, issued_at: int) -> bytes:
    for scale in _SCALES:
        try:
            return _CERTIFICATE.pdf(face | {"scale": scale}, issued_at)
        except typst.TypstError as error:
            if "more than one page" not in str(error):
                raise TypesettingFailed(reason=str(error)[:200]) from error
    raise FieldTooLong(field="face", limit=MAX_FIELD)


# --- what may stand on the page ---------------------------------------------------------------------------------------


def _texts(face: object, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(face, str):
        yield name, face
    elif isinstance(face, dict):
        for key, value in face.items():
            yield from _texts(value, face.get("zh", name) if key in {"value", "gloss"} else str(key))
    elif isinstance(face, list):
        for value in face:
            yield from _texts(value, name)


def _require_text(text: str, name: str) -> None:
    if len(text) > MAX_FIELD:
        raise FieldTooLong(field=name, length=len(text), limit=MAX_FIELD)
    if _UNBROKEN.search(text):  # it would run off the page
        raise FieldTooLong(field=name, length=len(text), limit=MAX_WORD)
    require_printable(text, name)


def _attachment(name: str, content: bytes) -> str:
    if not content or len(content) > MAX_ATTACHMENT:
        raise AttachmentInvalid(name=name)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise AttachmentInvalid(name=name) from error


# --- where the pages go -----------------------------------------------------------------------------------------------


def _file_name(number: str) -> str:
    return re.sub(r"[^0-9A-Za-z-]", "_", number)[:64] + ".pdf"


@contextmanager
def _sink(target: Path) -> Iterator[Callable[[str, bytes], None]]:
    """A function that takes a file name and its bytes; a second file of one name gets `-2`."""
    seen: dict[str, int] = {}

    def distinct(name: str) -> str:
        seen[name] = seen.get(name, 0) + 1
        return name if seen[name] == 1 else f"{name.removesuffix('.pdf')}-{seen[name]}.pdf"

    if target.suffix.lower() != ".zip":
        target.mkdir(parents=True, exist_ok=True)
        yield lambda name, content: _write(target / distinct(name), content)
        return
    unfinished = target.with_name(target.name + ".part")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
            yield lambda name, content: archive.writestr(zipfile.ZipInfo(distinct(name), _ZIP_EPOCH), content)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
