"""One row while it is being read: its cells by the form's column names, and the notes that reading them leaves. Pure."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from credentials.dates import PartialDate
from credentials.errors import CredentialsError
from credentials.model import MAX_TEXT, is_text
from credentials.private_use import formal
from issuers.columns import Layout
from issuers.written_dates import read_date
from web.cells import is_formula_like
from web.sheets.sheet import Note, RawRow, Severity

PLACEHOLDERS: Final = frozenset({"-", "--", "—", "——", "－", "/", "／", "无", "空"})
"""What people write into a cell that does not apply; taken for blank where a column may be blank."""
MAX_CELL: Final = 1_000

_EXCEL_ERROR = re.compile(r"#(REF|N/A|VALUE|DIV/0|NAME|NULL|NUM|SPILL|CALC|GETTING_DATA)[!?]?")
_ROUNDED_NUMBER = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]{1,3}")

_T = TypeVar("_T")


@dataclass(slots=True)
class Reading:
    """A row, its form, and the day of the import. Every reader returns None where the cell yields nothing usable; if that
    refuses the row, a note with severity ERROR says so."""

    row: RawRow
    layout: Layout
    today: date
    notes: list[Note] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """True when some note refuses the row."""
        return any(note.severity is Severity.ERROR for note in self.notes)

    def note(
        self,
        column: str,
        code: str,
        params: Mapping[str, object] | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Leave a note on a column of the form ("" = the row)."""
        self.notes.append(Note(self.layout.header(column), code, params or {}, severity))

    def raw(self, column: str) -> str:
        """Return the cell as written, "" where the file has no such column."""
        return self.row.cells.get(self.layout.headers.get(column, ""), "")

    def cell(self, column: str, *, required: bool = True) -> str | None:
        """Return a filled cell as written, once it is known to be neither a formula nor what a spreadsheet broke."""
        written = self.raw(column)
        blank = not written or written.isspace() or (not required and written.strip() in PLACEHOLDERS)
        if blank:
            if required:
                self.note(column, "issuers.cell_blank")
            return None
        refusal = _refusal(written)
        if refusal:
            self.note(column, refusal, {"limit": MAX_CELL} if refusal == "issuers.cell_too_long" else None)
            return None
        return written

    def text(self, column: str, *, required: bool = True) -> str | None:
        """Return a cell as a certificate may bear it: formal characters, NFC, single spaces; noted when that changed it."""
        written = self.cell(column, required=required)
        if written is None or is_text(written):
            return written
        value = tidy(written)
        if len(value) > MAX_TEXT:
            self.note(column, "issuers.text_too_long", {"length": len(value), "limit": MAX_TEXT})
        elif not is_text(value):
            self.note(column, "issuers.text_character", {"codepoints": _strangers(value)})
        else:
            self.note(column, "issuers.text_normalised", severity=Severity.NORMALISED)
            return value
        return None

    def word(
        self,
        column: str,
        words: Mapping[str, object],
        *,
        aliases: Mapping[str, str] | None = None,
        required: bool = True,
    ) -> str | None:
        """Return a cell that must hold one of a few words, noted when a known other word stands for it."""
        written = self.cell(column, required=required)
        if written is None or written in words:
            return written
        plain = "".join(unicodedata.normalize("NFKC", written).split())
        plain = (aliases or {}).get(plain, plain)
        if plain not in words:
            self.note(column, "issuers.word_unknown", {"found": written.strip()[:40], "words": "、".join(words)})
            return None
        self.note(column, "issuers.word_normalised", {"value": plain}, Severity.NORMALISED)
        return plain

    def date(self, column: str) -> PartialDate | None:
        """Return a date that a certificate may bear: readable, in the calendar, and not surely in the future."""
        written = self.cell(column)
        if written is None:
            return None
        read = read_date(written)
        shown = " ".join(written.split())[:40]
        if read.date is None:
            self.note(column, read.code or "issuers.date_unreadable", {"found": shown})
            return None
        if read.date.first_day() > self.today:
            self.note(column, "issuers.date_in_future", {"date": str(read.date), "today": self.today.isoformat()})
            return None
        if read.code is not None:
            self.note(column, read.code, {"found": shown, "date": str(read.date)}, Severity.NORMALISED)
        return read.date

    def made(self, column: str, make: Callable[[], _T]) -> _T | None:
        """Run a rule of `credentials`; what it refuses becomes a note on the column."""
        try:
            return make()
        except CredentialsError as refusal:
            self.note(column, refusal.code, refusal.params)
            return None


def tidy(text: str) -> str:
    """Return a text with formal code points, in NFC, with single plain spaces and none at its ends."""
    return " ".join(unicodedata.normalize("NFC", formal(text)).split())


def _refusal(written: str) -> str | None:
    if len(written) > MAX_CELL:
        return "issuers.cell_too_long"
    if written[0].isalpha():  # most cells: a letter or a Han character begins no formula, no error value and no number
        return None
    if is_formula_like(written):
        return "issuers.formula"
    if _EXCEL_ERROR.fullmatch(written.strip()):
        return "issuers.cell_error"
    return "issuers.digits_lost" if _ROUNDED_NUMBER.fullmatch(written.strip()) else None


def _strangers(text: str) -> str:
    """Name the characters that may not stand in a certificate's text, at most five."""
    found = dict.fromkeys(character for character in text if not is_text(character) and character != " ")
    return " ".join(f"U+{ord(character):04X}" for character in list(found)[:5])
