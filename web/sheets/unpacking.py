"""Measures an XLSX package before anything parses it: a bomb, a billion laughs or 2^14 columns end here."""

import re
import zipfile
from dataclasses import dataclass
from typing import BinaryIO, Final
from xml.parsers import expat

from web.sheets.errors import (
    FileTooLarge,
    RowTooLong,
    SheetError,
    TooManyColumns,
    TooManyRows,
    WorkbookBroken,
    WorkbookSuspicious,
)

MEGABYTE: Final = 1_000_000
CHUNK: Final = 1 << 16
PARTS: Final = 1_000
SIDE_PART_BYTES: Final = 64 * MEGABYTE
"""Shared strings are held in memory; worksheets are not."""
RATIO: Final = 200
"""Deflate reaches 1,032. Worksheets of one repeated row stay below 120."""
RATIO_FROM: Final = MEGABYTE
DEPTH: Final = 64
TOKEN_BYTES: Final = MEGABYTE
ELEMENTS_PER_RECORD_COLUMN: Final = 16
STRINGS: Final = 2_000_000
OTHER_ELEMENTS: Final = 200_000
ENCRYPTED: Final = 0x1

DIRECTORY_BYTES: Final = MEGABYTE
TAIL: Final = (1 << 16) + 64

_END_RECORD = re.compile(rb"(?s)PK\x05\x06(?=.{8}(.{4}))")
_ZIP64_LOCATOR: Final = b"PK\x06\x07"
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?[0-9]{1,7}")
_ROW_NUMBER = re.compile(r"[0-9]{1,7}")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a package may hold once unpacked."""

    unpacked_bytes: int
    rows: int
    columns: int
    row_characters: int


def require_small_directory(file: BinaryIO) -> BinaryIO:
    """Refuse a package whose directory alone would fill the memory; return the file, rewound.

    Any end record in the file's tail counts, because readers differ in which one they believe; ZIP64 has no business in
    a file this small.
    """
    end = file.seek(0, 2)
    file.seek(max(0, end - TAIL))
    tail = file.read(TAIL)
    for match in _END_RECORD.finditer(tail):
        if int.from_bytes(match[1], "little") > DIRECTORY_BYTES:
            raise WorkbookSuspicious(part="…")
    if _ZIP64_LOCATOR in tail:
        raise WorkbookSuspicious(part="ZIP64")
    file.seek(0)
    return file


def require_bounded(package: zipfile.ZipFile, bounds: Bounds) -> None:
    """Refuse a package that a parser could choke on. Reads every part once as a stream; memory stays below 5 MB.

    Raises WorkbookSuspicious(part=…), FileTooLarge, TooManyColumns(row=…), TooManyRows(row=…), RowTooLong(row=…),
    WorkbookBroken. zipfile never yields more of a part than its declared size, so the declared sizes bind.
    """
    parts = package.infolist()
    if len(parts) > PARTS:
        raise WorkbookSuspicious(part=f"{len(parts)} × …")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > bounds.unpacked_bytes:
        raise FileTooLarge(megabytes=-(-unpacked // MEGABYTE), limit=bounds.unpacked_bytes // MEGABYTE)
    for part in parts:
        _require_sober(part)
    for part in parts:
        _scan(package, part, bounds)


def _require_sober(part: zipfile.ZipInfo) -> None:
    if part.flag_bits & ENCRYPTED:
        raise WorkbookBroken
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise WorkbookSuspicious(part=part.filename)
    if part.file_size > RATIO_FROM and part.file_size > RATIO * max(part.compress_size, 1):
        raise WorkbookSuspicious(part=part.filename)
    if part.file_size > SIDE_PART_BYTES and "worksheets/" not in part.filename:
        raise WorkbookSuspicious(part=part.filename)


def _scan(package: zipfile.ZipFile, part: zipfile.ZipInfo, bounds: Bounds) -> None:
    """Run one part through expat with every dimension counted. Pictures end the scan at their first byte."""
    measure = _Measure(part.filename, bounds)
    try:
        with package.open(part) as stream:
            while chunk := stream.read(CHUNK):
                measure.feed(chunk)
            measure.feed(b"", final=True)
    except expat.ExpatError:
        if part.filename.endswith((".xml", ".rels")) and part.file_size:
            raise WorkbookBroken from None
    except (zipfile.BadZipFile, EOFError, OSError):
        raise WorkbookBroken from None


class _Measure:
    """Counts what an XML part would make a tree parser hold: depth, token size, and per row (or shared string) its size."""

    def __init__(self, name: str, bounds: Bounds) -> None:
        self._name = name
        self._bounds = bounds
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._fed = 0
        self._depth = 0
        self._records = 0
        self._others = 0
        self._row = 0
        self._column = 0
        self._inside = 0
        self._elements = 0
        self._text = 0

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        self._parser.Parse(chunk, final)
        self._fed += len(chunk)
        if self._fed - self._parser.CurrentByteIndex > TOKEN_BYTES:
            raise self._suspicious()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > DEPTH:
            raise self._suspicious()
        local = name.rpartition(":")[2]
        if self._inside:
            self._start_inside(local, attributes)
        elif local in ("row", "si"):
            self._start_record(local, attributes)
        else:
            self._others += 1
            if self._others > OTHER_ELEMENTS:
                raise self._suspicious()

    def _start_record(self, local: str, attributes: dict[str, str]) -> None:
        self._inside, self._elements, self._text, self._column = self._depth, 0, 0, 0
        self._records += 1
        if local == "si" and self._records > STRINGS:
            raise self._suspicious()
        if local == "row":
            self._row = self._row_number(attributes.get("r"))

    def _row_number(self, stated: str | None) -> int:
        if stated is None:
            number = self._row + 1
        elif _ROW_NUMBER.fullmatch(stated):
            number = int(stated)
        else:
            raise self._suspicious()
        if max(number, self._records) > self._bounds.rows:
            raise TooManyRows(row=number, limit=self._bounds.rows)
        return number

    def _start_inside(self, local: str, attributes: dict[str, str]) -> None:
        if local == "c":
            self._column = self._column_number(attributes.get("r"))
            if self._column > self._bounds.columns:
                raise TooManyColumns(row=self._row, limit=self._bounds.columns)
        if self._elements > self._bounds.columns * ELEMENTS_PER_RECORD_COLUMN:
            raise self._suspicious()

    def _column_number(self, reference: str | None) -> int:
        if reference is None:
            return self._column + 1
        match = _CELL.fullmatch(reference)
        if match is None:
            raise self._suspicious()
        number = 0
        for letter in match[1].upper():
            number = number * 26 + ord(letter) - 64
        return number

    def _end(self, _name: str) -> None:
        if self._depth == self._inside:
            self._inside = 0
        self._depth -= 1
        self._text = self._text if self._inside else 0

    def _characters(self, text: str) -> None:
        self._text += len(text)
        if self._text > self._bounds.row_characters:
            raise RowTooLong(row=self._row or self._records, limit=self._bounds.row_characters)

    def _doctype(self, *_declaration: object) -> None:
        raise self._suspicious()

    def _suspicious(self) -> SheetError:
        return WorkbookSuspicious(part=self._name)
