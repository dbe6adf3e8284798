"""Every identifier that docs/glossary.md names as code exists in the code, and no Chinese word stands twice."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("keys", "credentials", "registry", "issuers", "verifier", "web", "hallmark")
ROWS = re.findall(r"^\| (.+?) \| (.+?) \| (`.+`) \|$", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.MULTILINE)
SOURCE = "\n".join(file.read_text("utf-8") for room in ROOMS for file in sorted((ROOT / room).rglob("*.py")))
WORDS = frozenset(re.findall(r"\w+", SOURCE))


@pytest.mark.parametrize(("chinese", "english", "identifiers"), ROWS)
def test_identifiers_exist(chinese: str, english: str, identifiers: str) -> None:
    for name in re.findall(r"`([\w.]+)`", identifiers):
        assert all(part in WORDS for part in name.split(".")), f"{chinese} {english}: {name}"


def test_no_word_stands_twice() -> None:
    words = [chinese for chinese, _, _ in ROWS]
    assert len(words) > 90
    assert len(words) == len(set(words))
