"""Why a table is not read or written: one base, a stable code per leaf, parameters for the sentence."""

from typing import ClassVar


class SheetError(Exception):
    """Base of everything that makes a file unusable as a whole: a stable `code`, `params` for the message catalogue."""

    code: ClassVar[str] = "web.sheet_error"

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.code, params)

    def __str__(self) -> str:
        shown = " ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code} {shown}".rstrip()


class FileUnreadable(SheetError):
    """No such file, not a regular file, or no permission to read it."""

    code = "web.file_unreadable"


class FileEmpty(SheetError):
    """Not one cell with content."""

    code = "web.file_empty"


class FileTooLarge(SheetError):
    """More bytes on disk, or more once unpacked, than we read."""

    code = "web.file_too_large"


class FileNotTabular(SheetError):
    """An old .xls, a password-protected workbook, a web page or a PDF under a spreadsheet's name."""

    code = "web.file_not_tabular"


class EncodingUnknown(SheetError):
    """Neither UTF-8 nor GB18030 nor UTF-16 with its mark: nothing is guessed."""

    code = "web.encoding_unknown"


class EncodingBroken(SheetError):
    """The file is in a known encoding, but one line of it is not."""

    code = "web.encoding_broken"


class QuotesBroken(SheetError):
    """A quotation mark in a CSV line is not closed, or stands where none may stand."""

    code = "web.quotes_broken"


class RowTooLong(SheetError):
    """One row holds more characters than a spreadsheet row can mean."""

    code = "web.row_too_long"


class TooManyRows(SheetError):
    """More rows than a worksheet has."""

    code = "web.too_many_rows"


class TooManyColumns(SheetError):
    """More columns than any form of ours; usually a broken export, sometimes an attack."""

    code = "web.too_many_columns"


class HeaderBlank(SheetError):
    """A column in the middle of the table has no name."""

    code = "web.header_blank"


class HeaderDuplicate(SheetError):
    """Two columns carry the same name, so it is unknown which one counts."""

    code = "web.header_duplicate"


class WorkbookBroken(SheetError):
    """The XLSX file is damaged, encrypted or not an Excel workbook."""

    code = "web.workbook_broken"


class WorkbookSuspicious(SheetError):
    """The XLSX file unpacks out of all proportion, declares entities, or is built to exhaust a reader."""

    code = "web.workbook_suspicious"


class FileUnwritable(SheetError):
    """A report cannot be written there."""

    code = "web.file_unwritable"
