"""Proves tiles against one checkpoint and answers which leaf hash stands at an index.

The right edge is proven as a whole against the root, every other tile by its root in the proven tile above. What was
proven once is kept, so a warm look-up costs two dictionary steps. Fetching is the caller's.
"""

from threading import Lock

from registry.errors import EvidenceMissing, ProofInvalid
from registry.merkle import HASH_BYTES, root_of_packed
from registry.tiles import WIDTH, ReadTile, read_exactly, read_tails, root_of_tails, tile_path, widths

MAX_KEPT_TILES = 8192


class LogView:
    """The tree of `size` leaves under `root`, read through `read` and trusted only as far as it is proven.

    Safe to share between threads. Keeps at most `MAX_KEPT_TILES` tiles (64 MiB).
    """

    def __init__(self, size: int, root: bytes, read: ReadTile) -> None:
        self.size = size
        self.root = root
        self._read = read
        self._leaves: dict[int, bytes] = {}
        self._proven: dict[tuple[int, int], bytes] = {}
        self._edge_is_proven = False
        self._lock = Lock()

    def leaf_hash(self, index: int) -> bytes:
        """Return the 32-byte leaf hash at `index`, proven under the root.

        Raises ProofInvalid when the index lies beyond the tree or a tile does not lead to the root, and whatever `read`
        raises when a tile is missing.
        """
        tile = self._leaves.get(index >> 8)
        if tile is None:
            tile = self._prove_leaves(index)
        at = (index & 255) * HASH_BYTES
        leaf = tile[at : at + HASH_BYTES]
        if not leaf:
            raise ProofInvalid(reason="index beyond the tree", index=index, size=self.size)
        return leaf

    def tile(self, level: int, n: int) -> bytes:
        """Return a whole tile of any level, proven under the root. Raises as `leaf_hash`."""
        with self._lock:
            self._prove_edge()
            return self._prove(level, n)

    def _prove_leaves(self, index: int) -> bytes:
        if not 0 <= index < self.size:
            raise ProofInvalid(reason="index beyond the tree", index=index, size=self.size)
        with self._lock:
            self._prove_edge()
            tile = self._prove(0, index >> 8)
            if len(self._leaves) >= MAX_KEPT_TILES:
                self._leaves.pop(next(iter(self._leaves)))
            self._leaves[index >> 8] = tile
        return tile

    def _prove_edge(self) -> None:
        if self._edge_is_proven:
            return
        tails = read_tails(self.size, self._read)
        if root_of_tails(tails) != self.root:
            raise ProofInvalid(reason="root differs", size=self.size)
        self._proven.update({(level, n): tails[level] for level, n, _ in widths(self.size)})
        self._edge_is_proven = True

    def _prove(self, level: int, n: int) -> bytes:
        """Return a tile, proven by its root in the tile above; the walk up ends at the right edge."""
        known = self._proven.get((level, n))
        if known is not None:
            return known
        if n >= self.size >> (8 * (level + 1)):
            raise EvidenceMissing(path=tile_path(level, n))
        above = self._prove(level + 1, n // WIDTH)
        tile = read_exactly(self._read, level, n, WIDTH)
        at = n % WIDTH * HASH_BYTES
        if root_of_packed(tile) != above[at : at + HASH_BYTES]:
            raise ProofInvalid(reason="tile differs", path=tile_path(level, n))
        if level:  # one tile above serves 256 below; leaf tiles are kept apart, within their limit
            self._proven[level, n] = tile
        return tile
