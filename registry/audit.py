"""Audits a registry: replays the whole log from a database or a published folder and names every contradiction.

Everything is computed a second time from the entry bodies: leaves, tiles, every signed root, slots, status lists, keys.
No finding means that what is stored or published is exactly what the signed log says. It reads and changes nothing, and
needs no private key.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Engine

from keys.errors import KeysError
from keys.roots import Roots
from registry.audit_database import DatabaseSource
from registry.audit_folder import FolderSource
from registry.checkpoint import OpenedCheckpoint, open_checkpoint
from registry.errors import RegistryError
from registry.recompute import Frontier, perfect_root
from registry.replay import Finding, Replay

Progress = Callable[[int, int], None]
"""(entries replayed, entries in all)."""

_EVERY: Final = 1024


class Source(Protocol):
    """Where a log lies. Raises nothing for what is missing: it returns None or ends early, and the audit names it."""

    def checkpoint(self) -> bytes | None:
        """Return the newest signed checkpoint."""
        ...

    def bodies(self, size: int) -> Iterator[bytes | None]:
        """Yield the bodies of entries 0 to `size - 1`, None for one that is missing or unreadable."""
        ...

    def tile(self, level: int, n: int, width: int) -> bytes | None:
        """Return a tile, at least `width` hashes wide."""
        ...

    def signed_roots(self) -> Iterator[tuple[int, bytes]]:
        """Yield (size, note) of earlier checkpoints that are kept, smallest first."""
        ...

    def sound(self, replay: Replay) -> bool:
        """Note what cannot even be read as what it should be; False when that makes a replay pointless."""
        ...

    def compare(self, replay: Replay, roots: Roots) -> None:
        """Hold everything else that lies there against the replay, and note what differs."""
        ...


def audit(source: Engine | Path, roots: Roots, *, progress: Progress | None = None) -> list[Finding]:
    """Return every defect of a registry's database (an Engine) or of a published folder (a Path); empty when clean.

    `roots` says whose signatures count. Takes seconds for 100,000 entries; memory grows with status lists, not entries.
    """
    if isinstance(source, Engine):
        with DatabaseSource.opened(source) as database:
            return _audit(database, roots, progress)
    return _audit(FolderSource(source), roots, progress)


def _audit(source: Source, roots: Roots, progress: Progress | None) -> list[Finding]:
    replay = Replay()
    opened = _open(source.checkpoint(), roots, replay) if source.sound(replay) else None
    if opened is None:
        return replay.findings
    size = opened.checkpoint.size
    tree = _Tree(source, replay, _Notes(source.signed_roots(), roots, replay))
    for index, body in enumerate(source.bodies(size)):
        if body is None:
            replay.find("entry_missing", index=index)
            return replay.findings  # nothing behind a gap can be hashed
        tree.push(body)
        replay.feed(body)
        if progress is not None and index % _EVERY == 0:
            progress(index, size)
    tree.close(size, opened.checkpoint.root)
    source.compare(replay, roots)
    if progress is not None:
        progress(size, size)
    return replay.findings


def _open(note: bytes | None, roots: Roots, replay: Replay, size: int | str = "newest") -> OpenedCheckpoint | None:
    if note is None:
        replay.find("checkpoint_missing")
        return None
    try:
        return open_checkpoint(note, roots.log, roots.witnesses, require_ml_dsa=True, witness_threshold=0)
    except (RegistryError, KeysError) as error:
        replay.find("checkpoint_invalid", size=size, defect=error.code)
        return None


@dataclass(slots=True)
class _Notes:
    """The earlier checkpoints, met in order of their size while the tree grows."""

    notes: Iterator[tuple[int, bytes]]
    roots: Roots
    replay: Replay
    _next: tuple[int, bytes] | None = None
    _differed: bool = False

    def __post_init__(self) -> None:
        self._next = next(self.notes, None)

    def meet(self, frontier: Frontier) -> None:
        """Check each checkpoint of this size against the tree as it is now."""
        while self._next is not None and self._next[0] <= frontier.size:
            size, note = self._next
            self._next = next(self.notes, None)
            opened = _open(note, self.roots, self.replay, size)
            if opened is None or self._differed:
                continue  # once two histories have parted, every later root differs as well
            if (opened.checkpoint.size, opened.checkpoint.root) != (frontier.size, frontier.root()):
                self._differed = True
                self.replay.find("root_differs", size=size)


@dataclass(slots=True)
class _Tree:
    """Hashes the entries up again and holds every tile against the result."""

    source: Source
    replay: Replay
    notes: _Notes
    frontier: Frontier = field(default_factory=Frontier)
    _rows: list[list[bytes]] = field(default_factory=lambda: [[]])
    _count: list[int] = field(default_factory=lambda: [0])

    def push(self, body: bytes) -> None:
        """Add the next entry."""
        self._add(0, self.frontier.push(body))
        self.notes.meet(self.frontier)

    def _add(self, level: int, node: bytes) -> None:
        if level == len(self._rows):
            self._rows.append([])
            self._count.append(0)
        row = self._rows[level]
        row.append(node)
        if len(row) == 256:
            self._compare(level)
            self._rows[level] = []
            self._count[level] += 1
            self._add(level + 1, perfect_root(row))

    def _compare(self, level: int) -> None:
        row, n = self._rows[level], self._count[level]
        stored = self.source.tile(level, n, len(row))
        if stored is None:
            self.replay.find("tile_missing", level=level, n=n)
            return
        if stored[: 32 * len(row)] == b"".join(row):
            return
        at = next(at for at, node in enumerate(row) if stored[32 * at : 32 * at + 32] != node)
        if level == 0:
            self.replay.find("leaf_differs", index=256 * n + at)
        else:
            self.replay.find("tile_differs", level=level, n=n, at=at)

    def close(self, size: int, root: bytes) -> None:
        """Compare the partial tiles and the newest root."""
        if self.frontier.size != size:
            self.replay.find("entry_missing", index=self.frontier.size)
            return
        for level, row in enumerate(self._rows):
            if row:
                self._compare(level)
        if self.frontier.root() != root:
            self.replay.find("root_differs", size=size)
