"""Files that mean harm or make no sense, each made small here; shared by the command line's tests and the server's."""

import io
import struct
import zipfile
import zlib
from functools import cache
from pathlib import Path

HUGE = 200_000_000


@cache
def bomb_png(side: int = 13_000) -> bytes:
    """A picture of 169 million pixels in 20 kB."""
    packed = zlib.compressobj(9)
    row = b"\x00" + bytes((side + 7) // 8)
    pixels = b"".join(packed.compress(row) for _ in range(side)) + packed.flush()

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@cache
def bomb_xlsx() -> bytes:
    """A worksheet that unpacks to 150 MB of one repeated row."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        with book.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(b"<worksheet><sheetData>")
            for _ in range(150):
                part.write(b"<row><c><v>1</v></c></row>" * 40_000)
    return archive.getvalue()


def digits_of(body: bytes, version: int = 1) -> str:
    """The digits of a QR code whose version byte and body are anything at all."""
    return str(int.from_bytes(bytes([1, version]) + body, "big"))


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def texts() -> dict[str, str]:
    """Texts that are handed in for verification, by what is wrong with them."""
    return {
        "a deflate bomb": digits_of(deflated(bytes(1_500_000))),
        "a small bomb": digits_of(deflated(bytes(5_000))),
        "an unknown version": digits_of(b"\x00" * 100, version=9),
        "five thousand digits": "7" * 5_000,
        "sixteen thousand nines": "9" * 15_900,
        "nothing inside": "HTTPS://VERIFY.EXAMPLE/#",
        "leading zeros": "0" * 400,
        "another site": "https://zcrc-chaxun.example/verify?id=1",
        "a script": "<script>alert(1)</script>",
        "deep brackets": "[" * 10_000,
        "an empty token": "..",
        "a token of dots": "a." * 5_000,
        "letters beyond ascii": "证书" * 500,
        "a lone surrogate": "\ud800",
        "a NUL": "1\x00" + "2" * 20,
        "a format string": "%s%n{0.__class__}{{7*7}}",
        "a path": "../../../../etc/passwd",
    }


def files() -> dict[str, bytes]:
    """Files that are handed in for verification or import, by what is wrong with them."""
    noise = bytes((index * 197 + 13) % 251 for index in range(60_000))
    return {
        "empty": b"",
        "one byte": b"\x00",
        "random bytes": noise,
        "a huge picture in little": bomb_png(),
        "a cut picture": bomb_png(200)[:60],
        "a picture of noise": b"\x89PNG\r\n\x1a\n" + noise,
        "a JPEG of noise": b"\xff\xd8\xff" + noise,
        "PDF garbage": b"%PDF-1.7\n" + noise,
        "a cut PDF": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog",
        "UTF-16": "姓名,证件号码\n".encode("utf-16"),
        "a ZIP": zip_of(b"x"),
        "a script": b"#!/bin/sh\nrm -rf /\n",
        "five thousand digits": b"7" * 5_000,
        "a million digits": b"7" * 1_000_000,
    }


def zip_of(content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr("manifest.jwt", content)
    return archive.getvalue()


def sheets() -> dict[str, bytes]:
    """Files that are handed in as spreadsheets."""
    return files() | {
        "an XLSX bomb": bomb_xlsx(),
        "GB18030 cut in a character": "姓名,证件号码\n张伟,3101".encode("gb18030")[:-9] + b"\x81",
        "NUL in the header": b"\x00" * 200,
        "a billion commas": b"," * 3_000_000,
        "an open quotation mark": '姓名\n"张伟\n'.encode() + b"x" * 2_000_000,
        "another table": b"a,b\n1,2\n",
        "the header alone": "姓名,证件号码\n".encode(),
    }


def sparse(folder: Path, beginning: bytes = b"") -> Path:
    """200 MB that take no room on the disk."""
    file = folder / f"sparse-{len(beginning)}"
    with file.open("wb") as hole:
        hole.write(beginning)
        hole.truncate(HUGE)
    return file
