"""Group commit: many at once share a transaction, each with his own answer or his own refusal, none before it is durable."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Event

import pytest

from registry.audit import audit
from registry.checkpoint import open_checkpoint
from registry.contract import Appended
from registry.entries import CredentialEntry, encode
from registry.errors import RegistryError
from registry.grouped import GroupedRecorder
from registry.merkle import leaf_hash, verify_inclusion
from registry.refusals import BatchConflict, Busy, SlotNotReserved, SlotTaken, StorageConflict, SubmissionForged
from registry.tables import CHECKPOINT
from tests.registry_rim.rim_house import House, submission
from web.database import reading
from web.gathering import Gathering


def together(*tasks: Callable[[], object]) -> list[object]:
    """Run all tasks at the same moment; what each returned or raised."""
    start = Barrier(len(tasks))

    def run(task: Callable[[], object]) -> object:
        start.wait()
        try:
            return task()
        except RegistryError as error:
            return error

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def in_one_round(house: House, *tasks: Callable[[], object]) -> list[object]:
    """Run the tasks while somebody else holds the log, so that they gather behind the first of them."""
    with ThreadPoolExecutor(1) as pool:
        with house.log.growing():
            answers = pool.submit(together, *tasks)
            time.sleep(0.3)  # a late one has a round of its own, and the same answer
        return answers.result(30)


def checkpoints(house: House) -> int:
    with reading(house.engine) as connection:
        return len(connection.execute(CHECKPOINT.select()).all())


def require_proven(house: House, sealed: list, appended: Appended) -> None:
    opened = open_checkpoint(appended.checkpoint, house.log.identity, (), require_ml_dsa=True, witness_threshold=0)
    size, root = opened.checkpoint.size, opened.checkpoint.root
    for place, proof in enumerate(house.recorder.prove(appended.first_index, len(sealed), size)):
        each, index = sealed[place], appended.first_index + place
        leaf = leaf_hash(encode(CredentialEntry(appended.t, each.kid8, each.list, each.index, each.qr, each.doc)))
        verify_inclusion(index, size, leaf, proof, root)


def test_many_at_once_share_checkpoints_and_each_has_a_proof_of_his_own(house: House) -> None:
    key, grouped = house.enrol(), GroupedRecorder(house.recorder)

    def one(name: str) -> Callable[[], object]:
        def issue() -> tuple:
            (run,) = grouped.reserve(name, 2)
            sealed = [submission(key, run.list, run.first + at) for at in range(run.count)]
            appended = grouped.append(name, sealed)
            with reading(house.engine) as connection:  # acknowledged means committed: another connection sees it
                notes = connection.execute(CHECKPOINT.select()).all()
            assert appended.checkpoint in {row.note for row in notes}
            return sealed, appended

        return issue

    before = checkpoints(house)
    answers = together(*(one(f"batch {at}") for at in range(24)))
    for sealed, appended in answers:
        require_proven(house, sealed, appended)
        assert grouped.append(f"batch {[a[1] for a in answers].index(appended)}", sealed) == appended
    assert len({appended.first_index for _, appended in answers}) == 24
    assert checkpoints(house) - before < 24
    house.publish_roots()
    assert audit(house.engine, house.roots()) == []


def test_a_bad_one_takes_nobody_down(house: House) -> None:
    key, grouped = house.enrol(), GroupedRecorder(house.recorder)
    sealed = {name: house.sealed(name, 3, key) for name in "abcdef"}
    house.recorder.append("f", sealed["f"])
    forged = [replace(sealed["b"][0], qr_signature=os.urandom(64)), *sealed["b"][1:]]
    head = house.recorder.head()
    answers = in_one_round(
        house,
        lambda: grouped.append("a", sealed["a"]),
        lambda: grouped.append("b", forged),
        lambda: grouped.append("c", sealed["a"]),  # slots of another batch
        lambda: grouped.append("d", [sealed["d"][0], sealed["d"][0]]),
        lambda: grouped.append("f", sealed["f"][:1]),  # known, with other content
        lambda: grouped.append("e", sealed["e"]),
        lambda: grouped.reserve("a", 7),  # reserved before, with another count
        lambda: grouped.reserve("new", 4),
    )
    kinds = [type(each) for each in answers]
    assert kinds == [
        Appended, SubmissionForged, SlotNotReserved, SlotTaken, BatchConflict, Appended, BatchConflict, list,
    ]  # fmt: skip
    require_proven(house, sealed["a"], answers[0])
    require_proven(house, sealed["e"], answers[5])
    assert house.recorder.head().size - head.size in {3 + 3 + 1, 3 + 1 + 3 + 1}  # the first may have gone ahead alone
    assert grouped.append("b", sealed["b"]).count == 3
    house.publish_roots()
    assert audit(house.engine, house.roots()) == []


def test_nothing_is_logged_where_all_are_refused(house: House) -> None:
    key = house.enrol()
    sealed = house.sealed("a", 2, key)
    head = house.recorder.head()
    with pytest.raises(SlotNotReserved):
        GroupedRecorder(house.recorder).append("b", sealed)
    assert house.recorder.head() == head


def test_the_same_batch_asked_twice_at_once_is_one_batch(house: House) -> None:
    key, grouped = house.enrol(), GroupedRecorder(house.recorder)
    sealed = house.sealed("a", 3, key)
    size = house.recorder.head().size
    answers = in_one_round(house, *[lambda: grouped.append("a", sealed)] * 6)
    assert answers == [answers[0]] * 6
    assert isinstance(answers[0], Appended)
    assert house.recorder.head().size == size + 4


def test_a_row_in_the_way_of_one_stops_him_alone(house: House) -> None:
    key, grouped = house.enrol(), GroupedRecorder(house.recorder)
    sealed = {name: house.sealed(name, 2, key) for name in "abc"}
    spoilt = sealed["b"][0]
    house.sql("INSERT INTO slot VALUES (?, ?, 99999, ?)", spoilt.list, spoilt.index, spoilt.kid8)
    answers = in_one_round(house, *(lambda name=name: grouped.append(name, sealed[name]) for name in "abc"))
    assert [type(each) for each in answers] == [Appended, StorageConflict, Appended]


# The gathering itself -----------------------------------------------------------------------------------------------


def test_a_round_is_worked_by_one_and_every_answer_reaches_its_asker() -> None:
    at_work, rounds = [], []

    def work(asked):
        at_work.append(1)
        assert len(at_work) == 1
        rounds.append(len(asked))
        answers = [ZeroDivisionError(each) if each % 7 == 0 else each * 2 for each in asked]
        at_work.pop()
        return answers

    gathering: Gathering[int, int] = Gathering(work, limit=5, interrupted=Busy)

    def ask(number: int) -> int:
        try:
            return gathering.ask(number)
        except ZeroDivisionError as error:
            return -error.args[0]

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, range(1, 500))) == [-n if n % 7 == 0 else 2 * n for n in range(1, 500)]
    assert max(rounds) <= 5
    assert sum(rounds) == 499


def test_whoever_works_and_is_taken_away_leaves_the_others_an_error_and_the_next_a_working_desk() -> None:
    entered, proceed, fatal = Event(), Event(), [True]

    def work(asked):
        entered.set()
        proceed.wait(5)
        if fatal.pop():
            raise KeyboardInterrupt
        fatal.append(False)
        return asked

    gathering: Gathering[int, int] = Gathering(work, limit=10, interrupted=Busy)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(gathering.ask, 1)
        entered.wait(5)
        others = [pool.submit(gathering.ask, number) for number in (2, 3)]
        fatal.append(False)
        fatal[:] = [False, True]
        proceed.set()
        with pytest.raises(KeyboardInterrupt):
            first.result(5)
        assert sorted(each.result(5) for each in others) == [2, 3]
    assert gathering.ask(4) == 4
