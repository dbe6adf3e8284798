"""Decodes pictures and PDFs into the texts of their QR codes. Runs only inside the child of verifier.sandbox.

What comes in is hostile and the decoders are C and C++: nothing here is trusted to be safe, only to be confined.
"""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Final

import pypdfium2 as pdfium
import zxingcpp
from PIL import Image, ImageFilter, ImageOps

MAX_PIXELS: Final = 40_000_000
MAX_PAGES: Final = 20
MAX_CODES: Final = 16
MAX_TEXT: Final = 8192  # characters of one code; version 40 holds 7,089 digits
MAX_ATTACHMENTS: Final = 16
MAX_ATTACHMENT: Final = 64 << 10

_FORMATS: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
FAR, NEAR = 1050, 2100  # pixels of the longer side at which a picture is looked at first and second
PDF_DPI: Final = 200
PAGE_PIXELS: Final = 12_000_000  # a page larger than A3 is drawn coarser

_LIKE_OURS: Final = re.compile(r"[0-9]{150}\s*$")
Answer = dict[str, Any]


def warm_up() -> None:
    """Load what is loaded late, before the limits close."""
    warnings.simplefilter("ignore")
    Image.preinit()
    Image.init()
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    _texts(Image.new("L", (64, 64), 255))
    pdfium.PdfDocument.new().close()


# --- pictures ---------------------------------------------------------------------------------------------------------


def picture(data: bytes) -> Answer:
    """{"texts": [...]} of a PNG, JPEG or WebP (its first frame), or {"error": "picture_unreadable" | "too_large"}."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                return {"error": "too_large"}
            return {"texts": _looked_for(opened, data)}
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever a decoder raises, the picture is unreadable
        return {"error": "picture_unreadable"}


def _looked_for(opened: Image.Image, data: bytes) -> list[str]:
    """Look until a code in our form is found; other codes are kept, but do not end the search before the full size."""
    texts: dict[str, None] = {}
    for look, inverted, last_for_others in _looks(opened, data):
        texts |= dict.fromkeys(_texts(look, inverted=inverted))
        if any(map(_LIKE_OURS.search, texts)) or (texts and last_for_others):
            break
    return list(texts)[:MAX_CODES]


def _looks(opened: Image.Image, data: bytes) -> Iterator[tuple[Image.Image, bool, bool]]:
    """The picture as a person would hold it: first from afar, then near, then with the eyes narrowed.

    With each: whether light codes on dark ground are sought too, which costs as much again; whether it is worth going
    on when only codes of others were found.
    """
    near = _near(opened, data)
    if max(near.size) > FAR:
        yield near.reduce(math.ceil(max(near.size) / FAR)), False, False
    yield near, False, False
    yield near if near.size == opened.size else _grey(opened), True, True
    for look in _second_looks(near):
        yield look, False, True


def _second_looks(grey: Image.Image) -> Iterator[Image.Image]:
    """For small, soft, noisy or flat pictures: calm the noise, then raise the edges, at growing size and cost.

    Chosen by trial on tests/print/spoiled_pictures.py; each reads some that the others lose.
    """
    calm = grey.filter(ImageFilter.GaussianBlur(1))
    yield calm.filter(ImageFilter.UnsharpMask(radius=3, percent=250, threshold=0))
    yield _raised(calm, 2, 4)
    if max(grey.size) <= FAR:
        yield _raised(grey.filter(ImageFilter.GaussianBlur(1.2)), 3, 3)
        yield _raised(calm, 3, 9)
    yield ImageOps.autocontrast(grey.filter(ImageFilter.MedianFilter(3)), cutoff=2)


def _raised(calm: Image.Image, times: int, radius: int) -> Image.Image:
    larger = calm.resize((calm.width * times, calm.height * times), Image.Resampling.BICUBIC)
    return larger.filter(ImageFilter.UnsharpMask(radius=radius, percent=250, threshold=0))


def _near(opened: Image.Image, data: bytes) -> Image.Image:
    """A grey copy of at most NEAR pixels; a JPEG is decoded small in the first place, which costs a fraction."""
    factor = 1 << max(0, math.ceil(math.log2(max(opened.size) / NEAR)))
    if opened.format != "JPEG" or factor == 1:
        grey = _grey(opened)
        return grey.reduce(factor) if factor > 1 else grey
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as small:
        small.draft("L", (small.width // factor, small.height // factor))
        grey = _grey(small)
    return grey.reduce(math.ceil(max(grey.size) / NEAR)) if max(grey.size) > NEAR else grey


def _grey(opened: Image.Image) -> Image.Image:
    """One byte a pixel; what is transparent is white, as on paper."""
    if opened.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in opened.info:
        pixels = opened.convert("LA")
        paper = Image.new("L", pixels.size, 255)
        paper.paste(pixels.getchannel(0), mask=pixels.getchannel(1))
        return paper
    if opened.mode.startswith("I;16") or opened.mode in {"I", "F"}:
        return opened.convert("I").point(lambda value: value / 257).convert("L")
    return opened.convert("L")


def _texts(look: Image.Image, *, inverted: bool = False) -> list[str]:
    found = zxingcpp.read_barcodes(look, formats=_FORMATS, try_invert=inverted, text_mode=zxingcpp.TextMode.Plain)
    texts = dict.fromkeys(code.text for code in found if 0 < len(code.text) <= MAX_TEXT)
    return list(texts)[:MAX_CODES]


# --- PDFs -------------------------------------------------------------------------------------------------------------


def pdf(data: bytes) -> Answer:
    """{"texts", "signed", "jwt", "proof", "receipt"} or {"error": "pdf_unreadable" | "pdf_locked" | "too_long", "pages"}."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        return {"error": "pdf_locked" if "password" in str(error).lower() else "pdf_unreadable"}
    try:
        if len(document) > MAX_PAGES:
            return {"error": "too_long", "pages": len(document)}
        signed = pdfium.raw.FPDF_GetSignatureCount(document) > 0
        return {"texts": _page_texts(document), "signed": signed, **_attached(document)}
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - as for pictures
        return {"error": "pdf_unreadable"}
    finally:
        document.close()


def _page_texts(document: pdfium.PdfDocument) -> list[str]:
    texts: dict[str, None] = {}
    for number in range(len(document)):
        page = document[number]
        width, height = page.get_size()
        scale = min(PDF_DPI / 72, math.sqrt(PAGE_PIXELS / max(1.0, width * height)))
        drawn = page.render(scale=scale, grayscale=True).to_pil().convert("L")
        texts |= dict.fromkeys(_texts(drawn))
        page.close()
    return list(texts)[:MAX_CODES]


def _attached(document: pdfium.PdfDocument) -> Answer:
    wanted = {"credential.jwt": "jwt", "proof.tlog-proof": "proof", "receipt.jwt": "receipt"}
    found: Answer = {}
    for number in range(min(document.count_attachments(), MAX_ATTACHMENTS)):
        attachment = document.get_attachment(number)
        role = wanted.get(attachment.get_name())
        if role and role not in found:
            content = bytes(attachment.get_data())
            if 0 < len(content) <= MAX_ATTACHMENT:
                found[role] = content
    return found


FUNCTIONS: Final[dict[str, Callable[[bytes], Answer]]] = {"picture": picture, "pdf": pdf}
