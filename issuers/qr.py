"""Draws QR codes: PNG and SVG through zxing-cpp, terminal text through `qrcode`; level M, four quiet modules."""

from __future__ import annotations

import io
import re
import struct
import zlib
from typing import TYPE_CHECKING, cast

import qrcode
import zxingcpp

from issuers.print_errors import QrTextInvalid

if TYPE_CHECKING:
    from typing_extensions import Buffer

QUIET_MODULES = 4
MAX_CHARACTERS = 5596  # digits in version 40-M, the densest there is

_DARK_RUN = re.compile(rb"\x00+")


def qr_png(text: str, *, scale: int = 6) -> bytes:
    """Draw `text` as a one-bit greyscale PNG.

    `scale` is pixels a module (1 to 40). The quiet zone is included. The same text gives the same bytes.
    Raises QrTextInvalid.
    """
    if not 1 <= scale <= 40:
        raise QrTextInvalid(scale=scale)
    return _png(_barcode(text).to_image(scale=scale, add_quiet_zones=True))


def qr_svg(text: str) -> str:
    """Draw `text` as an SVG element of its own, one path, one unit a module, quiet zone included.

    No declaration, script, style or reference, so it may stand inside a page. Raises QrTextInvalid.
    """
    rows = _rows(text)
    side = len(rows) + 2 * QUIET_MODULES
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{_path(rows)}"/></svg>'
    )


def qr_version(text: str) -> int:
    """The version (1 to 40) that `text` takes at level M. Raises QrTextInvalid."""
    return (len(_rows(text)) - 17) // 4


def qr_terminal(text: str) -> str:
    """Draw `text` with half-block characters for a dark terminal. Raises QrTextInvalid."""
    _require_text(text)
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=QUIET_MODULES)
    code.add_data(text, optimize=20)
    picture = io.StringIO()
    try:
        code.print_ascii(out=picture, invert=True)
    except ValueError as error:  # qrcode's DataOverflowError is one
        raise QrTextInvalid(length=len(text)) from error
    return picture.getvalue()


def _require_text(text: str) -> None:
    if not text or len(text) > MAX_CHARACTERS or not text.isascii() or not text.isprintable():
        raise QrTextInvalid(length=len(text))


def _barcode(text: str) -> zxingcpp.Barcode:
    _require_text(text)
    try:
        return zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    except ValueError as error:  # what zxing says of a text that no version holds
        raise QrTextInvalid(length=len(text)) from error


def _rows(text: str) -> list[bytes]:
    """The matrix without quiet zone, a row of bytes each, 0 is dark."""
    picture = _pixels(_barcode(text).to_image(scale=1, add_quiet_zones=False))
    height, width = picture.shape or (0, 0)
    pixels = picture.tobytes()
    return [pixels[y * width : (y + 1) * width] for y in range(height)]


def _pixels(picture: zxingcpp.Image) -> memoryview:
    return memoryview(cast("Buffer", picture))  # a buffer of one byte a pixel, though its type does not say so


def _path(rows: list[bytes]) -> str:
    return "".join(
        f"M{run.start() + QUIET_MODULES} {y}h{run.end() - run.start()}v1h-{run.end() - run.start()}z"
        for y, row in enumerate(rows, QUIET_MODULES)
        for run in _DARK_RUN.finditer(row)
    )


def _png(picture: zxingcpp.Image) -> bytes:
    """One bit a pixel: 30 times smaller input for zlib than the library's bytes, and nothing but what is needed."""
    pixels = _pixels(picture)
    height, width = pixels.shape or (0, 0)
    data = pixels.tobytes()
    packed: dict[bytes, bytes] = {}
    lines = bytearray()
    for y in range(height):
        row = data[y * width : (y + 1) * width]
        if row not in packed:
            packed[row] = _packed_line(row)
        lines += packed[row]
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(lines, 6)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _packed_line(row: bytes) -> bytes:
    """PNG filter byte 0, then eight pixels a byte, white is 1."""
    width = len(row)
    bits = int(row.translate(_TO_BITS), 2) << (-width % 8)
    return b"\x00" + bits.to_bytes((width + 7) // 8, "big")


_TO_BITS = bytes(48 if value < 128 else 49 for value in range(256))


def _chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
