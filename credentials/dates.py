"""Dates as precise as they are known: a year, a month or a day."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Final

from credentials.errors import DateInvalid

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
# The dates on certificates are days in China, which has one zone and no summer time since 1991.
CHINA: Final = timezone(timedelta(hours=8))

_FORM = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which the year is known, perhaps the month, perhaps the day; 1900 to 2199.

    Two are equal when they say the same to the same precision. Which of two is earlier can be unknowable ("2026" and
    "2026-03"), so there is no `<`: ask `surely_before`. Raises DateInvalid.
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        whole = type(self.year) is int and type(self.month or 0) is int and type(self.day or 0) is int
        if not whole or not FIRST_YEAR <= self.year <= LAST_YEAR or (self.month is None and self.day is not None):
            raise DateInvalid(value=f"{self.year}-{self.month}-{self.day}")
        try:
            date(self.year, 1 if self.month is None else self.month, 1 if self.day is None else self.day)
        except ValueError:
            raise DateInvalid(value=f"{self.year}-{self.month}-{self.day}") from None

    @classmethod
    def parse(cls, text: str) -> "PartialDate":
        """Return the date of YYYY, YYYY-MM or YYYY-MM-DD, and of no other spelling. Raises DateInvalid."""
        if not isinstance(text, str):
            raise DateInvalid(value=type(text).__name__)
        return _parsed(text)

    def __str__(self) -> str:
        text = f"{self.year:04d}"
        if self.month is not None:
            text += f"-{self.month:02d}"
        if self.day is not None:
            text += f"-{self.day:02d}"
        return text

    def first_day(self) -> date:
        """The earliest day that this can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    def last_day(self) -> date:
        """The latest day that this can mean."""
        if self.day is not None:
            return self.first_day()
        if self.month is None:
            return date(self.year, 12, 31)
        following = date(self.year + self.month // 12, self.month % 12 + 1, 1)
        return following - timedelta(days=1)

    def begins_at(self) -> int:
        """UNIX seconds of the earliest moment that this can mean, in China."""
        return _midnight(self.first_day())

    def ends_at(self) -> int:
        """UNIX seconds of the first moment after the latest day that this can mean, in China."""
        return _midnight(self.last_day() + timedelta(days=1))

    def surely_before(self, other: "PartialDate") -> bool:
        """True when every day that this can mean lies before every day that `other` can mean."""
        return self.last_day() < other.first_day()

    def surely_after(self, other: "PartialDate") -> bool:
        """True when every day that this can mean lies after every day that `other` can mean."""
        return other.surely_before(self)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> PartialDate:
    # Certificates of one batch share their date, so most look-ups are hits; the cache holds dates, never persons.
    form = _FORM.fullmatch(text)
    if form is None:
        raise DateInvalid(value=text[:40])
    year, month, day = form.groups()
    return PartialDate(int(year), int(month) if month else None, int(day) if day else None)


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), CHINA).timestamp())
