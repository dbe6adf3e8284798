"""Names every defect that stops a whole spreadsheet; what is wrong with a single row is a `Note`, not an error."""

from typing import ClassVar

from web.sheets.errors import SheetError


class IssuersError(Exception):
    """Base of the room: a stable `code` for machines, `params` for the message catalogue."""

    code: ClassVar[str] = "issuers.error"

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.code, params)

    def __str__(self) -> str:
        shown = " ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code} {shown}".rstrip()


class ColumnsMissing(SheetError):
    """Columns without which no certificate of this kind can be made."""

    code = "issuers.columns_missing"
