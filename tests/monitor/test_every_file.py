"""A log of several tiles: whichever file is missing or has one bit flipped, the monitor names that file, old or new."""

from pathlib import Path

import pytest

from tests.monitor.conftest import Watch

FILES = ("tile/0/000", "tile/0/001.p/54", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/54")


def flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 0x10
    file.unlink()
    file.write_bytes(data)


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize(
    ("place", "visited"),
    [("first byte", False), ("middle", False), ("last byte", False), ("middle", True)],
    ids=["first byte, new", "middle, new", "last byte, new", "middle, read before"],
)
def test_a_flipped_bit_is_named_by_its_file(watch: Watch, path: str, place: str, visited: bool) -> None:
    if visited:
        assert watch.codes() == []
    file = watch.house.public / path
    size = file.stat().st_size
    flip(file, {"first byte": 0, "middle": size // 2, "last byte": size - 1}[place])
    (found,) = watch.visit().findings
    wanted = "monitor.bundle_differs" if "entries" in path else "monitor.tile_differs"
    assert (found.code, found.params["path"]) == (wanted, path)


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("visited", [False, True], ids=["new", "read before"])
def test_a_missing_file_is_named(watch: Watch, path: str, visited: bool) -> None:
    if visited:
        assert watch.codes() == []
    (watch.house.public / path).unlink()
    (found,) = watch.visit().findings
    assert (found.code, found.params) == ("monitor.file_missing", {"path": path})
    watch.house.publish()


@pytest.mark.parametrize("at", [0, 3, 309])
def test_the_entry_is_named_too(watch: Watch, at: int) -> None:
    from registry.tiles import decode_bundle, encode_bundle

    path = f"tile/entries/{FILES[3][-3:]}" if at < 256 else FILES[4]
    file = watch.house.public / path
    bodies = decode_bundle(file.read_bytes())
    bodies[at % 256] = bodies[at % 256][:-1] + bytes([bodies[at % 256][-1] ^ 1])
    file.unlink()
    file.write_bytes(encode_bundle(bodies))
    (found,) = watch.visit().findings
    assert (found.code, found.params) == ("monitor.bundle_differs", {"path": path, "index": at})


def test_what_is_mended_is_read_on_from_where_it_stopped(watch: Watch) -> None:
    file = watch.house.public / FILES[4]
    honest = file.read_bytes()
    flip(file, 10)
    assert watch.codes() == ["monitor.bundle_differs"]
    assert watch.visit().size == 256
    file.write_bytes(honest)
    report = watch.visit()
    assert (report.findings, report.size) == ([], 310)
