"""The reading children: limited, replaced when worn or dead, gone with their parent, never more than allowed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from issuers.qr import qr_png
from tests.print.certificates import QR_TEXT
from verifier import sandbox
from verifier.errors import ReaderBusy, ReadingError, ReadingTooCostly
from verifier.sandbox import run_bounded

PICTURE = qr_png(QR_TEXT)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    sandbox.close_children()
    yield
    sandbox.close_children()


def child_of(pid: int) -> int:
    """The process id of the one reading child of `pid`."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    [found] = [child for child in children if b"verifier.sandbox" in Path(f"/proc/{child}/cmdline").read_bytes()]
    return found


def gone(pid: int, within: float = 5) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z"):
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_the_limits_are_set_in_the_child() -> None:
    run_bounded("picture", PICTURE)
    child = child_of(os.getpid())
    limits = Path(f"/proc/{child}/limits").read_text()
    for line, value in (
        ("Max address space", 512 << 20), ("Max processes", 0), ("Max file size", 0), ("Max core file size", 0), ("Max open files", 16)
    ):  # fmt: skip
        assert f"{line:<26}{value:<21}{value:<21}" in limits
    assert "HOME" not in Path(f"/proc/{child}/environ").read_text()


def test_the_same_child_serves_many_however_large_its_parent_is() -> None:
    ballast = bytearray(b"x" * (256 << 20))
    run_bounded("picture", PICTURE)
    del ballast
    first = child_of(os.getpid())
    for _ in range(5):
        assert run_bounded("picture", PICTURE)["texts"] == [QR_TEXT]
    assert child_of(os.getpid()) == first


def test_a_worn_child_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "JOBS_A_CHILD", 2)
    run_bounded("picture", PICTURE)
    first = child_of(os.getpid())
    run_bounded("picture", PICTURE)
    assert gone(first)
    assert run_bounded("picture", PICTURE)["texts"] == [QR_TEXT]


def test_a_killed_child_is_replaced() -> None:
    run_bounded("picture", PICTURE)
    first = child_of(os.getpid())
    os.kill(first, signal.SIGKILL)
    assert gone(first)
    assert run_bounded("picture", PICTURE)["texts"] == [QR_TEXT]


def test_a_child_that_hangs_is_killed_on_time(monkeypatch: pytest.MonkeyPatch) -> None:
    run_bounded("picture", PICTURE)
    first = child_of(os.getpid())
    os.kill(first, signal.SIGSTOP)
    monkeypatch.setattr(sandbox, "TIME_LIMIT", 0.3)
    started = time.monotonic()
    with pytest.raises(ReadingTooCostly):
        run_bounded("picture", PICTURE + bytes(1 << 20))  # more than a pipe holds
    assert time.monotonic() - started < 2
    assert gone(first)
    monkeypatch.undo()
    assert run_bounded("picture", PICTURE)["texts"] == [QR_TEXT]


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "WAIT_LIMIT", 0.05)
    taken = [sandbox._free.get() for _ in range(sandbox.children())]
    try:
        with pytest.raises(ReaderBusy):
            run_bounded("picture", PICTURE)
    finally:
        for place in taken:
            sandbox._free.put(place)
    assert run_bounded("picture", PICTURE)["texts"] == [QR_TEXT]


def test_many_threads_share_few_children() -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: run_bounded("picture", PICTURE)["texts"], range(40)))
    assert answers == [[QR_TEXT]] * 40
    assert sandbox._free.qsize() == sandbox.children()


def test_an_unknown_function_is_a_reading_error() -> None:
    with pytest.raises(ReadingError):
        run_bounded("os.system", b"true")


@pytest.mark.parametrize("reply", [b"", b"[]", b"nonsense", b"[" * 100_000, b"\xff", b'{"error": "limit"}'])
def test_a_taken_over_child_cannot_raise_anything_else(reply: bytes) -> None:
    with pytest.raises(ReadingError):
        sandbox._opened(reply)


SCRIPT = """
import os, sys, time
sys.path[:0] = [os.getcwd()]
from tests.print.test_bounded_children import PICTURE, child_of
from verifier.sandbox import run_bounded
run_bounded("picture", PICTURE)
print(child_of(os.getpid()), flush=True)
sys.stdin.read() if len(sys.argv) > 1 else None
"""


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", SCRIPT, *arguments]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_the_child_ends_with_a_parent_that_ends() -> None:
    with start() as parent:
        out, err = parent.communicate(timeout=20)
    assert err == ""
    assert gone(int(out))


def test_the_child_ends_with_a_parent_that_is_killed() -> None:
    with start("wait") as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    assert gone(child)


def test_a_forked_server_process_has_children_of_its_own() -> None:
    run_bounded("picture", PICTURE)
    mine = child_of(os.getpid())
    fork = os.fork()
    if fork == 0:  # what a preforking server does
        good = run_bounded("picture", PICTURE)["texts"] == [QR_TEXT] and child_of(os.getpid()) != mine
        sandbox.close_children()
        os._exit(0 if good else 1)
    assert os.waitpid(fork, 0)[1] == 0
    assert run_bounded("picture", PICTURE)["texts"] == [QR_TEXT]
