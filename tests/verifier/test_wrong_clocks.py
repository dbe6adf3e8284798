"""T20: a verifier whose clock is a day off, runs backwards, passes 2038 or keeps another time zone never calls a thing valid wrongly."""

import time
from collections.abc import Iterator

import pytest

from credentials.qrtext import to_text
from tests.drill.drill_house import Checker, Clock, checker, found_house, issue
from tests.verifier.published_world import DAY, InMemory, World, findings, told
from verifier.check import check
from verifier.gather import Gatherer
from verifier.handed_in import end_of_day
from verifier.policy import OFFLINE, ONLINE

CANNOT_SAY = ("not_checkable_now", None, 2)


@pytest.mark.parametrize("policy", [ONLINE, OFFLINE])
@pytest.mark.parametrize("off", [-DAY, -3_600, -301, DAY + 301])
def test_a_clock_that_is_off_cannot_say_valid(world: World, off: int, policy: object) -> None:
    verdict = world.ask(world["valid"].text, now=world.folder_at + off, policy=policy)  # type: ignore[arg-type]
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.status_stale"] == "unknown"


def test_a_slow_clock_does_not_call_a_fresh_certificate_not_yet_valid(world: World) -> None:
    """Issued an hour after the founding: a clock that stands a day before both cannot judge dates, and says so."""
    before_issue = world["valid"].credential.issued_at - DAY
    verdict = world.ask(world["valid"].text, now=before_issue)
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.clock_behind"] == "unknown"


def test_what_is_dated_ahead_of_the_registry_too_is_not_yet_valid(world: World) -> None:
    ahead = world.sealed(
        world.like("valid", issued_at=world.now + 2 * DAY), world.house.signer_of(world["valid"].body_code)
    )
    verdict = world.ask(ahead)
    assert findings(verdict)["check.not_yet_valid"] == "fail"


def test_what_ended_stays_ended_on_a_slow_clock(world: World) -> None:
    assert told(world.ask(world["revoked"].text, now=world.folder_at - DAY))[:2] == ("genuine_not_valid", "revoked")


def test_a_clock_set_back_reads_again_rather_than_trust_what_it_holds(world: World) -> None:
    clock = Clock(world.folder_at + 10)
    source = InMemory(world.folder)
    gatherer = Gatherer(source, world.roots, clock)
    text = world["valid"].text
    assert told(check(text, gatherer.evidence_for(text), ONLINE, now=clock()))[0] == "genuine_valid"
    asked = len(source.asked)
    clock.now -= 5
    gatherer.evidence_for(text)
    assert "status/0" in source.asked[asked:]


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Checker, list[str]]]:
    """Issued before the 32-bit second ends, and after."""
    clock = Clock(2**31 - 7_200)
    house = found_house(tmp_path_factory.mktemp("late") / "house", clock)
    clock.now += 3_600
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("registry.trust.TrustList.coverage", lambda *_, **__: None)  # committees end in 2027
        numbers = issue(house, 1)
        clock.now = 2**31 + 3_600
        numbers += issue(house, 1, first=1)
    yield (
        checker(house, house.trusted_roots()),
        [to_text(house.settings.host, house.ledger.sealed_bytes(n)[0]) for n in numbers],
    )
    house.registry_engine.dispose()
    house.ledger_engine.dispose()


def test_seconds_go_on_after_2038(late: tuple[Checker, list[str]]) -> None:
    asked, texts = late
    for text in texts:
        verdict = asked.of(text)
        steps = {finding.step.name: finding.outcome.value for finding in verdict.findings}
        assert set(steps.values()) == {"pass"}, steps
        assert verdict.to_json()["evidence"]["status_list"]["signed_at"] > 2**31


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai", "Pacific/Kiritimati", "UTC"])
def test_a_day_is_a_day_in_china_wherever_the_machine_stands(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        now = 1_796_522_400
        assert end_of_day("2026-03-08", now) == 1_772_985_599  # summer time begins in New York
        assert end_of_day("1988-07-01", now) == 583_775_999  # China had summer time then; a day is one of UTC+8
    finally:
        monkeypatch.undo()
        time.tzset()
