"""T33: a revocation is seen within 60 seconds, whoever made it and whoever asks; and an older list cannot bring it back.

Second by second on a clock that obeys: the publisher looks every LOOK seconds, a proxy keeps a changing file for five, the
verifier's server reads again after thirty. Nobody publishes by hand.
"""

import re
from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from credentials.qrtext import to_text
from hallmark.house import House
from hallmark.publishing import EVERY, LOOK, RETRY, Published, is_due, publish_if_due
from issuers.changes import Order
from registry.app import BRIEFLY
from tests.drill.drill_house import Clock, found_house, issue
from verifier.check import check
from verifier.gather import FolderSource, Gatherer
from verifier.policy import ONLINE

GOAL = 60
FOUNDED = 1_795_000_000
PROXY = int(re.search(r"max-age=(\d+)", BRIEFLY)[1])  # type: ignore[index]  # it is there


class Proxy:
    """A cache before the published folder that keeps what it has for as long as the registry allows."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._source, self._clock = FolderSource(folder), clock
        self._kept: dict[str, tuple[int, bytes | None]] = {}

    def read(self, path: str) -> bytes | None:
        at, data = self._kept.get(path, (-PROXY, None))
        if self._clock.now - at < PROXY:
            return data
        data = self._source.read(path)
        self._kept[path] = (self._clock.now, data)
        return data


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    clock = Clock(FOUNDED)
    made = found_house(tmp_path_factory.mktemp("visible") / "house", clock)
    clock.now += 3_600
    issue(made, 40)
    yield made
    made.registry_engine.dispose()
    made.ledger_engine.dispose()


def seconds_until_seen(house: House, number: str, publisher_at: int, verifier_at: int) -> int:
    """How long after its revocation a certificate is still called valid; the offsets say where the two stand in their rounds."""
    clock = house.clock
    assert isinstance(clock, Clock)
    text = to_text(house.settings.host, house.ledger.sealed_bytes(number)[0])
    gatherer = Gatherer(Proxy(house.settings.public, clock), house.trusted_roots(), clock)
    last: Published | None = None

    def second(moment: int) -> str:
        nonlocal last
        if (moment - publisher_at) % LOOK == 0:
            last = publish_if_due(house, last, EVERY)
        return check(text, gatherer.evidence_for(text), ONLINE, now=clock.now).result.value

    for moment in range(EVERY + verifier_at):  # both in the middle of their rounds
        clock.now += 1
        assert second(moment) == "genuine_valid"
    house.status_desk.change([number], Order("revoked", clock.now, "authority"))
    for waited in range(2 * GOAL):
        if second(EVERY + verifier_at + waited) == "genuine_not_valid":
            return waited
        clock.now += 1
    return 2 * GOAL


def test_it_is_seen_within_a_minute_in_every_phase_of_both_rounds(house: House) -> None:
    numbers = iter([record.number for record in house.ledger.records()])
    phases = product(range(0, LOOK, 2), range(0, 30, 6))
    waited = [seconds_until_seen(house, next(numbers), *phase) for phase in phases]
    assert len(waited) == 15
    assert max(waited) <= LOOK + PROXY + 30 < GOAL
    assert max(waited) >= 30  # the worst phase was among them, or nothing was shown


def test_a_change_by_command_is_published_by_the_command(house: House) -> None:
    """`hallmark revoke` waits for no publisher."""
    from issuers.cli_status import change

    number = [record.number for record in house.ledger.records()][-1]
    change(house, "revoked", [house.ledger.record(number)], {})
    text = to_text(house.settings.host, house.ledger.sealed_bytes(number)[0])
    gatherer = Gatherer(FolderSource(house.settings.public), house.trusted_roots(), house.clock)
    assert check(text, gatherer.evidence_for(text), ONLINE, now=house.clock()).reason == "revoked"


@pytest.mark.parametrize(
    ("last", "size", "now", "due"),
    [
        (None, 0, 0, True),
        (Published(7, 100), 7, 100, False),
        (Published(7, 100), 7, 159, False),
        (Published(7, 100), 7, 160, True),
        (Published(7, 100), 8, 100, True),
        (Published(7, 100), 7, 99, True),  # the clock went backwards: sign anew rather than be stale
        (Published(7, 2**31 - 10), 7, 2**31 + 60, True),
    ],
)
def test_when_it_is_due(last: Published | None, size: int, now: int, due: bool) -> None:
    assert is_due(last, size, now, 60) is due


def test_a_failure_is_told_and_tried_again_soon(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = house.clock
    assert isinstance(clock, Clock)
    with monkeypatch.context() as patch:
        patch.setattr(House, "publish", partial(_fails))
        last = publish_if_due(house, None, EVERY)
    assert "no room" in capsys.readouterr().err
    assert last is not None
    clock.now += RETRY - 1
    assert publish_if_due(house, last, EVERY) is last
    clock.now += 1
    again = publish_if_due(house, last, EVERY)
    assert again == Published(house.recorder.head().size, clock.now)


def _fails(*_: object) -> None:
    raise OSError(28, "no room")


def test_the_list_from_before_cannot_be_played_back(house: House, tmp_path: Path) -> None:
    """Whoever lies between verifier and registry keeps the old files: signed, fresh for five minutes, and refused."""
    clock = house.clock
    assert isinstance(clock, Clock)
    house.publish()
    number = next(record.number for record in house.ledger.records() if record.state == "released")
    text = to_text(house.settings.host, house.ledger.sealed_bytes(number)[0])
    public = house.settings.public
    before = {file.relative_to(public).as_posix(): file.read_bytes() for file in public.rglob("*") if file.is_file()}
    house.status_desk.change([number], Order("revoked", clock.now, "authority"))
    house.publish()
    source = _Switching(FolderSource(public))
    for floor_file in (None, tmp_path / "seen.json"):
        source.old = None
        gatherer = Gatherer(source, house.trusted_roots(), clock, floor_file=floor_file)
        assert check(text, gatherer.evidence_for(text), ONLINE, now=clock.now).reason == "revoked"
        source.old = before
        clock.now += 31
        if floor_file:  # another process with the same memory
            gatherer = Gatherer(source, house.trusted_roots(), clock, floor_file=floor_file)
        verdict = check(text, gatherer.evidence_for(text), ONLINE, now=clock.now)
        assert verdict.result.value == "not_checkable_now"
        assert "check.list_rolled_back" in {finding.params.get("defect") for finding in verdict.findings}


class _Switching:
    def __init__(self, source: FolderSource) -> None:
        self._source = source
        self.old: dict[str, bytes] | None = None

    def read(self, path: str) -> bytes | None:
        return self._source.read(path) if self.old is None else self.old.get(path)
