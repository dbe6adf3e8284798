"""Every row of the sample spreadsheets comes out as it deserves."""

import csv
import filecmp
from collections import Counter
from pathlib import Path

import pytest

from credentials.dates import PartialDate
from credentials.kinds import Kind
from credentials.model import Postdoc, Qualification, Title
from issuers.errors import ColumnsMissing
from issuers.rows import CheckedRow, Outcome
from web.sheets.reading import read_rows
from web.sheets.sheet import Severity

SHARED = Path(__file__).parents[2].parent / "shared" / "samples"

# 序号 in titles_messy.csv -> for an accepted row its notes, for a refused one its errors: (column, code).
ACCEPTED: dict[int, set[tuple[str, str]]] = {
    **{number: set() for number in (1, 2, 3, 4, 5, 16, 19, 22, 23)},
    8: {("出生年月", "issuers.birth_differs")},
    10: {("姓名", "credentials.name_spaces")},
    15: {("评审通过日期", "issuers.date_normalised")},
    17: {("评审通过日期", "issuers.date_from_serial")},
    24: {("证件号码", "issuers.id_number_normalised"), ("性别", "issuers.sex_differs")},
    25: {("姓名", "credentials.name_made_formal"), ("姓名", "issuers.name_rare_character")},
}
REFUSED: dict[int, tuple[str, str]] = {
    6: ("证件号码", "credentials.identity_number_check"),
    7: ("证件号码", "credentials.identity_number_date"),
    9: ("姓名", "issuers.cell_blank"),
    11: ("姓名", "issuers.formula"),
    12: ("职称系列", "catalogue.unknown_series"),
    13: ("级别", "catalogue.level_mismatch"),
    14: ("评审通过日期", "issuers.date_in_future"),
    18: ("评审委员会", "trust.committee_unknown"),
    20: ("", "issuers.row_repeated"),
    21: ("姓名", "issuers.name_differs"),
    26: ("姓名", "credentials.name_too_long"),
}


@pytest.fixture(scope="module")
def messy(import_world, sample_data, tmp_path_factory) -> dict[int, CheckedRow]:
    """titles_messy.csv with 备注 blanked before the import, by 序号."""
    blanked = tmp_path_factory.mktemp("messy") / "titles.csv"
    with (sample_data / "titles_messy.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with blanked.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "备注": ""} for row in rows)
    return {int(row.raw.cells["序号"]): row for row in import_world.check_file(blanked, Kind.TITLE)}


def remarks(sample_data: Path) -> dict[int, str]:
    with (sample_data / "titles_messy.csv").open(encoding="utf-8-sig", newline="") as file:
        return {int(row["序号"]): row["备注"] for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    "name", ["titles", "titles_gb18030", "titles_messy", "qualifications", "postdocs", "bodies", "committees"]
)
def test_our_copies_are_the_samples_byte_by_byte(name, sample_data):
    if not SHARED.is_dir():
        pytest.skip("../shared/samples IS NOT HERE: our copies were not compared with the originals")
    assert filecmp.cmp(sample_data / f"{name}.csv", SHARED / f"{name}.csv", shallow=False)


def test_the_expectations_say_what_the_remarks_say(sample_data):
    said = {number: text.startswith("正确") or text.endswith("(正确)") for number, text in remarks(sample_data).items()}
    assert said == {**dict.fromkeys(ACCEPTED, True), **dict.fromkeys(REFUSED, False)}


@pytest.mark.parametrize("number", ACCEPTED)
def test_messy_rows_that_are_right_pass(messy, number):
    row = messy[number]
    assert row.outcome is Outcome.ACCEPTED
    assert {(note.column, note.code) for note in row.notes} == ACCEPTED[number]
    assert row.draft is not None
    assert len(row.source_key) == 32


@pytest.mark.parametrize("number", REFUSED)
def test_messy_rows_that_are_wrong_name_row_and_column(messy, number):
    row = messy[number]
    errors = [(note.column, note.code) for note in row.notes if note.severity is Severity.ERROR]
    assert (row.outcome, row.draft, row.source_key) == (Outcome.REFUSED, None, b"")
    assert errors == [REFUSED[number]]
    assert row.number == number + 1


def test_what_the_messy_rows_become(messy):
    drafts = {number: messy[number].draft for number in ACCEPTED}
    assert drafts[10].holder.name == "张伟"
    assert drafts[25].holder.name == "王䶮"
    assert drafts[15].awarded_on == drafts[17].awarded_on == PartialDate(2026, 9, 3)
    assert drafts[16].awarded_on == PartialDate(2026, 9)
    assert (drafts[24].holder.id_tail, drafts[24].facts.identity_number) == ("002X", "11010519491231002X")
    assert (drafts[22].holder.id_type, drafts[22].holder.id_tail) == ("港澳台居民居住证", "0022")
    assert (drafts[23].holder.id_type, drafts[23].holder.id_tail) == ("护照", "5678")
    assert drafts[8].facts.birth == "1963-07-15"
    assert drafts[23].facts.birth == "1963-09"


def test_a_repeated_row_names_the_earlier_one(messy):
    assert messy[20].notes[0].params == {"row": 20}
    assert messy[21].notes[0].params["row"] == 20


@pytest.mark.parametrize(("name", "count"), [("titles", 300), ("titles_gb18030", 30)])
def test_titles(import_world, sample_data, name, count):
    rows = import_world.check_file(sample_data / f"{name}.csv", Kind.TITLE)
    assert [(row.number, row.outcome) for row in rows] == [(number, Outcome.ACCEPTED) for number in range(2, count + 2)]
    assert all(type(row.draft.award) is Title and row.notes == () for row in rows)
    assert len({row.source_key for row in rows}) == count


def test_first_title_in_full(import_world, sample_data):
    draft = import_world.check_file(sample_data / "titles.csv", Kind.TITLE)[0].draft
    assert draft.award == Title(
        "工程师", "工程技术人才", "机械", "中级", "评审", "浦东新区工程系列中级职称评审委员会", "沪人社职〔2026〕423号"
    )
    assert (draft.issuer, draft.issuer_code) == ("上海市浦东新区人力资源和社会保障局", "11310000200000000T")
    assert (draft.holder.name, draft.holder.id_type, draft.holder.id_tail) == ("顾嘉萱", "居民身份证", "3975")
    assert (str(draft.awarded_on), draft.approval_no) == ("2026-09-16", "沪人社职〔2026〕423号")
    assert draft.facts.as_text() == {
        "id_type": "居民身份证",
        "identity_number": "310101196001213975",
        "birth": "1960-01-21",
        "employer": "上海某某船舶工程研究院",
        "sex": "男",
    }
    assert "310101196001213975" not in repr(draft)


def test_rare_characters_survive(import_world, sample_data):
    names = {
        row.draft.holder.name
        for name, kind in (("titles", Kind.TITLE), ("titles_gb18030", Kind.TITLE), ("postdocs", Kind.POSTDOC))
        for row in import_world.check_file(sample_data / f"{name}.csv", kind)
        if row.draft
    }
    assert {"龙䶮", "马㼆", "张𬱖玥", "周𫖯", "阿卜杜拉·买买提", "卓玛·次仁拉姆"} <= names
    assert {"Nguyễn Thị Hương", "O'Brien Seán", "Müller Jürgen", "ROSSI MARIA CHIARA"} <= names


def test_qualifications(import_world, sample_data):
    rows = import_world.check_file(sample_data / "qualifications.csv", Kind.QUALIFICATION)
    assert Counter(row.outcome for row in rows) == {Outcome.ACCEPTED: 150}
    assert all(type(row.draft.award) is Qualification and row.notes == () for row in rows)
    assert sum(row.draft.award.level is None for row in rows) == 36
    assert len({row.source_key for row in rows}) == 150


def test_postdocs(import_world, sample_data):
    rows = import_world.check_file(sample_data / "postdocs.csv", Kind.POSTDOC)
    assert Counter(row.outcome for row in rows) == {Outcome.ACCEPTED: 54, Outcome.NOT_DUE: 6}
    for row in rows:
        withdrawn = row.raw.cells["出站情况"] == "退站"
        assert (row.outcome is Outcome.NOT_DUE) == withdrawn
        assert [note.code for note in row.notes] == (["issuers.postdoc_withdrawn"] if withdrawn else [])
        assert withdrawn or (type(row.draft.award) is Postdoc and row.draft.awarded_on == row.draft.award.completed)


def test_the_same_file_twice_has_the_same_keys_and_another_secret_has_others(import_world, sample_data):
    first, again = (import_world.check_file(sample_data / "titles.csv", Kind.TITLE) for _ in range(2))
    assert [row.source_key for row in first] == [row.source_key for row in again]
    other = type(import_world)(import_world.catalogue, import_world.trust, secret=b"another secret of 32 bytes here!")
    keys = {row.source_key for row in other.check_file(sample_data / "titles.csv", Kind.TITLE)}
    assert keys.isdisjoint(row.source_key for row in first)


def test_a_form_of_another_kind_is_refused_with_the_missing_columns(import_world, sample_data):
    with pytest.raises(ColumnsMissing) as caught:
        import_world.check(read_rows(sample_data / "postdocs.csv"), Kind.TITLE)
    assert "职称系列" in caught.value.params["columns"]
