"""Lays a Merkle tree out in tiles and reads proofs back out of them (c2sp.org/tlog-tiles).

Ends at bytes: a `ReadTile` that its caller brings fetches them, and nothing read here is trusted before a proof.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from registry.errors import EvidenceMissing, ProofInvalid, TileInvalid
from registry.merkle import EMPTY_ROOT, HASH_BYTES, MAX_SIZE, node_hash, root_of_packed

WIDTH = 256
FULL_TILE_BYTES = WIDTH * HASH_BYTES
MAX_ENTRY_BYTES = 0xFFFF

ReadTile = Callable[[int, int, int], bytes]
"""(level, n, width) -> exactly `width` hashes, or the full tile; raises EvidenceMissing when it cannot."""


def tile_path(level: int, n: int, width: int = WIDTH) -> str:
    """Return the published path of one tile, for example `tile/0/x001/234.p/7`."""
    if not 0 <= level <= 63:
        raise TileInvalid(reason="level", level=level)
    return f"tile/{level}/{_numbered(n, width)}"


def bundle_path(n: int, width: int = WIDTH) -> str:
    """Return the published path of one entry bundle, for example `tile/entries/x001/234`."""
    return f"tile/entries/{_numbered(n, width)}"


def _numbered(n: int, width: int) -> str:
    if not 0 <= n <= MAX_SIZE or not 1 <= width <= WIDTH:
        raise TileInvalid(reason="number or width", n=n, width=width)
    path = f"{n % 1000:03d}"
    while n := n // 1000:
        path = f"x{n % 1000:03d}/{path}"
    return path if width == WIDTH else f"{path}.p/{width}"


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Return up to 256 entries, each behind its length as a big-endian uint16."""
    if len(entries) > WIDTH or any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
        raise TileInvalid(reason="bundle too large")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(bundle: bytes) -> list[bytes]:
    """Return the entries of a bundle; refuses more than 256 and any surplus or missing byte."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        if start > len(bundle) or at > len(bundle) or len(entries) == WIDTH:
            raise TileInvalid(reason="bundle cut short or too long")
        entries.append(bundle[start:at])
    return entries


def widths(size: int) -> list[tuple[int, int, int]]:
    """Return (level, n, width) of every partial tile of the tree of `size` leaves, lowest level first."""
    _require_size(size)
    found = []
    level = 0
    while count := size >> (8 * level):
        if count % WIDTH:
            found.append((level, count // WIDTH, count % WIDTH))
        level += 1
    return found


def width_of(size: int, level: int, n: int) -> int:
    """Return how many hashes (0 to 256) tile `n` of `level` holds in the tree of `size` leaves."""
    return max(0, min(WIDTH, (size >> (8 * level)) - n * WIDTH))


@dataclass(frozen=True, slots=True)
class Growth:
    """What appending leaves changed: the new size and root, every changed tile, and the new partial tiles by level."""

    size: int
    tiles: dict[tuple[int, int], bytes]
    tails: dict[int, bytes]
    root: bytes


def grow(size: int, tails: Mapping[int, bytes], leaf_hashes: Sequence[bytes]) -> Growth:
    """Append leaf hashes (32 bytes each) to the tree of `size` leaves whose partial tiles are `tails`, by level.

    Returns every tile that changed, full or partial. Raises TileInvalid when the tails do not fit the size.
    """
    require_tails(size, tails)
    if not set(map(len, leaf_hashes)) <= {HASH_BYTES}:
        raise TileInvalid(reason="a leaf hash is not 32 bytes long")
    new_size = size + len(leaf_hashes)
    tiles: dict[tuple[int, int], bytes] = {}
    grown: dict[int, bytes] = {}
    incoming = b"".join(leaf_hashes)
    level = 0
    while new_size >> (8 * level):
        row = tails.get(level, b"") + incoming
        incoming = _cut_row(row, level, size >> (8 * level + 8), tiles, changed=bool(incoming))
        if len(row) % FULL_TILE_BYTES:
            grown[level] = row[-(len(row) % FULL_TILE_BYTES) :]
        level += 1
    return Growth(new_size, tiles, grown, root_of_tails(grown))


def _cut_row(row: bytes, level: int, n: int, tiles: dict[tuple[int, int], bytes], *, changed: bool) -> bytes:
    """Cut one level's new hashes into tiles from number `n` on; return the hashes of the full ones."""
    above = []
    for at in range(0, len(row) if changed else 0, FULL_TILE_BYTES):
        tile = row[at : at + FULL_TILE_BYTES]
        tiles[level, n + at // FULL_TILE_BYTES] = tile
        if len(tile) == FULL_TILE_BYTES:
            above.append(root_of_packed(tile))
    return b"".join(above)


def require_tails(size: int, tails: Mapping[int, bytes]) -> None:
    """Raise TileInvalid unless `tails` holds exactly the partial tiles of the tree of `size` leaves."""
    if {level: width * HASH_BYTES for level, _, width in widths(size)} != {k: len(v) for k, v in tails.items()}:
        raise TileInvalid(reason="partial tiles do not fit the size", size=size)


def root_of_tails(tails: Mapping[int, bytes]) -> bytes:
    """Return the root of a whole tree from its partial tiles alone: each is a row of full subtrees' roots."""
    root: bytes | None = None
    for level in sorted(tails):
        for peak in reversed(_peaks(tails[level])):
            root = peak if root is None else node_hash(peak, root)
    return EMPTY_ROOT if root is None else root


def _peaks(row: bytes) -> list[bytes]:
    """Roots of the largest full subtrees that fit a row of hashes, from the left."""
    peaks = []
    at, left = 0, len(row) // HASH_BYTES
    while left:
        span = 1 << (left.bit_length() - 1)
        peaks.append(root_of_packed(row[at : at + span * HASH_BYTES]))
        at, left = at + span * HASH_BYTES, left - span
    return peaks


def read_tails(size: int, read: ReadTile) -> dict[int, bytes]:
    """Read the partial tiles of the tree of `size` leaves, by level."""
    return {level: read_exactly(read, level, n, width) for level, n, width in widths(size)}


def root(size: int, read: ReadTile) -> bytes:
    """Return the root of the tree of `size` leaves as its right-edge tiles give it."""
    return root_of_tails(read_tails(size, read))


def read_exactly(read: ReadTile, level: int, n: int, width: int) -> bytes:
    """Read one tile and cut a full one to the wanted width; raises EvidenceMissing or TileInvalid."""
    tile = read(level, n, width)
    if not width * HASH_BYTES <= len(tile) <= FULL_TILE_BYTES:
        raise TileInvalid(reason="tile of the wrong width", path=tile_path(level, n, width), length=len(tile))
    return tile[: width * HASH_BYTES]


def inclusion_proof(index: int, size: int, read: ReadTile) -> list[bytes]:
    """Return the audit path of leaf `index` in the tree of `size` leaves, leaf's sibling first (RFC 6962 2.1.1)."""
    _require_size(size)
    if not 0 <= index < size:
        raise ProofInvalid(reason="index beyond the tree", index=index, size=size)
    subtrees = _Subtrees(size, read)
    proof = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(subtrees.hash(middle, end))
            end = middle
        else:
            proof.append(subtrees.hash(start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, read: ReadTile) -> list[bytes]:
    """Return the proof that the tree of `new` leaves begins with the tree of `old` leaves (RFC 6962 2.1.2)."""
    _require_size(new)
    if not 0 < old <= new:
        raise ProofInvalid(reason="sizes out of order", old_size=old, new_size=new)
    subtrees = _Subtrees(new, read)
    proof = []
    start, end = 0, new
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(subtrees.hash(middle, end))
            end = middle
        else:
            proof.append(subtrees.hash(start, middle))
            start = middle
    if start:
        proof.append(subtrees.hash(start, end))
    return proof[::-1]


def _split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    return 1 << ((count - 1).bit_length() - 1)


class _Subtrees:
    """Hashes of subtrees of one tree, read from its tiles; every tile is read once."""

    def __init__(self, size: int, read: ReadTile) -> None:
        self._size = size
        self._read = read
        self._tiles: dict[tuple[int, int], bytes] = {}

    def hash(self, start: int, end: int) -> bytes:
        """Root over leaves start..end: either a full, aligned subtree or one that ends at the tree's right edge."""
        right: bytes | None = None
        spans = []
        while start < end:
            span = 1 << ((end - start).bit_length() - 1)
            spans.append((start, span))
            start += span
        for at, span in reversed(spans):
            left = self._full(at, span)
            right = left if right is None else node_hash(left, right)
        return EMPTY_ROOT if right is None else right

    def _full(self, start: int, span: int) -> bytes:
        level = (span.bit_length() - 1) // 8
        first, count = start >> (8 * level), span >> (8 * level)
        tile = self._tile(level, first // WIDTH)
        at = first % WIDTH * HASH_BYTES
        return root_of_packed(tile[at : at + count * HASH_BYTES])

    def _tile(self, level: int, n: int) -> bytes:
        found = self._tiles.get((level, n))
        if found is None:
            width = width_of(self._size, level, n)
            if not width:
                raise EvidenceMissing(path=tile_path(level, n))
            found = self._tiles[level, n] = read_exactly(self._read, level, n, width)
        return found


def _require_size(size: int) -> None:
    if not 0 <= size <= MAX_SIZE:
        raise TileInvalid(reason="size", size=size)
