"""Chapter 5: one of each status change, as an office would order it; the correction comes as a spreadsheet of one row."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from credentials.dates import PartialDate
from credentials.envelope import read_document
from credentials.kinds import Kind
from credentials.model import Credential
from hallmark.house import House
from issuers.changes import Order
from issuers.cli import check_file, effective_at, issue_rows
from issuers.records import Record

SUSPENDED_ON: Final = "2026-10-10"
REINSTATED_ON: Final = "2026-11-10"
ASKED: Final = (("2026-10-01", "genuine_valid"), ("2026-10-20", "suspended"), ("2026-11-15", "genuine_valid"))
"""The days on which the reinstated certificate is asked about, and what each must answer."""
_FOR_GOOD: Final = ("revoked", "rescinded", "cancelled", "transferred")
_DOCUMENT_NO: Final = "测试〔2026〕1号"


def change_some(house: House, titles: Sequence[Record], sheet: Path, corrections: Path) -> dict[str, str]:
    """Change the first titles awarded before the first day asked about; return number -> what it must answer now.

    `sheet` is the file they came from; the corrected row is written to `corrections` and issued from there.
    """
    asked_first = PartialDate.parse(ASKED[0][0])
    early = [each for each in titles if _credential(house, each).awarded_on.surely_before(asked_first)]
    expected = {}
    for record, event in zip(early, _FOR_GOOD, strict=False):
        _order(house, record, event)
        expected[record.number] = event
    misspelt, paused, held = early[len(_FOR_GOOD) :][:3]
    _order(house, misspelt, "superseded", successor=_corrected(house, misspelt, sheet, corrections))
    _order(house, paused, "suspended", SUSPENDED_ON)
    _order(house, paused, "reinstated", REINSTATED_ON)
    _order(house, held, "suspended", SUSPENDED_ON)
    return expected | {misspelt.number: "superseded", held.number: "suspended", paused.number: "reinstated"}


def _credential(house: House, record: Record) -> Credential:
    return read_document(house.ledger.sealed_bytes(record.number)[1]).credential


def _order(house: House, record: Record, event: str, day: str | None = None, successor: str | None = None) -> None:
    authority = _credential(house, record).issuer
    begins = effective_at(day, house.clock())
    house.status_desk.change([record.number], Order(event, begins, authority, None, _DOCUMENT_NO, successor))


def _corrected(house: House, record: Record, sheet: Path, corrections: Path) -> str:
    """Issue the same row with the holder's name put right; return the new certificate's number."""
    lines = sheet.read_text("utf-8-sig").splitlines()
    misspelt = _credential(house, record).holder.name
    corrections.write_text(f"{lines[0]}\n{lines[record.row - 1].replace(misspelt, misspelt + '燕')}\n", "utf-8")
    checked = check_file(house, corrections, Kind.TITLE)
    issue_rows(house, checked, Kind.TITLE, corrections.name)
    return _only(house.ledger.already_issued([row.source_key for row in checked]).values())


def _only(numbers: Iterable[str]) -> str:
    (number,) = numbers
    return number
