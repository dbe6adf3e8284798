"""The commands of docs/lists.md are run in order, on a house with the demo's lists, and must print what the page shows."""

import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from hallmark.cli import main
from hallmark.demo.lists import publish_lists, shipped, with_specialty
from tests.docs.conftest import found_house
from tests.docs.test_readme import BLOCK

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "lists.md").read_text("utf-8")


def commands() -> list[tuple[str, str]]:
    """Each command of the page with the output that stands below it."""
    parts = [part for block in BLOCK.findall(TEXT) for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(command, shown) for command, _, shown in (part.partition("\n") for part in parts)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Path]:
    """A folder with a house in `demo/`, the next catalogue, and a file of suspensions."""
    place = tmp_path_factory.mktemp("lists-doc")
    publish_lists(found_house(place / "demo" / "house", data))
    content = with_specialty(shipped("catalogue"))
    engineering = next(row for row in content["series"] if row["code"] == "engineering")
    engineering["specialties"].append({"code": "engineering-10", "name": "绿色能源", "valid_from": "2027-01-01"})
    (place / "next.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    rows = "发证机关,评审委员会,暂停起,暂停止,文号\n上海市职业能力考试院,,2026-11-01,,沪人社监〔2026〕1号\n"
    (place / "suspensions.csv").write_text(rows, "utf-8")
    (place / "hallmark").symlink_to(ROOT / "hallmark")
    before = Path.cwd()
    os.chdir(place)
    yield place
    os.chdir(before)


def test_the_page_in_order(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(commands()) == 9
    for command, shown in commands():
        program, *arguments = shlex.split(command)
        assert program == "hallmark"
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 0, command
        printed = capsys.readouterr().out
        pieces = shown.replace(" ...", "...").replace("... ", "...").split("...")
        pattern = ".*".join(re.escape(piece.strip()) for piece in pieces)
        assert re.search(pattern, printed, re.DOTALL), (command, printed)


def test_the_addresses_of_the_page_are_those_of_the_server() -> None:
    source = (ROOT / "registry" / "published" / "pages.py").read_text("utf-8")
    for name in ("diff", "as-of.json", "versions.json", "diff.json"):
        assert re.search(rf"[/`]{re.escape(name)}[?`]", TEXT), name
        assert f'/{name}"' in source
