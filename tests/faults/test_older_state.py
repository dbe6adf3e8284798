"""T17, T33: database, mark, witness and published folder come back from different days; nothing is signed twice over.

Each of the four may be the older one. Whoever knows of a later state refuses; whoever is behind catches up.
"""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from keys.b64 import unb64u
from registry import paths
from registry.audit import audit
from registry.lists import list_digest
from registry.refusals import OlderThanWitnessed, StoredBytesDiffer
from registry.shelf import open_shelf
from registry.witnesses.refusals import WitnessRefuses
from tests.registry_rim import plain_reader
from tests.registry_rim.rim_house import ORIGIN, House, change, signer
from tests.registry_rim.test_rim_publish import read_log
from web.database import sqlite_url

PARTS = {
    "database": ("registry.db",),
    "mark": ("watermark",),
    "witness": ("witness.json",),
    "folder": ("public",),
}


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same registry as it was on three days, in `0`, `1` and `2`."""
    place = tmp_path_factory.mktemp("days")
    (place / "live").mkdir()
    house = House(place / "live").furnished()
    for day in range(3):
        house.issue(300, house.key)
        house.recorder.change_status(
            change(house.key, house.submissions[50 + day], "suspended", house.clock()), f"day {day}"
        )
        if day:
            house.publish_list("catalogue", {"series": [f"day {day}"]}, day + 1, _digest(house, day))
        house.publish()
        house.engine.dispose()
        shutil.copytree(house.folder, place / str(day))
    return place


def _digest(house: House, version: int) -> bytes:
    return list_digest((house.public / paths.list_version_path("catalogue", version)).read_bytes())


def put_together(days: Path, to: Path, **from_day: int | None) -> House:
    """A registry whose parts come from the days named, the rest from the last; None leaves a part out."""
    to.mkdir()
    for part, names in PARTS.items():
        day = from_day.get(part, 2)
        for name in names if day is not None else ():
            source = days / str(day) / name
            shutil.copytree(source, to / name) if source.is_dir() else shutil.copy(source, to / name)
    made = House.__new__(House)
    made.folder, made.now = to, None
    made.url = sqlite_url(to / "registry.db")
    made.open()
    made.key = signer("body")
    return made


@pytest.fixture
def assembled(days: Path, tmp_path: Path) -> Iterator:
    made: list[House] = []

    def assemble(**from_day: int | None) -> House:
        made.append(put_together(days, tmp_path / str(len(made)), **from_day))
        return made[-1]

    yield assemble
    for house in made:
        house.engine.dispose()


# The database is the older one --------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [0, 1])
def test_a_mark_that_knows_better_stops_every_signature(assembled, day: int) -> None:
    house = assembled(database=day, witness=None, folder=None)
    for attempt in (lambda: house.issue(1, house.key), lambda: house.recorder.reserve("x", 1), house.publish):
        with pytest.raises(OlderThanWitnessed):
            attempt()
    assert not (house.public / "checkpoint").exists()


@pytest.mark.parametrize("mark", [None, 0])
@pytest.mark.parametrize("day", [0, 1])
def test_without_the_mark_the_folder_stops_the_publication(assembled, day: int, mark: int | None) -> None:
    house = assembled(database=day, mark=None if mark is None else min(mark, day), witness=None)
    before = (house.public / "checkpoint").read_bytes()
    with pytest.raises(OlderThanWitnessed):
        house.publish()
    house.issue(700, house.key)  # it has gone on, past what it had published: now it is a fork, and larger
    with pytest.raises(OlderThanWitnessed):
        house.publish()
    assert (house.public / "checkpoint").read_bytes() == before


@pytest.mark.parametrize("day", [0, 1])
def test_without_mark_and_folder_the_witness_stops_the_publication(assembled, day: int) -> None:
    house = assembled(database=day, mark=None, folder=None)
    with pytest.raises(WitnessRefuses):
        house.publish()
    house.issue(700, house.key)
    with pytest.raises(WitnessRefuses):
        house.publish()
    assert not (house.public / "checkpoint").exists()


# Another part is the older one --------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["mark", "witness", "folder"])
@pytest.mark.parametrize("day", [0, 1, None])
def test_what_is_behind_catches_up(assembled, part: str, day: int | None) -> None:
    house = assembled(**{part: day})
    house.issue(3, house.key)
    house.publish()
    head = house.recorder.head()
    assert house.log.watermark.read() == (head.size, head.root)
    seen = house.witness().seen()
    assert seen is not None
    assert (seen.size, seen.root) == (head.size, head.root)
    assert len(read_log(house)) == head.size
    assert audit(house.engine, house.roots()) == []
    assert audit(house.public, house.recorder.roots()) == []


@pytest.mark.parametrize("day", [0, 1, None])
def test_a_folder_that_is_older_than_its_own_memory_is_laid_out_anew(assembled, days: Path, day: int | None) -> None:
    """Files came back from a backup, or went missing; the publisher's memory is of a later day than they are."""
    house = assembled(folder=day)
    (house.public / ".publishing").mkdir(parents=True, exist_ok=True)
    shutil.copy(days / "2" / "public" / ".publishing" / "state.json", house.public / ".publishing" / "state.json")
    house.publish()
    assert len(read_log(house)) == house.recorder.head().size
    assert audit(house.public, house.recorder.roots()) == []


def test_a_broken_mark_is_not_taken_for_none(assembled) -> None:
    house = assembled()
    (house.folder / "watermark").write_bytes(b"\0" * 256)
    with pytest.raises(StoredBytesDiffer):
        house.issue(1, house.key)


# No older version is ever laid out ----------------------------------------------------------------------------------


def test_versions_in_the_folder_only_rise(assembled) -> None:
    """T33: whatever order publications and refusals come in, no list and no log is replaced by an older one."""
    house = assembled(folder=0)
    newest = versions(house)
    for day in (2, 0, 1, 2):
        other = assembled(database=day, mark=None, witness=None, folder=None)
        shutil.copytree(house.public, other.public)
        try:
            other.publish()
            shutil.copytree(other.public, house.public, dirs_exist_ok=True)
        except OlderThanWitnessed:
            assert day < 2
        now = versions(house)
        assert all(now[name] >= version for name, version in newest.items())
        newest = now
    assert audit(house.public, house.recorder.roots()) == []


def versions(house: House) -> dict[str, int]:
    """What the folder shows: the log's size, the version of every status list and of every published list."""
    seen = {"log": plain_reader.checkpoint(house.public, ORIGIN, house.log.identity.ed25519.raw)[0]}
    seen["status/0"] = plain_reader.status_claims(house.public, 0)["hallmark"]["version"]
    for name in ("catalogue", "trust"):
        held = json.loads((house.public / f"lists/{name}.json").read_bytes())
        seen[name] = json.loads(unb64u(held["payload"]))["version"]
    return seen


def test_who_waited_for_the_folder_publishes_what_is_newest_then(assembled) -> None:
    """A publication reads the database only once the folder is its own, so it cannot overtake a newer one."""
    house = assembled()
    with open_shelf(house.public):
        waiting = threading.Thread(target=house.publish)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        house.issue(5, house.key)
    waiting.join(20)
    assert len(read_log(house)) == house.recorder.head().size
