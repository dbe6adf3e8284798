"""Every decision record says its context, its decision and its price, and names files that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECORDS = sorted((ROOT / "docs" / "adr").glob("*.md"))
FILE = re.compile(r"`((?:[a-z_]+/)*[a-z_0-9-]+\.(?:py|js|bin|md))`")


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_record_is_whole(record: Path) -> None:
    text = record.read_text("utf-8")
    heads = re.findall(r"^#+ .+$", text, re.MULTILINE)
    assert re.fullmatch(rf"# {int(record.stem[:4])}\. .+", heads[0])
    assert heads[1:] == ["## Context", "## Decision", "## What was lost"]
    for name in FILE.findall(text):
        assert (ROOT / name).is_file(), name


def test_records_are_numbered_without_gap() -> None:
    assert [int(record.stem[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))
    assert len(RECORDS) >= 10
