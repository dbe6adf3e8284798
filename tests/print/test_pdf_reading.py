"""PDFs: codes and attachments come out; too long, locked, broken and explosive ones end in a ReadingError."""

import io
import time
import zlib
from collections.abc import Callable
from functools import cache

import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from issuers.qr import qr_png
from issuers.render import render_certificate
from tests.print.certificates import JWT, PROOF, QR_TEXT, VERIFIER, certificate, page_picture
from verifier.documents import read_pdf
from verifier.errors import FileTooLarge, NoCodeFound, PdfLocked, PdfTooLong, PdfUnreadable, ReadingError
from verifier.sandbox import TIME_LIMIT


@pytest.fixture(scope="module")
def page() -> bytes:
    return render_certificate(certificate(), QR_TEXT, JWT, verifier_address=VERIFIER, test=True, proof=PROOF)


def blank(pages: int, *, width: float = 595, height: float = 842, attachments: dict[str, bytes] | None = None) -> bytes:
    document = pdfium.PdfDocument.new()
    for _ in range(pages):
        document.new_page(width, height)
    for name, content in (attachments or {}).items():
        document.new_attachment(name).set_data(content)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def raw(*objects: bytes) -> bytes:
    """A PDF of numbered objects, the first is the catalogue; readers rebuild the missing table."""
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, content) for number, content in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer <</Root 1 0 R /Size %d>>\n%%%%EOF\n" % (len(objects) + 1)


def stream(content: bytes, extra: bytes = b"") -> bytes:
    return b"<</Length %d %s>>\nstream\n%s\nendstream" % (len(content), extra, content)


def test_everything_comes_out_of_a_printed_certificate(page: bytes) -> None:
    contents = read_pdf(page)
    assert contents.qr_texts == (QR_TEXT,)
    assert contents.attached_jwt == JWT
    assert contents.attached_proof == PROOF
    assert list(contents) == [JWT, QR_TEXT]


def test_a_scan_in_a_pdf(page: bytes) -> None:
    out = io.BytesIO()
    page_picture(page, 200).save(out, "PDF", resolution=200)
    contents = read_pdf(out.getvalue())
    assert list(contents) == [QR_TEXT]
    assert contents.attached_jwt is None


def test_codes_on_later_pages_are_found() -> None:
    first = Image.new("L", (1240, 1754), 255)
    second = first.copy()
    second.paste(Image.open(io.BytesIO(qr_png(QR_TEXT, scale=4))).convert("L"), (300, 300))
    out = io.BytesIO()
    first.save(out, "PDF", resolution=150, save_all=True, append_images=[second])
    assert list(read_pdf(out.getvalue())) == [QR_TEXT]


def test_an_attachment_alone_is_enough() -> None:
    assert list(read_pdf(blank(1, attachments={"credential.jwt": JWT.encode() + b"\n"}))) == [JWT]


def test_other_and_oversized_attachments_are_left() -> None:
    contents = {"invoice.xml": b"x", "credential.jwt": b"A" * 65_537, "proof.tlog-proof": PROOF}
    with pytest.raises(NoCodeFound):
        read_pdf(blank(1, attachments=contents))


def test_nothing_in_it() -> None:
    with pytest.raises(NoCodeFound):
        read_pdf(blank(2))


def test_twenty_pages_are_read_and_no_more() -> None:
    with pytest.raises(NoCodeFound):
        read_pdf(blank(20))
    with pytest.raises(PdfTooLong) as caught:
        read_pdf(blank(21))
    assert caught.value.params == {"pages": 21, "limit": 20}


def test_a_locked_pdf_says_so() -> None:
    encrypted = raw(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[]/Count 0>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (b"11" * 32, b"22" * 32),
    ).replace(b"/Size", b"/Encrypt 3 0 R /ID[<00><00>] /Size")
    with pytest.raises(PdfLocked):
        read_pdf(encrypted)


def test_too_many_bytes() -> None:
    with pytest.raises(FileTooLarge):
        read_pdf(b"%PDF-1.7" + bytes(51 << 20))


@pytest.mark.parametrize("data", [b"", b"hello", bytes(2000) + b"%PDF-1.7", b"%PDF-1.7", b"%PDF-1.7\n" + bytes(5000)])
def test_what_is_no_pdf(data: bytes) -> None:
    with pytest.raises(PdfUnreadable):
        read_pdf(data)


@cache
def zeros(megabytes: int) -> bytes:
    """So many zeros, deflated twice: some hundred bytes."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()
    return zlib.compress(once, 9)


ONE_PAGE = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
)
PAINT = stream(b"500 0 0 500 0 0 cm /I Do")
TWICE = b"/Filter[/FlateDecode/FlateDecode]"
FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</I 5 0 R>>>>"


def picture(width: int, height: int) -> bytes:
    size = b"/Width %d/Height %d/BitsPerComponent 8" % (width, height)
    return stream(zeros(300), b"/Type/XObject/Subtype/Image/ColorSpace/DeviceRGB" + size + TWICE)


EXPLOSIVE: dict[str, Callable[[], bytes]] = {
    "page of five metres": lambda: blank(1, width=14_400, height=14_400),
    "a million strokes": lambda: raw(
        *ONE_PAGE, stream(zlib.compress(b"0 0 m 595 842 l S " * 1_500_000, 9), b"/Filter/FlateDecode")
    ),
    "contents of 400 MB": lambda: raw(*ONE_PAGE, stream(zeros(400), TWICE)),
    "image of 300 megapixels": lambda: raw(*ONE_PAGE, PAINT, picture(20_000, 15_000)),
    "image of 2^32 pixels": lambda: raw(*ONE_PAGE, PAINT, picture(65_535, 65_535)),
    "pages within pages": lambda: raw(ONE_PAGE[0], b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"),
    "form that draws itself": lambda: raw(*ONE_PAGE, PAINT, stream(b"/I Do /I Do", FORM)),
    "deep arrays": lambda: raw(b"[" * 200_000, *ONE_PAGE),
}


@pytest.mark.parametrize("name", EXPLOSIVE)
def test_explosive_pdfs_end_in_a_reading_error(name: str, page: bytes) -> None:
    data = EXPLOSIVE[name]()
    started = time.perf_counter()
    with pytest.raises(ReadingError):
        read_pdf(data)
    assert time.perf_counter() - started < TIME_LIMIT + 2
    assert QR_TEXT in read_pdf(page)


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_spoiled_bytes_raise_nothing_but_reading_errors(page: bytes, data: st.DataObject) -> None:
    whole = bytearray(page)
    for _ in range(data.draw(st.integers(1, 12))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_pdf(bytes(whole))
    except ReadingError:
        return
