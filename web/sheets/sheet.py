"""What a spreadsheet is once it is read: column names, numbered rows of text, and notes. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """ERROR refuses the row; WARNING asks a person to look; NORMALISED tells what was changed."""

    ERROR = "error"
    WARNING = "warning"
    NORMALISED = "normalised"


@dataclass(frozen=True, slots=True)
class Note:
    """One remark on one cell: the column's name in the file ("" = the whole row), a code, the sentence's parameters.

    Parameters never hold an identity number, so a note may be counted, logged and shown.
    """

    column: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as written: `number` as the spreadsheet program counts it (the header is 1), column name → cell text."""

    number: int
    cells: Mapping[str, str] = field(repr=False)
    surplus: int = 0
    """How many filled cells stand to the right of the last named column."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table being read: its columns, its rows (once, in order, as they stream in) and notes on the file as a whole.

    `rows` raises a `SheetError` that names the row where the file turns out to be unreadable further down.
    """

    columns: tuple[str, ...]
    rows: Iterator[RawRow]
    notes: tuple[Note, ...] = ()
