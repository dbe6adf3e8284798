"""What must survive a power cut: a new folder's name as well as the files in it, and a mark whose sync failed."""

import os
from pathlib import Path

import pytest

from registry import shelf as shelves
from registry.refusals import StoredBytesDiffer
from registry.shelf import Shelf
from registry.watermark import Watermark


def test_the_names_of_new_folders_are_synced_up_to_the_first_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(shelves, "sync", synced.append)
    shelf = Shelf(tmp_path)
    shelf.put("tile/0/x001/234", b"first")
    shelf.settle()
    tile = tmp_path / "tile"
    assert set(synced) == {tmp_path, tile, tile / "0", tile / "0" / "x001", tile / "0" / "x001" / "234"}
    synced.clear()
    shelf.put("tile/0/x001/235", b"second")
    shelf.settle()
    assert set(synced) == {tile / "0" / "x001", tile / "0" / "x001" / "235"}


class Disk:
    """The kernel as it is: after a sync that failed, the pages count as clean and the next sync says all is well."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.failing = 0
        self.durable: dict[int, bytes] = {}
        self._dirty: dict[int, bytes] = {}
        self._write, self._sync = os.pwrite, os.fsync
        patch.setattr("registry.watermark.os.pwrite", self.pwrite)
        patch.setattr("registry.watermark.os.fsync", self.fsync)

    def pwrite(self, file: int, data: bytes, at: int) -> int:
        self._dirty[at] = data
        return self._write(file, data, at)

    def fsync(self, file: int) -> None:
        if self.failing:
            self.failing -= 1
            self._dirty.clear()
            raise OSError(5, "Input/output error")
        self.durable.update(self._dirty)
        self._dirty.clear()
        self._sync(file)

    def after_the_cut(self, path: Path) -> tuple[int, bytes] | None:
        """What the mark reads after a power cut: only what was synced."""
        content = b"".join(self.durable.get(at, b" " * 128) for at in (0, 128))
        path.write_bytes(content.rstrip(b" "))
        return Watermark(path).read()


@pytest.mark.parametrize("before", [0, 1, 2, 5])
@pytest.mark.parametrize("failures", [1, 2, 3])
def test_a_mark_whose_sync_failed_is_not_taken_for_durable(
    before: int, failures: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, mark = Disk(monkeypatch), Watermark(tmp_path / "mark")
    for size in range(1, before + 1):
        mark.raise_to(size, bytes(32))
    disk.failing = failures
    for attempt in range(failures):
        with pytest.raises(OSError, match="Input/output error"):
            (mark if attempt % 2 == 0 else Watermark(tmp_path / "mark")).raise_to(9, bytes(32))
        assert Watermark(tmp_path / "mark").read() == ((before, bytes(32)) if before else None)
    mark.raise_to(9, bytes(32))
    assert disk.after_the_cut(tmp_path / "cut") == (9, bytes(32))


def test_a_mark_that_cannot_even_be_taken_back_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Double fault: neither the sync nor taking the record back succeeds; it now reads as raised, and is not believed."""
    disk, mark = Disk(monkeypatch), Watermark(tmp_path / "mark")
    mark.raise_to(3, bytes(32))
    disk.failing = 1
    written = iter([True, False])

    def once(file: int, data: bytes, at: int) -> int:
        if not next(written):
            raise OSError(5, "Input/output error")
        return disk.pwrite(file, data, at)

    with monkeypatch.context() as patch:
        patch.setattr("registry.watermark.os.pwrite", once)
        with pytest.raises(OSError, match="Input/output error"):
            mark.raise_to(9, bytes(32))
    assert mark.read() == (9, bytes(32))
    mark.raise_to(9, bytes(32))
    assert disk.after_the_cut(tmp_path / "cut") == (9, bytes(32))


def test_a_short_write_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = Watermark(tmp_path / "mark")
    mark.raise_to(3, bytes(32))
    real = os.pwrite
    with monkeypatch.context() as patch:
        patch.setattr("registry.watermark.os.pwrite", lambda file, data, at: real(file, data[:50], at))
        with pytest.raises(OSError, match="space"):
            mark.raise_to(9, bytes(32))
    assert mark.read() == (3, bytes(32))
    mark.raise_to(9, bytes(32))
    assert mark.read() == (9, bytes(32))


def test_blanks_are_no_mark_and_anything_else_is_a_broken_one(tmp_path: Path) -> None:
    file = tmp_path / "mark"
    file.write_bytes(b" " * 128)
    assert Watermark(file).read() is None
    for broken in (bytes(128), b"x" * 128, b" " * 128 + b"x"):
        file.write_bytes(broken)
        with pytest.raises(StoredBytesDiffer):
            Watermark(file).read()
