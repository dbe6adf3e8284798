"""The catalogue: 27 series, the samples that must pass, and the two messy rows that must not."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue import WARNINGS, Catalogue
from registry.errors import CatalogueInvalid, RegistryError

ROOT = Path(__file__).parents[2]
CONTENT = json.loads((ROOT / "registry" / "data" / "catalogue.json").read_text("utf-8"))
CATALOGUE = Catalogue.from_content(CONTENT)
SAMPLES = Path(__file__).parents[2] / "hallmark" / "demo" / "data"


def rows(name: str, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    with (SAMPLES / name).open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def checked(row: dict[str, str]) -> str | None:
    return CATALOGUE.check(row["职称系列"], row["级别"], row["职称名称"])


def test_there_are_27_series_with_distinct_codes() -> None:
    assert len(CATALOGUE.all_series) == 27
    assert len({series.code for series in CATALOGUE.all_series.values()}) == 27
    assert all(
        {"正高级", "副高级", "中级", "助理级"} <= series.levels.keys() for series in CATALOGUE.all_series.values()
    )


@pytest.mark.parametrize(
    ("name", "encoding", "count"), [("titles.csv", "utf-8-sig", 300), ("titles_gb18030.csv", "gb18030", 30)]
)
def test_every_sample_title_is_known(name: str, encoding: str, count: int) -> None:
    found = [checked(row) for row in rows(name, encoding)]
    assert found == [None] * count


def test_the_messy_rows_12_and_13_are_refused_and_no_other() -> None:
    refused = {row["序号"]: checked(row) for row in rows("titles_messy.csv") if checked(row)}
    assert refused == {"12": "catalogue.unknown_series", "13": "catalogue.level_mismatch"}


def test_every_sample_qualification_has_its_category() -> None:
    found = {CATALOGUE.check_qualification(row["资格名称"], row["类别"]) for row in rows("qualifications.csv")}
    assert found == {None}


@pytest.mark.parametrize(
    ("series", "level", "title", "code"),
    [
        ("工程技术人才", "副高级", "高级工程师", None),
        ("工程技术人才", "中级", "高级工程师", "catalogue.level_mismatch"),
        ("工程技术人才", "正高级", "教授级高级工程师", None),
        ("工程技术人才", "初级", "助理工程师", None),
        ("工程技术人才", "初级", "技术员", None),
        ("工程技术人才", "初级", "工程师", "catalogue.level_mismatch"),
        ("工程技术人才", "中级", "造梦师", "catalogue.unknown_name"),
        ("工程技术人才", "最高级", "高级工程师", "catalogue.level_mismatch"),
        ("高等学校教师", "员级", "助教", "catalogue.level_mismatch"),
        ("高等学校教师", "员级", "新名称", "catalogue.level_mismatch"),
        ("会计人员", "员级", "会计员", None),
        ("新闻专业人员", "正高级", "高级编辑", None),
        ("出版专业人员", "中级", "编辑", None),
        ("魔法系列", "中级", "工程师", "catalogue.unknown_series"),
    ],
)
def test_titles_are_judged_within_their_series(series: str, level: str, title: str, code: str | None) -> None:
    assert CATALOGUE.check(series, level, title) == code


def test_unknown_names_are_remarks_and_wrong_ones_are_not() -> None:
    assert CATALOGUE.check_qualification("一级建造师", "水平评价类") == "catalogue.category_mismatch"
    assert CATALOGUE.check_qualification("一级魔法师", "准入类") == "catalogue.unknown_qualification"
    assert {"catalogue.unknown_name", "catalogue.unknown_qualification"} == WARNINGS
    assert CATALOGUE.category_of("一级建造师") == "准入类"
    assert CATALOGUE.series("会计人员") is not None
    assert CATALOGUE.series("会计系列") is None


@pytest.mark.parametrize(
    "content",
    [
        {}, {"series": [], "qualifications": None}, {"series": [1], "qualifications": []},
        {"series": [{"code": "a", "name": "b", "levels": {"特级": ["c"]}}], "qualifications": []},
        {"series": [{"code": "a", "name": "b", "levels": {"中级": []}}], "qualifications": []},
        {"series": [{"code": "a", "name": "b", "levels": {}}] * 2, "qualifications": []},
        {"series": [], "qualifications": [{"name": "a", "category": "别的"}]},
        {"series": [], "qualifications": [{"name": "a", "category": []}]},
    ],
)  # fmt: skip
def test_a_catalogue_that_contradicts_itself_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises(CatalogueInvalid):
        Catalogue.from_content(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "name", "levels"]), inner),
    max_leaves=8,
)


@given(JSON, JSON)
def test_nonsense_raises_only_registry_errors(series: Any, qualifications: Any) -> None:
    try:
        Catalogue.from_content({"series": [series], "qualifications": [qualifications]})
    except RegistryError:
        return
