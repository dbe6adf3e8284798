"""Tree hashing, proofs, tiles and the proven view: against vectors of transparency-dev/merkle and RFC 6962 word for word."""

import base64
import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import tiles
from registry.errors import EvidenceMissing, ProofInvalid, RegistryError, TileInvalid
from registry.logview import LogView
from registry.merkle import EMPTY_ROOT, leaf_hash, root_of, verify_consistency, verify_inclusion
from registry.tiles import (
    Growth,
    ReadTile,
    bundle_path,
    consistency_proof,
    decode_bundle,
    encode_bundle,
    grow,
    inclusion_proof,
    tile_path,
    widths,
)

VECTORS = Path(__file__).parents[2] / ".." / "shared" / "vectors" / "merkle"
needs_vectors = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="LOUD: ../shared/vectors/merkle is absent; its 196 cases did NOT run"
)
LEAVES = [leaf_hash(number.to_bytes(4, "big")) for number in range(70_000)]


def naive_root(hashes: Sequence[bytes]) -> bytes:
    """RFC 6962 section 2.1, as it is written there."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return sha256(b"\x01" + naive_root(hashes[:split]) + naive_root(hashes[split:])).digest()


def naive_path(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1."""
    if len(hashes) == 1:
        return []
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    if index < split:
        return [*naive_path(index, hashes[:split]), naive_root(hashes[split:])]
    return [*naive_path(index - split, hashes[split:]), naive_root(hashes[:split])]


def grown(size: int) -> tuple[Growth, ReadTile]:
    growth = grow(0, {}, LEAVES[:size])
    return growth, lambda level, n, width: growth.tiles[level, n][: 32 * width]


def cases(kind: str) -> list[Path]:
    return sorted((VECTORS / kind).rglob("*.json"))


def unb64(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def verify_case(kind: str, case: dict[str, Any]) -> None:
    proof = [unb64(each) for each in case["proof"] or []]
    if kind == "inclusion":
        verify_inclusion(case["leafIdx"], case["treeSize"], unb64(case["leafHash"]), proof, unb64(case["root"]))
    else:
        verify_consistency(case["size1"], case["size2"], unb64(case["root1"]), unb64(case["root2"]), proof)


@needs_vectors
@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_all_98_vectors_of_a_kind_come_out_as_expected(kind: str) -> None:
    wrong = []
    for path in cases(kind):
        case = json.loads(path.read_text())
        try:
            verify_case(kind, case)
            refused = False
        except ProofInvalid:
            refused = True
        if refused is not case["wantErr"]:
            wrong.append((path.name, case["desc"]))
    assert wrong == []
    assert len(cases(kind)) == 98


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 255, 256, 257, 1000])
def test_the_root_is_that_of_the_rfc(size: int) -> None:
    assert root_of(LEAVES[:size]) == naive_root(LEAVES[:size])


def test_an_old_size_of_zero_proves_nothing() -> None:
    with pytest.raises(ProofInvalid):
        verify_consistency(0, 5, EMPTY_ROOT, naive_root(LEAVES[:5]), [])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=6))
def test_growing_in_steps_gives_the_tree_of_the_rfc(steps: list[int]) -> None:
    size, tails = 0, dict[int, bytes]()
    stored: dict[tuple[int, int], bytes] = {}
    for step in steps:
        growth = grow(size, tails, LEAVES[size : size + step])
        stored.update(growth.tiles)
        size, tails = growth.size, growth.tails
        assert growth.root == naive_root(LEAVES[:size])
    assert stored == grow(0, {}, LEAVES[:size]).tiles
    assert tiles.root(size, lambda level, n, width: stored[level, n]) == naive_root(LEAVES[:size])


@pytest.mark.parametrize(
    ("size", "partial"),
    [(256, [(1, 0, 1)]), (70_000, [(0, 273, 112), (1, 1, 17), (2, 0, 1)]), (65_536, [(2, 0, 1)]), (0, [])],
)
def test_partial_tiles_are_those_the_specification_names(size: int, partial: list[tuple[int, int, int]]) -> None:
    growth, _ = grown(size)
    assert widths(size) == partial
    assert {level: len(tail) // 32 for level, tail in growth.tails.items()} == {l: w for l, _, w in partial}  # noqa: E741


def test_a_grown_tile_is_the_one_the_specification_defines() -> None:
    growth, _ = grown(70_000)
    assert growth.tiles[1, 0][32 * 5 : 32 * 6] == naive_root(LEAVES[5 * 256 : 6 * 256])
    assert growth.tiles[2, 0] == naive_root(LEAVES[:65_536])
    assert len([1 for level, _ in growth.tiles if level == 0]) == 274


def test_growing_refuses_tails_of_another_size_and_things_that_are_no_hashes() -> None:
    growth, _ = grown(300)
    with pytest.raises(TileInvalid):
        grow(299, growth.tails, LEAVES[:1])
    with pytest.raises(TileInvalid):
        grow(300, {}, LEAVES[:1])
    with pytest.raises(TileInvalid):
        grow(300, growth.tails, [b"an entry, not its hash"])


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_proofs_from_tiles_are_those_of_the_rfc_and_verify(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 1500))
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    growth, read = grown(size)
    proof = inclusion_proof(index, size, read)
    assert proof == naive_path(index, LEAVES[:size])
    verify_inclusion(index, size, LEAVES[index], proof, growth.root)
    verify_consistency(old, size, naive_root(LEAVES[:old]), growth.root, consistency_proof(old, size, read))


def test_proofs_cross_three_levels_of_tiles() -> None:
    growth, read = grown(70_000)
    for index in (0, 65_535, 65_536, 69_999):
        verify_inclusion(index, 70_000, LEAVES[index], inclusion_proof(index, 70_000, read), growth.root)
    for old in (1, 256, 65_536, 65_537, 69_999, 70_000):
        proof = consistency_proof(old, 70_000, read)
        verify_consistency(old, 70_000, root_of(LEAVES[:old]), growth.root, proof)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_changed_proof_never_verifies(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 600))
    index = data.draw(st.integers(0, size - 1))
    growth, read = grown(size)
    proof = inclusion_proof(index, size, read)
    broken = list(proof)
    place = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    broken[place] = (int.from_bytes(proof[place], "big") ^ 1 << bit).to_bytes(32, "big")
    for bad in (broken, proof[:-1], [*proof, proof[0]]):
        with pytest.raises(ProofInvalid):
            verify_inclusion(index, size, LEAVES[index], bad, growth.root)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (tile_path(0, 1_234_067), "tile/0/x001/x234/067"),
        (tile_path(0, 273, 112), "tile/0/273.p/112"),
        (tile_path(2, 0, 1), "tile/2/000.p/1"),
        (tile_path(0, 1234, 7), "tile/0/x001/234.p/7"),
        (bundle_path(999), "tile/entries/999"),
        (bundle_path(1000, 255), "tile/entries/x001/000.p/255"),
    ],
)
def test_paths_are_spelled_as_the_specification_spells_them(path: str, expected: str) -> None:
    assert path == expected


@pytest.mark.parametrize(("level", "n", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_impossible_tiles_have_no_path(level: int, n: int, width: int) -> None:
    with pytest.raises(TileInvalid):
        tile_path(level, n, width)


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_bundles_round_trip(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries)) == entries


@given(st.binary(max_size=2000))
def test_hostile_bundles_are_read_or_refused(data: bytes) -> None:
    try:
        entries = decode_bundle(data)
    except RegistryError:
        return
    assert encode_bundle(entries) == data


def test_a_bundle_holds_256_entries_at_most() -> None:
    with pytest.raises(TileInvalid):
        decode_bundle(b"\0\0" * 257)
    with pytest.raises(TileInvalid):
        encode_bundle([b"x" * 65_536])


# The proven view ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600, 65_536, 70_000])
def test_the_view_answers_every_leaf_under_the_root(size: int) -> None:
    growth, read = grown(size)
    view = LogView(size, growth.root, read)
    for index in {0, 1, size // 2, size - 1}:
        if index < size:
            assert view.leaf_hash(index) == LEAVES[index]
    with pytest.raises(ProofInvalid):
        view.leaf_hash(size)
    with pytest.raises(ProofInvalid):
        view.leaf_hash(-1)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_the_view_detects_every_flipped_bit_on_its_way_up(data: st.DataObject) -> None:
    size = data.draw(st.sampled_from([3, 256, 257, 700, 1024, 66_000]))
    growth, _ = grown(size)
    index = data.draw(st.integers(0, size - 1))
    read_tiles: set[tuple[int, int]] = set()

    def noting(level: int, n: int, width: int) -> bytes:
        read_tiles.add((level, n))
        return growth.tiles[level, n]

    LogView(size, growth.root, noting).leaf_hash(index)
    victim = data.draw(st.sampled_from(sorted(read_tiles)))
    tile = bytearray(growth.tiles[victim])
    bit = data.draw(st.integers(0, len(tile) * 8 - 1))
    tile[bit // 8] ^= 1 << bit % 8
    changed = {**growth.tiles, victim: bytes(tile)}
    with pytest.raises(ProofInvalid):
        LogView(size, growth.root, lambda level, n, width: changed[level, n]).leaf_hash(index)


def test_a_full_tile_serves_where_its_partial_one_is_gone() -> None:
    older, _ = grown(300)
    newer, _ = grown(600)
    view = LogView(300, older.root, lambda level, n, width: newer.tiles[level, n])
    assert view.leaf_hash(299) == LEAVES[299]


def test_a_short_tile_and_a_missing_one_are_told_apart() -> None:
    growth, _ = grown(600)

    def missing(level: int, n: int, width: int) -> bytes:
        raise EvidenceMissing(path=tile_path(level, n, width))

    with pytest.raises(EvidenceMissing):
        LogView(600, growth.root, missing).leaf_hash(0)
    with pytest.raises(TileInvalid):
        LogView(600, growth.root, lambda level, n, width: growth.tiles[level, n][:-32]).leaf_hash(0)


def test_each_tile_is_read_once() -> None:
    growth, _ = grown(70_000)
    reads: list[tuple[int, int]] = []

    def counting(level: int, n: int, width: int) -> bytes:
        reads.append((level, n))
        return growth.tiles[level, n]

    view = LogView(70_000, growth.root, counting)
    for _ in range(3):
        assert [view.leaf_hash(index) for index in (0, 255, 300, 69_999)] == [LEAVES[i] for i in (0, 255, 300, 69_999)]
    assert len(reads) == len(set(reads)) == 6  # three of the right edge, tile 0 of level 1, two leaf tiles
