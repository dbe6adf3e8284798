"""Reads what somebody asks a list's page: a day, a version, a category. Strict; the answer to nonsense is a sentence."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from flask import request

from registry.published.history import Edition, History
from registry.recognition.entries import CATEGORIES
from registry.windows import day_of
from web.problem import Refusal

CHINA_OFFSET: Final = 8 * 3600
"""Days on lists are days in China."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The day that is asked about (None: today, and everything is shown), and the day on which it had to be known."""

    on: date | None
    known: date | None
    today: date
    now: int

    @property
    def day(self) -> date:
        """The day by which entries are marked."""
        return self.on or self.today

    def edition(self, history: History) -> Edition | None:
        """Return the version that governed the end of the day asked about, by what was known at the end of the other."""
        at = self.now if self.on is None else end_of(self.on)
        return history.in_force(at, known_at=None if self.known is None else end_of(self.known))


def asked(now: int) -> Asked:
    """Read `on` and `known` from the address. Raises Refusal."""
    return Asked(_day("on"), _day("known"), datetime.fromtimestamp(now + CHINA_OFFSET, UTC).date(), now)


def _day(name: str) -> date | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    try:
        return day_of(text)
    except ValueError:
        raise Refusal("lists.date_unreadable", found=text[:40]) from None


def asked_version(history: History, name: str, default: int) -> Edition:
    """Return the version that the address names by `name`, else the default. Raises Refusal."""
    text = request.args.get(name, "").strip() or str(default)
    found = history.edition(int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else None
    if found is None:
        raise Refusal("lists.version_unknown", name=history.name, version=text[:20])
    return found


def asked_category() -> str | None:
    """Return the category that the address names, None for all. Raises Refusal."""
    text = request.args.get("category", "").strip()
    if text and text not in CATEGORIES:
        raise Refusal("lists.category_unknown", found=text[:20])
    return text or None


def end_of(day: date) -> int:
    """Return the last second of a day in China."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - CHINA_OFFSET + 86_399


def spoken(moment: int | None) -> str:
    """Return a moment as day and time in China."""
    return "—" if moment is None else f"{datetime.fromtimestamp(moment + CHINA_OFFSET, UTC):%Y-%m-%d %H:%M}"
