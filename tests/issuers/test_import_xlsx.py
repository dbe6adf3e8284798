"""Reading XLSX: real cells as a person sees them, and packages built to exhaust a reader (T53)."""

import datetime as dt
import io
import struct
import time
import tracemalloc
import zipfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from credentials.dates import PartialDate
from credentials.kinds import Kind
from issuers.rows import Outcome
from web.sheets import errors
from web.sheets.reading import Limits, read_rows

SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(*rows, sheets=("Sheet",)) -> bytes:
    book = Workbook()
    book.active.title = sheets[0]
    for row in rows:
        book.active.append(row)
    for title in sheets[1:]:
        book.create_sheet(title)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_part(package: bytes, name: str, data: bytes, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return the package with one part replaced or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(buffer, "w", compression) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, data)
    return buffer.getvalue()


def sheet_xml(rows: str, beginning: str = "") -> bytes:
    return f'{beginning}<worksheet xmlns="{NAMESPACE}"><sheetData>{rows}</sheetData></worksheet>'.encode()


@pytest.fixture
def written(tmp_path):
    def write(package: bytes):
        path = tmp_path / "table.csv"  # the name does not decide
        path.write_bytes(package)
        return path

    return write


def refusal(path, error, **options):
    """Read the whole file; return the error, which must come quickly and within 64 MB."""
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(error) as caught:
        list(read_rows(path, **options).rows)
    assert time.process_time() - began < 10
    assert tracemalloc.get_traced_memory()[1] < 64_000_000
    tracemalloc.stop()
    return caught.value


def test_cells_as_a_person_sees_them(written):
    values = ["文本", 46268, 46268.0, 2026.5, True, None, dt.datetime(2026, 9, 3), dt.date(2026, 9, 3),
              dt.datetime(2026, 9, 3, 12, 30), "=A1+1", "#N/A", " x ", 123456789012345, 310115198503070019]  # fmt: skip
    path = written(workbook([f"c{place}" for place in range(len(values))], values))
    assert list(next(read_rows(path).rows).cells.values()) == [
        "文本", "46268", "46268", "2026.5", "TRUE", "", "2026-09-03", "2026-09-03",
        "2026-09-03 12:30:00", "=A1+1", "#N/A", " x ", "123456789012345", "3.10115198503070E+17",
    ]  # fmt: skip


def test_row_numbers_count_blank_rows(written):
    path = written(workbook(["姓名"], [None], ["张三"], [], ["李四"]))
    assert [(row.number, row.cells["姓名"]) for row in read_rows(path).rows] == [(3, "张三"), (5, "李四")]


def test_a_number_that_excel_has_rounded_is_not_taken_for_an_identity_number(import_world, written):
    rows = sheet_xml(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c></row><row r="2"><c r="A2"><v>3.1011519850307E+17</v></c></row>'
    )
    path = written(with_part(workbook(), SHEET, rows))
    cell = next(read_rows(path).rows).cells["姓名"]
    row = import_world.judge_one(Kind.TITLE, 证件号码=cell)
    assert [note.code for note in row.notes] == ["issuers.digits_lost"]


def test_real_date_cells_become_dates(import_world, sample_data, written):
    source = read_rows(sample_data / "titles.csv")
    table = [list(row.cells.values()) for row in source.rows]
    place = source.columns.index("评审通过日期")
    for row in table:
        row[place] = dt.datetime.fromisoformat(row[place])
    rows = import_world.check_file(written(workbook(source.columns, *table)), Kind.TITLE)
    assert [row.outcome for row in rows] == [Outcome.ACCEPTED] * 300
    assert rows[0].draft.awarded_on == PartialDate(2026, 9, 16)
    assert all(row.notes == () for row in rows)


def test_other_sheets_are_left_out_loudly(written):
    sheet = read_rows(written(workbook(["姓名"], ["张三"], sheets=("结果", "说明", "备用"))))
    assert [(note.code, note.params) for note in sheet.notes] == [
        ("web.sheets_left_out", {"read": "结果", "others": 2})
    ]
    assert len(list(sheet.rows)) == 1


def test_an_empty_workbook(written):
    refusal(written(workbook()), errors.FileEmpty)


@pytest.mark.parametrize("reference", ['r="XFD2"', 'r="IW2"', ""])
def test_too_many_columns_are_refused_before_parsing(written, reference):
    cell = f"<c {reference}/>" if reference else "<c/>" * (1 << 14)
    path = written(with_part(workbook(), SHEET, sheet_xml(f'<row r="1"><c r="A1"/></row><row r="2">{cell}</row>')))
    assert refusal(path, errors.TooManyColumns).params == {"row": 2, "limit": 256}


def test_a_dimension_that_lies_costs_nothing(written):
    xml = sheet_xml(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>张三</t></is></c></row>'
    )
    xml = xml.replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>')
    assert [dict(row.cells) for row in read_rows(written(with_part(workbook(), SHEET, xml))).rows] == [{"姓名": "张三"}]


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ('<row r="9999999"><c r="A1"/></row>', errors.TooManyRows),
        ('<row r="1000000000000000"/>', errors.WorkbookSuspicious),
        ('<row r="1e15"/>', errors.WorkbookSuspicious),
        ('<row r="1"><c r="AAAAAAAA1"/></row>', errors.WorkbookSuspicious),
        ("<row>" + "<c>" * 100 + "</c>" * 100 + "</row>", errors.WorkbookSuspicious),
        ("<row><c><v/>" + "<f/>" * 5_000 + "</c></row>", errors.WorkbookSuspicious),
        ("<row><c><v>" + "1" * 1_000_001 + "</v></c></row>", errors.RowTooLong),
        ('<row x="' + "1" * 2_000_000 + '"/>', errors.WorkbookSuspicious),
        ("<!--" + "1" * 2_000_000 + "-->", errors.WorkbookSuspicious),
        ("<extra/>" * 200_001, errors.WorkbookSuspicious),
        ("<row><c></row>", errors.WorkbookBroken),
        ('<row r="1"><c r="A1" t="s"><v>99</v></c></row>', errors.WorkbookBroken),
        ('<row r="1"><c r="A1"><v>abc</v></c></row>', errors.WorkbookBroken),
    ],
)  # fmt: skip
def test_worksheets_built_to_exhaust_a_reader(written, rows, error):
    refusal(written(with_part(workbook(), SHEET, sheet_xml(rows), zipfile.ZIP_STORED)), error)


def test_a_billion_laughs(written):
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<!DOCTYPE x [<!ENTITY l0 "ha">{entities}]>'
    path = written(with_part(workbook(), SHEET, sheet_xml("<row><c><v>&l9;</v></c></row>", laughs)))
    assert refusal(path, errors.WorkbookSuspicious).params == {"part": SHEET}


def test_a_zip_bomb_is_refused_by_its_ratio_and_by_its_size(written):
    bomb = with_part(workbook(), SHEET, sheet_xml(" " * 60_000_000))
    assert len(bomb) < 100_000
    assert refusal(written(bomb), errors.WorkbookSuspicious).params == {"part": SHEET}
    assert refusal(written(bomb), errors.FileTooLarge, limits=Limits(unpacked_bytes=50_000_000)).params["limit"] == 50


def test_a_size_declared_too_small_is_found_out(written):
    bomb = bytearray(with_part(workbook(), SHEET, sheet_xml(" " * 60_000_000)))
    real, small = struct.pack("<I", 60_000_000 + len(sheet_xml(""))), struct.pack("<I", 1_000)
    assert bomb.count(real) == 2
    refusal(written(bytes(bomb.replace(real, small))), errors.WorkbookBroken)


def test_a_directory_that_alone_would_fill_the_memory(written):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for number in range(20_000):
            package.writestr(f"{number:06}", b"")
    refusal(written(buffer.getvalue()), errors.WorkbookSuspicious)


@pytest.mark.parametrize(
    "package",
    [b"PK\x03\x04" + bytes(100), workbook(["姓名"], ["张三"])[:-30], b"PK\x05\x06" + bytes(18)],
    ids=["torn", "cut", "no parts"],
)
def test_packages_that_are_no_workbooks(written, package):
    refusal(written(package), errors.WorkbookBroken)


def test_a_part_in_another_compression_is_refused(written):
    path = written(with_part(workbook(["姓名"]), "xl/other.xml", b"<x/>", zipfile.ZIP_LZMA))
    refusal(path, errors.WorkbookSuspicious)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_one_wrong_byte_anywhere_gives_a_sheet_or_one_of_our_errors(written, place, byte):
    package = bytearray(WHOLE)
    package[place % len(package)] = byte
    with suppress(errors.SheetError):
        list(read_rows(written(bytes(package))).rows)


WHOLE = workbook(["姓名", "日期"], ["张三", dt.datetime(2026, 9, 3)])
