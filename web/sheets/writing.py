"""Writes tables for spreadsheet programs: CSV or XLSX whose cells are text and never formulas, readable by our importer."""

import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from web.cells import to_safe, to_xstring
from web.sheets.errors import FileUnwritable, TooManyRows

TEXT_FORMAT: Final = "@"
"""Excel's text format: a number that a person corrects in the report keeps all its digits."""
MAX_XLSX_ROWS: Final = 1 << 20

Row = Sequence[str]


def write_table(path: Path, columns: Row, rows: Iterable[Row]) -> None:
    """Write a table to `path`, XLSX if it is called so, else CSV in UTF-8 with mark (which Excel needs to see Chinese).

    The file appears whole or not at all, readable by its owner only, since such tables name persons. `read_rows` gives
    back every cell exactly. Raises FileUnwritable, TooManyRows.
    """
    write = _write_xlsx if path.suffix.lower() == ".xlsx" else _write_csv
    try:
        with replacing(path) as file:
            write(file, columns, rows)
    except OSError:
        raise FileUnwritable(name=path.name) from None


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that appears at `path` whole when the block ends, or not at all; only its owner may read it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".hallmark-")  # mkstemp: mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _write_csv(file: BinaryIO, columns: Row, rows: Iterable[Row]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([to_safe(cell) for cell in row] for row in chain([columns], rows))
    text.detach()  # writes what is buffered and leaves the file open for its owner


def _write_xlsx(file: BinaryIO, columns: Row, rows: Iterable[Row]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    cell = _cell_writer(sheet)
    for number, row in enumerate(chain([columns], rows), 1):
        if number > MAX_XLSX_ROWS:
            raise TooManyRows(row=number, limit=MAX_XLSX_ROWS)
        sheet.append([cell(text) for text in row])
    book.save(file)


def _cell_writer(sheet: object) -> Callable[[str], object]:
    def cell(text: str) -> object:
        written = WriteOnlyCell(sheet)  # type: ignore[arg-type]
        written.value = to_xstring(to_safe(text)) or None
        if written.value is not None:
            written.data_type = "s"  # whatever openpyxl took it for: it holds "#N/A" for an error value
        written.number_format = TEXT_FORMAT
        return written

    return cell
