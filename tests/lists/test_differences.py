"""What was added, removed and changed between two versions: whoever applies it to the old one has the new one."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import CatalogueInvalid, RecognitionInvalid, TrustInvalid
from registry.published.differences import Change, FieldChange, Sections, differences
from registry.published.sections import sections_of
from registry.published.wording import line
from tests.lists.samples import AI, CITY, trust_of

DATA = Path(__file__).parents[2] / "registry" / "data"
CATALOGUE = json.loads((DATA / "catalogue.json").read_text("utf-8"))
RECOGNITION = json.loads((DATA / "recognition-cn-sh.json").read_text("utf-8"))


def applied(old: Sections, changes: tuple[Change, ...]) -> dict[str, dict[str, dict[str, Any]]]:
    """The old content with the changes made, as a reader of the page would make them."""
    made = {section: {key: dict(entry) for key, entry in entries.items()} for section, entries in old.items()}
    for change in changes:
        entries = made.setdefault(change.section, {})
        entry = entries.setdefault(change.id, {})
        if change.kind == "removed":
            del entries[change.id]
        for field in change.fields if change.kind != "removed" else ():
            entry[field.name] = field.new
    return made


VALUES = st.none() | st.integers(0, 3) | st.sampled_from(["甲", "乙"]) | st.lists(st.sampled_from("ab"), max_size=2)
ENTRIES = st.dictionaries(st.sampled_from("xyz"), st.dictionaries(st.sampled_from("pq"), VALUES), max_size=3)
CONTENT = st.fixed_dictionaries({"one": ENTRIES, "two": ENTRIES})


@given(CONTENT, CONTENT)
def test_the_differences_lead_from_the_old_to_the_new(old: Sections, new: Sections) -> None:
    changes = differences(old, new)
    made = applied(old, changes)
    for section, entries in new.items():
        assert made[section].keys() == entries.keys()
        for key, entry in entries.items():
            assert {n: v for n, v in made[section][key].items() if v is not None} == {
                n: v for n, v in entry.items() if v is not None
            }
    assert bool(changes) == any(c.fields or c.kind != "changed" for c in changes)


@given(CONTENT)
def test_nothing_differs_from_itself(content: Sections) -> None:
    assert differences(content, copy.deepcopy(content)) == ()


def test_the_catalogue_differs_entry_by_entry_and_field_by_field() -> None:
    new = copy.deepcopy(CATALOGUE)
    engineering = next(row for row in new["series"] if row["code"] == "engineering")
    engineering["specialties"].append({"code": "engineering-09", "name": "脑机接口", "valid_from": "2027-01-01"})
    engineering["specialties"][0]["valid_to"] = "2026-12-31"
    del new["qualifications"][0]
    found = differences(sections_of("catalogue", CATALOGUE), sections_of("catalogue", new))
    assert [(c.kind, c.section, c.id) for c in found] == [
        ("changed", "specialties", "engineering-01"),
        ("added", "specialties", "engineering-09"),
        ("removed", "qualifications", "一级建造师"),
    ]
    assert found[0].fields == (FieldChange("valid_to", None, "2026-12-31"),)
    assert line(found[0], "zh") == "~ 专业 engineering-01: 截止日期 — → 2026-12-31"
    assert line(found[1], "en").startswith("+ Specialty engineering-09: series 工程技术人才; code engineering-09")


def test_a_moved_entry_is_no_difference() -> None:
    turned = CATALOGUE | {"series": CATALOGUE["series"][::-1], "qualifications": CATALOGUE["qualifications"][::-1]}
    assert differences(sections_of("catalogue", CATALOGUE), sections_of("catalogue", turned)) == ()


def test_trust_and_recognition_come_apart_too() -> None:
    content, shards = trust_of([CITY], [AI])
    sections = sections_of("trust", content, shards)
    assert list(sections["bodies"]) == [CITY.code]
    assert [row["body"] for row in sections["authorities"].values()] == [CITY.name]
    entries = sections_of("recognition-cn-sh", RECOGNITION)["entries"]
    assert entries["gb-acca-fcca"]["equivalence.max_level"] == "副高级"
    assert len(entries) == 35


def test_two_entries_of_one_id_are_told_apart() -> None:
    sections = sections_of("other", {"rows": [{"id": "a", "n": 1}, {"id": "a", "n": 2}], "note": "x"})
    assert sections == {
        "general": {"list": {"note": "x"}},
        "rows": {"a": {"id": "a", "n": 1}, "a #2": {"id": "a", "n": 2}},
    }


def test_what_its_own_reader_refuses_is_refused() -> None:
    with pytest.raises(CatalogueInvalid):
        sections_of("catalogue", {"series": []})
    with pytest.raises(RecognitionInvalid):
        sections_of("recognition-cn-sh", CATALOGUE)
    with pytest.raises(TrustInvalid):
        sections_of("trust", {"shards": []})
