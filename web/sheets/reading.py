"""Reads a spreadsheet (CSV or XLSX) row by row; bounded before it looks inside, and never guessing an encoding."""

import codecs
import csv
import io
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from web.cells import from_safe
from web.sheets import workbook
from web.sheets.errors import (
    EncodingBroken,
    EncodingUnknown,
    FileEmpty,
    FileNotTabular,
    FileTooLarge,
    FileUnreadable,
    HeaderBlank,
    HeaderDuplicate,
    QuotesBroken,
    RowTooLong,
    TooManyColumns,
    TooManyRows,
)
from web.sheets.sheet import Note, RawRow, Sheet

MEGABYTE: Final = 1_000_000
CHUNK: Final = 1 << 16
DELIMITERS: Final = (",", "\t", ";")
BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BLANK: Final = b" \t\r\n\xef\xbb\xbf"
FOREIGN: Final = (b"\xd0\xcf\x11\xe0", b"%pdf", b"<html", b"<!doc", b"<?xml", b"{\\rtf")
"""How files begin that pass for spreadsheets: old .xls and password-protected .xlsx, PDF, web page, XML, rich text."""

Record = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may at most be. Sizes in bytes; rows and columns as a worksheet counts them; text in characters."""

    csv_bytes: int = 50 * MEGABYTE
    xlsx_bytes: int = 20 * MEGABYTE
    unpacked_bytes: int = 200 * MEGABYTE
    rows: int = 1 << 20
    columns: int = 256
    row_characters: int = 1_000_000


LIMITS: Final = Limits()


def read_rows(path: Path, *, limits: Limits = LIMITS) -> Sheet:
    """Open a spreadsheet and return its header at once, its rows as they stream in. Nothing is kept in memory.

    CSV in UTF-8, UTF-8 with mark, UTF-16 with mark or GB18030, parted by comma, tab or semicolon; or the first worksheet
    of an XLSX file. What a file is decides its content, not its name. Wholly blank rows are passed over (and counted).
    Raises a `SheetError`: here for what shows at once, from the iterator for what shows further down.
    """
    size = _size(path)
    with _opened(path) as file:
        beginning = file.read(16)
    if not size or not beginning.strip():
        raise FileEmpty
    if beginning.startswith(b"PK"):
        return _xlsx(path, size, limits)
    if beginning.lstrip(BLANK).lower().startswith(FOREIGN):
        raise FileNotTabular
    _require(size, limits.csv_bytes)
    return _sheet(_csv_records(path, limits), limits)


def _xlsx(path: Path, size: int, limits: Limits) -> Sheet:
    _require(size, limits.xlsx_bytes)
    bounds = workbook.Bounds(
        limits.unpacked_bytes, rows=limits.rows, columns=limits.columns, row_characters=limits.row_characters
    )
    records, others = workbook.open_first_sheet(path, bounds)
    return _sheet(records, limits, others)


def _require(size: int, limit: int) -> None:
    if size > limit:
        raise FileTooLarge(megabytes=-(-size // MEGABYTE), limit=limit // MEGABYTE)


def _size(path: Path) -> int:
    try:
        found = path.stat()
    except (OSError, ValueError):
        raise FileUnreadable(name=path.name) from None
    if not stat.S_ISREG(found.st_mode):
        raise FileUnreadable(name=path.name)
    return found.st_size


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError:
        raise FileUnreadable(name=path.name) from None
    with file:
        yield file


def _sheet(records: Iterator[Record], limits: Limits, notes: tuple[Note, ...] = ()) -> Sheet:
    filled = (record for record in records if any(from_safe(cell).strip() for cell in record[1]))
    header = next(filled, None)
    if header is None:
        raise FileEmpty
    columns = _columns(header[1], limits)
    return Sheet(columns, _rows(filled, columns, limits), notes)


def _columns(names: list[str], limits: Limits) -> tuple[str, ...]:
    """Return the header's names, trimmed, without the blank ones at the right end."""
    trimmed = [from_safe(name).strip().lstrip("\ufeff") for name in names]
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    if len(trimmed) > limits.columns:
        raise TooManyColumns(limit=limits.columns)
    if "" in trimmed:
        raise HeaderBlank(position=trimmed.index("") + 1)
    twice = sorted({name for name in trimmed if trimmed.count(name) > 1})
    if twice:
        raise HeaderDuplicate(columns="、".join(twice[:10]))
    return tuple(trimmed)


def _rows(records: Iterable[Record], columns: tuple[str, ...], limits: Limits) -> Iterator[RawRow]:
    width = len(columns)
    for number, cells in records:
        if number > limits.rows:
            raise TooManyRows(row=number, limit=limits.rows)
        texts = [from_safe(cell) if cell[:1] == "'" else cell for cell in cells[:width]]
        texts.extend([""] * (width - len(texts)))
        surplus = sum(1 for cell in cells[width:] if cell and not cell.isspace())
        yield RawRow(number, dict(zip(columns, texts, strict=True)), surplus)


def _csv_records(path: Path, limits: Limits) -> Iterator[Record]:
    """Yield every record with its number, blank ones included: a spreadsheet program counts them too."""
    with _opened(path) as file:
        encoding = _encoding(file)
        file.seek(0)
        with io.TextIOWrapper(file, encoding, errors="strict", newline="") as text:
            yield from _parsed(text, limits)


def _parsed(text: io.TextIOBase, limits: Limits) -> Iterator[Record]:
    lines = _Lines(text, limits.row_characters)
    try:
        delimiter = max(DELIMITERS, key=lines.peek().count)
        for cells in csv.reader(lines, delimiter=delimiter, strict=True):
            lines.next_record()
            yield lines.record - 1, cells
    except csv.Error as error:
        if "field limit" in str(error):  # 131,072 characters in one cell
            raise RowTooLong(row=lines.record, limit=csv.field_size_limit()) from None
        raise QuotesBroken(row=lines.record) from None
    except UnicodeError:
        raise EncodingBroken(row=lines.record) from None


class _Lines:
    """The physical lines of a text, counted in characters per record, so that no record can grow without end."""

    def __init__(self, text: io.TextIOBase, limit: int) -> None:
        self._text = text
        self._limit = limit
        self._left = limit
        self._waiting = ""
        self.record = 1

    def peek(self) -> str:
        """Return the first line and keep it for the reader."""
        self._waiting = next(self, "")
        return self._waiting

    def next_record(self) -> None:
        """Tell that the reader has finished a record."""
        self.record += 1
        self._left = self._limit

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line, self._waiting = self._waiting or self._text.readline(self._left + 1), ""
        if not line:
            raise StopIteration
        if len(line) > self._left:
            raise RowTooLong(row=self.record, limit=self._limit)
        self._left -= len(line)
        return line


def _encoding(file: BinaryIO) -> str:
    """Name the encoding: the mark if there is one, else strict UTF-8 if the whole file is that, else strict GB18030.

    A file whose header is UTF-8 with Chinese in it stays UTF-8, so that a damaged byte further down is reported with its
    row instead of turning the whole file into other characters.
    """
    beginning = file.read(CHUNK)
    for mark, encoding in BYTE_ORDER_MARKS:
        if beginning.startswith(mark):
            return encoding
    header = beginning.splitlines()[0]
    if b"\x00" in header:
        raise EncodingUnknown
    if _decodes(io.BytesIO(header), "utf-8") and not header.isascii():
        return "utf-8"
    return _first_that_decodes(file, ("utf-8", "gb18030"))


def _first_that_decodes(file: BinaryIO, encodings: tuple[str, ...]) -> str:
    for encoding in encodings:
        file.seek(0)
        if _decodes(file, encoding):
            return encoding
    raise EncodingUnknown


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
