"""The report that goes back to the office: complete, in two languages, safe, and importable again once corrected."""

import csv
import re
from pathlib import Path

import pytest

import issuers
from credentials.kinds import Kind
from issuers.columns import REPORT_COLUMNS
from issuers.report import note_text, row_line, summary, summary_lines, write_report
from issuers.rows import Outcome
from registry.catalogue import WARNINGS
from web.messages import LANGUAGES, say
from web.sheets import errors
from web.sheets.reading import read_rows
from web.sheets.sheet import Note, Severity

ROOM = Path(issuers.__file__).parent
MODULES = ("errors", "columns", "../web/sheets/errors", "../web/sheets/workbook", "reading", "holders", "rulebook", "rows", "report", "written_dates",
           "title_rows", "qualification_rows", "postdoc_rows")  # fmt: skip


@pytest.fixture
def messy(import_world, sample_data):
    return lambda: import_world.check(read_rows(sample_data / "titles_messy.csv"), Kind.TITLE)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_every_row_goes_back_with_its_result(messy, sample_data, tmp_path, suffix):
    path = tmp_path / f"report.{suffix}"
    write_report(messy(), path)
    sheet, original = read_rows(path), read_rows(sample_data / "titles_messy.csv")
    assert sheet.columns == (*original.columns, *REPORT_COLUMNS)
    rows = list(sheet.rows)
    for row, old, judged in zip(rows, original.rows, messy(), strict=True):
        assert dict(row.cells).items() >= dict(old.cells).items()
        assert row.cells["原行号/Row"] == str(old.number) == str(judged.number)
    results = [row.cells["结果/Result"] for row in rows]
    assert (results.count("通过/accepted"), results.count("退回/refused")) == (15, 11)
    assert "第 20 行" in rows[19].cells["说明(中文)"]
    assert "row 20" in rows[19].cells["Explanation (English)"].lower()
    assert rows[0].cells["Explanation (English)"] == ""


def test_a_corrected_report_is_imported_and_reported_again(messy, import_world, tmp_path):
    first, again = tmp_path / "first.xlsx", tmp_path / "again.xlsx"
    write_report(messy(), first)
    checked = import_world.check(read_rows(first), Kind.TITLE)
    assert checked.notes == ()
    write_report(checked, again)
    assert [dict(row.cells) for row in read_rows(again).rows] == [dict(row.cells) for row in read_rows(first).rows]


def test_a_list_of_rows_is_reported_like_a_stream(messy, tmp_path):
    write_report(messy(), tmp_path / "stream.csv")
    write_report(list(messy()), tmp_path / "list.csv")
    write_report([], tmp_path / "none.csv")
    assert (tmp_path / "stream.csv").read_bytes() == (tmp_path / "list.csv").read_bytes()
    assert read_rows(tmp_path / "none.csv").columns == REPORT_COLUMNS


def test_no_cell_of_the_report_is_live(messy, tmp_path):
    write_report(messy(), tmp_path / "report.csv")
    with (tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "'=HYPERLINK(\"http://x.example\",\"张三\")" in cells  # fmt: skip
    assert not [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@＝＋－＠")]


def test_the_summary_counts_and_names_the_first_rows(messy, import_world, sample_data):
    counted = summary(messy())
    assert counted.outcomes == {Outcome.ACCEPTED: 15, Outcome.REFUSED: 11, Outcome.NOT_DUE: 0}
    assert counted.total == 26
    assert [each.note.severity for each in counted.codes] == sorted(
        (each.note.severity for each in counted.codes), key=list(Severity).index
    )
    withdrawn = summary(import_world.check_file(sample_data / "postdocs.csv", Kind.POSTDOC)).codes
    assert [(each.note.code, each.count, len(each.rows)) for each in withdrawn] == [("issuers.postdoc_withdrawn", 6, 5)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_lines_for_the_terminal(messy, lang):
    counted = summary(messy())
    lines = list(summary_lines(counted, lang))
    assert len(lines) == 1 + len(counted.codes)
    assert all(number in lines[0] for number in ("26", "15", "11"))
    told = [row_line(row, lang) for row in messy()]
    assert ("第 7 行" if lang == "zh" else "Row 7 ") in told[5]
    assert not [line for line in (*lines, *told) if "{" in line]
    assert not [line for line in (*lines, *told) if re.search(r"\d{15}", line)]


def test_notes_on_the_file_are_told_first():
    note = Note("", "web.sheets_left_out", {"read": "结果", "others": 2}, Severity.WARNING)
    assert note_text(note, "zh", blank_column="issuers.whole_file").startswith("【整个文件】提醒：")


def codes_of_the_import() -> set[str]:
    text = "".join((ROOM / f"{module}.py").read_text("utf-8") for module in MODULES)
    written = set(re.findall(r'"((?:issuers|trust|catalogue|web)\.[a-z_0-9]+)"', text))
    outcomes = {f"issuers.outcome_{outcome.value}" for outcome in Outcome}
    return written | outcomes | {f"issuers.note_{severity.value}" for severity in Severity} | set(WARNINGS)


@pytest.mark.parametrize("code", sorted(codes_of_the_import()))
def test_every_code_has_its_sentence_in_both_languages(code):
    zh, en = (say(code, lang) for lang in LANGUAGES)
    assert re.search(r"[\u4e00-\u9fff]", zh) or code.startswith("issuers.note_")
    assert sorted(re.findall(r"{\w+}", zh)) == sorted(re.findall(r"{\w+}", en)) or set(re.findall(r"{\w+}", zh)) ^ set(
        re.findall(r"{\w+}", en)
    ) <= {"{exit}", "{kind}"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_error_of_the_whole_file_is_said_in_words(lang, tmp_path):
    (tmp_path / "titles.csv").write_text("姓名,姓名\n")
    with pytest.raises(errors.HeaderDuplicate) as caught:
        read_rows(tmp_path / "titles.csv")
    assert "姓名" in say(caught.value.code, lang, **caught.value.params)
