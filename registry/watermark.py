"""Remembers, outside the database, the highest log head that has left this house.

A database restored from an old backup looks healthy and would sign a second history. This small file, kept beside the
database and never in its backup, tells: a head below the mark must not sign. Two fixed records take turns, each with a
check sum, so a write torn by a power cut leaves the other one. After a failed sync the kernel holds written pages for clean,
so a record that may not have reached the disk is taken back and written anew, never synced a second time and believed.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from registry.files import sync
from registry.refusals import StoredBytesDiffer

_RECORD_BYTES = 128
_TAKEN_BACK = b" " * _RECORD_BYTES


class Watermark:
    """The highest (size, root) that was acknowledged or published; any number of processes may share the file."""

    def __init__(self, path: Path) -> None:
        """Use the file at `path`; it is made at the first raise."""
        self._path = path
        self._doubtful = False

    def read(self) -> tuple[int, bytes] | None:
        """Return (size, root) of the mark, or None before the first head. Raises StoredBytesDiffer on a broken file."""
        if not self._path.exists():
            return None
        with self._locked(fcntl.LOCK_SH) as file:
            return self._newest(file)

    def raise_to(self, size: int, root: bytes) -> None:
        """Set the mark to this head if it is higher, durably: on return it has reached the disk."""
        with self._locked(fcntl.LOCK_EX) as file:
            present = self._newest(file)
            if present is not None and present[0] >= size and not self._doubtful:
                return
            self._write(file, max((size, root), present or (0, b"")))
            if present is None:
                sync(self._path.parent)  # the file's name is new too

    def _write(self, file: int, mark: tuple[int, bytes]) -> None:
        """Put `mark` in place of the older record, durably; when that fails, nobody is to take it for durable."""
        records = [_parse(os.pread(file, _RECORD_BYTES, at)) for at in (0, _RECORD_BYTES)]
        stale = 0 if records[0] is None or (records[1] is not None and records[0] < records[1]) else 1
        self._doubtful = True
        try:
            _write_whole(file, _format(*mark), stale * _RECORD_BYTES)
            os.fsync(file)
        except OSError:
            with suppress(OSError):
                os.pwrite(file, _TAKEN_BACK, stale * _RECORD_BYTES)
            raise
        self._doubtful = False

    def _newest(self, file: int) -> tuple[int, bytes] | None:
        content = os.pread(file, 2 * _RECORD_BYTES, 0)
        found = [_parse(content[:_RECORD_BYTES]), _parse(content[_RECORD_BYTES:])]
        known = [record for record in found if record is not None]
        if content.strip() and not known:
            raise StoredBytesDiffer(what="watermark", path=self._path.name)
        return max(known, default=None)

    @contextmanager
    def _locked(self, kind: int) -> Iterator[int]:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, kind)
            yield file
        finally:
            os.close(file)


def _write_whole(file: int, data: bytes, at: int) -> None:
    if os.pwrite(file, data, at) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _format(size: int, root: bytes) -> bytes:
    text = f"{size} {root.hex()}"
    return f"{text} {sha256(text.encode()).hexdigest()[:16]}".ljust(_RECORD_BYTES - 1).encode() + b"\n"


def _parse(record: bytes) -> tuple[int, bytes] | None:
    try:
        size, root, check = record.decode("ascii").split()
        if sha256(f"{size} {root}".encode()).hexdigest()[:16] != check:
            return None
        return int(size), bytes.fromhex(root)
    except ValueError:
        return None
