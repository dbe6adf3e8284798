"""Many processes on one registry, killed and started again, while a publisher publishes; afterwards everything is counted.

What is proven: nothing that was acknowledged is lost, no index or slot is given out twice, nothing asked twice is done
twice, every published checkpoint descends from the one before, and the audit is clean.
"""

import contextlib
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sqlalchemy import Connection

from registry.audit import audit
from registry.checkpoint import Checkpoint, open_checkpoint
from registry.entries import CredentialEntry, StatusEntry, decode
from registry.merkle import verify_consistency
from registry.stored import stored_bodies
from registry.tiles import consistency_proof, tile_path
from tests.registry_rim.rim_house import House
from tests.stores.kinds import Kind
from web.database import reading

PROJECT = Path(__file__).parents[2]


@dataclass
class Figures:
    """What one soak came to."""

    seconds: float = 0.0
    kills: int = 0
    publications: int = 0
    certificates: int = 0
    changes: int = 0
    batches: int = 0
    entries: int = 0

    def __str__(self) -> str:
        acknowledged = self.certificates + self.changes
        return (
            f"{self.seconds:.0f} s, {self.kills} kills, {self.publications} publications, "
            f"{self.certificates} certificates and {self.changes} status changes acknowledged in {self.batches} batches "
            f"({acknowledged / self.seconds:.0f} entries/s, {self.batches / self.seconds:.0f} commits/s); "
            f"log {self.entries} entries; lost 0, doubled 0, audit clean"
        )


@dataclass
class Process:
    """One worker's place; lives follow one another in it."""

    house: House
    name: str
    what: str
    output: Path = field(init=False)
    running: subprocess.Popen[bytes] = field(init=False)
    _born_at: int = field(init=False, default=0)
    complaints: IO[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.output = self.house.folder / f"{self.name}.jsonl"
        self.complaints = (self.house.folder / f"{self.name}.errors").open("wb")
        self.start()

    def start(self) -> None:
        """Begin a life; what it says follows what the life before said, half a line of which was not said."""
        command = [sys.executable, "-m", "tests.soak.worker", str(self.house.folder), str(self.house.url), self.name]
        with self.output.open("ab") as out:
            out.write(b"\n")
            out.flush()
            self._born_at = out.tell()
            self.running = subprocess.Popen([*command, self.what], cwd=PROJECT, stdout=out, stderr=self.complaints)

    @property
    def works(self) -> bool:
        """Whether this life has said that it began: on a busy machine that takes seconds."""
        with self.output.open("rb") as said:
            said.seek(self._born_at)
            return b'"ready"' in said.read(1 << 16)

    def kill(self) -> None:
        """End a life without a word."""
        assert self.running.poll() is None, (self.name, Path(self.complaints.name).read_text())
        self.running.send_signal(signal.SIGKILL)
        self.running.wait(20)

    def said(self) -> Iterator[dict]:
        """Every acknowledgement of all lives."""
        with self.output.open() as lines:
            for line in lines:
                if line.endswith("}\n"):
                    yield json.loads(line)


class Publisher:
    """Publishes, and proves each checkpoint from the published tiles alone."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._last: Checkpoint | None = None
        self.published = 0

    def publish(self) -> None:
        """One publication, which must descend from the one before."""
        self._house.publish()
        log, witness = self._house.log.identity, self._house.roots().witnesses
        note = (self._house.public / "checkpoint").read_bytes()
        new = open_checkpoint(note, log, witness, require_ml_dsa=True, witness_threshold=1).checkpoint
        old, self._last = self._last, new
        if old is not None and old.size < new.size:
            proof = consistency_proof(old.size, new.size, self._tile)
            verify_consistency(old.size, new.size, old.root, new.root, proof)
        elif old is not None:
            assert (old.size, old.root) == (new.size, new.root)
        self.published += 1

    def _tile(self, level: int, n: int, width: int) -> bytes:
        return (self._house.public / tile_path(level, n, width)).read_bytes()


def soak(kind: Kind, folder: Path, *, processes: int, seconds: float, kill_every: float) -> Figures:
    """Run `processes` that append and as many that change statuses for `seconds`, one killed every `kill_every` seconds."""
    house = House(folder, kind=kind)
    house.publish_roots()
    house.enrol()
    house.publish_trust()
    publisher, figures, seed = Publisher(house), Figures(), random.randrange(10**6)
    chance = random.Random(seed)
    places = [Process(house, f"{what}-{number}", what) for what in ("append", "change") for number in range(processes)]
    try:
        _await_all(places)
        began = last_kill = time.monotonic()
        while time.monotonic() - began < seconds:
            publisher.publish()
            time.sleep(0.5)
            at_work = [place for place in places if place.works]
            if at_work and time.monotonic() - last_kill >= kill_every:
                place = chance.choice(at_work)
                place.kill()
                place.start()
                figures.kills, last_kill = figures.kills + 1, time.monotonic()
        figures.seconds = time.monotonic() - began
    finally:
        for place in places:
            with contextlib.suppress(AssertionError):
                place.kill()
            place.complaints.close()
    publisher.publish()
    figures.publications = publisher.published
    _require_silence(places)
    _require_kept(house, places, figures)
    assert audit(house.engine, house.roots()) == [], f"seed {seed}"
    assert audit(house.public, house.roots()) == [], f"seed {seed}"
    house.engine.dispose()
    return figures


def _await_all(places: list[Process]) -> None:
    deadline = time.monotonic() + 120
    while not all(place.works for place in places):
        assert time.monotonic() < deadline, "somebody never came to work"
        time.sleep(0.1)


def _require_silence(places: list[Process]) -> None:
    """Nobody met an error: no "locked", no refusal."""
    complaints = {place.name: Path(place.complaints.name).read_text() for place in places}
    assert not any(complaints.values()), complaints


def _require_kept(house: House, places: list[Process], figures: Figures) -> None:
    """Everything that was acknowledged stands where it was said, and what was said twice was the same."""
    said: dict[str, dict] = {}
    for place in places:
        for line in place.said():
            if "batch" in line:
                assert said.setdefault(line["batch"], line) == line
    taken: set[int] = set()
    with reading(house.engine) as connection:
        for line in said.values():
            places_in_log = line.get("changed") or range(line["first"], line["first"] + len(line["slots"]))
            assert taken.isdisjoint(places_in_log), line
            taken.update(places_in_log)
            assert [_stands(connection, index) for index in places_in_log] == line["slots"], line
    figures.batches, figures.entries = len(said), house.recorder.head().size
    figures.changes = sum(len(line["slots"]) for line in said.values() if "changed" in line)
    figures.certificates = len(taken) - figures.changes


def _stands(connection: Connection, index: int) -> list[object]:
    """What stands in the log at `index`, in the words of a worker."""
    (body,) = stored_bodies(connection, index, index + 1)
    entry = decode(body)
    if isinstance(entry, CredentialEntry):
        return [entry.list, entry.index, entry.qr.hex()]
    assert isinstance(entry, StatusEntry)
    return [entry.list, entry.index, entry.new]
