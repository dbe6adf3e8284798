"""T10: the log against an independent RFC 6962 reference, through any order of appends, failures, restarts, proofs, publications."""

import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from registry.entries import CredentialEntry, encode
from registry.stored import stored_bodies, tile_reader
from registry.tiles import consistency_proof
from tests.registry_rim import plain_reader
from tests.registry_rim.rfc6962 import Reference
from tests.registry_rim.rim_house import ORIGIN, House
from web.database import reading

CI_STEPS = 400
STEPS = int(os.environ.get("HALLMARK_STEPS", CI_STEPS))
A_RUN = 20  # steps of one log's life; hypothesis leaves some rules out of each life, so there must be many

SIZES = st.one_of(st.integers(1, 4), st.sampled_from([255, 256, 257]), st.integers(1, 700))
PLACES = st.floats(0, 1, exclude_max=True)


class Broken(Exception):
    """The caller's own failure inside the block."""


class LogMachine(RuleBasedStateMachine):
    """One log, and beside it what it must be."""

    template: Path
    done: Counter[str]

    @initialize(count=st.integers(0, 300))
    def found(self, count: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        for file in self.template.iterdir():
            shutil.copy(file, self.folder)
        self.house = House(self.folder)
        self.reference = Reference()
        self.sizes = [0]
        self.published = 0
        if count:
            self.append(count)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.house.engine.dispose()
            shutil.rmtree(self.folder)

    def some(self, place: float, low: int, high: int) -> int:
        return low + int(place * (high - low + 1))

    @rule(count=SIZES)
    def append(self, count: int) -> None:
        self.done["append"] += 1
        added = []
        with self.house.log.growing() as growth:
            for _ in range(count):
                entry = CredentialEntry(growth.t, b"somebody", 0, growth.next_index, os.urandom(32), bytes(32))
                added.append(encode(entry))
                assert growth.add(entry) == len(self.reference.entries) + len(added) - 1
        self.reference.entries += added
        self.sizes.append(len(self.reference.entries))
        assert growth.head.size == self.sizes[-1]

    @rule(count=SIZES)
    def append_in_vain(self, count: int) -> None:
        self.done["append_in_vain"] += 1
        with pytest.raises(Broken):
            self.break_off(count)

    def break_off(self, count: int) -> None:
        with self.house.log.growing() as growth:
            for _ in range(count):
                growth.add(CredentialEntry(growth.t, b"somebody", 0, 1, bytes(32), bytes(32)))
            raise Broken

    @rule()
    def restart(self) -> None:
        self.done["restart"] += 1
        self.house.engine.dispose()
        self.house.open()

    @rule(where=PLACES, how_large=PLACES)
    def prove_inclusion(self, where: float, how_large: float) -> None:
        if not self.reference.entries:
            return
        self.done["prove_inclusion"] += 1
        size = self.some(how_large, 1, len(self.reference.entries))
        index = self.some(where, 0, size - 1)
        assert self.house.recorder.prove(index, 1, size) == [self.reference.path(index, 0, size)]
        with reading(self.house.engine) as connection:
            assert stored_bodies(connection, index, index + 1) == self.reference.entries[index : index + 1]

    @rule(how_old=PLACES, how_large=PLACES)
    def prove_consistency(self, how_old: float, how_large: float) -> None:
        if not self.reference.entries:
            return
        self.done["prove_consistency"] += 1
        new = self.some(how_large, 1, len(self.reference.entries))
        old = self.some(how_old, 1, new)
        with reading(self.house.engine) as connection:
            assert consistency_proof(old, new, tile_reader(connection)) == self.reference.proof(old, new)

    @rule()
    def publish(self) -> None:
        self.done["publish"] += 1
        published = self.house.publish()
        size, root = plain_reader.checkpoint(self.house.public, ORIGIN, self.house.log.identity.ed25519.raw)
        assert (published.size, size, root) == (len(self.reference.entries), size, self.reference.root(size))
        assert plain_reader.entries(self.house.public, size) == self.reference.entries
        self.published = size

    @rule()
    def read_what_was_published(self) -> None:
        if self.published:
            self.done["read_what_was_published"] += 1
            held = plain_reader.entries(self.house.public, self.published)
            assert held == self.reference.entries[: self.published]

    @invariant()
    def the_head_is_the_references(self) -> None:
        if hasattr(self, "house"):
            head = self.house.recorder.head()
            assert (head.size, head.root) == (self.sizes[-1], self.reference.root(self.sizes[-1]))


@pytest.mark.timeout(3600)
def test_the_log_is_the_references_log_whatever_happens(tmp_path: Path) -> None:
    (tmp_path / "template").mkdir()
    made = House(tmp_path / "template")
    made.engine.dispose()
    machine = type("Machine", (LogMachine,), {"template": tmp_path / "template", "done": Counter()})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=max(1, STEPS // A_RUN),
            stateful_step_count=A_RUN,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            derandomize=STEPS <= CI_STEPS,  # the nightly run goes other ways each night
        ),
    )
    assert len(machine.done) == 7, machine.done  # every rule was followed
    assert machine.done.total() >= STEPS / 2
