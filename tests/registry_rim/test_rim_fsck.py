"""The quick audit: entries, tiles and every signed root are hashed again by the second implementation (T11), and nothing else."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.audit import audit
from registry.entries import CredentialEntry
from registry.replay import Finding
from tests.registry_rim.rim_house import House

FLIPS = {
    "an entry": ("UPDATE entry SET body = ? WHERE idx = 290", b"\x84other"),
    "the last entry": ("UPDATE entry SET body = ? WHERE idx = (SELECT size - 1 FROM head)", b"\x84other"),
    "a full leaf tile": ("UPDATE tile SET body = ? WHERE level = 0 AND n = 0", bytes(32 * 256)),
    "a partial leaf tile": ("UPDATE tile SET body = ? WHERE level = 0 AND n = 1", bytes(32 * 60)),
    "a tile above": ("UPDATE tile SET body = ? WHERE level = 1", bytes(32)),
    "no tile": ("DELETE FROM tile WHERE level = 1",),
    "no entry": ("DELETE FROM entry WHERE idx = 7",),
    "an earlier checkpoint": (
        "UPDATE checkpoint SET note = (SELECT note FROM head) WHERE size = (SELECT min(size) FROM checkpoint)",
    ),
    "a checkpoint that says nothing": (
        "UPDATE checkpoint SET note = ? WHERE size = (SELECT min(size) FROM checkpoint)",
        b"x",
    ),
    "a head's note": ("UPDATE head SET note = ?", b"x"),
}


@pytest.mark.parametrize("flip", FLIPS)
def test_what_was_changed_in_the_tree_is_found(full_house: House, flip: str) -> None:
    roots = full_house.roots()
    assert audit(full_house.engine, roots, quick=True) == []
    full_house.sql(*FLIPS[flip])
    assert audit(full_house.engine, roots, quick=True) != []


FILES: dict[str, Callable[[Path], Path]] = {
    "a full bundle": lambda public: public / "tile/entries/000",
    "a full tile": lambda public: public / "tile/0/000",
    "a partial tile": lambda public: next((public / "tile/0").glob("001.p/*")),
    "a partial bundle": lambda public: next((public / "tile/entries").glob("001.p/*")),
    "a tile above": lambda public: next((public / "tile/1").glob("000.p/*")),
    "the checkpoint": lambda public: public / "checkpoint",
}


@pytest.mark.parametrize("file", FILES)
def test_one_flipped_bit_in_a_published_file_is_found(full_house: House, tmp_path: Path, file: str) -> None:
    full_house.publish()
    folder = Path(shutil.copytree(full_house.public, tmp_path / "mirror"))
    assert audit(folder, full_house.roots(), quick=True) == []
    where = FILES[file](folder)
    data = bytearray(where.read_bytes())
    data[len(data) // 2] ^= 1
    where.write_bytes(data)
    assert audit(folder, full_house.roots(), quick=True) != []


def test_a_log_over_several_levels_is_clean_and_its_progress_told(house: House) -> None:
    house.publish_roots()
    while (size := house.recorder.head().size) < 70_000:
        with house.log.growing() as growth:
            for index in range(size, size + 9_999):
                growth.add(CredentialEntry(growth.t, b"somebody", 0, index, bytes(32), bytes(32)))
    told: list[tuple[int, int]] = []
    found: list[Finding] = audit(house.engine, house.roots(), quick=True, progress=lambda *at: told.append(at))
    assert found == []
    assert told[0] == (0, told[0][1])
    assert [done for done, _ in told] == sorted(done for done, _ in told)
