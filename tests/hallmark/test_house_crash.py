"""T12 and T15 for the whole house: killed at any moment, or four at once, it loses nothing and issues nothing twice."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from credentials.envelope import read_document, read_token
from hallmark.house import House
from registry.entries import CredentialEntry, decode
from registry.stored import stored_bodies
from tests.hallmark.command import PROJECT, environment, run
from tests.hallmark.conftest import copied, opened, rows_of
from web.database import reading

ROWS = 120
KILLS = int(os.environ.get("HALLMARK_KILLS", "5"))
pytestmark = pytest.mark.timeout(120 + 20 * KILLS)


@pytest.fixture(scope="session")
def titles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("crash") / "titles.csv"
    file.write_text(rows_of("titles.csv", slice(ROWS)), "utf-8")
    return file


class Worker:
    """A house_worker that has loaded everything and waits for the word."""

    def __init__(self, home: Path, what: str, argument: object) -> None:
        command = [sys.executable, "-m", "tests.hallmark.house_worker", str(home), what, str(argument)]
        self._log = home.with_name(f"{what}-{random.randrange(10**9)}.err")
        with self._log.open("wb") as errors:
            self._process = subprocess.Popen(
                command, cwd=PROJECT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
            )
        assert self._process.stdout is not None
        assert json.loads(self._process.stdout.readline()) == {"ready": what}, self.errors

    @property
    def errors(self) -> str:
        return self._log.read_text()

    def go(self) -> float:
        assert self._process.stdin is not None
        self._process.stdin.write(b"go\n")
        self._process.stdin.flush()
        return time.monotonic()

    def killed_after(self, seconds: float) -> list[dict[str, object]]:
        """Let it work for so long, then SIGKILL; return the whole lines it had said."""
        self.go()
        time.sleep(seconds)
        self._process.send_signal(signal.SIGKILL)
        return self._said()

    def done(self) -> list[dict[str, object]]:
        self.go()
        said = self._said()
        assert self._process.returncode == 0, self.errors
        return said

    def _said(self) -> list[dict[str, object]]:
        out, _ = self._process.communicate(timeout=60)
        assert "Traceback" not in self.errors
        return [json.loads(line) for line in out.decode().split("\n")[:-1]]


@dataclass
class Acknowledged:
    """What left a worker alive, over all its lives."""

    released: list[str] = field(default_factory=list)
    suspended: list[str] = field(default_factory=list)

    def hear(self, said: list[dict[str, object]]) -> bool:
        """Take a life's lines; return whether it came to its end."""
        for line in said:
            self.released += line.get("released", [])  # type: ignore[arg-type]  # a list of texts
            self.suspended += [line["suspended"]] if "suspended" in line else []  # type: ignore[list-item]
        return any("done" in line for line in said)


def require_sound(house: House, heard: Acknowledged) -> None:
    """Nothing that was acknowledged is lost, nothing is out without entry and slot, and the audit finds nothing."""
    assert house.audit() == []
    records = {record.number: record for record in house.ledger.records()}
    assert set(heard.released) <= records.keys()
    assert all(records[number].state == "suspended" for number in heard.suspended)
    require_each_once(house, [record.log_index for record in records.values()])


def require_each_once(house: House, indices: list[int]) -> None:
    """By plain SQL and the log alone: every released certificate has its own source key, slot and entry."""
    with closing(sqlite3.connect(house.settings.home / "ledger.db")) as ledger:
        rows = ledger.execute('SELECT source_key, list, "index", log_index, number FROM certificate').fetchall()
        states = ledger.execute("SELECT state, count(*) FROM batch GROUP BY state").fetchall()
    assert len({row[0] for row in rows}) == len(rows)
    assert len({row[1:3] for row in rows}) == len(rows)
    assert len({row[4] for row in rows}) == len(rows)
    released = [row for row in rows if row[3] is not None]
    assert len({row[3] for row in released}) == len(released) == len(indices)
    assert dict(states).keys() <= {"sealed", "released"}
    with reading(house.registry_engine) as connection:
        bodies = stored_bodies(connection, 0, house.log.head().size)
    logged = {index: entry for index, body in enumerate(bodies) if isinstance(entry := decode(body), CredentialEntry)}
    assert {(logged[row[3]].list, logged[row[3]].index) for row in released} == {row[1:3] for row in released}
    assert {(entry.list, entry.index) for entry in logged.values()} <= {row[1:3] for row in rows}


def require_complete(house: House, before: dict[str, bytes]) -> None:
    """All rows are certificates, each sealed once: what was stored before is what is out now, byte for byte."""
    records = list(house.ledger.records())
    assert len(records) == ROWS
    assert house.ledger.unreleased() == []
    assert house.ledger.counts()["audit_release"] == ROWS
    names = []
    for record in records:
        token, document = house.ledger.sealed_bytes(record.number)
        assert read_token(token).credential.number == read_document(document).credential.number == record.number
        assert before.get(record.number, token) == token
        names.append(read_token(token).credential.holder.name)
    assert sorted(names) == sorted(line.split(",")[1] for line in rows_of("titles.csv", slice(ROWS)).splitlines()[1:])


def stored(house: House) -> dict[str, bytes]:
    """Every sealed token in the ledger, released or not."""
    return {account.number: account.sealed[0] for account in house.ledger.accounts() if account.sealed}


def test_killed_at_any_moment_it_loses_nothing_and_seals_nothing_twice(
    untouched: Path, titles: Path, tmp_path: Path
) -> None:
    duration = _measured(untouched, titles, tmp_path)
    landed, run_no, moments = 0, 0, random.Random(2026)
    while landed < KILLS:
        home = copied(untouched, tmp_path / f"run-{run_no}")
        heard, before, finished = Acknowledged(), dict[str, bytes](), False
        for life in range(3):  # killed, killed again while it mends, and again
            if landed == KILLS or finished:
                break
            part = duration * (1 - life * 0.3)
            finished = heard.hear(Worker(home, "issue", titles).killed_after(part * moments.random()))
            landed += not finished
            house = opened(home)
            require_sound(house, heard)
            now = stored(house)
            assert before.items() <= now.items()
            before = now
        out = run(home, "issue", titles, "--kind", "title").fine().out
        assert f"共 {ROWS} 行" in out
        house = opened(home)
        require_complete(house, before)
        require_sound(house, heard)
        shutil.rmtree(home)
        run_no += 1
        assert run_no < 3 * KILLS + 3, "the kills miss the work"


def _measured(founded: Path, titles: Path, tmp_path: Path) -> float:
    """How long the work takes here and now, without loading."""
    home = Path(shutil.copytree(founded, tmp_path / "measured"))
    worker = Worker(home, "issue", titles)
    began = time.monotonic()
    assert len(worker.done()) == ROWS // 10 * 2 + 1 or began
    took = time.monotonic() - began
    shutil.rmtree(home)
    return took


def test_killed_while_it_changes_statuses_the_ledger_is_mended(kept: Path, tmp_path: Path) -> None:
    """Between the registry's log and the ledger's row lies a moment; the next change asks again with the same bytes."""
    moments, landed, run_no = random.Random(7), 0, 0
    while landed < max(2, KILLS // 3):
        home = copied(kept, tmp_path / f"run-{run_no}")
        heard = Acknowledged()
        landed += not heard.hear(Worker(home, "suspend", 0).killed_after(0.02 + 0.3 * moments.random()))
        house = opened(home)
        require_sound(house, heard)
        house.status_desk.resume()
        assert house.ledger.under_way() == frozenset()
        assert house.ledger.planned_changes() == []
        require_sound(house, heard)
        suspended = [record.number for record in house.ledger.records() if record.state == "suspended"]
        assert set(heard.suspended) <= set(suspended)
        run(home, "reinstate", *suspended).fine() if suspended else None
        require_sound(opened(home), Acknowledged())
        run_no += 1
        assert run_no < 3 * KILLS + 6, "the kills miss the work"


def test_four_processes_issuing_one_file_issue_it_once(founded: Path, titles: Path) -> None:
    """T15: whoever comes too late is told to run again; nobody sees a trace or a locked database."""
    command = [
        str(Path(sys.executable).with_name("hallmark")),
        "--home",
        str(founded),
        "issue",
        str(titles),
        "--kind",
        "title",
    ]
    processes = [
        subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)
    ]
    released = 0
    for process in processes:
        out, err = (each.decode() for each in process.communicate(timeout=100))
        assert process.returncode in (0, 75), err
        assert "Traceback" not in err
        assert "locked" not in err
        assert (err == "") == (process.returncode == 0)
        released += int(out.split("Issued ")[1].split(";")[0]) if "Issued " in out else 0
    assert released >= ROWS or any(process.returncode == 75 for process in processes)
    assert f"Issued 0; {ROWS} had been issued before." in run(founded, "issue", titles, "--kind", "title").fine().out
    require_complete(opened(founded), {})
    require_sound(opened(founded), Acknowledged())


@pytest.mark.parametrize("blocks", [120, 200, 400])
def test_a_full_disk_is_a_sentence_and_nothing_is_lost(blocks: int, founded: Path, titles: Path) -> None:
    """T18 from outside: no file may grow beyond so many kilobytes. What is there verifies; with room again it goes on."""
    hallmark = Path(sys.executable).with_name("hallmark")
    command = f'ulimit -f {blocks}; exec "{hallmark}" --home "{founded}" issue "{titles}" --kind title'
    full = subprocess.run(["bash", "-c", command], env=environment(), capture_output=True, timeout=60, check=False)
    assert full.returncode == 65, full
    said = full.stderr.decode().splitlines()
    assert len(said) == 2, said
    assert "Traceback" not in full.stderr.decode()
    house = opened(founded)
    require_sound(house, Acknowledged())
    before = stored(house)
    run(founded, "issue", titles, "--kind", "title").fine()
    require_complete(opened(founded), before)
    require_sound(opened(founded), Acknowledged())
