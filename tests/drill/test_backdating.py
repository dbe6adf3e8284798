"""T26: what is dated otherwise than it was logged is remarked upon, by every verifier and by the office's own audit."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from hallmark.house import House
from tests.drill.drill_house import DAY, FOUNDED, HOUR, Clock, checker, found_house, issue, text_of


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    clock = Clock(FOUNDED)
    made = found_house(tmp_path_factory.mktemp("backdating") / "house", clock)
    clock.now += HOUR
    yield made
    made.registry_engine.dispose()
    made.ledger_engine.dispose()


@pytest.mark.parametrize(("off", "remarked"), [(0, False), (DAY, False), (DAY + 1, True), (30 * DAY, True)])
def test_a_certificate_dated_more_than_a_day_before_it_was_logged(house: House, off: int, remarked: bool) -> None:
    """The desk's clock is behind, or its officer turned it back; the registry's is not."""
    desk = house.issuing_desk
    house.__dict__["issuing_desk"] = replace(desk, clock=lambda: house.clock() - off)
    (number,) = issue(house, 1)
    verdict = checker(house, house.trusted_roots()).of(text_of(house, number))
    assert verdict.result.value == "genuine_valid"
    assert [one.code for one in verdict.warnings] == ["check.iat_far_from_log_time"] * remarked
    assert [one.code for one in house.audit()] == ["audit.ledger_backdated"] * remarked
