"""T18 for what is published: the disk of the published folder, or of the marks beside the database, is full.

Nothing half-written is named by a checkpoint, what was published still verifies, and with room again the next publication
goes on by itself.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.audit import audit
from registry.refusals import StorageFailed
from tests.registry_rim.rim_house import House, change
from tests.registry_rim.test_rim_processes import small_disk
from tests.registry_rim.test_rim_publish import read_log

NOT_MOUNTED = "NO DISK WAS FILLED: nothing can be mounted here"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    with small_disk(folder, 6) as mounted:
        if not mounted:
            pytest.skip(NOT_MOUNTED)
        yield folder


def fill(folder: Path, leave: int) -> Path:
    """Leave so many free bytes on the disk that holds `folder`; return the ballast."""
    ballast = folder / "ballast"
    ballast.write_bytes(b"")
    free = shutil.disk_usage(folder).free - leave
    ballast.write_bytes(b"\1" * max(0, free))
    return ballast


def on_disk(house: House, disk: Path, name: str) -> None:
    """Let one thing of the registry lie on the small disk."""
    if (house.folder / name).is_dir():
        shutil.move(house.folder / name, disk / name)
        (house.folder / name).symlink_to(disk / name, target_is_directory=True)


@pytest.mark.parametrize("leave", [0, 4096, 3 * 4096, 10 * 4096, 30 * 4096])
def test_a_full_folder_keeps_what_was_published_and_goes_on_with_room_again(
    leave: int, full_house: House, disk: Path
) -> None:
    full_house.publish()
    on_disk(full_house, disk, "public")
    published = len(read_log(full_house))
    for batch in range(3):
        full_house.issue(300, full_house.key)
        asked = change(full_house.key, full_house.submissions[60 + batch], "suspended", full_house.clock())
        full_house.recorder.change_status(asked, f"change {batch}")
    ballast = fill(disk, leave)
    for _ in range(2):
        with pytest.raises(StorageFailed) as refused:
            full_house.publish()
        assert "space" in str(refused.value.params["reason"])
        assert len(read_log(full_house)) == published
        assert list(full_house.public.rglob(".part-*")) == []
    ballast.unlink()
    full_house.publish()
    assert len(read_log(full_house)) == full_house.recorder.head().size
    assert audit(full_house.public, full_house.recorder.roots()) == []


def test_room_that_runs_out_byte_by_byte_never_leaves_a_checkpoint_over_missing_files(
    full_house: House, disk: Path
) -> None:
    """A publication that just fits and one that just does not: all states between are the one before or the new one."""
    full_house.publish()
    on_disk(full_house, disk, "public")
    published, ends = len(read_log(full_house)), set()
    for pages in range(0, 120, 5):
        full_house.issue(2, full_house.key)
        ballast = fill(disk, pages * 4096)
        try:
            full_house.publish()
            published = full_house.recorder.head().size
            ends.add("published")
        except StorageFailed:
            ends.add("refused")
        assert len(read_log(full_house)) in (published, full_house.recorder.head().size)
        published = len(read_log(full_house))
        ballast.unlink()
    assert ends == {"published", "refused"}
    full_house.publish()
    assert audit(full_house.public, full_house.recorder.roots()) == []


@pytest.mark.parametrize("what", ["registry", "witness"])
def test_a_full_disk_under_the_database_or_the_witness_stops_signing_not_verifying(
    what: str, full_house: House, disk: Path
) -> None:
    moved = House(_moved(full_house, disk))
    moved.key = full_house.key
    moved.publish()
    before = len(read_log(moved))
    if what == "witness":
        moved.issue(3, moved.key)
    ballast = fill(disk, 0)
    with pytest.raises(Exception, match=r"storage_failed|witnesses_missing"):
        moved.publish() if what == "witness" else moved.issue(800, moved.key)
    assert len(read_log(moved)) == before
    ballast.unlink()
    moved.issue(3, moved.key)
    moved.publish()
    assert audit(moved.engine, moved.roots()) == []
    assert audit(moved.public, moved.recorder.roots()) == []
    moved.engine.dispose()


def _moved(house: House, disk: Path) -> Path:
    house.engine.dispose()
    for name in ("registry.db", "watermark"):
        shutil.copy(house.folder / name, disk / name)
    return disk
