"""Reads the first worksheet of an XLSX file through openpyxl, after `unpacking` has found nothing out of measure in it."""

import datetime as dt
import warnings
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

import openpyxl
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from web.cells import from_xstring
from web.sheets.errors import FileUnreadable, SheetError, WorkbookBroken
from web.sheets.sheet import Note, Severity
from web.sheets.unpacking import Bounds, require_bounded, require_small_directory

__all__ = ["Bounds", "open_first_sheet"]

ROWS_AT_ONCE: Final = 500
EXACT_BELOW: Final = 10**15


def open_first_sheet(path: Path, bounds: Bounds) -> tuple[Iterator[tuple[int, list[str]]], tuple[Note, ...]]:
    """Check the package against `bounds`, then return the first worksheet's records and notes on what was left out.

    Raises WorkbookSuspicious, WorkbookBroken, FileTooLarge, TooManyColumns, TooManyRows, RowTooLong.
    """
    try:
        file = path.open("rb")
    except OSError:
        raise FileUnreadable(name=path.name) from None
    try:
        book = _guarded(lambda: _opened(file, bounds))
        sheets = list(book.worksheets)
        if not sheets:
            raise WorkbookBroken
    except SheetError:
        file.close()
        raise
    names = [str(sheet.title) for sheet in sheets]
    left_out = Note("", "web.sheets_left_out", {"read": names[0], "others": len(names) - 1}, Severity.WARNING)
    return _records(file, sheets[0]), (left_out,) if len(names) > 1 else ()


def _opened(file: BinaryIO, bounds: Bounds) -> Any:
    """Measure and load the same open file, so that nobody can exchange it in between."""
    with zipfile.ZipFile(require_small_directory(file)) as package:
        require_bounded(package, bounds)
    file.seek(0)
    return openpyxl.load_workbook(file, read_only=True, keep_links=False)


def _records(file: BinaryIO, sheet: Any) -> Iterator[tuple[int, list[str]]]:
    sheet.reset_dimensions()  # what the file says of its own size is often wrong, and rows would be padded to it
    rows = iter(sheet.iter_rows(values_only=True))
    number = 0
    try:
        while chunk := _guarded(lambda: list(islice(rows, ROWS_AT_ONCE)), row=number + 1):
            for values in chunk:
                number += 1
                yield number, [_text(value) for value in values]
    finally:
        file.close()


def _guarded(read: Any, **params: object) -> Any:
    """Run one step of openpyxl: it warns of features we do not need and raises whatever it trips over."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read()
    except SheetError:
        raise
    except Exception as error:  # KeyError, IndexError, ParseError, TypeError, RecursionError, zlib.error …
        raise WorkbookBroken(**params) from error


def _text(value: object) -> str:
    """Return a cell's value as a person sees it: dates as 2026-09-03, whole numbers without a point, formulas with "="."""
    match value:
        case None:
            return ""
        case str():
            return from_xstring(value)
        case bool() | int() | float():
            return _number(value)
        case dt.datetime():
            return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
        case ArrayFormula() | DataTableFormula():
            return "=" + str(getattr(value, "text", None) or "").removeprefix("=")
    return str(value)


def _number(value: bool | float) -> str:
    """Return a number cell's text. Spreadsheets keep 15 digits: longer numbers come as 3.1E+17, so that nobody takes the
    figures behind those for what was once typed."""
    if isinstance(value, bool):
        return str(value).upper()
    if not -EXACT_BELOW < value < EXACT_BELOW:  # NaN too
        return f"{value:.14E}"
    return str(int(value)) if value == int(value) else repr(value)
