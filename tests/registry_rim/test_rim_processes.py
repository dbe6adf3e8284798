"""Real processes on one database: eight at once (T15), killed at any moment (T12), and a disk that is full (T18)."""

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from registry.audit import audit
from registry.entries import CredentialEntry, StatusEntry, decode
from registry.refusals import StorageFailed
from registry.statuses import read_list
from registry.stored import stored_bodies
from tests.registry_rim.rim_house import House, signer
from web.database import reading

PROJECT = Path(__file__).parents[2]


def worker(house: House, name: str, rounds: int, output: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.registry_rim.rim_worker", str(house.folder), house.url, name, str(rounds)]
    with output.open("wb") as out:
        return subprocess.Popen(command, cwd=PROJECT, stdout=out, stderr=subprocess.PIPE)


def acknowledged(output: Path) -> list[dict]:
    """Whole lines only: half a line was not said."""
    return [json.loads(line) for line in output.read_text().split("\n")[:-1]]


def require_kept(house: House, said: list[dict]) -> None:
    """Everything that was acknowledged stands in the log and in the status list."""
    with reading(house.engine) as connection:
        for line in said:
            if "batch" in line:
                first, slots = line["first"], line["slots"]
                logged = [decode(body) for body in stored_bodies(connection, first, first + len(slots))]
                assert [[each.list, each.index, each.qr.hex()] for each in logged] == slots
                assert all(isinstance(each, CredentialEntry) for each in logged)
            elif "changed" in line:
                (body,) = stored_bodies(connection, line["changed"], line["changed"] + 1)
                entry = decode(body)
                assert isinstance(entry, StatusEntry)
                assert [entry.list, entry.index] == line["slot"]
                assert read_list(connection, entry.list).array.get(entry.index) == 2


def test_eight_processes_lose_nothing_double_nothing_and_never_see_a_lock(house: House) -> None:
    house.publish_roots()
    house.enrol()
    house.publish_trust()
    outputs = [house.folder / f"worker-{number}.jsonl" for number in range(8)]
    workers = [worker(house, f"w{number}", 12, output) for number, output in enumerate(outputs)]
    for process in workers:
        _, complaint = process.communicate(timeout=100)
        assert (process.returncode, complaint) == (0, b"")
    said = [line for output in outputs for line in acknowledged(output)]
    batches = [line for line in said if "batch" in line]
    slots = [tuple(slot[:2]) for line in batches for slot in line["slots"]]
    assert len(batches) == 8 * 12
    assert len([line for line in said if "changed" in line]) == 8 * 12
    assert len(slots) == len(set(slots))
    require_kept(house, said)
    assert audit(house.engine, house.roots()) == []
    with reading(house.engine) as connection:
        array = read_list(connection, 0).array
    assert [array.get(slot) for slot in range(len(slots) + 1)].count(2) == 8 * 12
    assert array.get(len(slots)) == 1  # contiguous runs: not one slot was skipped


def test_a_kill_at_any_moment_loses_nothing_that_was_acknowledged(house: House) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    house.publish_roots()
    house.enrol()
    house.publish_trust()
    said: list[dict] = []
    for life in range(5):
        output = house.folder / f"life-{life}.jsonl"
        process = worker(house, f"life-{life}", 0, output)
        deadline = time.monotonic() + 30
        while len(acknowledged(output)) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.15))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=10)
        told = acknowledged(output)
        assert len(told) >= 2, "it never came to work"
        said += told
        require_kept(house, said)
        assert audit(house.engine, house.roots()) == [], f"seed {seed}, life {life}"
    house.issue(3, signer("body"))
    house.publish()
    assert audit(house.public, house.roots()) == []


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """A file system of its own, where mounting is permitted; yields whether it was."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


@contextlib.contextmanager
def limited(house: House, pages: list[int]) -> Iterator[None]:
    """Where nothing can be mounted, the database's own page limit stands in for the disk."""

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages[0]}")

    event.listen(house.engine, "checkout", limit)
    try:
        yield
    finally:
        event.remove(house.engine, "checkout", limit)
        house.engine.dispose()


def fill(house: House, kept: list) -> None:
    for number in range(400):
        batch = f"batch {number}"
        sealed = house.sealed(batch, 50, signer("body"))
        kept.append((batch, sealed, house.recorder.append(batch, sealed)))


def test_a_full_disk_refuses_loses_nothing_and_needs_no_repair(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, 6) as mounted:
        (disk / "ballast").write_bytes(bytes(1 << 20))
        house, pages = House(disk), [10**6 if mounted else 600]
        with limited(house, pages):
            house.publish_roots()
            house.enrol()
            house.publish_trust()
            kept: list = []
            with pytest.raises(StorageFailed) as refused:
                fill(house, kept)
            assert "full" in str(refused.value.params["reason"])
            assert len(kept) > 3
            head = house.recorder.head()
            assert len(house.recorder.prove(kept[-1][2].first_index, 50, head.size)) == 50
            assert audit(house.engine, house.roots()) == []
            (disk / "ballast").unlink()
            pages[0] = 10**6
            for batch, submissions, answer in kept:
                assert house.recorder.append(batch, submissions) == answer
            batch = f"batch {len(kept)}"
            assert house.recorder.append(batch, house.sealed(batch, 50, signer("body"))).count == 50
            assert audit(house.engine, house.roots()) == []
