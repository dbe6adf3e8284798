"""Foreign qualifications: the shipped samples are read strictly, and the engine informs, with a trace, and decides nothing."""

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import RecognitionInvalid, RegistryError
from registry.recognition.entries import RecognitionList, is_recognition, list_name
from registry.recognition.rules import DEGREES, Facts, assess

DATA = Path(__file__).parents[2] / "registry" / "data"
CONTENT = json.loads((DATA / "recognition-cn-sh.json").read_text("utf-8"))
SHANGHAI = RecognitionList.from_content(CONTENT)
PUDONG = RecognitionList.from_content(json.loads((DATA / "recognition-cn-sh-pd.json").read_text("utf-8")))


def test_each_jurisdiction_has_a_list_of_its_own() -> None:
    assert list_name(SHANGHAI.jurisdiction) == "recognition-cn-sh"
    assert list_name(PUDONG.jurisdiction) == "recognition-cn-sh-pd"
    assert is_recognition(list_name("HK"))
    assert not is_recognition("catalogue")


def test_what_no_source_states_is_marked_as_a_sample() -> None:
    stated = {each.id for each in SHANGHAI.entries if each.grade == "stated"}
    assert stated == {"gb-acca-fcca", "gb-acca-member", "gb-cima-fcma", "gb-cima-cgma", "us-acm-fellow",
                      "gb-iet-fellow", "gb-raes-fellow"}  # fmt: skip
    assert all(each.source for each in SHANGHAI.entries if each.grade == "stated")
    assert all(each.grade == "sample" for each in PUDONG.entries)


def test_entries_stand_in_their_days() -> None:
    assert SHANGHAI.as_of(date(2025, 11, 13)) == ()
    assert len(SHANGHAI.as_of(date(2025, 11, 14))) == 35
    found = SHANGHAI.entry("gb-acca-fcca")
    assert found is not None
    assert found.equivalence is not None
    assert found.equivalence.title == "高级会计师"
    assert SHANGHAI.entry("nothing") is None


def facts(**changes: Any) -> Facts:
    sound = {"degree": "master", "years": 8, "years_in_region": 2, "employed_locally": True, "science_degree": True}
    return Facts(**(sound | changes))


@pytest.mark.parametrize(
    ("degree", "years", "level"),
    [
        ("doctorate", 2, "副高级"), ("doctorate", 1, "中级"), ("doctorate", 0, "中级"),
        ("master", 7, "副高级"), ("master", 6, "中级"), ("second_bachelor", 2, "中级"), ("master", 1, "助理级"),
        ("bachelor", 10, "副高级"), ("bachelor", 9, "中级"), ("bachelor", 5, "中级"), ("bachelor", 4, "助理级"),
        ("bachelor", 1, "助理级"), ("bachelor", 0, None), (None, 30, None),
    ],
)  # fmt: skip
def test_degree_and_years_lead_to_a_level(degree: str | None, years: int, level: str | None) -> None:
    found = assess(SHANGHAI.rules, facts(degree=degree, years=years), series="会计人员", max_level="副高级")
    assert found.level == level
    assert found.decision is False


def test_never_above_what_the_entry_allows() -> None:
    found = assess(SHANGHAI.rules, facts(degree="doctorate", years=20), series="工程技术人才", max_level="中级")
    assert found.level == "中级"
    assert assess(SHANGHAI.rules, facts(), series="会计人员", max_level="正高级").level == "副高级"


@pytest.mark.parametrize(
    ("change", "series", "rule"),
    [
        ({"years_in_region": 0}, "会计人员", "years_in_region"),
        ({"employed_locally": False}, "会计人员", "local_employment"),
        ({"recognised_before": True}, "会计人员", "not_recognised_before"),
        ({"science_degree": False}, "工程技术人才", "science_degree"),
    ],
)
def test_a_general_condition_that_is_not_met_bars_every_level(change: dict[str, Any], series: str, rule: str) -> None:
    found = assess(SHANGHAI.rules, facts(**change), series=series, max_level="副高级")
    assert found.level is None
    assert [each.rule for each in found.trace if not each.met and each.rule != "path"] == [rule]


def test_only_engineering_asks_for_a_science_degree() -> None:
    assert assess(SHANGHAI.rules, facts(science_degree=False), series="会计人员", max_level="副高级").level == "副高级"


@given(st.sampled_from([*DEGREES, None]), st.integers(0, 60), st.integers(0, 60))
def test_more_years_never_lead_lower(degree: str | None, years: int, more: int) -> None:
    order = [None, "员级", "助理级", "中级", "副高级", "正高级"]
    levels = [
        assess(SHANGHAI.rules, facts(degree=degree, years=each), series="会计人员", max_level="副高级").level
        for each in (years, years + more)
    ]
    assert order.index(levels[0]) <= order.index(levels[1])


def spoiled(**changes: Any) -> dict[str, Any]:
    made = copy.deepcopy(CONTENT)
    made["entries"][0] |= changes
    return made


@pytest.mark.parametrize(
    "content",
    [
        {}, CONTENT | {"more": 1}, CONTENT | {"jurisdiction": "上海"}, CONTENT | {"benefits": {"E": []}},
        CONTENT | {"benefits": None}, CONTENT | {"rules": {}}, CONTENT | {"entries": None},
        CONTENT | {"entries": [*CONTENT["entries"], CONTENT["entries"][0]]},
        spoiled(id="A B"), spoiled(countries=["XYZ"]), spoiled(countries="GB"), spoiled(categories=[]), spoiled(categories=["E"]),
        spoiled(equivalence=None), spoiled(grade="true"), spoiled(source=None), spoiled(valid_to="2020-01-01"),
        spoiled(superseded_by="nothing"), spoiled(zh=""), spoiled(zh=7), spoiled(register_hint=None),
        spoiled(equivalence={"series": "a", "title": "b", "max_level": "高级", "conditions": []}),
        CONTENT | {"rules": CONTENT["rules"] | {"levels": {"中级": []}}},
        CONTENT | {"rules": CONTENT["rules"] | {"levels": {"中级": [{"degrees": ["phd"], "years": 1}]}}},
        CONTENT | {"rules": CONTENT["rules"] | {"levels": {"中级": [{"degrees": ["master"], "years": True}]}}},
    ],
)  # fmt: skip
def test_a_list_that_contradicts_itself_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises(RecognitionInvalid):
        RecognitionList.from_content(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(CONTENT)), inner),
    max_leaves=8,
)


@given(JSON, JSON, JSON)
def test_nonsense_raises_only_registry_errors(entries: Any, rules: Any, benefits: Any) -> None:
    try:
        RecognitionList.from_content(CONTENT | {"entries": entries, "rules": rules, "benefits": benefits})
    except RegistryError:
        return
