"""Names every defect that stops a whole spreadsheet; what is wrong with a single row is a `Note`, not an error."""

from typing import ClassVar


class IssuersError(Exception):
    """Base of the room: a stable `code` for machines, `params` for the message catalogue."""

    code: ClassVar[str] = "issuers.error"

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.code, params)

    def __str__(self) -> str:
        shown = " ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code} {shown}".rstrip()


class SheetError(IssuersError):
    """Base of everything that makes a file unusable as a whole."""

    code = "issuers.sheet_error"


class FileUnreadable(SheetError):
    """No such file, not a regular file, or no permission to read it."""

    code = "issuers.file_unreadable"


class FileEmpty(SheetError):
    """Not one cell with content."""

    code = "issuers.file_empty"


class FileTooLarge(SheetError):
    """More bytes on disk, or more once unpacked, than we read."""

    code = "issuers.file_too_large"


class FileNotTabular(SheetError):
    """An old .xls, a password-protected workbook, a web page or a PDF under a spreadsheet's name."""

    code = "issuers.file_not_tabular"


class EncodingUnknown(SheetError):
    """Neither UTF-8 nor GB18030 nor UTF-16 with its mark: nothing is guessed."""

    code = "issuers.encoding_unknown"


class EncodingBroken(SheetError):
    """The file is in a known encoding, but one line of it is not."""

    code = "issuers.encoding_broken"


class QuotesBroken(SheetError):
    """A quotation mark in a CSV line is not closed, or stands where none may stand."""

    code = "issuers.quotes_broken"


class RowTooLong(SheetError):
    """One row holds more characters than a spreadsheet row can mean."""

    code = "issuers.row_too_long"


class TooManyRows(SheetError):
    """More rows than a worksheet has."""

    code = "issuers.too_many_rows"


class TooManyColumns(SheetError):
    """More columns than any form of ours; usually a broken export, sometimes an attack."""

    code = "issuers.too_many_columns"


class HeaderBlank(SheetError):
    """A column in the middle of the table has no name."""

    code = "issuers.header_blank"


class HeaderDuplicate(SheetError):
    """Two columns carry the same name, so it is unknown which one counts."""

    code = "issuers.header_duplicate"


class ColumnsMissing(SheetError):
    """Columns without which no certificate of this kind can be made."""

    code = "issuers.columns_missing"


class WorkbookBroken(SheetError):
    """The XLSX file is damaged, encrypted or not an Excel workbook."""

    code = "issuers.workbook_broken"


class WorkbookSuspicious(SheetError):
    """The XLSX file unpacks out of all proportion, declares entities, or is built to exhaust a reader."""

    code = "issuers.workbook_suspicious"


class FileUnwritable(SheetError):
    """A report cannot be written there."""

    code = "issuers.file_unwritable"
