"""Pictures of QR codes as phones take them: turned, seen from the side, soft, noisy, unevenly lit, squeezed by JPEG.

Severity 0 is a clean picture, 1 is as bad as people send. All randomness comes from one seed.
"""

import io
import math
import random

from PIL import Image, ImageChops, ImageFilter

from issuers.qr import qr_png

DIGITS_OF_VERSION = {4: 90, 5: 130, 6: 170, 7: 200, 8: 260, 9: 330, 10: 400, 11: 470, 12: 560}


def text_of_version(version: int, rng: random.Random) -> str:
    """A text in our form that takes about `version` at level M."""
    digits = "".join(rng.choice("0123456789") for _ in range(DIGITS_OF_VERSION[version] - 30))
    return f"HTTPS://HALLMARK.EXAMPLE/#1{digits}"


def spoiled(text: str, severity: float, rng: random.Random, *, module: tuple[float, float] = (3.2, 6.0)) -> bytes:
    """A JPEG of quality 90 (severity 0) to 40 (.8 and worse), in which a module takes between `module` pixels.

    At .8: turned by any angle up to 144 degrees, corners drawn in by up to a tenth, soft by a third of a module, noise
    of 16 grey levels, a quarter of the contrast gone, a shadow that takes a third of the light on one side.
    """
    size = rng.uniform(*module)
    code = Image.open(io.BytesIO(qr_png(text, scale=8))).convert("L")
    side = round(code.width / 8 * size)
    angle = rng.uniform(-180, 180) * severity
    canvas_side = math.ceil(side * 1.7)
    paper = Image.new("L", (canvas_side, canvas_side), 255)
    paper.paste(code.resize((side, side), Image.Resampling.LANCZOS), ((canvas_side - side) // 2,) * 2)
    picture = paper.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
    picture = seen_from_the_side(picture, 0.12 * severity, rng)
    picture = picture.point(lambda value: 255 * (0.12 * severity) + value * (1 - 0.35 * severity))
    picture = shaded(picture, 0.45 * severity, rng)
    picture = picture.filter(ImageFilter.GaussianBlur(severity * 0.38 * size))
    noise = Image.effect_noise(picture.size, 20 * severity)
    picture = ImageChops.add(picture, noise, scale=1, offset=-128)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=max(40, round(90 - 62.5 * severity)))
    return out.getvalue()


def seen_from_the_side(picture: Image.Image, shift: float, rng: random.Random, *, ground: int = 255) -> Image.Image:
    """Move every corner inwards by up to `shift` of the side: at .12 a tilt of some 30 degrees."""
    return projected(picture, drawn_in(picture.width, shift, rng), ground=ground)


Points = list[tuple[float, float]]


def corners(side: float) -> Points:
    return [(0, 0), (side, 0), (side, side), (0, side)]


def drawn_in(side: int, shift: float, rng: random.Random) -> Points:
    """Where the corners of a square picture come to lie."""
    return [(abs(x - rng.uniform(0, shift) * side), abs(y - rng.uniform(0, shift) * side)) for x, y in corners(side)]


def projected(picture: Image.Image, seen: Points, *, ground: int) -> Image.Image:
    """The square picture with its corners at `seen`."""
    return picture.transform(
        picture.size,
        Image.Transform.PERSPECTIVE,
        projection(seen, corners(picture.width)),
        Image.Resampling.BICUBIC,
        fillcolor=ground,
    )


def projection(target: Points, source: Points) -> list[float]:
    """The eight numbers that map `target` points to `source` points, by Gaussian elimination."""
    rows = []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for pivot in range(8):
        best = max(range(pivot, 8), key=lambda row: abs(rows[row][pivot]))
        rows[pivot], rows[best] = rows[best], rows[pivot]
        for row in range(8):
            if row != pivot:
                factor = rows[row][pivot] / rows[pivot][pivot]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[pivot], strict=True)]
    return [rows[index][8] / rows[index][index] for index in range(8)]


def shaded(picture: Image.Image, strength: float, rng: random.Random) -> Image.Image:
    """A shadow that falls from one side."""
    shade = Image.linear_gradient("L").rotate(90 * rng.randrange(4)).resize(picture.size)
    return ImageChops.multiply(picture, shade.point(lambda value: 255 - strength * value))
