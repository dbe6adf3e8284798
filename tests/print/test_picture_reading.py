"""Pictures: every kind is read, every bomb refused in time and memory, nothing but a ReadingError gets out (T50)."""

import io
import random
import struct
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from issuers.qr import qr_png
from tests.print.certificates import QR_TEXT
from verifier import sandbox
from verifier.errors import (
    FileTooLarge,
    NoCodeFound,
    PictureKindUnknown,
    PictureTooLarge,
    PictureUnreadable,
    ReadingError,
)
from verifier.pictures import picture_size, read_picture


def code(scale: int = 5) -> Image.Image:
    return Image.open(io.BytesIO(qr_png(QR_TEXT, scale=scale))).convert("L")


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def png(width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 1, colour: int = 0) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunk(*each) for each in chunks) + chunk(b"IEND", b"")


def bomb() -> bytes:
    """13,000 x 13,000 pixels of white in 37 kB, which cost a decoder 500 MB."""
    line = b"\x00" + b"\xff" * (13_000 // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(line) for _ in range(13_000)) + packer.flush()
    return png(13_000, 13_000, (b"IDAT", data))


MODES = [
    ("PNG", "L"), ("PNG", "1"), ("PNG", "P"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "LA"), ("PNG", "I;16"),
    ("JPEG", "L"), ("JPEG", "RGB"), ("JPEG", "CMYK"), ("WEBP", "RGB"), ("WEBP", "RGBA"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_every_kind_of_picture_is_read(kind: str, mode: str) -> None:
    picture = (
        code().convert("I").point(lambda value: value * 257).convert("I;16") if mode == "I;16" else code().convert(mode)
    )
    data = saved(picture, kind)
    assert picture_size(data) == picture.size
    assert read_picture(data) == [QR_TEXT]


def test_lossless_and_progressive_and_turned() -> None:
    assert read_picture(saved(code().convert("RGB"), "WEBP", lossless=True)) == [QR_TEXT]
    assert read_picture(saved(code(), "JPEG", progressive=True, quality=60)) == [QR_TEXT]
    assert read_picture(saved(code().rotate(90), "PNG")) == [QR_TEXT]
    assert read_picture(saved(code().point(lambda value: 255 - value), "PNG")) == [QR_TEXT]  # white on black


def test_transparent_paper_is_white() -> None:
    dark = code().point(lambda value: 255 - value)
    picture = Image.merge("LA", (Image.new("L", dark.size, 0), dark))
    assert read_picture(saved(picture, "PNG")) == [QR_TEXT]


def test_a_small_code_in_a_large_photo() -> None:
    photo = Image.effect_noise((4000, 3000), 12).point(lambda value: value + 80)
    photo.paste(code(4), (2600, 400))
    assert read_picture(saved(photo, "JPEG", quality=80)) == [QR_TEXT]


def test_all_codes_of_a_picture_are_returned() -> None:
    second = Image.open(io.BytesIO(qr_png("https://other.example/", scale=6))).convert("L")
    sheet = Image.new("L", (1000, 500), 255)
    sheet.paste(code(), (20, 20))
    sheet.paste(second, (560, 60))
    assert sorted(read_picture(saved(sheet, "PNG"))) == sorted([QR_TEXT, "https://other.example/"])


def test_a_small_code_of_ours_is_found_beside_a_large_one_of_others() -> None:
    foreign = Image.open(io.BytesIO(qr_png("https://evil.example/", scale=30))).convert("L")
    photo = Image.new("L", (4000, 3000), 200)
    photo.paste(foreign, (300, 300))
    photo.paste(code(4), (3000, 2000))
    assert QR_TEXT in read_picture(saved(photo, "JPEG", quality=85))


def test_light_on_dark_in_a_large_picture() -> None:
    screen = Image.new("L", (1170, 2532), 20)
    screen.paste(code(10).point(lambda value: 255 - value), (200, 600))
    assert read_picture(saved(screen, "PNG")) == [QR_TEXT]


def test_a_picture_without_a_code_says_so() -> None:
    with pytest.raises(NoCodeFound):
        read_picture(saved(Image.new("L", (300, 200), 255), "PNG"))


def test_the_bomb_is_refused_in_no_time() -> None:
    data = bomb()
    assert len(data) < 40_000
    started = time.perf_counter()
    with pytest.raises(PictureTooLarge) as caught:
        read_picture(data)
    assert time.perf_counter() - started < 0.05
    assert caught.value.params == {"width": 13_000, "height": 13_000, "limit_mpx": 40}


HEADERS = [
    png(0x7FFFFFFF, 0x7FFFFFFF),
    b"\xff\xd8\xff\xe0\x00\x10" + bytes(14) + b"\xff\xc0\x00\x11\x08\xff\xff\xff\xff" + bytes(20),
    b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(4) + bytes(4) + b"\xff\xff\x3f\xff\xff\x3f",
    b"RIFF\x00\x00\x00\x00WEBPVP8L" + bytes(4) + b"\x2f\xff\xff\xff\x0f" + bytes(9),
]


@pytest.mark.parametrize("data", HEADERS, ids=["png", "jpeg", "webp-extended", "webp-lossless"])
def test_a_header_is_believed_before_anything_is_decoded(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.pictures.run_bounded", lambda *_: pytest.fail("decoded"))
    with pytest.raises(PictureTooLarge):
        read_picture(data)


@cache
def zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def small(kind: str) -> bytes:
    return saved(code().convert("RGB"), kind)


def moving() -> bytes:
    frames = [Image.new("L", (900, 900), shade) for shade in range(9)]
    return saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])


def reframed() -> bytes:
    whole = small("WEBP")
    return whole[:12] + b"VP8X" + struct.pack("<I", 10) + bytes(10) + whole[12:]


BLANK = zlib.compress(bytes(101 * 800))
HOSTILE: dict[str, Callable[[], bytes]] = {
    "truncated png": lambda: small("PNG")[:600],
    "truncated jpeg": lambda: small("JPEG")[:9000],
    "truncated webp": lambda: small("WEBP")[:3000],
    "profile of 200 MB": lambda: png(800, 800, (b"iCCP", b"icc\0\0" + zeros(200)), (b"IDAT", BLANK)),
    "text of 200 MB": lambda: png(800, 800, (b"zTXt", b"t\0\0" + zeros(200)), (b"IDAT", BLANK)),
    "more data than pixels": lambda: png(48, 48, (b"IDAT", zeros(200))),
    "forty megapixels in four channels": lambda: png(8000, 5000, (b"IDAT", zeros(153)), depth=8, colour=6),
    "forty megapixels of sixteen bits": lambda: png(8000, 5000, (b"IDAT", zeros(229)), depth=16, colour=2),
    "thin and long": lambda: png(40_000, 999, (b"IDAT", zeros(5))),
    "moving": moving,
    "large frame in a small canvas": reframed,
    "no end of data": lambda: png(48, 48, (b"IDAT", BLANK[:10])),
    "random": lambda: b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(5000),
    "endless segments": lambda: b"\xff\xd8" + b"\xff\xe0\x00\x02" * 500_000,
    "endless fill": lambda: b"\xff\xd8" + b"\xff" * 2_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pictures_end_in_a_reading_error(name: str) -> None:
    data = HOSTILE[name]()
    started = time.perf_counter()
    with pytest.raises(ReadingError):
        read_picture(data)
    assert time.perf_counter() - started < sandbox.TIME_LIMIT + 1
    assert read_picture(saved(code(), "PNG")) == [QR_TEXT]  # and the next person is served


def test_ten_bombs_at_once_stay_within_the_children() -> None:
    bombs = [bomb(), *(make() for make in list(HOSTILE.values())[:9])]
    peak = 0

    def attempt(data: bytes) -> type[Exception] | None:
        try:
            read_picture(data)
        except ReadingError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(10) as pool:
        answers = [pool.submit(attempt, data) for data in bombs]
        while not all(answer.done() for answer in answers):
            peak = max(peak, _resident_of_children())
            time.sleep(0.01)
    assert all(answer.result() is not None for answer in answers)
    assert peak < sandbox.children() * sandbox.MEMORY_LIMIT
    assert _living_children() <= sandbox.children()


def _children() -> list[Path]:
    me = Path("/proc/self").resolve().name
    return [stat.parent for stat in Path("/proc").glob("[0-9]*/stat") if _parent(stat) == me]


def _parent(stat: Path) -> str | None:
    try:
        return stat.read_text().rpartition(") ")[2].split()[1]
    except OSError:
        return None


def _living_children() -> int:
    return sum(b"verifier.sandbox" in (child / "cmdline").read_bytes() for child in _children())


def _resident_of_children() -> int:
    total = 0
    for child in _children():
        try:
            total += int((child / "statm").read_text().split()[1]) * 4096
        except OSError:
            continue
    return total


@pytest.mark.parametrize("data", [b"", b"GIF89a" + bytes(50), b"BM" + bytes(60), b"%PDF-1.7", b"<svg/>", bytes(12)])
def test_other_kinds_are_not_even_tried(data: bytes) -> None:
    with pytest.raises(PictureKindUnknown):
        read_picture(data)


def test_too_many_bytes() -> None:
    with pytest.raises(FileTooLarge) as caught:
        read_picture(b"\x89PNG\r\n\x1a\n" + bytes(21 << 20))
    assert caught.value.params == {"size_mb": 21, "limit_mb": 20}


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x10\x00\x00\x00WEBPVP8X"]), st.binary(max_size=200)
)
def test_headers_raise_nothing_but_their_errors(start: bytes, rest: bytes) -> None:
    try:
        width, height = picture_size(start + rest)
    except (PictureUnreadable, PictureKindUnknown):
        return
    assert width > 0
    assert height > 0


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_spoiled_bytes_raise_nothing_but_reading_errors(data: st.DataObject) -> None:
    whole = bytearray(saved(code(2), data.draw(st.sampled_from(["PNG", "JPEG", "WEBP"]))))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(12, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_picture(bytes(whole))
    except ReadingError:
        return
