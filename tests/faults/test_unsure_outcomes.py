"""T14: a step fails and nothing was stored; fails and it WAS stored; fails twice. Asked again, the answer is one and right.

The steps are every statement, COMMIT, ROLLBACK, reading and raising of the mark, cosigning, file. After each fault the same
process asks again, and a process that starts anew does: both must give what a faultless registry would, or one truth.
"""

import functools
import pickle
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from keys.roots import KeySet
from registry import paths
from registry.audit import audit
from registry.errors import RegistryError
from registry.publish import publish
from registry.recorder import Recorder
from tests.faults.faulty import AFTER, BEFORE, FaultyWatermark, FaultyWitness, Fuse, faulty_folder, faulty_store
from tests.faults.injected import copy_of, furnished
from tests.faults.sample import TIMEOUT, sampled
from tests.registry_rim.rim_house import URL, House, change, signer
from tests.registry_rim.test_rim_publish import read_log

FAULTS = [(when, times) for when in (BEFORE, AFTER) for times in (1, 2)]
REFUSALS = {"registry.storage_failed", "registry.too_few_witnesses"}
pytestmark = pytest.mark.timeout(TIMEOUT)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unsure")
    furnished(folder)
    return folder


@dataclass(frozen=True)
class Operation:
    """What is asked, and what of the answer must be the same when it is asked again."""

    name: str
    ask: Callable[[House, Recorder], Any]


def append(house: House, recorder: Recorder) -> Any:
    return recorder.append("faulted", pickle.loads((house.folder / "submissions").read_bytes()))


def change_status(house: House, recorder: Recorder) -> Any:
    return recorder.change_status(pickle.loads((house.folder / "change").read_bytes()), "faulted change")


def reserve(_house: House, recorder: Recorder) -> Any:
    return recorder.reserve("another", 7)


def enrol(_house: House, recorder: Recorder) -> Any:
    return recorder.enrol("91310000MA1K00000X", signer("new body").public_key)


def list_version(house: House, recorder: Recorder) -> Any:
    from registry.lists import PublishedList, seal_list

    published = PublishedList("catalogue", 1, None, 1_790_000_000, 1_790_000_000, 1_890_000_000, {"series": []})
    data = (house.folder / "list").read_bytes() if (house.folder / "list").exists() else b""
    if not data:
        data = seal_list(published, [signer("catalogue-1"), signer("catalogue-2")])
        (house.folder / "list").write_bytes(data)
    return recorder.publish_list(data)


STORED = [Operation(each.__name__, each) for each in (append, change_status, reserve, enrol, list_version)]


def recorder_of(house: House, fuse: Fuse | None = None) -> Recorder:
    """A recorder as a process has it, its mark under the fuse when there is one."""
    log = house.log
    if fuse is not None:
        log = replace(log, watermark=FaultyWatermark(house.folder / "watermark", fuse))
    return Recorder(log, operators=KeySet((signer("status").public_key,), 1))


@pytest.mark.parametrize("operation", STORED, ids=[each.name for each in STORED])
@pytest.mark.parametrize(("when", "times"), FAULTS)
def test_asked_again_after_any_fault_it_gives_one_answer(
    operation: Operation, when: str, times: int, base: Path, tmp_path: Path
) -> None:
    steps, refused = range(steps_of(operation, base)), 0
    assert len(steps) >= 8, "the operation has fewer steps than it must have"
    points = sampled(steps, 2, (operation.name, when, times))
    for at in points:
        house = House(copy_of(base, tmp_path / str(at)))
        fuse = Fuse(at, when, times)
        recorder, answers = recorder_of(house, fuse), []
        with faulty_store(house.engine, fuse):
            try:
                answers.append(operation.ask(house, recorder))
            except RegistryError as error:
                require_known(error)
                refused += 1
        assert fuse.blown
        fuse.mended = True
        answers.append(operation.ask(house, recorder))  # the process goes on
        house.engine.dispose()
        house.open()
        answers.append(operation.ask(house, recorder_of(house)))  # a process starts
        assert all(answer == answers[0] for answer in answers), (at, when, times)
        assert audit(house.engine, house.roots()) == []
        house.engine.dispose()
    assert refused >= len(points) - 2, "faults were swallowed"  # giving a connection back to the pool is no part of it


def require_known(refusal: RegistryError) -> None:
    assert refusal.code in REFUSALS, refusal


@functools.cache
def steps_of(operation: Operation, base: Path) -> int:
    """How many steps the operation has when nothing fails."""
    folder = base.with_name(f"counted-{operation.name}")
    house, fuse = House(copy_of(base, folder)), Fuse(10**6, BEFORE)
    with faulty_store(house.engine, fuse):
        operation.ask(house, recorder_of(house, fuse))
    house.engine.dispose()
    return fuse.steps


@pytest.mark.parametrize(("when", "times"), FAULTS)
def test_a_publication_that_failed_anywhere_is_whole_and_the_next_one_goes_on(
    when: str, times: int, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, counted = House(copy_of(base, tmp_path / "counted")), Fuse(10**6, when)
    assert published(house, counted, monkeypatch)
    house.engine.dispose()
    assert counted.steps >= 30
    for at in sampled(range(counted.steps), 3, (when, times)):
        house = House(copy_of(base, tmp_path / str(at)))
        fuse, before = Fuse(at, when, times), len(read_log(house))
        done, head = published(house, fuse, monkeypatch), house.recorder.head().size
        assert fuse.blown
        assert len(read_log(house)) in ({head} if done else {before, head}), at
        house.publish()  # the process goes on, without the fault
        assert len(read_log(house)) == head
        assert audit(house.public, house.recorder.roots()) == []
        house.engine.dispose()


def published(house: House, fuse: Fuse, patch: pytest.MonkeyPatch) -> bool:
    """Publish with everything under the fuse; tell whether it was acknowledged."""
    log = replace(house.log, watermark=FaultyWatermark(house.folder / "watermark", fuse))
    witnesses = [FaultyWitness(house.witness(), fuse)]
    with faulty_store(house.engine, fuse), faulty_folder(patch, fuse):
        try:
            publish(log, house.public, status_signer=signer("status"), witnesses=witnesses, registry_url=URL)
        except RegistryError as error:
            require_known(error)
            return False
    return True


def test_a_checkpoint_that_was_named_but_not_acknowledged_is_the_next_ones_beginning(
    base: Path, tmp_path: Path
) -> None:
    """The last rename happened, the caller heard a failure: the following publication must continue that checkpoint."""
    house = House(copy_of(base, tmp_path / "house"))
    size = house.publish().size
    (house.public / ".publishing/state.json").unlink()  # written after the checkpoint, and lost
    house.issue(2, signer("body"))
    house.publish()
    assert len(read_log(house)) == house.recorder.head().size == size + 3
    assert audit(house.public, house.recorder.roots()) == []
    assert (house.public / paths.CHECKPOINT).exists()
    house.engine.dispose()


def test_a_witness_whose_answer_was_lost_cosigns_the_same_head_again_and_no_other(base: Path, tmp_path: Path) -> None:
    house = House(copy_of(base, tmp_path / "house"))
    witness, note = house.witness(), house.recorder.head().note
    fuse = Fuse(0, AFTER)

    def prove(old: int, new: int) -> list[bytes]:
        from registry.stored import tile_reader
        from registry.tiles import consistency_proof
        from web.database import reading

        with reading(house.engine) as connection:
            return consistency_proof(old, new, tile_reader(connection))

    with pytest.raises(ConnectionResetError):
        FaultyWitness(witness, fuse)(note, prove)
    seen = witness.seen()
    assert seen is not None
    assert seen.size == house.recorder.head().size
    assert b"witness.example/w1" in witness(note, prove)
    assert witness.seen() == replace(seen, time=witness.seen().time)  # type: ignore[union-attr]  # it has seen one
    house.engine.dispose()


def test_two_batches_at_one_fault_do_not_share_slots(base: Path, tmp_path: Path) -> None:
    """A reservation that was stored, refused and given up costs its slots, never gives them to two batches."""
    house = House(copy_of(base, tmp_path / "house"))
    fuse = Fuse(10**6, AFTER)
    with faulty_store(house.engine, fuse):
        recorder_of(house).reserve("counted", 3)
    commits = fuse.steps
    for at in range(commits):
        fuse = Fuse(at, AFTER)
        with faulty_store(house.engine, fuse), suppress(RegistryError):
            recorder_of(house).reserve(f"given up {at}", 3)
    key = signer("body")
    _, submissions, _ = house.issue(5, key)
    asked = [change(key, each, "suspended", house.clock()) for each in submissions]
    house.recorder.change_statuses("all of them", asked)
    house.publish()
    assert audit(house.public, house.recorder.roots()) == []
    house.engine.dispose()
