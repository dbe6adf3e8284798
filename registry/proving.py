"""Proves many leaves of one tree at once: every node is hashed once, however many proofs pass it (RFC 9162 §2.1.3.1)."""

from functools import cached_property

from registry.errors import ProofInvalid
from registry.merkle import node_hash
from registry.tiles import WIDTH, ReadTile, read_exactly, width_of

_HEIGHT = 8  # a tile is eight levels high


class RangeProver:
    """Inclusion proofs in the tree of `size` leaves; tiles are read once through `read` and kept as long as this object."""

    def __init__(self, size: int, read: ReadTile) -> None:
        self._size = size
        self._read = read
        self._rows: dict[tuple[int, int], list[list[bytes]]] = {}

    def proof(self, index: int) -> list[bytes]:
        """Return the audit path of leaf `index`, leaf's sibling first. Raises ProofInvalid beyond the tree."""
        if not 0 <= index < self._size:
            raise ProofInvalid(reason="index beyond the tree", index=index, size=self._size)
        path, height = [], 0
        while last := (self._size - 1) >> height:
            sibling = (index >> height) ^ 1
            if sibling < self._size >> height:
                path.append(self._node(height, sibling))
            elif sibling == last:
                path.append(self._ragged[height])
            height += 1
        return path

    @cached_property
    def _ragged(self) -> dict[int, bytes]:
        """By height, the hash of the incomplete node at the tree's right edge, where there is one."""
        ragged: dict[int, bytes] = {}
        hanging: bytes | None = None
        for height in range(1, self._size.bit_length() + 1):
            complete = self._size >> (height - 1)
            if complete % 2:
                left = self._node(height - 1, complete - 1)
                hanging = left if hanging is None else node_hash(left, hanging)
            if hanging is not None:
                ragged[height] = hanging
        return ragged

    def _node(self, height: int, number: int) -> bytes:
        """Hash of a complete node: `number` counted from the left among the nodes of its height (0 = leaves)."""
        level, within = divmod(height, _HEIGHT)
        n, at = divmod(number << within, WIDTH)
        rows = self._rows.get((level, n)) or self._load(level, n)
        return rows[within][at >> within]

    def _load(self, level: int, n: int) -> list[list[bytes]]:
        tile = read_exactly(self._read, level, n, width_of(self._size, level, n))
        row = [tile[at : at + 32] for at in range(0, len(tile), 32)]
        rows = [row]
        while len(row) > 1:
            row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
            rows.append(row)
        self._rows[level, n] = rows
        return rows
