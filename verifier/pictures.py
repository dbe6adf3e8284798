"""Reads QR codes from pictures: looks at the header first, then lets a limited child process decode."""

from __future__ import annotations

import struct
from typing import Any, Final

from verifier.errors import (
    FileTooLarge,
    NoCodeFound,
    PictureKindUnknown,
    PictureTooLarge,
    PictureUnreadable,
)
from verifier.sandbox import run_bounded

MAX_BYTES: Final = 20 << 20
MAX_PIXELS: Final = 40_000_000

_MAX_TEXTS: Final = 16
_MAX_TEXT: Final = 8192
_MAX_SEGMENTS: Final = 2000  # a JPEG with a 16 MB colour profile has 260


def read_picture(data: bytes) -> list[str]:
    """The texts of all QR codes in a PNG, JPEG or WebP, at least one, in no order.

    At most 20 MB and 40 megapixels, of an animation the first frame. What is too large by its own header is refused
    in well under 50 ms, before anything is decoded. Raises FileTooLarge, PictureKindUnknown, PictureTooLarge,
    PictureUnreadable, NoCodeFound, ReadingTooCostly, ReaderBusy; never anything else.
    """
    if len(data) > MAX_BYTES:
        raise FileTooLarge(size_mb=len(data) >> 20, limit_mb=MAX_BYTES >> 20)
    width, height = picture_size(data)
    if width * height > MAX_PIXELS:
        raise PictureTooLarge(width=width, height=height, limit_mpx=MAX_PIXELS // 1_000_000)
    answer = run_bounded("picture", data)
    if answer.get("error"):
        raise PictureUnreadable
    if texts := texts_of(answer):
        return texts
    raise NoCodeFound


def texts_of(answer: dict[str, Any]) -> list[str]:
    """The texts in a child's answer, which is believed to hold nothing but short strings."""
    texts = answer.get("texts")
    if not isinstance(texts, list):
        return []
    return [text for text in texts[:_MAX_TEXTS] if isinstance(text, str) and 0 < len(text) <= _MAX_TEXT]


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height that the header promises, found without decoding. Raises PictureKindUnknown, PictureUnreadable."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            size = _png_size(data)
        elif data.startswith(b"\xff\xd8\xff"):
            size = _jpeg_size(data)
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            size = _webp_size(data)
        else:
            raise PictureKindUnknown
    except (struct.error, IndexError) as error:  # the header ends before it says
        raise PictureUnreadable from error
    if min(size) < 1:
        raise PictureUnreadable
    return size


def _png_size(data: bytes) -> tuple[int, int]:
    """PNG, section 11.2.1: IHDR comes first."""
    kind, width, height = struct.unpack_from(">4sII", data, 12)
    if kind != b"IHDR":
        raise PictureUnreadable
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """ITU-T T.81, B.2.2: the first start-of-frame segment."""
    at = 2
    for _ in range(_MAX_SEGMENTS):
        while data[at] == 0xFF and data[at + 1] == 0xFF:  # fill bytes
            at += 1
        marker = data[at + 1]
        if data[at] != 0xFF or marker in {0x00, 0xD9, 0xDA}:  # the picture begins or ends without a frame
            raise PictureUnreadable
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 if 0xD0 <= marker <= 0xD8 or marker == 0x01 else 2 + struct.unpack_from(">H", data, at + 2)[0]
    raise PictureUnreadable


def _webp_size(data: bytes) -> tuple[int, int]:
    """RFC 9649, section 2: the canvas of VP8X, else the size in the one frame."""
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise PictureUnreadable
