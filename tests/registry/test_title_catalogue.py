"""The catalogue: 27 series, the samples that must pass, and the two messy rows that must not."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.dates import PartialDate
from registry.catalogue import WARNINGS, Catalogue
from registry.errors import CatalogueInvalid, RegistryError
from registry.windows import OneDay

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
    levels = [{title.level for title in series.titles} for series in CATALOGUE.all_series.values()]
    assert all({"正高级", "副高级", "中级", "助理级"} <= each for each in levels)


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


SERIES = {"code": "a", "name": "b", "name_en": "c", "titles": [{"level": "中级", "name": "d"}], "specialties": []}
TWICE = {"level": "中级", "name": "d"}
QUALIFICATION = {"name": "a", "name_en": "b", "category": "准入类", "authority": "c", "registration_required": True,
                 "levels": [], "mapped_title": None}  # fmt: skip


def content(series: Any = (), qualifications: Any = (), **others: Any) -> dict[str, Any]:
    made = {"edition": "test", "grade": "sample", "series": series, "qualifications": qualifications}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in (made | others).items()}


def test_the_smallest_catalogue_reads() -> None:
    read = Catalogue.from_content(content([SERIES], [QUALIFICATION]))
    assert read.check("b", "中级", "d") is None
    assert read.check_qualification("a", "准入类") is None


@pytest.mark.parametrize(
    "content",
    [
        {}, content(qualifications=None), content([1]), content(grade="true"), content(edition=1), content(more=1),
        content([SERIES | {"titles": []}]), content([SERIES | {"titles": [{"level": "特级", "name": "c"}]}]),
        content([SERIES | {"titles": [TWICE, TWICE]}]), content([SERIES, SERIES]), content([SERIES | {"code": ""}]),
        content([SERIES, SERIES | {"name": "other"}]), content([SERIES | {"levels": {}}]),
        content([SERIES | {"valid_from": "2026-02-30"}]), content([SERIES | {"valid_from": "2026", "valid_to": None}]),
        content([SERIES | {"valid_from": "2026-02-02", "valid_to": "2026-02-01"}]),
        content([SERIES | {"titles": [TWICE | {"policy_no": 7}]}]), content([SERIES | {"specialties": [{"name": "x"}]}]),
        content([], [QUALIFICATION | {"category": "别的"}]), content([], [QUALIFICATION | {"category": []}]),
        content([], [QUALIFICATION | {"registration_required": 1}]), content([], [QUALIFICATION, QUALIFICATION]),
        content([], [QUALIFICATION | {"levels": "初级"}]), content([], [QUALIFICATION | {"mapped_title": ""}]),
    ],
)  # fmt: skip
def test_a_catalogue_that_contradicts_itself_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises(CatalogueInvalid):
        Catalogue.from_content(content)


# days ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "on", "code"),
    [
        ("教授级高级工程师", "2018-06-01", None),
        ("教授级高级工程师", "2019-12-31", None),
        ("教授级高级工程师", "2020-01-01", "catalogue.name_not_in_force"),
        ("教授级高级工程师", "2026-09-16", "catalogue.name_not_in_force"),
        ("正高级工程师", "2018-06-01", None),
        ("正高级工程师", "2026-09-16", None),
    ],
)
def test_an_old_name_stands_in_its_days_and_not_after_them(name: str, on: str, code: str | None) -> None:
    assert CATALOGUE.check("工程技术人才", "正高级", name, OneDay(date.fromisoformat(on))) == code
    assert CATALOGUE.check("工程技术人才", "正高级", name) is None


@pytest.mark.parametrize(
    ("specialty", "on", "code"),
    [
        ("人工智能", "2026-09-16", None),
        ("化工", "2025-12-31", None),
        ("化工", "2026-01-01", "catalogue.specialty_not_in_force"),
        ("低空经济", "2026-12-31", "catalogue.specialty_not_in_force"),
        ("低空经济", "2027-01-01", None),
        ("炼金术", "2026-09-16", "catalogue.unknown_specialty"),
    ],
)
def test_a_specialty_is_judged_by_the_day_of_award(specialty: str, on: str, code: str | None) -> None:
    assert CATALOGUE.check_specialty("工程技术人才", specialty, OneDay(date.fromisoformat(on))) == code


def test_a_date_known_to_the_year_may_mean_any_of_its_days() -> None:
    assert CATALOGUE.check_specialty("工程技术人才", "化工", PartialDate(2025)) is None
    assert CATALOGUE.check_specialty("工程技术人才", "化工", PartialDate(2026)) is not None
    assert CATALOGUE.check("会计人员", "员级", "会计员", PartialDate(2019, 12)) is None
    assert CATALOGUE.check("会计人员", "员级", "会计员", PartialDate(2020)) == "catalogue.name_not_in_force"


def test_a_series_without_a_directory_says_nothing_of_specialties() -> None:
    read = Catalogue.from_content(
        content([SERIES | {"valid_to": "2020-01-01"}], [QUALIFICATION | {"valid_to": "2020-01-01"}])
    )
    assert read.check_specialty("b", "炼金术", PartialDate(2026)) is None
    assert read.check("b", "中级", "d", PartialDate(2026)) == "catalogue.series_not_in_force"
    assert read.check_qualification("a", "准入类", PartialDate(2026)) == "catalogue.qualification_not_in_force"


def test_the_catalogue_of_a_day_holds_what_stood_on_it() -> None:
    then, now = CATALOGUE.as_of(date(2018, 1, 1)), CATALOGUE.as_of(date(2026, 9, 16))
    names = [{title.name for title in each.all_series["工程技术人才"].titles} for each in (then, now)]
    assert names[0] - names[1] == {"教授级高级工程师", "研究员级高级工程师"}
    assert "化工" not in {each.name for each in now.all_series["工程技术人才"].specialties}
    assert len(now.all_series) == 27


def test_branches_tell_the_names_of_one_level_apart() -> None:
    health = CATALOGUE.all_series["卫生技术人员"]
    assert {title.branch for title in health.titles} == {"医", "药", "护", "技"}
    for level in ("正高级", "副高级", "中级", "助理级", "员级"):
        assert len(health.names_at(level)) == 4


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "name", "titles", "valid_to"]), inner)
    ),
    max_leaves=8,
)


@given(JSON, JSON)
def test_nonsense_raises_only_registry_errors(series: Any, qualifications: Any) -> None:
    try:
        Catalogue.from_content(content([series], [qualifications]))
    except RegistryError:
        return
