"""The README's console blocks are run, in a folder as `make demo` leaves it (on fewer rows), and must print what they show."""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from hallmark.cli import main
from hallmark.demo.story import DATA, tell

ROOT = Path(__file__).parents[2]
ROWS = {"titles.csv": 24, "qualifications.csv": 3, "postdocs.csv": 4}
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def commands() -> Iterator[tuple[str, str]]:
    """Each command of the README with the output that stands below it."""
    for block in BLOCK.findall((ROOT / "README.md").read_text("utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            yield command, shown


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with `demo/`, told on fewer rows, and the checkout's `hallmark/` beside it."""
    place = tmp_path_factory.mktemp("readme")
    data = place / "data"
    data.mkdir()
    for file in DATA.glob("*.csv"):
        lines = file.read_bytes().splitlines(keepends=True)
        (data / file.name).write_bytes(b"".join(lines[: ROWS.get(file.name, len(lines)) + 1]))
    assert tell(place / "demo", data)
    (place / "hallmark").symlink_to(ROOT / "hallmark")
    before = Path.cwd()
    os.chdir(place)
    yield place
    os.chdir(before)


def test_there_is_something_to_run() -> None:
    assert len(list(commands())) >= 5


@pytest.mark.parametrize(("command", "shown"), list(commands()))
def test_a_command_prints_what_the_readme_shows(
    place: Path, command: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    program, *arguments = shlex.split(command)
    assert program == "hallmark"
    with pytest.raises(SystemExit):
        main(arguments)
    printed = capsys.readouterr().out
    pattern = ".*".join(re.escape(piece.strip("\n")) for piece in shown.split("...\n"))
    assert re.search(pattern, printed, re.DOTALL), printed


def test_the_two_commands_stand_at_the_top() -> None:
    head = (ROOT / "README.md").read_text("utf-8").splitlines()[:12]
    assert "make demo" in head
    assert "make test" in head
