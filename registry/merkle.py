"""Hashes a Merkle tree and checks its proofs (RFC 6962 section 2.1, RFC 9162 section 2.1.3 and 2.1.4).

Ends at hashes: knows neither tiles nor what a leaf means.
"""

from collections.abc import Sequence
from hashlib import sha256

from registry.errors import ProofInvalid

EMPTY_ROOT = sha256(b"").digest()
HASH_BYTES = 32
MAX_SIZE = (1 << 63) - 1


def leaf_hash(entry: bytes) -> bytes:
    """Return the 32-byte hash of one entry: SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the 32-byte hash above two nodes: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root above leaf hashes (or above the roots of equal full subtrees), 32 bytes each."""
    return root_of_packed(b"".join(hashes))


def root_of_packed(packed: bytes) -> bytes:
    """Return the root above hashes laid end to end; a node without a sibling moves up as it is."""
    if not packed:
        return EMPTY_ROOT
    while len(packed) > HASH_BYTES:
        packed = _row_above(packed)
    return packed


def _row_above(row: bytes) -> bytes:
    paired = len(row) & ~63
    nodes = [sha256(b"\x01" + row[at : at + 64]).digest() for at in range(0, paired, 64)]
    return b"".join(nodes) + row[paired:]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash `leaf` stands at `index` of the tree of `size` leaves under `root`.

    Raises ProofInvalid. RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofInvalid(reason="index beyond the tree", index=index, size=size)
    _require_hashes(leaf, root, *proof)
    node, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofInvalid(reason="proof too long", index=index, size=size)
        computed, node, last = _climb(computed, sibling, node, last)
    if last != 0 or computed != root:
        raise ProofInvalid(reason="root differs", index=index, size=size)


def _climb(computed: bytes, sibling: bytes, node: int, last: int) -> tuple[bytes, int, int]:
    if not (node & 1 or node == last):
        return node_hash(computed, sibling), node >> 1, last >> 1
    computed = node_hash(sibling, computed)
    while node and not node & 1:  # a right edge without a sibling moves up unhashed
        node, last = node >> 1, last >> 1
    return computed, node >> 1, last >> 1


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of `new_size` leaves begins with the tree of `old_size` leaves.

    Raises ProofInvalid. RFC 9162 section 2.1.4.2. An old size of 0 proves nothing and is refused; a witness that meets
    a log for the first time decides that for itself.
    """
    if not 0 < old_size <= new_size <= MAX_SIZE:
        raise ProofInvalid(reason="sizes out of order", old_size=old_size, new_size=new_size)
    if old_size == new_size:
        if proof or old_root != new_root:
            raise ProofInvalid(reason="equal sizes, different trees", old_size=old_size, new_size=new_size)
        return
    _require_hashes(old_root, new_root, *proof)
    if _both_roots(old_size, new_size, old_root, proof) != (old_root, new_root):
        raise ProofInvalid(reason="root differs", old_size=old_size, new_size=new_size)


def _both_roots(old_size: int, new_size: int, old_root: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    if not path:
        raise ProofInvalid(reason="proof too short", old_size=old_size, new_size=new_size)
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofInvalid(reason="proof too long", old_size=old_size, new_size=new_size)
        if node & 1 or node == last:
            old = node_hash(sibling, old)
        new, node, last = _climb(new, sibling, node, last)
    if last != 0:
        raise ProofInvalid(reason="proof too short", old_size=old_size, new_size=new_size)
    return old, new


def _require_hashes(*hashes: bytes) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise ProofInvalid(reason="a hash is not 32 bytes long")
