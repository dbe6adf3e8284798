"""The published folder as its writer sees it: whole files, one writer, and a memory of what was laid out before.

What is laid out becomes durable before the checkpoint that names it does, so neither a kill nor a power cut leaves a
checkpoint over files that are not there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from keys.errors import KeysError
from keys.strictjson import dumps, loads
from registry import paths
from registry.files import PART, only_one, replace_file, sync, sync_all
from registry.newest import Newest
from registry.refusals import FolderNotOurs, StoredBytesDiffer
from registry.tiles import WIDTH, bundle_path, tile_path, width_of

_MANY: Final = (
    16  # beyond so many new files one sync of their file system is cheaper than one a file: one journal commit
)
_MOST: Final = (
    8192  # so many at most wait for it: a folder of ten million entries needs no more memory than a small one
)
_WORKSHOP: Final = ".publishing"
_STATE: Final = f"{_WORKSHOP}/state.json"
_LOCK: Final = f"{_WORKSHOP}/lock"


@dataclass(slots=True)
class Memory:
    """What earlier publications left: list versions laid out, partial tiles that are still there, and where in the log
    the newest entry of each list stands.
    """

    lists: dict[str, int] = field(default_factory=dict)
    partials: set[tuple[int, int, int]] = field(default_factory=set)
    newest: Newest = field(default_factory=Newest)


@dataclass(slots=True)
class Shelf:
    """One published folder, held by one publication."""

    folder: Path
    memory: Memory = field(default_factory=Memory)
    written: int = 0
    _fresh: list[Path] = field(default_factory=list)
    _named: set[Path] = field(default_factory=set)

    def put(self, path: str, data: bytes) -> None:
        """Lay out one file at its published path and read it back; durable only after `settle`. Raises StoredBytesDiffer."""
        file = self.folder / path
        folder = file.parent
        while not folder.is_dir():  # a new folder's name stands in the one above, which must reach the disk too
            folder = folder.parent
            self._named.add(folder)
        replace_file(file, data, durable=False, workshop=self._workshop())
        if file.read_bytes() != data:
            raise StoredBytesDiffer(what="published file", path=path)
        self._fresh.append(file)
        self.written += 1
        if len(self._fresh) >= _MOST:
            self.settle()

    def _workshop(self) -> Path:
        """Where half-written files lie, out of readers' sight; what a kill left there is swept by the next publication."""
        workshop = self.folder / _WORKSHOP
        workshop.mkdir(parents=True, exist_ok=True)
        return workshop

    def read(self, path: str) -> bytes | None:
        """Return what lies at a published path, None where there is nothing."""
        file = self.folder / path
        return file.read_bytes() if file.is_file() else None

    def forget_after(self, size: int) -> None:
        """Forget everything when the memory is of a later publication than the folder: its files came from a backup."""
        if self.memory.newest.size > size:
            self.memory = Memory()

    def settle(self) -> None:
        """Make everything laid out so far reach the disk."""
        if len(self._fresh) > _MANY:
            sync_all(self.folder)
        else:
            for path in {*self._fresh, *(file.parent for file in self._fresh), *self._named}:
                sync(path)
        self._fresh.clear()
        self._named.clear()

    def close(self, note: bytes, old_size: int) -> None:
        """Name all of it by the checkpoint, last; then forget partial tiles that nobody can need any more."""
        self.settle()
        replace_file(self.folder / paths.CHECKPOINT, note, durable=True, workshop=self._workshop())
        self.written += 1
        self._sweep(old_size)
        newest = self.memory.newest
        memory: dict[str, Any] = {
            "lists": self.memory.lists,
            "partials": sorted(map(list, self.memory.partials)),
            "newest": {"size": newest.size, "lists": newest.lists},
        }
        replace_file(self.folder / _STATE, dumps(memory), durable=False, workshop=self._workshop())

    def _sweep(self, old_size: int) -> None:
        """Remove partial tiles whose full tile was there with the publication before (tlog-tiles, partial tiles)."""
        for level, n, width in sorted(self.memory.partials):
            if width_of(old_size, level, n) == WIDTH:
                self.memory.partials.remove((level, n, width))
                self._remove(tile_path(level, n, width))
                if level == 0:
                    self._remove(bundle_path(n, width))

    def _remove(self, path: str) -> None:
        file = self.folder / path
        file.unlink(missing_ok=True)
        if file.parent.is_dir() and not any(file.parent.iterdir()):
            file.parent.rmdir()


def require_ours(folder: Path) -> None:
    """Raise FolderNotOurs where files lie that no publication put there: a slip of the hand must not scatter ours among them."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _LOCK).exists():
        raise FolderNotOurs(folder=str(folder))


@contextmanager
def open_shelf(folder: Path) -> Iterator[Shelf]:
    """Hold the folder for one publication; another one waits."""
    folder.mkdir(parents=True, exist_ok=True)
    with only_one(folder / _LOCK):
        for left in (folder / _WORKSHOP).glob(f"{PART}*"):
            left.unlink()
        yield Shelf(folder, _remembered(folder / _STATE))


def _remembered(file: Path) -> Memory:
    """What a lost or broken memory costs is only that more is laid out again."""
    try:
        held = loads(file.read_bytes())
        partials = {(level, n, width) for level, n, width in held["partials"]}
        lists = {name: (index, version) for name, (index, version) in held["newest"]["lists"].items()}
        return Memory(dict(held["lists"]), partials, Newest(int(held["newest"]["size"]), lists))
    except (OSError, KeysError, KeyError, TypeError, ValueError, AttributeError):
        return Memory()
