"""From which day to which something was in force; a day may be known only to the month or year. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Protocol

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Days(Protocol):
    """A date that may be known only to the month or year: the earliest and the latest day it can mean."""

    def first_day(self) -> date:
        """Return the earliest day."""
        ...

    def last_day(self) -> date:
        """Return the latest day."""
        ...


@dataclass(frozen=True, slots=True)
class OneDay:
    """One day, as `Days`."""

    day: date

    def first_day(self) -> date:
        """Return the day."""
        return self.day

    def last_day(self) -> date:
        """Return the day."""
        return self.day


@dataclass(frozen=True, slots=True)
class Window:
    """First and last day, both included; None where there is no first or no last one."""

    first: date | None = None
    last: date | None = None

    def covers(self, on: Days) -> bool:
        """Tell whether some day that `on` can mean lies in the window."""
        begun = self.first is None or self.first <= on.last_day()
        return begun and (self.last is None or on.first_day() <= self.last)

    @property
    def is_sound(self) -> bool:
        """Tell whether the first day is not behind the last one."""
        return self.first is None or self.last is None or self.first <= self.last


ALWAYS: Final = Window()


def day_of(text: object) -> date:
    """Return the day that YYYY-MM-DD means; raises ValueError for anything else."""
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError(str(text)[:40])
    return date.fromisoformat(text)


def window_of(first: object, last: object) -> Window:
    """Return the window between two days as text, None for an open end; raises ValueError."""
    window = Window(None if first is None else day_of(first), None if last is None else day_of(last))
    if not window.is_sound:
        raise ValueError(f"{first} {last}"[:40])
    return window


def free_day(first: date, last: date, pauses: Iterable[Window]) -> date | None:
    """Return the first day from `first` to `last` (both included) that lies in none of the `pauses`, None for none."""
    day = first
    for pause in sorted(pauses, key=lambda each: each.first or date.min):
        if pause.first is not None and pause.first > day:
            break
        if pause.last is None or pause.last >= last:  # the calendar may have no day behind it
            return None
        if pause.last >= day:
            day = pause.last + timedelta(days=1)
    return day if day <= last else None
