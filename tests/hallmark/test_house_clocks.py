"""T20: a house whose clock jumps a day, back, over 2038, over a change to summer time; its time never goes back.

A wrong clock may cost answers ("cannot say"), never give a wrong one; once the clock is right, all is right again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from credentials.kinds import Kind
from hallmark.house import House
from hallmark.settings import read_settings
from issuers.changes import Order
from issuers.cli import check_file, issue_rows
from registry.audit import audit
from registry.checkpoint import open_checkpoint
from registry.entries import decode
from registry.stored import stored_bodies
from tests.hallmark.conftest import numbers_of
from tests.registry_rim import plain_reader
from tests.registry_rim.rim_house import House as Registry
from verifier.check import check
from verifier.gather import FolderSource, Gatherer
from verifier.policy import OFFLINE, ONLINE, Policy
from verifier.verdict import Result, Verdict
from web.database import reading

DAY, HOUR = 86_400, 3_600
Y2038 = 1 << 31
JUMPS = {
    "a day ahead": DAY,
    "a day back": -DAY,
    "an hour ahead": HOUR,
    "an hour back": -HOUR,
    "four minutes ahead": 240,
    "four minutes back": -240,
    "two days back": -2 * DAY,
}
UNSAID = {Result.NOT_CHECKABLE_NOW, Result.GENUINE_UNCONFIRMED}


@dataclass
class Clock:
    """The house's clock, which anybody may set."""

    now: int

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(0)


@pytest.fixture
def house(issued: Path, clock: Clock) -> House:
    made = House(read_settings(issued), clock)
    clock.now = made.log.head().t + 10 * DAY  # so that its first lists are in force before every jump
    made.publish()
    return made


def times(house: House) -> list[int]:
    """The time of every log entry."""
    with reading(house.registry_engine) as connection:
        return [decode(body).t for body in stored_bodies(connection, 0, house.log.head().size)]


def cosigned_at(house: House) -> int:
    roots = house.trusted_roots()
    note = (house.settings.public / "checkpoint").read_bytes()
    time = open_checkpoint(note, roots.log, roots.witnesses, require_ml_dsa=True, witness_threshold=1).time
    assert time is not None
    return time


def verdict(house: House, number: str, now: int, policy: Policy = ONLINE) -> Verdict:
    """What a verifier with a clock of its own says of a certificate."""
    text = house.ledger.sealed_bytes(number)[0]
    from credentials.qrtext import to_text

    code = to_text("verify.example", text)
    gatherer = Gatherer(FolderSource(house.settings.public), house.trusted_roots(), lambda: now)
    return check(code, gatherer.evidence_for(code), policy, now=now)


def work(house: House, sheet: Callable[..., Path], row: int) -> str:
    """Issue one more, revoke one that is still valid, publish; return the new number."""
    before = set(numbers_of(house.settings.home))
    file = sheet(slice(row, row + 1))
    issue_rows(house, check_file(house, file, Kind.TITLE), Kind.TITLE, file.name)
    (new,) = set(numbers_of(house.settings.home)) - before
    ended = next(each.number for each in house.ledger.records() if each.state == "released" and each.number != new)
    house.status_desk.change([ended], Order("revoked", house.clock()))
    house.publish()
    return new


@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_jumps_never_takes_time_back_nor_gives_a_wrong_answer(
    jump: str, house: House, clock: Clock, sheet: Callable[..., Path]
) -> None:
    right = clock.now
    valid, before = numbers_of(house.settings.home)[-1], cosigned_at(house)
    clock.now = right + JUMPS[jump]
    new = work(house, sheet, 20)
    assert times(house) == sorted(times(house))
    assert cosigned_at(house) >= before
    ended = {each.number for each in house.ledger.records() if each.state == "revoked"}
    for policy in (ONLINE, OFFLINE):
        assert verdict(house, valid, right, policy).result in {Result.GENUINE_VALID} | UNSAID
        answer = verdict(house, new, right, policy)
        if JUMPS[jump] <= policy.clock_leeway:
            assert answer.result in {Result.GENUINE_VALID} | UNSAID
        else:  # it says itself that it is not issued yet
            assert answer.result in UNSAID or answer.reason == "not_yet_valid"
        for number in ended:
            assert verdict(house, number, right, policy).result in {Result.GENUINE_NOT_VALID} | UNSAID

    clock.now = right + 60  # somebody sets it right
    newer = work(house, sheet, 21)
    assert times(house) == sorted(times(house))
    now = max(clock.now, times(house)[-1])
    for number in (valid, newer):
        assert verdict(house, number, clock.now).result in {Result.GENUINE_VALID} | UNSAID
    if JUMPS[jump] <= ONLINE.clock_leeway:
        assert verdict(house, valid, clock.now).result is Result.GENUINE_VALID
    clock.now = now
    house.publish()
    for number in (valid, new, newer):
        assert verdict(house, number, now).result is Result.GENUINE_VALID
    for number in ended:
        assert verdict(house, number, now).result is Result.GENUINE_NOT_VALID
    assert house.audit() == []
    assert audit(house.settings.public, house.trusted_roots()) == []


@pytest.mark.parametrize("policy", [ONLINE, OFFLINE], ids=["online", "offline"])
def test_a_verifier_with_a_wrong_clock_never_calls_a_valid_one_ended(house: House, policy: Policy) -> None:
    """Beyond the leeway it cannot say; no clock makes a certificate without an end expire."""
    number, now = numbers_of(house.settings.home)[0], house.clock()
    for off in (0, 60, -60, 240, -240, 301, -301, HOUR, -HOUR, DAY, -DAY, 8 * DAY, 400 * DAY):
        result = verdict(house, number, now + off, policy).result
        allowed = {Result.GENUINE_VALID} if abs(off) <= 240 else {Result.GENUINE_VALID} | UNSAID
        if off < -policy.clock_leeway:  # to that clock the certificate is issued tomorrow, and it says so
            allowed |= {Result.GENUINE_NOT_VALID}
            assert verdict(house, number, now + off, policy).reason in (None, "not_yet_valid")
        assert result in allowed, off
        assert verdict(house, number, now + off, policy).reason != "expired"


def test_the_seconds_of_2038_are_seconds_like_others(tmp_path: Path) -> None:
    """Every number is a plain integer: entries, notes, lists and rows before, at and after 2^31 and 2^32."""
    registry = Registry(tmp_path, now=Y2038 - 3)
    registry.furnished()
    for moment in (Y2038 - 2, Y2038 - 1, Y2038, Y2038 + 1, (1 << 32) - 1, 1 << 32):
        registry.now = moment
        registry.issue(2, registry.key)
        registry.publish()
        assert registry.recorder.head().t == moment
        assert plain_reader.status_claims(registry.public, 0)["iat"] == moment
    found = audit(registry.engine, registry.recorder.roots()) + audit(registry.public, registry.recorder.roots())
    assert found == []
    registry.engine.dispose()


def test_summer_time_changes_no_second(house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the wall clock skips or repeats an hour, what is signed counts UNIX seconds and no zone."""
    import time

    number, right = numbers_of(house.settings.home)[0], clock.now
    for zone in ("Europe/Berlin", "America/St_Johns", "Asia/Shanghai", "Pacific/Apia"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        house.publish()
        assert verdict(house, number, right).result is Result.GENUINE_VALID
        assert cosigned_at(house) == right
    monkeypatch.delenv("TZ")
    time.tzset()
