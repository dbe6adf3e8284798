"""Small fakes at the registry's seams that fail before or after the real thing was done, once or twice in a row.

Failing *after* is what Sunlight's tests call an error that persisted: the caller hears of a failure, the store has it.
"""

import sqlite3
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from registry import files, shelf
from registry.watermark import Watermark
from registry.witnesses.cosigner import ConsistencyProof, Cosign

BEFORE, AFTER = "before", "after"


class Fuse:
    """Counts the steps of an operation; at step `at` (from 0) it blows, `times` in a row, before or after the step."""

    def __init__(self, at: int, when: str, times: int = 1) -> None:
        self.steps = 0
        self.mended = False
        self._at, self._when, self._times = at, when, times

    @property
    def blown(self) -> bool:
        """Whether the operation came as far as the fault."""
        return self.steps > self._at

    def step(self, real: Callable[[], Any], error: Exception) -> Any:
        """Do one step, or fail at it."""
        fails = self._at <= self.steps < self._at + self._times and not self.mended
        self.steps += not self.mended
        if fails and self._when == BEFORE:
            raise error
        done = real()
        if fails:
            raise error
        return done


def io_error() -> sqlite3.OperationalError:
    """What sqlite3 raises when the disk fails."""
    return sqlite3.OperationalError("disk I/O error")


@contextmanager
def faulty_store(engine: Engine, fuse: Fuse):
    """Every statement, COMMIT and ROLLBACK of `engine` is a step."""
    dialect = engine.dialect
    real = {name: getattr(dialect, name) for name in ("do_commit", "do_rollback")}

    def execute(cursor: Any, statement: str, parameters: Any, _context: Any) -> bool:
        fuse.step(lambda: cursor.execute(statement, parameters), io_error())
        return True

    def executemany(cursor: Any, statement: str, parameters: Any, _context: Any) -> bool:
        fuse.step(lambda: cursor.executemany(statement, parameters), io_error())
        return True

    event.listen(engine, "do_execute", execute)
    event.listen(engine, "do_executemany", executemany)
    for name, done in real.items():
        setattr(dialect, name, lambda connection, done=done: fuse.step(lambda: done(connection), io_error()))
    try:
        yield
    finally:
        event.remove(engine, "do_execute", execute)
        event.remove(engine, "do_executemany", executemany)
        for name, done in real.items():
            setattr(dialect, name, done)


class FaultyWatermark(Watermark):
    """Every reading and raising is a step."""

    def __init__(self, path: Path, fuse: Fuse) -> None:
        super().__init__(path)
        self._fuse = fuse

    def read(self) -> tuple[int, bytes] | None:
        """As the real one, or not."""
        mark: tuple[int, bytes] | None = self._fuse.step(super().read, OSError(5, "Input/output error"))
        return mark

    def raise_to(self, size: int, root: bytes) -> None:
        """As the real one, or not."""
        self._fuse.step(lambda: super(FaultyWatermark, self).raise_to(size, root), OSError(5, "Input/output error"))


@dataclass
class FaultyWitness:
    """A witness whose question or whose answer is lost on the way."""

    real: Cosign
    fuse: Fuse

    @property
    def name(self) -> str:
        """The real one's."""
        return self.real.name

    def __call__(self, note: bytes, prove: ConsistencyProof, /) -> bytes:
        """As the real one, or not."""
        lost = ConnectionResetError(104, "Connection reset by peer")
        answer: bytes = self.fuse.step(lambda: self.real(note, prove), lost)
        return answer


@contextmanager
def faulty_folder(patch: Any, fuse: Fuse):
    """Every file that a publication lays out, syncs or reads back is a step."""
    error = OSError(28, "No space left on device")

    def wrapped(real: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments, **named: fuse.step(lambda: real(*arguments, **named), error)

    with patch.context() as inner:
        inner.setattr(shelf, "replace_file", wrapped(files.replace_file))
        inner.setattr(shelf, "sync", wrapped(files.sync))
        yield
