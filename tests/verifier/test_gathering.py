"""What the gatherer keeps, refreshes and remembers: one moment's evidence together, and never less than was seen."""

import json
from pathlib import Path

import pytest

from keys.strictjson import dumps
from tests.verifier.published_world import Clock, InMemory, World, findings, told
from verifier.check import check
from verifier.gaps import FloorUnreadable
from verifier.gather import Gatherer
from verifier.policy import ONLINE
from verifier.verdict import Verdict

MUTABLE = [
    "checkpoint",
    "events/0/0",
    "events/0/leaves",
    "hints/0/0",
    "lists/trust.json",
    "lists/trust/1.tlog-proof",
    "status/0",
    "status/0.tlog-proof",
]
VALID, CANNOT_SAY = ("genuine_valid", None, 0), ("not_checkable_now", None, 2)


def asking(gatherer: Gatherer, text: str, now: int) -> Verdict:
    return check(text, gatherer.evidence_for(text), ONLINE, now=now)


# freshness ----------------------------------------------------------------------------------------------------------


def test_what_is_held_is_not_fetched_again_until_it_is_due(world: World) -> None:
    source, clock = InMemory(world.folder), Clock(world.now)
    gatherer = Gatherer(source, world.roots, clock, refresh=30)
    for seconds in (0, 1, 29):
        clock.now = world.now + seconds
        assert told(asking(gatherer, world["valid"].text, clock.now)) == VALID
    assert len(source.asked) == len(set(source.asked))


@pytest.mark.parametrize("moved", [30, 3_000, -1], ids=["due", "long due", "the clock went back"])
def test_what_can_change_is_fetched_again_all_together(world: World, moved: int) -> None:
    source, clock = InMemory(world.folder), Clock(world.now)
    gatherer = Gatherer(source, world.roots, clock, refresh=30)
    gatherer.evidence_for(world["valid"].text)
    source.asked.clear()
    clock.now += moved
    gatherer.evidence_for(world["valid"].text)
    assert sorted(source.asked) == MUTABLE


def test_old_and_new_never_stand_in_one_snapshot(world: World) -> None:
    """A snapshot in use keeps its bytes; the next one has the new checkpoint, lists and statuses together."""
    source, clock = InMemory(world.before), Clock(world.before_at)
    gatherer = Gatherer(source, world.roots, clock, refresh=30)
    old = gatherer.evidence_for(world["revoked"].text)
    source.folder, clock.now = world.folder, world.folder_at
    new = gatherer.evidence_for(world["revoked"].text)
    assert old is not new
    assert told(check(world["revoked"].text, new, ONLINE, now=clock.now)) == ("genuine_not_valid", "revoked", 1)
    assert told(check(world["revoked"].text, old, ONLINE, now=world.before_at)) == VALID
    assert new.checkpoint().checkpoint.size > old.checkpoint().checkpoint.size


def test_a_revocation_is_seen_when_the_evidence_is_next_due(world: World) -> None:
    """T33: at most `refresh` seconds after it was published."""
    source, clock = InMemory(world.before), Clock(world.before_at)
    gatherer = Gatherer(source, world.roots, clock)
    assert told(asking(gatherer, world["revoked"].text, clock.now)) == VALID
    source.folder, clock.now = world.folder, world.folder_at
    assert told(asking(gatherer, world["revoked"].text, clock.now)) == ("genuine_not_valid", "revoked", 1)


def test_a_path_that_cannot_be_had_is_asked_for_once_in_a_check(world: World) -> None:
    for gone in ("status/0", "checkpoint", "lists/trust.json", "events/0/leaves"):
        source = InMemory({path: data for path, data in world.folder.items() if path != gone})
        gatherer = Gatherer(source, world.roots, lambda: world.now)
        gatherer.evidence_for(world["valid"].text)
        assert source.asked.count(gone) <= 4
        assert len(source.asked) < 30


def test_a_path_that_comes_back_is_found_by_the_next_check(world: World) -> None:
    folder = dict(world.folder)
    status = folder.pop("status/0")
    gatherer = Gatherer(InMemory(folder), world.roots, lambda: world.now)
    assert told(asking(gatherer, world["valid"].text, world.now)) == CANNOT_SAY
    folder["status/0"] = status
    assert told(asking(gatherer, world["valid"].text, world.now)) == VALID


@pytest.mark.parametrize("text", ["", "hello", "https://evil.example/x", "1" * 600, "a.b.c"])
def test_what_is_no_certificate_fetches_nothing(world: World, text: str) -> None:
    source = InMemory(world.folder)
    Gatherer(source, world.roots, lambda: world.now).evidence_for(text)
    assert source.asked == []


def test_every_fetch_covers_many_certificates(world: World) -> None:
    """T30: what is fetched for two certificates of one list and one body differs in nothing."""
    asked = []
    for name in ("valid", "revoked", "suspended"):
        source = InMemory(world.folder)
        Gatherer(source, world.roots, lambda: world.now).evidence_for(world[name].text)
        asked.append(sorted(source.asked))
    assert asked[0] == asked[1] == asked[2]


# the floor ----------------------------------------------------------------------------------------------------------


def test_a_rollback_is_refused_by_the_same_verifier(world: World) -> None:
    source, clock = InMemory(world.folder), Clock(world.now)
    gatherer = Gatherer(source, world.roots, clock)
    assert told(asking(gatherer, world["valid"].text, clock.now)) == VALID
    source.folder, clock.now = world.before, world.now + 30
    verdict = asking(gatherer, world["revoked"].text, world.before_at)
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.log_evidence_rejected"] == "unknown"
    assert findings(verdict)["check.status_evidence_rejected"] == "unknown"


def test_a_rollback_is_refused_after_a_restart(world: World, tmp_path: Path) -> None:
    seen = tmp_path / "home" / "seen.json"
    assert told(world.ask(world["valid"].text, floor_file=seen)) == VALID
    held = json.loads(seen.read_text())
    size = world.evidence().checkpoint().checkpoint.size
    assert held["size"] == size
    assert held["versions"] == {"trust": 1, "status/0": world.evidence().status(0).version}
    for name in ("revoked", "valid"):
        verdict = world.ask(world[name].text, world.before, now=world.before_at, floor_file=seen)
        assert told(verdict) == CANNOT_SAY
        defects = {finding.params.get("defect") for finding in verdict.findings}
        assert {"check.log_shrank", "check.list_rolled_back"} <= defects
    assert json.loads(seen.read_text()) == held
    assert told(world.ask(world["valid"].text, world.rotated, now=world.rotated_at, floor_file=seen)) == VALID
    assert json.loads(seen.read_text())["size"] > size


def test_a_status_list_alone_cannot_be_rolled_back(world: World, tmp_path: Path) -> None:
    """T33: the newest log, and the list from before the revocation, still young enough for an offline verifier."""
    seen = tmp_path / "seen.json"
    assert told(world.ask(world["revoked"].text, floor_file=seen)) == ("genuine_not_valid", "revoked", 1)
    older = {path: world.before[path] for path in ("status/0", "status/0.tlog-proof", "events/0/0", "events/0/leaves")}
    replayed = {**world.folder, **older}
    verdict = world.ask(world["revoked"].text, replayed, now=world.before_at, floor_file=seen)
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.status_evidence_rejected"] == "unknown"
    assert told(world.ask(world["revoked"].text, replayed, now=world.before_at)) == VALID  # who never saw the newer one


def test_two_processes_never_lower_each_others_floor(world: World, tmp_path: Path) -> None:
    seen = tmp_path / "seen.json"
    behind = Gatherer(InMemory(world.before), world.roots, lambda: world.before_at, floor_file=seen)
    assert told(world.ask(world["valid"].text, floor_file=seen)) == VALID
    newest = json.loads(seen.read_text())
    assert told(asking(behind, world["valid"].text, world.before_at)) == VALID  # it cannot know yet
    assert json.loads(seen.read_text()) == newest


def test_evidence_that_was_rejected_raises_no_floor(world: World, tmp_path: Path) -> None:
    seen = tmp_path / "seen.json"
    forged = {**world.folder, "checkpoint": world.folder["checkpoint"].replace(b"\n", b"9\n", 1)}
    world.ask(world["valid"].text, forged, floor_file=seen)
    assert json.loads(seen.read_text())["size"] == 0
    assert told(world.ask(world["valid"].text, world.before, now=world.before_at, floor_file=seen)) == CANNOT_SAY
    assert told(world.ask(world["valid"].text, floor_file=seen)) == VALID


BROKEN = {
    "empty": b"",
    "cut": b'{"size": 12, "root": "',
    "no object": b"[]",
    "no member": b"{}",
    "no number": b'{"size": "12", "root": "", "versions": {}}',
    "below zero": b'{"size": -1, "root": "", "versions": {}}',
    "endless": b'{"size": 1e999, "root": "", "versions": {}}',
    "true": b'{"size": true, "root": "", "versions": {}}',
    "no root": b'{"size": 1, "root": "xyz", "versions": {}}',
    "no versions": b'{"size": 1, "root": "", "versions": []}',
    "a version in words": b'{"size": 1, "root": "", "versions": {"trust": "two"}}',
    "twice": b'{"size": 1, "size": 2, "root": "", "versions": {}}',
    "deep": b"[" * 100_000,
    "no text": b"\xff\xfe",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_floor_file_is_refused_not_forgotten(world: World, tmp_path: Path, name: str) -> None:
    seen = tmp_path / "seen.json"
    seen.write_bytes(BROKEN[name])
    with pytest.raises(FloorUnreadable) as refused:
        world.ask(world["valid"].text, floor_file=seen)
    assert refused.value.params == {"file": "seen.json"}
    assert seen.read_bytes() == BROKEN[name]


def test_a_floor_file_that_breaks_meanwhile_stops_no_verification_and_is_not_mended(
    world: World, tmp_path: Path
) -> None:
    seen = tmp_path / "seen.json"
    gatherer = Gatherer(InMemory(world.folder), world.roots, lambda: world.now, floor_file=seen)
    seen.write_bytes(b"broken")
    assert told(asking(gatherer, world["valid"].text, world.now)) == VALID
    assert seen.read_bytes() == b"broken"


def test_a_place_that_cannot_be_written_stops_no_verification(world: World, tmp_path: Path) -> None:
    """A full or read-only disk: what was seen is remembered until the process ends."""
    (tmp_path / "home").write_bytes(b"a file where the folder should be")
    clock, source = Clock(world.now), InMemory(world.folder)
    gatherer = Gatherer(source, world.roots, clock, floor_file=tmp_path / "home" / "seen.json")
    assert told(asking(gatherer, world["valid"].text, clock.now)) == VALID
    source.folder, clock.now = world.before, world.now + 30
    assert told(asking(gatherer, world["valid"].text, world.before_at)) == CANNOT_SAY


def test_the_floor_of_a_first_visit_is_none(world: World, tmp_path: Path) -> None:
    seen = tmp_path / "seen.json"
    held = dumps({"size": 0, "root": "", "versions": {}})
    seen.write_bytes(held)
    assert told(world.ask(world["valid"].text, world.before, now=world.before_at, floor_file=seen)) == VALID
