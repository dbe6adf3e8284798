"""Files that pass for bundles and were built to hurt: each is refused or read within bounds, and raises nothing else."""

import io
import lzma
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from registry.bundle import MANIFEST, MAX_MEMBER, MAX_MEMBERS, BundleInvalid, open_bundle, write_bundle
from tests.verifier.bundles import manifest_over, refused, repacked_from, trusted
from tests.verifier.published_world import World


@contextmanager
def peak_below(limit: int) -> Iterator[None]:
    """Fail when more than `limit` bytes were held at once."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x05\x06" + bytes(17), b"%PDF-1.7", bytes(100_000)], ids=len)
def test_what_is_no_zip_is_no_bundle(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "b"
    file.write_bytes(data)
    assert refused(file) == "not_a_bundle"


def test_what_is_no_file_is_no_bundle(tmp_path: Path) -> None:
    assert refused(tmp_path) == "not_a_bundle"
    assert refused(tmp_path / "nothing") == "not_a_bundle"


def contents(count: int, name: bytes = b"x") -> bytes:
    """A ZIP that is nothing but a table of contents with so many entries."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0)
    table = (entry + name) * count
    return table + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF, len(table), 0, 0)


def test_more_members_than_allowed_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "b"
    file.write_bytes(contents(MAX_MEMBERS))
    with open_bundle(file) as bundle:
        assert bundle.read("x") is None
    file.write_bytes(contents(MAX_MEMBERS + 1))
    assert refused(file) == "too_many_members"


def test_a_table_of_contents_of_millions_is_not_even_read(tmp_path: Path) -> None:
    file = tmp_path / "b"
    file.write_bytes(contents(3_000_000))
    with peak_below(16_000_000):
        assert refused(file) == "not_a_bundle"


def bomb(world: World, file: Path, path: str) -> Path:
    """100 MB of nothing in 100 kB, where a small file is expected."""
    members = {path: bytes(100_000_000)}
    if path != MANIFEST:
        small = {path: b"small"}
        members[MANIFEST] = manifest_over(small, world.signer("bundle"))
    return repacked_from(members, file)


def test_a_member_that_inflates_to_more_than_it_may_is_bounded(world: World, tmp_path: Path) -> None:
    file = bomb(world, tmp_path / "b", "roots/2.json")
    with open_bundle(file) as bundle, peak_below(4_000_000):
        assert bundle.roots(2) is None
    with open_bundle(bomb(world, tmp_path / "c", "checkpoint")) as bundle, peak_below(4_000_000):
        trusted(world, bundle, world.rotated_at)
        assert bundle.read("checkpoint") is None
    with open_bundle(bomb(world, tmp_path / "d", MANIFEST)) as bundle, pytest.raises(BundleInvalid):
        trusted(world, bundle, world.rotated_at)


def test_a_packing_that_demands_gigabytes_before_its_first_byte_is_not_opened(world: World, tmp_path: Path) -> None:
    """LZMA names its own dictionary size, up to 4 GiB; only what we write ourselves is unpacked."""
    file = tmp_path / "b"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("roots/2.json", b"{}" * 1_000)
    data = file.read_bytes()
    small = lzma._encode_filter_properties({"id": lzma.FILTER_LZMA1})  # type: ignore[attr-defined]  # as zipfile does
    assert small in data
    file.write_bytes(data.replace(small, small[:1] + b"\xff\xff\xff\xff", 1))
    with open_bundle(file) as bundle:
        assert bundle.roots(2) is None


def test_lying_headers_and_flipped_bytes_raise_nothing_but_a_refusal(
    world: World, written: bytes, tmp_path: Path
) -> None:
    """Five hundred bundles with bytes changed in table, headers and data: each is refused or read, none hurts."""
    draw, file = random.Random("bundle"), tmp_path / "b"
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        table = archive.start_dir
    for _ in range(500):
        spoiled = bytearray(written)
        for _ in range(draw.choice((1, 2, 5, 20))):
            low, high = draw.choice(((table, len(spoiled)), (0, table), (len(spoiled) - 22, len(spoiled))))
            spoiled[draw.randrange(low, high)] = draw.randrange(256)
        file.write_bytes(spoiled[: draw.randrange(len(spoiled))] if draw.random() < 0.05 else spoiled)
        try:
            with open_bundle(file) as bundle:
                bundle.roots(1)
                trusted(world, bundle, world.rotated_at)
                for path in ("checkpoint", "status/0", "lists/trust.json"):
                    assert bundle.read(path) in {None, world.rotated[path]}
        except BundleInvalid:
            continue


def test_a_name_that_is_no_text_is_no_bundle(tmp_path: Path) -> None:
    """A member flagged UTF-8 whose name is none."""
    entry = bytearray(contents(1, b"\xff\xfe"))
    entry[8:10] = (0x800).to_bytes(2, "little")
    file = tmp_path / "b"
    file.write_bytes(entry)
    assert refused(file) == "not_a_bundle"


def test_a_bundle_that_nobody_could_open_is_not_written(world: World, tmp_path: Path) -> None:
    public = tmp_path / "public" / "status"
    public.mkdir(parents=True)
    (public / "0").write_bytes(bytes(MAX_MEMBER + 1))
    target = tmp_path / "b"
    with pytest.raises(BundleInvalid, match="too_large"):
        write_bundle(public.parent, target, world.signer("bundle"), world.rotated_at, with_tiles=False)
    assert list(tmp_path.iterdir()) == [public.parent]
