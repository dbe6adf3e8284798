"""T13: whatever system call of one operation fails, or is the last before a kill, nothing acknowledged is lost.

EIO, ENOSPC and KILL at every openat, write, sync, rename, truncate of appending, changing, publishing, cosigning and
raising the mark. `make test` takes a few of each, `make nightly` all of them.
"""

import pickle
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from registry import paths
from registry.audit import audit
from registry.checkpoint import read_body
from registry.note import read_note
from registry.watermark import Watermark
from tests.faults.injected import (
    CALLS,
    SYNCS,
    WRITES,
    Call,
    Children,
    Outcome,
    copy_of,
    furnished,
    points,
    tracing_is_allowed,
)
from tests.faults.sample import TIMEOUT, sampled
from tests.registry_rim.rim_house import House

OPERATIONS = ("append", "start", "change", "publish", "watermark", "witness")
FAULTS = ("error=EIO", "error=ENOSPC", "signal=KILL")
REFUSALS = {"registry.storage_failed"}
KILLED = 9
pytestmark = [
    pytest.mark.skipif(not tracing_is_allowed(), reason="NO FAULT WAS INJECTED: strace is not there or may not trace"),
    pytest.mark.timeout(TIMEOUT),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    furnished(folder)
    return folder


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    with Children() as made:
        yield made


def size_of(folder: Path) -> int:
    house = House(folder)
    size = house.recorder.head().size
    house.engine.dispose()
    return size


# What must be true after any fault ----------------------------------------------------------------------------------


def require_sound(base: Path, folder: Path, operation: str, outcome: Outcome, fault: str) -> None:
    """What was said is true after a restart, and what was not said has happened wholly or not at all."""
    kinds = [next(iter(each)) for each in outcome.said]
    allowed = REFUSALS | (
        {"registry.too_few_witnesses"} if operation == "publish" else set()
    )  # its disk failed, not ours
    assert all(each["refused"] in allowed for each in outcome.said if "refused" in each), outcome.said
    if "KILL" in fault:
        assert kinds in ([], ["answer"]), outcome.said
        assert outcome.status in (KILLED, 0)
    else:
        again = operation == "publish" and outcome.said[-1].get("refused") == "registry.too_few_witnesses"
        assert kinds[-1] == "answer" or again, outcome.said  # each witness's thread meets the fault anew
        assert set(kinds[:-1]) <= {"refused"}, outcome.said
    before, house = size_of(base), House(folder)
    try:
        require_whole(house, before)
        RETRY[operation](house, outcome.answers)
        assert house.publish().size == house.recorder.head().size
        assert audit(house.engine, house.roots()) == []
        assert audit(house.public, house.recorder.roots()) == []
        assert list(folder.rglob(".part-*")) == [] or "KILL" in fault
    finally:
        house.engine.dispose()


def require_whole(house: House, before: int) -> None:
    """The head is one that was signed, before or after; no published or cosigned checkpoint lies beyond it."""
    head = house.recorder.head()
    house.log.require_signed(head)
    assert head.size in (before, before + 5, before + 2)
    published = read_body(read_note((house.public / paths.CHECKPOINT).read_bytes()).text)
    assert published.size <= head.size
    seen = house.witness().seen()
    assert seen is not None
    assert published.size <= seen.size <= head.size
    mark = house.log.watermark.read()
    assert mark is not None
    assert published.size <= mark[0] <= head.size


def append_again(house: House, answers: list[Any]) -> None:
    submissions = pickle.loads((house.folder / "submissions").read_bytes())
    present = house.recorder.append("faulted", submissions)
    again = [present.first_index, present.count, sha256(present.checkpoint).hexdigest()]
    assert all(answer == again for answer in answers)


def change_again(house: House, answers: list[Any]) -> None:
    present = house.recorder.change_status(pickle.loads((house.folder / "change").read_bytes()), "faulted change")
    assert all(answer == [*present.indices, sha256(present.checkpoint).hexdigest()] for answer in answers)


def published_again(house: House, answers: list[Any]) -> None:
    published = read_body(read_note((house.public / paths.CHECKPOINT).read_bytes()).text)
    assert all(answer == published.size for answer in answers)


def marked_again(house: House, answers: list[Any]) -> None:
    mark = Watermark(house.folder / "mark")
    assert all(mark.read() == (answer, bytes(32)) for answer in answers)
    mark.raise_to(78, bytes(32))
    assert mark.read() == (78, bytes(32))


def cosigned_again(house: House, answers: list[Any]) -> None:
    seen = house.witness().seen()
    assert seen is not None
    assert all(answer <= seen.size for answer in answers)


RETRY: dict[str, Callable[[House, list[Any]], None]] = {
    "append": append_again,
    "start": append_again,
    "change": change_again,
    "publish": published_again,
    "watermark": marked_again,
    "witness": cosigned_again,
}


# Faults -------------------------------------------------------------------------------------------------------------


def chosen(every: list[tuple[str, int, str]], operation: str) -> list[tuple[str, int, str]]:
    """A sample, and each fault at the last sync: the one that decides."""
    syncs = [point for point in every if point[0] in SYNCS]
    deciding = [point for point in syncs if point[:2] == syncs[-1][:2]]
    sample = sampled(every, 5, operation)
    return [*sample, *(point for point in deciding if point not in sample)]


def every_point(children: Children, base: Path, operation: str, tmp_path: Path) -> list[tuple[str, int, str]]:
    folder = copy_of(base, tmp_path / "faultless")
    outcome = children.run(operation, folder)
    assert [next(iter(each)) for each in outcome.said] == ["answer"], outcome.said
    require_durable(outcome.calls)
    require_sound(base, folder, operation, outcome, "")
    assert points(outcome.calls), "nothing was traced"
    return [(name, n, fault) for name, n in points(outcome.calls) for fault in FAULTS]


def inject(children: Children, base: Path, operation: str, point: tuple[str, int, str], folder: Path) -> None:
    name, n, fault = point
    copy_of(base, folder)
    outcome = children.run(operation, folder, f"{name}:{fault}:when={n}")
    try:
        if outcome.answers:
            require_durable(outcome.calls)
        require_sound(base, folder, operation, outcome, fault)
    except BaseException as defect:
        defect.add_note(f"{operation}, {name} number {n}, {fault}: {outcome.said}")
        raise
    shutil.rmtree(folder)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_fault_at_a_system_call_loses_nothing(operation: str, children: Children, base: Path, tmp_path: Path) -> None:
    every = every_point(children, base, operation, tmp_path)
    assert {name for name, _, _ in every} <= set(CALLS)
    for point in chosen(every, operation):
        inject(children, base, operation, point, tmp_path / "point")


# What must have reached the disk before an acknowledgement ----------------------------------------------------------

_REBUILT = ("-shm", "/.publishing/state.json", ".lock", "/.publishing/lock", "/.publishing")
"""What may be lost in a power cut: SQLite's index over its journal, the publisher's memory, locks."""


def require_durable(calls: list[Call]) -> None:
    """Every file written was synced after its last write and before the answer; the checkpoint came after all others.

    A file that is written aside and renamed counts under its new name, and its folder as written. SQLite's main file follows its journal, which is
    what decides, so only the journal must be synced.
    """
    unsynced: set[str] = set()
    for call in calls:
        if not call.done or not call.paths:
            continue
        path = call.paths[0]
        if call.name in WRITES:
            unsynced.add(path)
        elif call.name in (*SYNCS, "unlink"):
            unsynced.discard(path)
        elif call.name == "mkdir":
            unsynced.add(str(Path(path).parent))
        elif call.name == "rename":
            source, target = call.paths
            if target.endswith("/" + paths.CHECKPOINT):
                assert laid_out(unsynced - {source}) == set(), "a checkpoint over files that may be lost"
            if source in unsynced:
                unsynced.discard(source)
                unsynced.add(target)
            unsynced.add(str(Path(target).parent))
    kept = {path for path in unsynced if not path.endswith((*_REBUILT, "registry.db"))}
    assert kept == set(), "acknowledged before it was durable"


def laid_out(written: set[str]) -> set[str]:
    return {path for path in written if "/public/" in path and not path.endswith(_REBUILT)}


def test_the_rule_of_durability_can_fail() -> None:
    written, synced = Call("pwrite64", ("/r.db-wal",), True), Call("fdatasync", ("/r.db-wal",), True)
    require_durable([written, synced])
    for calls in ([written], [synced, written], [written, Call("fdatasync", ("/r.db-wal",), False)]):
        with pytest.raises(AssertionError, match="durable"):
            require_durable(calls)
    named = Call("rename", ("/public/x", "/public/checkpoint"), True)
    for early in (Call("write", ("/public/tile",), True), Call("mkdir", ("/public/tile/0",), True)):
        with pytest.raises(AssertionError, match="lost"):
            require_durable([early, named])
