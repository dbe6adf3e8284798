"""Reading CSV: encodings, headers, quotes, limits. One clear error each, with the row where there is one (T53)."""

import os
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web.sheets import errors
from web.sheets.reading import Limits, read_rows

HEADER = "姓名,级别"
TEXT = f"{HEADER}\r\n龙䶮,副高级\r\n\r\n阿卜杜拉·买买提,中级\r\n"


@pytest.fixture
def written(tmp_path):
    def write(data, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return write


def cells(path, **options):
    return [(row.number, *row.cells.values()) for row in read_rows(path, **options).rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(written, encoding):
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    path = written((mark + TEXT).encode(encoding))
    assert read_rows(path).columns == ("姓名", "级别")
    assert cells(path) == [(2, "龙䶮", "副高级"), (4, "阿卜杜拉·买买提", "中级")]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimiters(written, delimiter):
    assert cells(written(TEXT.replace(",", delimiter)))[0] == (2, "龙䶮", "副高级")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_and_line_breaks_in_cells(written, ending):
    path = written(f'{HEADER}{ending}"a{ending}b",中级{ending}"c","d""e"')
    assert cells(path) == [(2, f"a{ending}b", "中级"), (3, "c", 'd"e')]


def test_gb18030_is_told_from_utf8_only_when_no_byte_contradicts(written):
    with pytest.raises(errors.EncodingUnknown):
        read_rows(written(b"\x81\x20,\xff\xfe\xfd\n1,2\n"))
    with pytest.raises(errors.EncodingUnknown):
        read_rows(written("a,b\n1,2\n".encode("utf-16-le")))


def test_a_broken_byte_in_a_utf8_file_is_named_by_its_row(written):
    rows = "".join(f"张三{number},中级\n" for number in range(2, 30_000))
    data = bytearray(f"{HEADER}\n{rows}".encode())
    data[-5] = 0xFF
    sheet = read_rows(written(bytes(data)))
    with pytest.raises(errors.EncodingBroken) as caught:
        list(sheet.rows)
    # The text layer decodes ahead in blocks: the row is right to within one block of 8 kB.
    assert 29_000 < caught.value.params["row"] <= 30_000


def test_a_truncated_utf16_file_is_refused(written):
    sheet = read_rows(written(("\ufeff" + TEXT * 2000).encode("utf-16-le")[:-1]))
    with pytest.raises(errors.EncodingBroken):
        list(sheet.rows)


@pytest.mark.parametrize("data", [b"", b"\n\n", b" ,, \r\n,,\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n,\n"])
def test_empty_files(written, data):
    with pytest.raises(errors.FileEmpty):
        read_rows(written(data))


def test_a_header_without_rows_is_a_sheet_without_rows(written):
    assert cells(written(HEADER)) == []


def test_headers_are_trimmed_and_trailing_blank_ones_dropped(written):
    sheet = read_rows(written("\ufeff 姓名 ,级别\u3000,,\n张三,中级,,\n李四,中级,x,\n"))
    assert sheet.columns == ("姓名", "级别")
    assert [(row.number, row.surplus) for row in sheet.rows] == [(2, 0), (3, 1)]


def test_short_rows_are_filled(written):
    assert cells(written(f"{HEADER},专业\n张三\n")) == [(2, "张三", "", "")]


@pytest.mark.parametrize(
    ("header", "error", "params"),
    [
        ("姓名,级别,姓名", errors.HeaderDuplicate, {"columns": "姓名"}),
        ("姓名, 姓名", errors.HeaderDuplicate, {"columns": "姓名"}),
        ("姓名,,级别", errors.HeaderBlank, {"position": 2}),
        (",".join(f"c{n}" for n in range(257)), errors.TooManyColumns, {"limit": 256}),
        (",".join(f"c{n}" for n in range(1 << 14)), errors.TooManyColumns, {"limit": 256}),
    ],
)
def test_headers_that_are_refused(written, header, error, params):
    with pytest.raises(error) as caught:
        read_rows(written(f"{header}\n1,2\n"))
    assert caught.value.params == params


@pytest.mark.parametrize("line", ['"abc,中级', '"a"b,中级', '"a",中级\n"b'])
def test_quotes_without_a_partner_name_the_row(written, line):
    sheet = read_rows(written(f"{HEADER}\n张三,中级\n{line}"))
    with pytest.raises(errors.QuotesBroken) as caught:
        list(sheet.rows)
    assert caught.value.params["row"] == 3 + line.count("\n")


@pytest.mark.parametrize(
    "filler", ["x" * 3_000_000, "," * 3_000_000, '"\n",' * 800_000, '"' + "\n" * 3_000_000], ids=["line", "cells", "breaks", "open"]
)  # fmt: skip
def test_a_row_without_end_is_cut_off_within_bounded_memory(written, filler):
    path = written(f"{HEADER}\n张三,中级\n{filler}")
    tracemalloc.start()
    with pytest.raises((errors.RowTooLong, errors.QuotesBroken)) as caught:
        list(read_rows(path).rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.params["row"] == 3
    assert peak < 64_000_000


def test_a_cell_without_end_names_its_row(written):
    with pytest.raises(errors.RowTooLong) as caught:
        cells(written(f"{HEADER}\n张三,中级\n{'x' * 200_000},中级\n"))
    assert caught.value.params == {"row": 3, "limit": 131_072}


def test_too_many_rows(written):
    path = written(f"{HEADER}\n" + "张三,中级\n" * 20)
    assert len(cells(path, limits=Limits(rows=21))) == 20
    with pytest.raises(errors.TooManyRows) as caught:
        cells(path, limits=Limits(rows=20))
    assert caught.value.params == {"row": 21, "limit": 20}


@pytest.mark.parametrize("beginning", [b"", b"PK\x03\x04"])
def test_a_200_mb_file_is_refused_unread(tmp_path, beginning):
    path = tmp_path / "huge"
    path.write_bytes(beginning + b"a,b\n")
    os.truncate(path, 200_000_000)
    with pytest.raises(errors.FileTooLarge) as caught:
        read_rows(path)
    assert caught.value.params == {"megabytes": 200, "limit": 20 if beginning else 50}


@pytest.mark.parametrize(
    "data",
    [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), b"%PDF-1.7\n", b"<HTML><table>", b"<?xml version='1.0'?>", b"{\\rtf1"],
)  # fmt: skip
def test_files_that_only_pass_for_spreadsheets(written, data):
    with pytest.raises(errors.FileNotTabular):
        read_rows(written(data, "titles.xls"))


def test_files_that_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "absent.csv", tmp_path / "fifo", tmp_path / ("x" * 300), tmp_path / "a\x00b"):
        with pytest.raises(errors.FileUnreadable):
            read_rows(path)


@given(
    st.binary(max_size=400)
    | st.binary(max_size=80).map(lambda data: b"\xff\xfe" + data)
    | st.binary(max_size=80).map(lambda data: b"\xef\xbb\xbf" + data)
    | st.text(max_size=80).map(lambda text: text.encode("gb18030"))
)
@settings(max_examples=400)
def test_any_bytes_give_a_sheet_or_one_of_our_errors(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(data)
    with suppress(errors.SheetError):
        list(read_rows(path).rows)
