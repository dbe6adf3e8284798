"""Histories of appends, status changes and reads from several places at once have one order that explains them (T16)."""

import os
import random
import threading
import time
from collections import defaultdict
from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

from registry.entries import CredentialEntry
from registry.errors import TransitionRefused
from registry.refusals import SlotNotIssued
from registry.statuses import ListBook, read_changes, read_list, require_owner
from registry.tables import SLOT
from tests.registry_rim.rim_house import House, change, signer
from tests.soak.linearizable import IMPOSSIBLE, Call, is_linearizable
from tests.stores.kinds import Kind, Postgresql, Sqlite
from web.database import reading

HISTORIES = int(os.environ.get("HALLMARK_HISTORIES", "10"))
PLACES, ROUNDS, SLOTS = 4, 9, 3
REFUSED = "refused"


# What the registry promises, as two small machines ---------------------------------------------------------------------


def status_of_one_slot(status: int, call: Call):
    """A slot: 1 never issued; issued once; suspended and reinstated by turns."""
    what, answered = call.asked[0], call.answered
    if what == "read":
        return status if answered == status else IMPOSSIBLE
    moves = {"issue": (1, 0), "suspended": (0, 2), "reinstated": (2, 0)}
    before, after = moves[what]
    if answered == REFUSED:
        return status if status != before else IMPOSSIBLE
    return after if status == before else IMPOSSIBLE


def size_of_the_log(size: int, call: Call):
    """The log: an append begins where it ended and makes it longer; a look shows its size."""
    if call.asked[0] == "look":
        return size if call.answered == size else IMPOSSIBLE
    first, end = call.answered
    return end if first == size else IMPOSSIBLE


# The checker can say no --------------------------------------------------------------------------------------------------


def call(asked: str, answered: object, began: float, ended: float = inf) -> Call:
    return Call((asked,), answered, began, ended)


LAWFUL = {
    "overlapping": [call("issue", "done", 0, 1), call("suspended", "done", 2, 5), call("read", 0, 3, 4)],
    "lost, and done": [call("issue", "done", 0, 1), call("suspended", None, 2), call("read", 2, 3, 4)],
    "lost, and never done": [call("issue", "done", 0, 1), call("suspended", None, 2), call("read", 0, 3, 4)],
}
UNLAWFUL = {
    "a lost update": [call("issue", "done", 0, 1), call("suspended", "done", 2, 3), call("suspended", "done", 2, 3)],
    "a stale read": [call("issue", "done", 0, 1), call("suspended", "done", 2, 3), call("read", 0, 4, 5)],
    "a read that goes back": [
        call("issue", "done", 0, 1), call("suspended", "done", 2, 9), call("read", 2, 3, 4), call("read", 0, 5, 6),
    ],
    "a refusal without a reason": [call("issue", "done", 0, 1), call("suspended", REFUSED, 2, 3)],
}  # fmt: skip


@pytest.mark.parametrize("name", LAWFUL)
def test_the_checker_finds_the_order_of_a_lawful_history(name: str) -> None:
    assert is_linearizable(LAWFUL[name], status_of_one_slot, 1)


@pytest.mark.parametrize("name", UNLAWFUL)
def test_the_checker_refuses_what_no_order_explains(name: str) -> None:
    assert not is_linearizable(UNLAWFUL[name], status_of_one_slot, 1)


def test_the_checker_refuses_two_appends_at_one_place() -> None:
    assert not is_linearizable([call("append", (5, 7), 0, 3), call("append", (5, 8), 1, 2)], size_of_the_log, 5)
    assert is_linearizable([call("append", (7, 8), 0, 3), call("append", (5, 7), 1, 2)], size_of_the_log, 5)


# The registry ------------------------------------------------------------------------------------------------------------


class Story:
    """One history: some places, each with its own connections, work on the same few slots."""

    def __init__(self, houses: list[House], name: str, seed: int) -> None:
        self._houses, self._name, self._seed = houses, name, seed
        self._slots = houses[0].sealed(name, SLOTS, signer("body"))
        self._lock = threading.Lock()
        self.statuses: dict[int, list[Call]] = defaultdict(list)
        self.log: list[Call] = []

    def tell(self) -> None:
        """Let everybody work; the history is complete afterwards."""
        self.begin = self._houses[0].recorder.head().size
        threads = [threading.Thread(target=self._work, args=(number,)) for number in range(len(self._houses))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, place: int) -> None:
        chance, house = random.Random(self._seed * 100 + place), self._houses[place]
        for number in range(ROUNDS):
            slot = chance.randrange(SLOTS)
            what = chance.choice(["issue", "suspended", "reinstated", "read", "read", "look"])
            if place == number == 0:
                what = "issue"
            self._timed(house, what, slot, f"{self._name}-{place}-{number}")

    def _timed(self, house: House, what: str, slot: int, batch: str) -> None:
        began = time.monotonic()
        answered, grown = self._ask(house, what, slot, batch)
        ended = time.monotonic()
        with self._lock:
            if what == "look" or grown is not None:
                self.log.append(Call((what,), answered if what == "look" else grown, began, ended))
            if what != "look":
                self.statuses[slot].append(Call((what,), answered, began, ended))

    def _ask(self, house: House, what: str, slot: int, batch: str) -> tuple[object, tuple[int, int] | None]:
        each = self._slots[slot]
        if what == "look":
            return house.recorder.head().size, None
        if what == "read":
            with reading(house.engine) as connection:
                return read_list(connection, each.list).array.get(each.index), None
        try:
            return "done", self._write(house, what, slot, batch)
        except (TransitionRefused, SlotNotIssued):
            return REFUSED, None

    def _write(self, house: House, what: str, slot: int, batch: str) -> tuple[int, int]:
        each = self._slots[slot]
        with house.log.growing() as growth:  # as the recorder does, so that many may try to fill one slot
            book, first = ListBook(growth), growth.next_index
            if what == "issue":
                if read_list(growth.connection, each.list).array.get(each.index) != 1:
                    raise SlotNotIssued(list=each.list)
                entry = CredentialEntry(growth.t, each.kid8, each.list, each.index, each.qr, each.doc)
                row = {"list": each.list, "index": each.index, "kid8": each.kid8, "log_index": growth.add(entry)}
                book.issue(each.list, [each.index])
                growth.connection.execute(SLOT.insert(), row)
            else:
                asked = change(signer("body"), each, what, house.clock())
                for opened in read_changes(growth.connection, [asked], None):
                    require_owner(growth, opened)
                    book.change(opened.change, opened.detail)
            book.close()
        return first, growth.head.size


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_every_history_has_one_order(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    kind: Kind = Sqlite() if store == "sqlite" else Postgresql(request.getfixturevalue("server"))
    first = House(tmp_path, kind=kind)
    first.enrol()
    houses = [first, *(House(tmp_path, url=first.url) for _ in range(PLACES - 1))]
    seed = random.randrange(10**6)
    for number in range(HISTORIES):
        story = Story(houses, f"story {number}", seed + number)
        story.tell()
        assert is_linearizable(story.log, size_of_the_log, story.begin), f"seed {seed + number}: {story.log}"
        for history in story.statuses.values():
            assert is_linearizable(history, status_of_one_slot, 1), f"seed {seed + number}: {history}"
    for house in houses:
        house.engine.dispose()


def test_a_read_that_came_too_early_would_have_been_seen(tmp_path: Path) -> None:
    """The same story, with one answer changed, has no order any more."""
    house = House(tmp_path)
    house.enrol()
    story = Story([house], "changed", 1)
    story.tell()
    reads = [history for history in story.statuses.values() if any(each.asked[0] == "read" for each in history)]
    assert reads
    assert not is_linearizable(
        [replace(each, answered=3) if each.asked == ("read",) else each for each in reads[0]], status_of_one_slot, 1
    )
    house.engine.dispose()
