"""Photographs of printed certificates, and the film that a camera would make of one, for the scanner's tests."""

import io
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import qrcode
from PIL import Image, ImageFilter

from issuers.qr import qr_png
from issuers.render import render_certificate
from tests.print.certificates import page_picture
from tests.print.spoiled_pictures import seen_from_the_side, shaded
from tests.vectors.scenery import Certificate

ADDRESS = "https://hallmark.example"
DESK = 96


def printed(made: Certificate) -> bytes:
    """The certificate as the issuing body prints it, a PDF."""
    return render_certificate(made.credential, made.text, made.document, verifier_address=ADDRESS, test=True)


def page_on_a_desk(made: Certificate, *, dpi: int = 170, angle: float = 11, seed: int = 3) -> Image.Image:
    """A whole printed page, held at an angle and seen from the side, in uneven light."""
    rng = random.Random(seed)
    page = page_picture(printed(made), dpi)
    side = round(max(page.size) * 1.2)
    desk = Image.new("L", (side, side), DESK)
    desk.paste(page, ((side - page.width) // 2, (side - page.height) // 2))
    turned = desk.rotate(angle, Image.Resampling.BICUBIC, fillcolor=DESK)
    seen = shaded(seen_from_the_side(turned, 0.06, rng, ground=DESK), 0.3, rng)
    return seen.filter(ImageFilter.GaussianBlur(0.8))


def code_on_paper(text: str, *, side: int = 420, paper: int = 560) -> Image.Image:
    """One code alone on white paper."""
    code = drawn(text).resize((side, side), Image.Resampling.LANCZOS)
    sheet = Image.new("L", (paper, paper), 255)
    sheet.paste(code, ((paper - side) // 2,) * 2)
    return sheet


def drawn(text: str) -> Image.Image:
    """A code of ours, or one of a stranger, which ours refuses to draw."""
    if text.isascii():
        return Image.open(io.BytesIO(qr_png(text, scale=8))).convert("L")
    return Image.open(_saved(qrcode.make(text, box_size=8))).convert("L")


def _saved(code: Any) -> io.BytesIO:
    out = io.BytesIO()
    code.save(out)
    return out


def side_by_side(*sheets: Image.Image) -> Image.Image:
    table = Image.new("L", (sum(each.width for each in sheets), max(each.height for each in sheets)), 255)
    left = 0
    for each in sheets:
        table.paste(each, (left, 0))
        left += each.width
    return table


def jpeg(picture: Image.Image, quality: int = 60) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def framed(picture: Image.Image, width: int, height: int) -> Image.Image:
    """The picture as large as it fits into a frame, on a dark desk."""
    scale = min(width / picture.width, height / picture.height)
    small = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)
    frame = Image.new("L", (width, height), DESK)
    frame.paste(small, ((width - small.width) // 2, (height - small.height) // 2))
    return frame


def film(path: Path, pictures: Iterable[Image.Image], *, width: int = 640, height: int = 480, seed: int = 5) -> Path:
    """A y4m film of hand-held, noisy, slightly soft frames, as a poor laptop camera gives them; it repeats for ever."""
    rng = random.Random(seed)
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode())
        for picture in pictures:
            frame = framed(picture, width, height).rotate(rng.uniform(-3, 3), Image.Resampling.BICUBIC, fillcolor=DESK)
            frame = Image.blend(frame, Image.effect_noise(frame.size, 60), 0.08).filter(ImageFilter.GaussianBlur(0.5))
            out.write(b"FRAME\n" + frame.tobytes() + bytes([128]) * (width * height // 2))
    return path
