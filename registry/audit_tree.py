"""The audit's tree: hashes entries up again by the second implementation, and holds every tile and every signed root against it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from keys.errors import KeysError
from keys.roots import Roots
from registry.checkpoint import Checkpoint, open_checkpoint, read_body
from registry.errors import RegistryError
from registry.note import read_note
from registry.recompute import Frontier, perfect_root
from registry.replay import Replay

StoredTile = Callable[[int, int, int], bytes | None]
"""(level, n, width) -> a tile at least so wide, None where it is missing."""

_WIDTH = 256


def open_head(note: bytes | None, roots: Roots, replay: Replay, size: int | str = "newest") -> Checkpoint | None:
    """Return a checkpoint whose both log signatures verify; None, and a finding, for anything else."""
    if note is None:
        replay.find("checkpoint_missing")
        return None
    try:
        return open_checkpoint(note, roots.log, roots.witnesses, require_ml_dsa=True, witness_threshold=0).checkpoint
    except (RegistryError, KeysError) as error:
        replay.find("checkpoint_invalid", size=size, defect=error.code)
        return None


def read_head(note: bytes, replay: Replay, size: int) -> Checkpoint | None:
    """Return what a checkpoint says, its signatures left unverified; None, and a finding, where it says nothing."""
    try:
        return read_body(read_note(note).text)
    except RegistryError as error:
        replay.find("checkpoint_invalid", size=size, defect=error.code)
        return None


@dataclass(slots=True)
class Notes:
    """The earlier checkpoints, met in order of their size while the tree grows. `read` opens one of them."""

    notes: Iterator[tuple[int, bytes]]
    replay: Replay
    read: Callable[[bytes, int], Checkpoint | None]
    _next: tuple[int, bytes] | None = None
    _differed: bool = False

    def __post_init__(self) -> None:
        self._next = next(self.notes, None)

    def within(self, size: int, most: int) -> int:
        """How many entries, `most` at most, may be added at `size` before the next checkpoint is met."""
        return most if self._next is None else min(most, max(1, self._next[0] - size))

    def meet(self, frontier: Frontier) -> None:
        """Check each checkpoint of this size against the tree as it is now."""
        while self._next is not None and self._next[0] <= frontier.size:
            size, note = self._next
            self._next = next(self.notes, None)
            said = self.read(note, size)
            if said is None or self._differed:
                continue  # once two histories have parted, every later root differs as well
            if size != frontier.size or (said.size, said.root) != (frontier.size, frontier.root()):
                self._differed = True
                self.replay.find("root_differs", size=size)


@dataclass(slots=True)
class Tree:
    """Hashes the entries up again and holds every tile against the result."""

    tile: StoredTile
    replay: Replay
    notes: Notes
    frontier: Frontier = field(default_factory=Frontier)
    _rows: list[list[bytes]] = field(default_factory=lambda: [[]])
    _count: list[int] = field(default_factory=lambda: [0])

    def extend(self, bodies: Sequence[bytes]) -> None:
        """Add the next entries."""
        at = 0
        while at < len(bodies):
            size = self.frontier.size
            many = self.notes.within(size, _WIDTH - size % _WIDTH)
            leaves = self.frontier.extend(bodies[at : at + many])
            self._rows[0] += leaves
            at += len(leaves)
            self._close_full(0)
            self.notes.meet(self.frontier)

    def _close_full(self, level: int) -> None:
        row = self._rows[level]
        if len(row) < _WIDTH:
            return
        self._compare(level)
        self._rows[level] = []
        self._count[level] += 1
        if level + 1 == len(self._rows):
            self._rows.append([])
            self._count.append(0)
        self._rows[level + 1].append(perfect_root(row))
        self._close_full(level + 1)

    def _compare(self, level: int) -> None:
        row, n = self._rows[level], self._count[level]
        stored = self.tile(level, n, len(row))
        if stored is None:
            self.replay.find("tile_missing", level=level, n=n)
            return
        if stored[: 32 * len(row)] == b"".join(row):
            return
        at = next(at for at, node in enumerate(row) if stored[32 * at : 32 * at + 32] != node)
        if level == 0:
            self.replay.find("leaf_differs", index=_WIDTH * n + at)
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
