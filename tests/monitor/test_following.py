"""A monitor follows an honest log step by step, reads only what is new, and knows as much as if it had read all at once."""

import shutil
from pathlib import Path

import pytest

from registry.entries import StatusEntry
from registry.monitor.memory import Memory
from registry.monitor.refusals import MonitorStateInvalid
from registry.monitor.sources import FolderSource
from registry.monitor.watch import visit
from registry.replay import Replay
from tests.monitor.conftest import Counting, Watch
from tests.registry_rim.rim_house import ORIGIN, change


def memory_of(watch: Watch) -> Memory:
    return Memory.opened(watch.state, ORIGIN)


def same(one: Replay, other: Replay) -> bool:
    return (one.size, one.t, one.keys, one.published, one.kid8s, one.certificates) == (
        other.size, other.t, other.keys, other.published, other.kid8s, other.certificates,
    ) and {n: (bytes(x.packed), x.filled_by, x.sealed_by, x.version, x.log_index) for n, x in one.lists.items()} == {
        n: (bytes(x.packed), x.filled_by, x.sealed_by, x.version, x.log_index) for n, x in other.lists.items()
    }  # fmt: skip


def test_an_honest_log_is_clean_and_its_new_entries_are_told_once(watch: Watch) -> None:
    first = watch.visit(expected=watch.expected())
    assert first.findings == []
    digest = next(each for each in first.notices if each.code == "monitor.digest").params
    assert (digest["first"], digest["last"], digest["certificates"], digest["status"]) == (0, first.size - 1, 300, 3)
    assert digest["by_key"] == [
        {"kid8": watch.house.key.public_key.kid8.hex(), "body": "12310000425006790X", "certificates": 300}
    ]
    second = watch.visit(expected=watch.expected())
    assert (second.findings, second.notices) == ([], [])


def test_growth_is_read_and_nothing_twice(watch: Watch) -> None:
    watch.visit()
    for count in (1, 40, 300):
        _, fresh, _ = watch.house.issue(count, watch.house.key)
        watch.house.submissions += fresh
        watch.house.publish()
        source = Counting(watch.house.public)
        before = memory_of(watch).replay.size
        report = watch.visit(source=source, expected=watch.expected())
        assert report.findings == []
        assert report.size == watch.house.recorder.head().size
        bundles = {path for path in source.read_paths if path.startswith("tile/entries/")}
        needed = report.size // 256 - before // 256 + 1
        assert len(bundles) <= needed + before // 256  # the patrol re-reads what was read before
    whole = Memory(None, ORIGIN)
    visit(FolderSource(watch.house.public), watch.orders, whole, None, watch.house.clock())
    assert same(whole.replay, memory_of(watch).replay)
    assert whole.frontier.root() == memory_of(watch).frontier.root() == watch.house.recorder.head().root


def test_killed_at_any_write_it_goes_on_where_it_was(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    from registry import files

    watch.visit()
    watch.house.issue(300, watch.house.key)
    watch.house.publish()
    left = [0]

    def dying(path: Path, data: bytes, *, durable: bool) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        files.replace_file(path, data, durable=durable)

    for writes in range(4):
        left[0] = writes
        with monkeypatch.context() as patch:
            patch.setattr("registry.monitor.memory.replace_file", dying)
            try:
                watch.visit()
            except KeyboardInterrupt:
                assert memory_of(watch).replay.size in {310, watch.house.recorder.head().size}
    assert watch.visit().findings == []
    whole = Memory(None, ORIGIN)
    visit(FolderSource(watch.house.public), watch.orders, whole, None, watch.house.clock())
    assert same(whole.replay, memory_of(watch).replay)


def test_an_unlawful_entry_is_named_and_the_log_followed_on(watch: Watch) -> None:
    """What an insider who can append would put in: a change of a slot that was never issued, and a time that goes back."""
    watch.visit()
    now = watch.house.clock()
    with watch.house.log.growing() as growth:
        growth.add(StatusEntry(now, 0, 5000, 0, 1, now, bytes(32)))
        growth.add(StatusEntry(1, 0, 3, 2, 1, 1, bytes(32)))
    watch.house.publish()
    findings = watch.visit(expected=watch.expected()).findings
    assert [each.code for each in findings] == [
        "audit.status_unissued", "audit.time_backwards", "monitor.status_not_yours", "monitor.list_differs",
    ]  # fmt: skip
    assert "monitor.list_differs" in watch.codes()  # the list that is published does not follow from the log
    assert memory_of(watch).replay.size == 312


def test_a_memory_that_cannot_be_read_is_not_a_first_visit(watch: Watch) -> None:
    watch.visit()
    state = watch.state / "monitor.json"
    kept = state.read_bytes()
    for spoilt in (b"", b"{}", kept[:-9], kept.replace(ORIGIN.encode(), b"log.other.example")):
        state.write_bytes(spoilt)
        with pytest.raises(MonitorStateInvalid):
            watch.visit()
    state.write_bytes(kept)
    shutil.rmtree(watch.state / "lists")
    with pytest.raises(MonitorStateInvalid):
        watch.visit()


# in the body's name --------------------------------------------------------------------------------------------------


def test_what_the_body_did_not_do_is_told_until_it_is_explained(watch: Watch) -> None:
    house, honest = watch.house, watch.expected()
    assert watch.codes(expected=honest) == []
    _, stolen, _ = house.issue(2, house.key)
    house.recorder.change_statuses("foul", [change(house.key, house.submissions[9], "revoked", house.clock())])
    house.enrol("a key that the body does not know")
    house.recorder.retire(house.key.public_key.thumbprint)
    house.publish()
    told = ["monitor.certificate_not_yours"] * 2 + [
        "monitor.status_not_yours", "monitor.key_not_yours", "monitor.key_closed_not_by_you",
    ]  # fmt: skip
    for _ in range(2):  # again and again, until somebody explains it
        findings = watch.visit(expected=honest).findings
        assert [each.code for each in findings] == told
    assert findings[0].params == {"index": 310, "list": stolen[0].list, "slot": stolen[0].index}
    house.submissions += stolen
    assert watch.codes(expected=watch.expected()) == told[2:]
    assert watch.codes() == []  # without the body's facts nothing can be said


def test_a_certificate_that_differs_from_the_one_issued_and_one_that_is_not_logged(watch: Watch) -> None:
    from registry.monitor.expected import Expected

    facts = watch.expected().facts
    swapped = {**facts, "certificate 0 0": facts["certificate 0 1"], "certificate 0 999": facts["certificate 0 1"]}
    report = watch.visit(expected=Expected(swapped))
    assert [each.code for each in report.findings] == ["monitor.certificate_differs"]
    assert {each.code: each.params for each in report.notices}["monitor.not_logged_yet"] == {"count": 1}
    erased = {**facts, "certificate 0 0": frozenset({"* *"})}
    assert watch.codes(expected=Expected(erased)) == []


def test_another_bodys_doings_are_not_this_bodys_concern(watch: Watch) -> None:
    other = watch.house.enrol("other", "11110000000013338W")
    watch.house.issue(3, other)
    watch.house.publish()
    assert watch.codes(expected=watch.expected()) == []
