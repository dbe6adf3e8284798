"""Reads the first worksheet of an XLSX file through openpyxl, after `unpacking` has found nothing out of measure in it."""

import datetime as dt
import warnings
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from issuers.cells import from_xstring
from issuers.errors import FileUnreadable, SheetError, WorkbookBroken
from issuers.sheet import Note, Severity
from issuers.unpacking import Bounds, require_bounded, require_small_directory

__all__ = ["Bounds", "open_first_sheet"]

ROWS_AT_ONCE: Final = 500


def open_first_sheet(path: Path, bounds: Bounds) -> tuple[Iterator[tuple[int, list[str]]], tuple[Note, ...]]:
    """Check the package against `bounds`, then return the first worksheet's records and notes on what was left out.

    Raises WorkbookSuspicious, WorkbookBroken, FileTooLarge, TooManyColumns, TooManyRows, RowTooLong.
    """
    try:
        with path.open("rb") as file, zipfile.ZipFile(require_small_directory(file)) as package:
            require_bounded(package, bounds)
    except OSError:
        raise FileUnreadable(name=path.name) from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, ValueError, EOFError):
        raise WorkbookBroken from None
    book = _guarded(lambda: openpyxl.load_workbook(path, read_only=True, keep_links=False))
    sheets = list(book.worksheets)
    if not sheets:
        book.close()
        raise WorkbookBroken
    names = [str(sheet.title) for sheet in sheets]
    left_out = Note("", "issuers.sheets_left_out", {"read": names[0], "others": len(names) - 1}, Severity.WARNING)
    return _records(book, sheets[0]), (left_out,) if len(names) > 1 else ()


def _records(book: Any, sheet: Any) -> Iterator[tuple[int, list[str]]]:
    sheet.reset_dimensions()  # what the file says of its own size is often wrong, and rows would be padded to it
    rows = iter(sheet.iter_rows(values_only=True))
    number = 0
    try:
        while chunk := _guarded(lambda: list(islice(rows, ROWS_AT_ONCE)), row=number + 1):
            for values in chunk:
                number += 1
                yield number, [_text(value) for value in values]
    finally:
        book.close()


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
        case bool() | float():
            return _number(value)
        case dt.datetime():
            return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
        case ArrayFormula() | DataTableFormula():
            return "=" + str(getattr(value, "text", None) or "").removeprefix("=")
    return str(value)


def _number(value: bool | float) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
