"""Photographs of printed codes with what is known of them: 12 to 40 mm wide, at any resolution, in every bad light.

Everything comes from one seed, noise too, so that picture 17 is the same picture on every machine.
"""

import io
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from issuers.qr import qr_png, qr_version
from tests.print.spoiled_pictures import (
    Points,
    corners,
    drawn_in,
    projected,
    projection,
    shaded,
    text_of_version,
)

SEED = 20261126
ENOUGH = 3.0
"""Pixels to a module that a picture must have: below, hardly anybody promises anything."""
VERSIONS = (10, 11, 11, 11, 12)
"""A certificate's code has version 11; shorter and longer ones stand at its sides."""
JPEG_QUALITY = 40
NOISE_OF_TWO = 52.0  # standard deviation of the mean of two random bytes


@dataclass(frozen=True)
class Photograph:
    """One picture as JPEG, the text that is in it, and how it was taken."""

    data: bytes
    text: str
    millimetres: float
    """Width of the print, without its quiet zone."""
    dots: float
    """Pixels to a millimetre where the code lies, before perspective."""
    module: float
    """Pixels of a module along the shortest side of the code, after perspective."""


def photographs(count: int, *, seed: int = SEED) -> Iterator[Photograph]:
    """`count` photographs; the first ones are the same for every count."""
    for number in range(count):
        yield photograph(random.Random(f"{seed}/{number}"))


def photograph(rng: random.Random) -> Photograph:
    """Turned by any angle, corners drawn in by up to an eighth, out of focus by up to .35 of a module, up to half of the
    contrast and 45 % of the light on one side gone, up to 16 grey levels of noise, JPEG of quality 40."""
    text = text_of_version(rng.choice(VERSIONS), rng)
    millimetres, wanted = rng.uniform(12, 40), rng.uniform(2.0, 6.5)
    modules = 17 + 4 * qr_version(text)
    sheet = _sheet(text, round(wanted * modules), modules, rng)
    angle, seen_at = rng.uniform(0, 360), drawn_in(sheet.width, rng.uniform(0, 0.12), rng)
    seen = projected(sheet.rotate(angle, Image.Resampling.BICUBIC, fillcolor=200), seen_at, ground=90)
    seen = seen.point(_faded(rng.uniform(0.5, 1.0), rng.uniform(0.1, 1.0)))
    seen = shaded(seen, rng.uniform(0, 0.45), rng).filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.35) * wanted))
    out = io.BytesIO()
    _grained(seen, rng.uniform(0, 16), rng).save(out, "JPEG", quality=JPEG_QUALITY)
    return Photograph(
        out.getvalue(),
        text,
        millimetres,
        wanted * modules / millimetres,
        _shortest_side(sheet.width, wanted * modules, angle, seen_at) / modules,
    )


def _sheet(text: str, side: int, modules: int, rng: random.Random) -> Image.Image:
    """The code on its page, with lines of print around its quiet zone."""
    code = Image.open(io.BytesIO(qr_png(text, scale=8))).convert("L")
    whole = round(side * code.width / 8 / modules)
    paper = Image.new("L", (math.ceil(whole * rng.uniform(1.6, 2.6)),) * 2, 250)
    draw = ImageDraw.Draw(paper)
    for y in range(4, paper.height, max(6, side // 14)):
        draw.line((4, y, paper.width - 4 - rng.randrange(paper.width // 3), y), fill=60, width=max(1, side // 90))
    at = (paper.width - whole) // 2
    paper.paste(code.resize((whole, whole), Image.Resampling.LANCZOS), (at, at))
    return paper


def _faded(contrast: float, light: float) -> list[int]:
    """A table of greys: a share of the contrast is left, between black and white where the light puts it."""
    lift = (1 - contrast) * light
    return [round(255 * lift + value * contrast) for value in range(256)]


def _grained(picture: Image.Image, levels: float, rng: random.Random) -> Image.Image:
    """Noise of this standard deviation; Pillow's own noise does not take a seed."""
    size = picture.width * picture.height
    one, other = (Image.frombytes("L", picture.size, rng.randbytes(size)) for _ in range(2))
    noise = ImageChops.add(one, other, scale=2)
    table = [min(255, max(0, round(128 + (value - 127.5) * levels / NOISE_OF_TWO))) for value in range(256)]
    return ImageChops.add(picture, noise.point(table), scale=1, offset=-128)


def _shortest_side(width: int, side: float, angle: float, seen: Points) -> float:
    """Length in pixels of the shortest side of a code in the middle of the picture, turned and then seen from the side."""
    a, b, c, d, e, f, g, h = projection(corners(width), seen)
    placed = []
    for step in range(4):
        around = math.radians(angle + 45 + 90 * step)
        x, y = (width / 2 + side / math.sqrt(2) * turn(around) for turn in (math.cos, math.sin))
        depth = g * x + h * y + 1
        placed.append(((a * x + b * y + c) / depth, (d * x + e * y + f) / depth))
    return min(math.dist(placed[each], placed[each - 1]) for each in range(4))
