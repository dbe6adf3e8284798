"""Reads hostile files in child processes with hard limits of memory, processor and time; a dead child is an answer."""

from __future__ import annotations

import atexit
import base64
import json
import os
import queue
import selectors
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from verifier.errors import ReaderBusy, ReadingError, ReadingTooCostly

MEMORY_LIMIT: Final = 512 << 20  # bytes of address space of one child
PROCESSOR_LIMIT: Final = 5  # seconds of processor for one file
TIME_LIMIT: Final = 8.0  # seconds on the clock for one file
WAIT_LIMIT: Final = 15.0  # seconds that a caller waits for a free child
REPLY_LIMIT: Final = 1 << 20
JOBS_A_CHILD: Final = 400  # then a fresh one, so that a leak in a decoder stays small
HEAVY: Final = 192 << 20  # bytes a child may hold on to between files before it is replaced

_REQUEST: Final = struct.Struct(">16sI")  # function name, length of the data
_REPLY: Final = struct.Struct(">I")
_ROOT: Final = str(Path(__file__).resolve().parent.parent)


def run_bounded(function_name: str, data: bytes) -> dict[str, Any]:
    """Run `function_name` of verifier.decoding on `data` in a limited child and return its answer.

    The answer is what JSON carries: read it as hostile too, for the child may have been taken over. Safe from several
    threads; children are started on first use, by exec and never by a bare fork, and at most `children()` live.
    Raises ReadingTooCostly when a limit was met or the child died, ReaderBusy when no child came free, ReadingError otherwise.
    """
    try:
        child = _free.get(timeout=WAIT_LIMIT)
    except queue.Empty:
        raise ReaderBusy from None
    try:
        if child is None or not child.alive():
            child = _replaced(child)
        answer = child.ask(function_name, data)
        if child.worn_out(answer):
            child.close()
            child = None
    except BaseException:
        _close(child)
        child = None
        raise
    finally:
        _free.put(child)
    return answer


def children() -> int:
    """How many children may live at once."""
    return max(1, min(4, os.cpu_count() or 1))


def _replaced(child: _Child | None) -> _Child:
    _close(child)
    return _Child()


def _close(child: _Child | None) -> None:
    if child is not None:
        child.close()


class _Child:
    """One `python -m verifier.sandbox` behind two pipes, used by one thread at a time."""

    def __init__(self) -> None:
        self._jobs = 0
        self._process = subprocess.Popen(  # our own interpreter and module, no shell
            [sys.executable, "-P", "-m", "verifier.sandbox"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env={"PYTHONPATH": _ROOT, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
        )
        for pipe in self._pipes():
            os.set_blocking(pipe.fileno(), False)

    def _pipes(self) -> tuple[Any, Any]:
        return self._process.stdin, self._process.stdout

    def alive(self) -> bool:
        return self._process.poll() is None

    def worn_out(self, answer: dict[str, Any]) -> bool:
        heavy = answer.pop("heavy", False)
        return heavy is not False or self._jobs >= JOBS_A_CHILD

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in self._pipes():
            pipe.close()

    def ask(self, function_name: str, data: bytes) -> dict[str, Any]:
        self._jobs += 1
        request = memoryview(_REQUEST.pack(function_name.encode("ascii"), len(data)) + data)
        try:
            reply = self._exchange(request, time.monotonic() + TIME_LIMIT)
        except OSError as error:  # the child closed its pipe
            raise ReadingTooCostly from error
        return _opened(reply)

    def _exchange(self, request: memoryview, deadline: float) -> bytes:
        """Write the request and read the reply side by side, so that neither end can block the other for ever."""
        to_child, from_child = self._pipes()
        reply = bytearray()
        with selectors.DefaultSelector() as ready:
            ready.register(to_child, selectors.EVENT_WRITE)
            ready.register(from_child, selectors.EVENT_READ)
            while len(reply) < _REPLY.size or len(reply) < _REPLY.size + _length(reply):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise ReadingTooCostly
                for key, _ in ready.select(left):
                    if key.fileobj is from_child:
                        reply += _received(from_child)
                    else:
                        request = request[to_child.write(request) or 0 :]
                        if not request:
                            ready.unregister(to_child)
        return bytes(reply[_REPLY.size :])


def _received(pipe: Any) -> bytes:
    chunk: bytes | None = pipe.read(1 << 16)
    if chunk == b"":
        raise ReadingTooCostly
    return chunk or b""


def _length(reply: bytearray) -> int:
    length: int = _REPLY.unpack_from(reply)[0]
    if length > REPLY_LIMIT:
        raise ReadingError
    return length


def _opened(reply: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(reply)
    except (ValueError, RecursionError) as error:
        raise ReadingError from error
    if not isinstance(answer, dict):
        raise ReadingError
    if answer.get("error") == "limit":
        raise ReadingTooCostly
    return answer


_free: queue.LifoQueue[_Child | None] = queue.LifoQueue()


def _fill() -> None:
    """Places for children that are not started yet; also after a fork, for a child has one parent."""
    global _free  # noqa: PLW0603 - one pool a process
    _free = queue.LifoQueue()
    for _ in range(children()):
        _free.put(None)


@atexit.register
def close_children() -> None:
    """End all idle children. Called at exit; the next call of `run_bounded` starts new ones."""
    idle = []
    while not _free.empty():
        idle.append(_free.get_nowait())
    for child in idle:
        if child is not None:
            child.close()
        _free.put(None)


_fill()
os.register_at_fork(after_in_child=_fill)


# --- the child's side -------------------------------------------------------------------------------------------------


def _serve() -> None:
    """Answer requests until the parent closes the pipe."""
    requests, replies = _own_pipes()
    import resource

    from verifier import decoding

    decoding.warm_up()
    _limit(resource)
    while header := _read_exactly(requests, _REQUEST.size):
        name, length = _REQUEST.unpack(header)
        data = _read_exactly(requests, length)
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime)
        resource.setrlimit(resource.RLIMIT_CPU, (spent + PROCESSOR_LIMIT + 1, resource.RLIM_INFINITY))
        answer = _answered(decoding.FUNCTIONS[name.rstrip(b"\x00").decode("ascii")], data)
        del data
        answer["heavy"] = _resident() > HEAVY
        body = json.dumps(answer).encode()
        replies.write(_REPLY.pack(len(body)) + body)
        replies.flush()


def _resident() -> int:
    """Bytes in memory now. Not ru_maxrss: that starts at what the parent had when it started us."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _answered(function: Any, data: bytes) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = function(data)
    except MemoryError:
        return {"error": "limit"}
    return {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else value for name, value in answer.items()
    }


def _own_pipes() -> tuple[Any, Any]:
    """The two pipes under numbers of their own, so that nothing a library prints gets between the frames."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("r+b") as nowhere:
        os.dup2(nowhere.fileno(), 0)
        os.dup2(nowhere.fileno(), 1)
    return requests, replies


def _limit(resource: Any) -> None:
    """No more memory, no core file, no file written, no process started, whatever a decoder is talked into."""
    for name, value in (("AS", MEMORY_LIMIT), ("CORE", 0), ("FSIZE", 0), ("NPROC", 0), ("NOFILE", 16)):
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


def _read_exactly(pipe: Any, length: int) -> bytes:
    data: bytes = pipe.read(length)
    if len(data) < length:
        sys.exit(0)
    return data


if __name__ == "__main__":
    _serve()
