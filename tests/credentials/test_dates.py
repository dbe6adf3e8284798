"""Dates that are only known to the year or the month."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.dates import PartialDate
from credentials.errors import DateInvalid

DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@st.composite
def partial_dates(draw):
    day = draw(DAYS)
    precision = draw(st.integers(1, 3))
    return PartialDate(*(day.year, day.month, day.day)[:precision])


@given(partial_dates())
def test_a_date_comes_back_from_its_text(known):
    assert PartialDate.parse(str(known)) == known


@given(partial_dates(), partial_dates())
def test_before_means_every_possible_day_is_before(one, other):
    assert one.first_day() <= one.last_day()
    assert one.surely_before(other) == (one.last_day() < other.first_day()) == other.surely_after(one)
    assert not (one.surely_before(other) and one.surely_after(other))


@given(DAYS)
def test_a_day_is_its_own_first_and_last(day):
    known = PartialDate(day.year, day.month, day.day)
    assert known.first_day() == known.last_day() == day
    assert known.ends_at() - known.begins_at() == 86_400


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-09", "2026-09-01", "2026-09-30"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-09-16", "2026-09-16", "2026-09-16"),
    ],
)
def test_the_days_that_a_date_can_mean(text, first, last):
    known = PartialDate.parse(text)
    assert (known.first_day().isoformat(), known.last_day().isoformat()) == (first, last)


def test_a_day_begins_at_midnight_in_china():
    began = datetime.fromtimestamp(PartialDate.parse("2026-09-16").begins_at(), UTC)
    assert began.isoformat() == "2026-09-15T16:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    ["", "26", "1899", "2200", "2026-00", "2026-13", "2026-9", "2026-02-29", "2026-09-31", "2026/09/16", "2026-09-16 ",
     "20260916", "２０２６", "2026-09-16T00:00:00Z", "-2026", "2026-", "2026-09-", "x" * 10_000, None, 2026, ["2026"]],
)  # fmt: skip
def test_other_spellings_and_impossible_days_are_refused(text):
    with pytest.raises(DateInvalid):
        PartialDate.parse(text)


@pytest.mark.parametrize("parts", [(2026, None, 1), (2026, 0), (True,), (2026.0,), (2026, 2, 30), ("2026",)])
def test_impossible_parts_are_refused(parts):
    with pytest.raises(DateInvalid):
        PartialDate(*parts)
