"""`hallmark registry publish`: folders beside the house's own, each kept current by itself, none laid over somebody's files."""

from pathlib import Path

from registry.audit import audit
from tests.hallmark.command import run
from tests.hallmark.conftest import opened


def files(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and ".publishing" not in file.parts
    }


def test_two_more_folders_say_what_the_houses_own_says(issued: Path, tmp_path: Path) -> None:
    house = opened(issued)
    for name in ("mirror", "deep/er"):
        done = run(issued, "registry", "publish", tmp_path / name).fine()
        assert f"log size {house.recorder.head().size}" in done.out
        assert audit(tmp_path / name, house.trusted_roots()) == []
    surplus = files(house.settings.public).keys() ^ files(tmp_path / "mirror").keys()
    assert all(".p/" in path for path in surplus)  # partial tiles of checkpoints that only our own folder had
    again = run(issued, "registry", "publish", tmp_path / "mirror").fine()
    written = int(again.out.split(", ")[-1].split()[0])
    assert written < 20 < len(files(tmp_path / "mirror"))


def test_a_folder_with_somebodys_files_is_left_alone(issued: Path, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mine.txt").write_text("mine", "utf-8")
    refused = run(issued, "registry", "publish", tmp_path / "letters")
    assert refused.status == 65
    assert "registry.folder_not_ours" in refused.err or "letters" in refused.err
    assert [file.name for file in (tmp_path / "letters").iterdir()] == ["mine.txt"]
    assert run(issued, "registry", "publish", tmp_path / "letters" / "mine.txt").status == 64
