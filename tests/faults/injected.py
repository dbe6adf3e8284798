"""Runs one operation of the registry in a process of its own and lets its n-th system call of a kind fail (strace)."""

import json
import pickle
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.registry_rim.rim_house import House, change

PROJECT = Path(__file__).parents[2]
WRITES = ("pwrite64", "write")
SYNCS = ("fsync", "fdatasync", "syncfs")
CALLS = ("openat", *WRITES, *SYNCS, "rename", "ftruncate", "unlink", "flock", "mkdir")
"""The calls by which the registry changes what outlives it; `writev` is not among them, by it a child speaks."""

_CALL = re.compile(r"^(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\d+)")
_CUT, _RESUMED = " <unfinished ...>", re.compile(r"^<\.\.\. \w+ resumed>")
_PATH = re.compile(r"<(/[^>]*)>")
_QUOTED = re.compile(r'"([^"]*)"')


def tracing_is_allowed() -> bool:
    """Whether strace is there and may trace."""
    if shutil.which("strace") is None:
        return False
    done = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    return done.returncode == 0


@dataclass(frozen=True)
class Call:
    """One traced system call: its name, the files it names, whether it succeeded."""

    name: str
    paths: tuple[str, ...]
    done: bool


@dataclass(frozen=True)
class Outcome:
    """What one child said (an answer, a refusal, nothing), how it ended, and what it did to files."""

    said: list[dict[str, Any]]
    status: int
    calls: list[Call]

    @property
    def answers(self) -> list[Any]:
        """Every answer that was acknowledged."""
        return [each["answer"] for each in self.said if "answer" in each]


class Children:
    """The forking worker; one operation at a time."""

    def __enter__(self) -> "Children":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.fault_worker"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()

    def run(self, operation: str, folder: Path, fault: str = "") -> Outcome:
        """Let a child do `operation` on the registry in `folder` under one injected `fault`, as strace writes it."""
        self._tell(f"{operation} {folder}")
        ready = self._hear()
        trace = folder / "trace"
        injection = ["-e", f"inject={fault}"] if fault else []
        command = ["strace", "-f", "-y", "-s", "0", "-e", f"trace={','.join(CALLS)}", *injection, "-o", str(trace)]
        tracer = subprocess.Popen([*command, "-p", str(ready["ready"])], stderr=subprocess.PIPE)
        assert tracer.stderr is not None
        assert b"attached" in tracer.stderr.readline()
        self._tell("go")
        said = []
        while "ended" not in (line := self._hear()):
            said.append(line)
        tracer.communicate(timeout=20)
        return Outcome(said, line["ended"], read_trace(trace))

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        heard: dict[str, Any] = json.loads(self._process.stdout.readline())
        return heard


def read_trace(file: Path) -> list[Call]:
    """The calls of one trace, in order."""
    calls: list[Call] = []
    cut: dict[str, str] = {}
    for line in file.read_text(errors="replace").splitlines():
        thread, _, told = line.partition(" ")
        told = told.strip()
        if told.endswith(_CUT):  # another thread was heard meanwhile
            cut[thread] = told.removesuffix(_CUT)
            continue
        if resumed := _RESUMED.match(told):
            told = cut.pop(thread, "") + told[resumed.end() :]
        if (found := _CALL.match(told)) is not None:
            calls.append(_call(found["name"], found["arguments"], int(found["result"]) >= 0))
    return calls


def _call(name: str, arguments: str, done: bool) -> Call:
    """The files that a call names: by descriptor where it has one, by path where it has none."""
    by_path = name in ("rename", "openat", "unlink", "mkdir")
    return Call(name, tuple((_QUOTED if by_path else _PATH).findall(arguments)), done)


def points(calls: list[Call]) -> list[tuple[str, int]]:
    """Every (system call, n) of a faultless run."""
    return [(name, n + 1) for name, count in sorted(Counter(call.name for call in calls).items()) for n in range(count)]


def furnished(folder: Path) -> House:
    """A small registry that was published once and has since logged more; a batch and a change wait to be done."""
    house = House(folder)
    key = house.enrol()
    house.publish_roots()
    house.publish_trust()
    _, issued, _ = house.issue(5, key, "before")
    house.publish()
    house.issue(3, key, "since")
    (folder / "submissions").write_bytes(pickle.dumps(house.sealed("faulted", 4, key)))
    (folder / "change").write_bytes(pickle.dumps(change(key, issued[2], "suspended", house.clock())))
    house.engine.dispose()
    return house


def copy_of(furnished: Path, folder: Path) -> Path:
    """The same registry for one fault."""
    return Path(shutil.copytree(furnished, folder))
