"""Computes roots a second time, plainly, from stored bytes; shares no code with `registry.merkle` and `registry.tiles`.

One flipped bit in memory once ended a public log (Yeti 2022): it had hashed what it did not store. So before a checkpoint
is signed, and in every audit, entries and tiles are read back and hashed again here, by the textbook stack of RFC 6962.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from registry.refusals import StoredBytesDiffer

Tile = Callable[[int, int], bytes]
"""(level, n) -> the stored bytes of that tile, as wide as they are."""

_TILE = 256


class Frontier:
    """The roots of the complete subtrees of a growing tree, largest first: all one needs to append and to know the root."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """Start with the empty tree, or with a tree of `size` leaves and its peaks."""
        self.size = size
        self._peaks = list(peaks)

    def push(self, body: bytes) -> bytes:
        """Append one entry body; return its leaf hash."""
        leaf = node = sha256(b"\x00" + body).digest()
        height = self.size
        while height % 2:  # as many ones as the size ends with, so many complete neighbours stand to the left
            node = sha256(b"\x01" + self._peaks.pop() + node).digest()
            height //= 2
        self._peaks.append(node)
        self.size += 1
        return leaf

    def extend(self, bodies: Iterable[bytes]) -> list[bytes]:
        """Append many entry bodies; return their leaf hashes. The same stack as `push`, without a call for each."""
        peaks, size, leaves, hashed = self._peaks, self.size, [], sha256
        for body in bodies:
            node = hashed(b"\x00" + body).digest()
            leaves.append(node)
            height = size
            while height & 1:
                node = hashed(b"\x01" + peaks.pop() + node).digest()
                height >>= 1
            peaks.append(node)
            size += 1
        self.size = size
        return leaves

    def peaks(self) -> tuple[bytes, ...]:
        """Return the roots of the complete subtrees, largest first: with the size, all there is to go on from."""
        return tuple(self._peaks)

    def root(self) -> bytes:
        """Return the root of the tree so far."""
        if not self._peaks:
            return sha256(b"").digest()
        root = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            root = sha256(b"\x01" + peak + root).digest()
        return root


def frontier_of(size: int, tile: Tile) -> Frontier:
    """Return the frontier of the first `size` leaves as the stored tiles give it."""
    peaks: list[bytes] = []
    level = 0
    while size >> (8 * level):
        count = size >> (8 * level)
        row = tile(level, count // _TILE) if count % _TILE else b""
        peaks[:0] = _peaks_of(row[: 32 * (count % _TILE)])
        level += 1
    return Frontier(size, peaks)


def _peaks_of(row: bytes) -> list[bytes]:
    peaks = []
    hashes = [row[at : at + 32] for at in range(0, len(row), 32)]
    for power in (128, 64, 32, 16, 8, 4, 2, 1):
        if len(hashes) & power:
            peaks.append(perfect_root(hashes[:power]))
            hashes = hashes[power:]
            # what is left is shorter than `power`, so the next smaller bit decides
    return peaks


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root above 2^k equal subtrees."""
    row = list(hashes)
    while len(row) > 1:
        row = [sha256(b"\x01" + row[at] + row[at + 1]).digest() for at in range(0, len(row), 2)]
    return row[0]


def recheck(old_size: int, old_root: bytes, bodies: Sequence[bytes], tile: Tile) -> bytes:
    """Return the root that the stored bytes give after `bodies` were appended to the tree (`old_size`, `old_root`).

    The old root must come out of the stored tiles (so the new tree begins with the signed one), each new leaf must stand
    in its tile, and each new node above in its own. Raises StoredBytesDiffer naming the index or the tile.
    """
    frontier = frontier_of(old_size, tile)
    if frontier.root() != old_root:
        raise StoredBytesDiffer(what="tiles under the signed head", size=old_size)
    leaves = frontier.extend(bodies)
    _require_leaves(old_size, leaves, tile)
    _require_nodes(old_size, frontier.size, tile)
    return frontier.root()


def _require_leaves(first: int, leaves: Sequence[bytes], tile: Tile) -> None:
    """Hold each stretch of leaves that lies in one tile against what is stored there."""
    start = 0
    while start < len(leaves):
        n, at = divmod(first + start, _TILE)
        here = leaves[start : start + _TILE - at]
        stored = tile(0, n)[32 * at : 32 * (at + len(here))]
        if stored != b"".join(here):
            wrong = next(k for k, leaf in enumerate(here) if stored[32 * k : 32 * k + 32] != leaf)
            raise StoredBytesDiffer(what="leaf", index=first + start + wrong)
        start += len(here)


def _require_nodes(old_size: int, new_size: int, tile: Tile) -> None:
    level = 1
    while new_size >> (8 * level):
        for node in range(old_size >> (8 * level), new_size >> (8 * level)):
            row = tile(level, node // _TILE)
            if row[node % _TILE * 32 : node % _TILE * 32 + 32] != tile_root(tile(level - 1, node)):
                raise StoredBytesDiffer(what="tile", level=level, n=node // _TILE)
        level += 1


def tile_root(tile: bytes) -> bytes:
    """Return the root of one full tile; a shorter one gives no node of the level above."""
    if len(tile) != 32 * _TILE:
        raise StoredBytesDiffer(what="tile that should be full", length=len(tile))
    return perfect_root([tile[at : at + 32] for at in range(0, len(tile), 32)])
