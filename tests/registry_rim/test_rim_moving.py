"""A registry moves between SQLite and PostgreSQL: nothing lost, nothing doubled, killed or not; two logs never come of one (T23)."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import insert

from issuers.tables import MIGRATIONS as LEDGER
from registry import moving
from registry.audit import audit
from registry.entries import CredentialEntry
from registry.moving import move
from registry.refusals import DatabaseMoved, MoveDiffers, MoveSourceGrew, MoveTargetTaken, NotFounded, UrlInvalid
from registry.tables import METADATA, SLOT
from tests.hallmark.command import run
from tests.registry_rim.rim_house import House, new_log, signer
from tests.stores.kinds import Kind, Postgresql, Sqlite, execute, rows
from tests.stores.server import Server
from web.database import migrate, open_engine, sqlite_url

PROJECT = Path(__file__).parents[2]
TABLES = [table.name for table in METADATA.sorted_tables]


@pytest.fixture
def other(kind: Kind, server: Server) -> Kind:
    """The other kind of store."""
    return Postgresql(server) if kind.name == "sqlite" else Sqlite()


@pytest.fixture
def target(other: Kind, tmp_path: Path) -> str:
    """An empty database of the other kind."""
    return other.empty(tmp_path, "target.db")


@contextmanager
def opened(url: str, house: House) -> Iterator[House]:
    """The same house on another database."""
    moved = House(house.folder, kind=house.kind, url=url)
    moved.key = house.key
    yield moved
    moved.engine.dispose()


def content(url: str) -> dict[str, list]:
    """Every row of every table; the origin apart, which tells a sealed source."""
    told = {name: sorted(map(repr, rows(url, f"SELECT * FROM {name}"))) for name in TABLES if name != "head"}
    return told | {"head": rows(url, "SELECT size, root, t, note FROM head")}


def test_every_row_arrives_and_the_house_goes_on_there(full_house: House, target: str) -> None:
    full_house.publish()
    full_house.recorder.erase_detail(306)
    before, head = content(full_house.url), full_house.recorder.head()
    moved = move(full_house.url, target)
    assert moved.head == head
    assert moved.rows["entry"] == head.size
    assert content(target) == content(full_house.url) == before
    with opened(target, full_house) as there:
        assert audit(there.engine, there.roots()) == []
        there.issue(3, there.key)
        there.publish()
        assert audit(there.public, there.roots()) == []


def test_what_was_moved_grows_in_one_place_only(full_house: House, target: str, kind: Kind) -> None:
    move(full_house.url, target)
    for attempt in (
        lambda: full_house.issue(1, full_house.key),
        lambda: full_house.recorder.reserve("new", 1),
        lambda: full_house.enrol("other"),
        lambda: move(full_house.url, kind.empty(full_house.folder, "second.db")),
    ):
        with pytest.raises(DatabaseMoved):
            attempt()
    assert full_house.recorder.head().size == 310
    assert move(full_house.url, target).head.size == 310  # asked again after the answer was lost


def test_there_and_back_again(full_house: House, target: str, kind: Kind) -> None:
    before = content(full_house.url)
    move(full_house.url, target)
    home = kind.empty(full_house.folder, "home.db")
    move(target, home)
    assert content(home) == before
    with opened(home, full_house) as back:
        back.issue(1, back.key)
        assert audit(back.engine, back.roots()) == []


class Cut(Exception):
    """The move ends here."""


def cut_after(steps: int) -> Callable[[str, int], None]:
    """A progress that breaks off."""
    left = iter(range(steps))

    def tell(_table: str, _rows: int) -> None:
        if next(left, None) is None:
            raise Cut

    return tell


def test_a_move_cut_off_anywhere_goes_on_where_it_was(
    full_house: House, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "_COMMIT", 130)
    before, steps = content(full_house.url), 0
    while True:
        try:
            move(full_house.url, target, progress=cut_after(steps))
            break
        except Cut:
            assert rows(target, "SELECT * FROM head") == []  # nobody can sign there yet
            steps += 3
    assert steps > 15
    assert content(target) == before


def test_a_move_killed_at_any_moment_goes_on_where_it_was(full_house: House, target: str) -> None:
    for _ in range(3):
        full_house.issue(900, full_house.key)
    before, seed = content(full_house.url), random.randrange(10**6)
    chance, arrived = random.Random(seed), []
    for _ in range(3):
        command = [sys.executable, "-m", "tests.registry_rim.moving_worker", full_house.url, target]
        process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        for _ in range(chance.randint(1, 9)):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=20)
        assert process.returncode == -signal.SIGKILL, f"seed {seed}: it had come to its end"
        arrived.append(rows(target, "SELECT count(*) FROM entry")[0][0])
        assert rows(target, "SELECT * FROM head") == []
    assert arrived == sorted(arrived)
    assert move(full_house.url, target).head == full_house.recorder.head()
    assert content(target) == before


def test_a_source_that_grows_is_not_left_behind(full_house: House, target: str) -> None:
    def writes_meanwhile(table: str, _rows: int) -> None:
        if table == TABLES[-1] and full_house.recorder.head().size == 310:
            full_house.issue(200, full_house.key)

    with pytest.raises(MoveSourceGrew):
        move(full_house.url, target, progress=writes_meanwhile)
    assert rows(target, "SELECT * FROM head") == []
    assert full_house.issue(1, full_house.key)  # the source goes on; it is not sealed
    assert move(full_house.url, target).head == full_house.recorder.head()
    assert content(target) == content(full_house.url)


def test_only_an_empty_database_or_the_same_unfinished_move_is_written_to(
    full_house: House, other: Kind, tmp_path: Path
) -> None:
    (tmp_path / "stranger").mkdir()
    stranger = House(tmp_path / "stranger", kind=other)
    stranger.enrol("stranger")
    taken = [other.copy(stranger.url, tmp_path, f"{number}.db") for number in range(2)]
    stranger.engine.dispose()
    execute(taken[1], "DELETE FROM head")  # as if another log's move had been cut off
    ledger = other.empty(tmp_path, "ledger.db")
    migrate(ledger, LEDGER)
    for url in taken:
        before = content(url)
        with pytest.raises(MoveTargetTaken):
            move(full_house.url, url)
        assert content(url) == before
    for url in (ledger, full_house.url):
        with pytest.raises(MoveTargetTaken):
            move(full_house.url, url)
    assert full_house.issue(1, full_house.key)


@pytest.mark.parametrize(
    "spoil", ["UPDATE slot SET kid8 = x'00' WHERE \"index\" = 7", "DELETE FROM event WHERE log_index = 306"]
)
def test_a_row_that_changes_on_the_way_is_found(full_house: House, target: str, spoil: str) -> None:
    def spoils(table: str, _rows: int) -> None:
        if table == TABLES[-1] and not done:
            done.append(execute(target, spoil))

    done: list[int] = []
    with pytest.raises(MoveDiffers):
        move(full_house.url, target, progress=spoils)
    assert done == [1]
    assert rows(target, "SELECT * FROM head") == []
    move(full_house.url, target)  # what is not as in the source is copied anew
    assert content(target) == content(full_house.url)


@pytest.mark.parametrize(
    "defect",
    [
        "UPDATE entry SET body = x'00' WHERE idx = 200",
        "DELETE FROM entry WHERE idx = 309",
        "INSERT INTO entry VALUES (310, x'00')",
        "UPDATE head SET root = x'00'",
        "UPDATE checkpoint SET note = (SELECT note FROM head) WHERE size = 1",
    ],
)
def test_a_source_whose_roots_do_not_come_out_is_not_moved(full_house: House, target: str, defect: str) -> None:
    execute(full_house.url, defect)
    with pytest.raises(MoveDiffers):
        move(full_house.url, target)
    assert rows(target, "SELECT * FROM head") == []


def test_the_command_says_what_it_did_and_what_is_wrong(full_house: House, target: str, tmp_path: Path) -> None:
    told = run(None, "registry", "migrate", "--from", full_house.url, "--to", target).fine().out
    assert full_house.recorder.head().root.hex() in told
    nothing = sqlite_url(tmp_path / "nothing.db")
    refused = {
        "url_invalid": (full_house.url, "postgresql+psycopg://me:secret@db/registry"),
        "not_founded": (nothing, target),
        "move_target_taken": (target, full_house.url),
    }
    for source, to in refused.values():
        run(None, "registry", "migrate", "--from", source, "--to", to).refused()
    assert not (tmp_path / "nothing.db").exists()
    with pytest.raises(UrlInvalid):
        move("nonsense", target)
    with pytest.raises(NotFounded):
        move(nothing, target)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_large_registry_moves_in_bounded_memory(tmp_path: Path, server: Server) -> None:
    """HALLMARK_MOVE_ENTRIES certificates (200,000 by default): an entry and a slot each. Tells its figures to -rP."""
    entries, source = int(os.environ.get("HALLMARK_MOVE_ENTRIES", "200000")), Sqlite().fresh(tmp_path)
    large_log(source, tmp_path, entries)
    target = Postgresql(server).empty(tmp_path, "target")
    for there, name in ((target, "SQLite to PostgreSQL"), (sqlite_url(tmp_path / "back.db"), "PostgreSQL to SQLite")):
        began, before = time.monotonic(), peak_memory(forget=True)
        moved = move(source, there)
        seconds, peak = time.monotonic() - began, peak_memory() - before
        total = sum(moved.rows.values())
        sys.stdout.write(f"{name}: {total} rows ({entries} entries) in {seconds:.1f} s; {peak} MB more at the peak\n")
        assert peak < 256
        assert (moved.rows["entry"], moved.rows["slot"]) == (entries, entries)
        source = there


def peak_memory(*, forget: bool = False) -> int:
    """This process's high-water mark in MB; with `forget` it is set back to what is held now (Linux, proc(5))."""
    if forget:  # other tests of this process have left theirs
        Path("/proc/self/clear_refs").write_text("5")
    marks = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(marks["VmHWM"].split()[0]) // 1024


def large_log(url: str, folder: Path, entries: int) -> None:
    """A log whose roots are right; nobody signed its certificates."""
    engine = open_engine(url)
    log = new_log(folder, engine, lambda: 1_800_000_000)
    log.found()
    for first in range(0, entries, 10_000):
        count = min(10_000, entries - first)
        with log.growing() as growth:
            places = [divmod(first + at, 131_072) for at in range(count)]
            for at, (number, slot) in enumerate(places):
                seed = (first + at).to_bytes(8, "big") * 4
                growth.add(CredentialEntry(growth.t, signer("body").public_key.kid8, number, slot, seed, seed[::-1]))
            slots = [
                {"list": number, "index": slot, "log_index": first + at, "kid8": bytes(8)}
                for at, (number, slot) in enumerate(places)
            ]
            growth.connection.execute(insert(SLOT), slots)
    engine.dispose()
