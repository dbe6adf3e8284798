"""Which version governed a moment: by its effective date, and by what was known when."""

from dataclasses import replace

import pytest

from registry.errors import ListForked, ListInvalid
from registry.lists import PublishedList
from registry.published.history import Edition, History


def version(number: int, before: PublishedList | None, *, published: int, effective: int) -> PublishedList:
    prev = None if before is None else before.digest
    return PublishedList("catalogue", number, prev, published, effective, 10_000, {"n": number})


FIRST = version(1, None, published=100, effective=100)
SECOND = version(2, FIRST, published=200, effective=500)
BACKDATED = version(3, SECOND, published=300, effective=150)
LATER = version(4, BACKDATED, published=400, effective=600)
ALL = History(Edition(each) for each in (FIRST, SECOND, BACKDATED, LATER))


def governs(at: int, known_at: int | None = None) -> int | None:
    found = ALL.in_force(at, known_at=known_at)
    return found.published.version if found else None


@pytest.mark.parametrize(
    ("at", "expected"),
    [(99, None), (100, 1), (149, 1), (150, 3), (499, 3), (500, 3), (599, 3), (600, 4), (9_999, 4)],
)
def test_the_highest_version_in_effect_governs(at: int, expected: int | None) -> None:
    assert governs(at) == expected


@pytest.mark.parametrize(
    ("at", "known", "expected"),
    [(160, 299, 1), (160, 300, 3), (500, 250, 2), (500, 350, 3), (100, 99, None), (700, 399, 3), (700, 400, 4)],
)
def test_what_governed_as_it_was_known_then(at: int, known: int, expected: int | None) -> None:
    assert governs(at, known) == expected


def test_the_log_tells_later_than_its_publishers_when_the_world_knew() -> None:
    late = History([Edition(FIRST, (), 7, 180), Edition(SECOND, (), 9, 150)])
    assert [each.known_at for each in late.editions] == [180, 200]
    assert late.in_force(120, known_at=179) is None
    assert late.in_force(120, known_at=180) == late.editions[0]


def test_each_version_has_its_time_or_none() -> None:
    assert [ALL.governs(each) for each in (1, 2, 3, 4)] == [(100, 150), None, (150, 600), (600, None)]


def test_a_chain_with_a_gap_or_a_fork_is_no_history() -> None:
    with pytest.raises(ListInvalid):
        History([])
    with pytest.raises(ListInvalid):
        History([Edition(SECOND)])
    with pytest.raises(ListInvalid):
        History([Edition(FIRST), Edition(BACKDATED)])
    with pytest.raises(ListForked):
        History([Edition(FIRST), Edition(replace(SECOND, prev=bytes(32)))])
    with pytest.raises(ListForked):
        History([Edition(FIRST), Edition(replace(SECOND, name="trust"))])
