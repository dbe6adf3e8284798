"""T52: nothing we write is ever a live formula, and everything comes back exactly."""

import csv
import io
import re
import stat
import zipfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from web.cells import from_safe, from_xstring, is_formula_like, to_safe, to_xstring
from web.sheets.errors import FileUnwritable
from web.sheets.reading import read_rows
from web.sheets.writing import write_table

LIVE = re.compile(r"^[\s\x00-\x1f\x7f\u200b\u200e\u200f\ufeff]*[=+\-@＝＋－＠]|^[\t\r\n]")
LEADERS = [*"=+-@＝＋－＠\t\r\n' ", "\u200b", "\ufeff", "\u3000", "_x000D_", "_x005F_"]
TEXTS = st.text(max_size=20) | st.builds(
    "".join, st.lists(st.sampled_from([*LEADERS, "1", "cmd|' /C calc'!A0", "张三"]))
)
ROWS = st.lists(st.lists(TEXTS, min_size=3, max_size=3), max_size=8)

in_a_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def filled(rows):
    return [row for row in rows if any(cell.strip() for cell in row)]


@given(TEXTS)
@example("=HYPERLINK(\"http://x.example\",\"张三\")")  # fmt: skip
@example("'=1")
@example("''")
@example(" \u200b＝1")
@example("\r=1")
def test_a_safe_cell_is_not_live_and_comes_back(text):
    assert not LIVE.match(to_safe(text))
    assert from_safe(to_safe(text)) == text
    assert from_xstring(to_xstring(text)) == text


@given(TEXTS)
def test_what_is_live_is_refused_and_what_is_safe_is_left_alone(text):
    if LIVE.match(text):
        assert is_formula_like(text)
        assert to_safe(text) == "'" + text
    elif not is_formula_like(text) and not text.startswith("'"):
        assert to_safe(text) == text


@pytest.mark.parametrize("text", ["'", "'abc", "'张三", "O'Brien", "_x0041_", "_x000D", "a=1"])
def test_texts_of_others_are_left_alone(text):
    assert from_safe(text) == text
    assert from_xstring(text) == text


@in_a_file
@given(rows=ROWS)
@example(rows=[["", "", "\n"]])  # neutralised it is no blank to a spreadsheet, and yet says nothing
def test_csv_has_no_live_cell_and_comes_back(tmp_path, rows):
    path = tmp_path / "table.csv"
    write_table(path, ("=a", "b", "＠c"), rows)
    with path.open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.reader(file, strict=True))
    assert len(written) == len(rows) + 1
    assert not [cell for row in written for cell in row if LIVE.match(cell)]
    sheet = read_rows(path)
    assert sheet.columns == ("=a", "b", "＠c")
    assert [list(row.cells.values()) for row in sheet.rows] == filled(rows)


@settings(in_a_file, max_examples=50)
@given(rows=ROWS)
@example(rows=[["", "", "\n"]])
def test_xlsx_has_no_live_cell_and_comes_back(tmp_path, rows):
    path = tmp_path / "table.xlsx"
    write_table(path, ("=a", "b", "＠c"), rows)
    with zipfile.ZipFile(path) as package:
        xml = package.read("xl/worksheets/sheet1.xml").decode()
    cells = re.findall(r"<c ([^>]*?)(?:/>|>(.*?)</c>)", xml, re.DOTALL)
    assert "<f>" not in xml
    assert "<f " not in xml
    assert all('t="inlineStr"' in attributes for attributes, content in cells if content)
    assert not [content for content in re.findall(r"<t[^>]*>(.*?)</t>", xml, re.DOTALL) if LIVE.match(content)]
    sheet = read_rows(path)
    assert sheet.columns == ("=a", "b", "＠c")
    assert [list(row.cells.values()) for row in sheet.rows] == filled(rows)


def test_a_table_appears_whole_or_not_at_all_and_for_its_owner_only(tmp_path):
    path = tmp_path / "report.csv"
    write_table(path, ("a",), [["1"]])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def broken():
        yield ["2"]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_table(path, ("a",), broken())
    assert [dict(row.cells) for row in read_rows(path).rows] == [{"a": "1"}]
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.csv"]


def test_a_place_that_cannot_be_written(tmp_path):
    with pytest.raises(FileUnwritable):
        write_table(tmp_path / "absent" / "report.csv", ("a",), [])
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(FileUnwritable):
        write_table(tmp_path / "folder.csv", ("a",), [])


def test_csv_in_excel_s_hands(tmp_path):
    """UTF-8 with mark, every cell quoted, CRLF: what Excel opens without asking."""
    path = tmp_path / "table.csv"
    write_table(path, ("姓名",), [["张三"]])
    assert path.read_bytes() == b"\xef\xbb\xbf" + '"姓名"\r\n"张三"\r\n'.encode()
    assert io.StringIO(path.read_text("utf-8-sig")).readline() == '"姓名"\n'
