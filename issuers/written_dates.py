"""Dates as offices write them, turned into dates as certificates bear them. Pure; nothing ambiguous is guessed."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from credentials.dates import PartialDate
from credentials.errors import DateInvalid

EXCEL_EPOCH: Final = dt.date(1899, 12, 30)
"""Day 0 of Excel's day numbers from 1900-03-01 on (ECMA-376 part 1, 18.17.4.1); five digits mean 1927 to 2173."""
MAX_WRITTEN: Final = 40

_PLAIN = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_PARTED = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})(?:\2([0-9]{1,2}))?(?:[ T]00?:00(?::00(?:\.0+)?)?)?")
_CHINESE = re.compile(r"([0-9]{4}) ?年(?: ?([0-9]{1,2}) ?月(?: ?([0-9]{1,2}) ?[日号])?)?")
_PACKED = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})?")
_SERIAL = re.compile(r"([1-9][0-9]{4})(?:\.0+)?")
_LOST_ZERO = re.compile(r"[0-9]{4}\.1")


@dataclass(frozen=True, slots=True)
class Written:
    """What a cell with a date says: the date and whether its spelling was changed (with which code), or why it cannot be."""

    date: PartialDate | None
    code: str | None = None


@lru_cache(maxsize=4096)
def read_date(text: str) -> Written:
    """Read 2026-09-16, 2026-9-3, 2026/9/3, 2026.09, 2026年9月3日, 20260903, 202609, 2026, or an Excel day number.

    "2026.1" is refused: a spreadsheet makes it of 2026.10. Never raises for text.
    """
    if _PLAIN.fullmatch(text):
        return _checked(PartialDate.parse, text, None)
    plain = " ".join(unicodedata.normalize("NFKC", text[: MAX_WRITTEN + 1]).split())
    if len(plain) > MAX_WRITTEN or (not plain.isascii() and "年" not in plain):
        return Written(None, "issuers.date_unreadable")
    if _LOST_ZERO.fullmatch(plain):
        return Written(None, "issuers.date_ambiguous")
    for form, read, code in _FORMS:
        if form.fullmatch(plain):
            return _checked(read, plain, code)
    return Written(None, "issuers.date_unreadable")


def _checked(read: Callable[[str], PartialDate], text: str, code: str | None) -> Written:
    try:
        return Written(read(text), code)
    except DateInvalid:
        return Written(None, "issuers.date_impossible")


def _partial(year: str, month: str | None, day: str | None) -> PartialDate:
    return PartialDate(int(year), int(month) if month else None, int(day) if day else None)


def _parted(text: str) -> PartialDate:
    match = _PARTED.fullmatch(text)
    assert match
    return _partial(match[1], match[3], match[4])


def _chinese(text: str) -> PartialDate:
    match = _CHINESE.fullmatch(text)
    assert match
    return _partial(match[1], match[2], match[3])


def _packed(text: str) -> PartialDate:
    match = _PACKED.fullmatch(text)
    assert match
    return _partial(match[1], match[2], match[3])


def _serial(text: str) -> PartialDate:
    day = EXCEL_EPOCH + dt.timedelta(days=int(text.partition(".")[0]))
    return PartialDate(day.year, day.month, day.day)


_FORMS: Final = (
    (_PLAIN, PartialDate.parse, "issuers.date_normalised"),
    (_PARTED, _parted, "issuers.date_normalised"),
    (_CHINESE, _chinese, "issuers.date_normalised"),
    (_PACKED, _packed, "issuers.date_normalised"),
    (_SERIAL, _serial, "issuers.date_from_serial"),
)
