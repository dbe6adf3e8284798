"""The rules of one cell and one row, case by case, beyond what the sample files hold."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.dates import PartialDate
from credentials.kinds import Kind
from issuers.columns import arrange
from issuers.errors import ColumnsMissing
from issuers.holders import PersonalFacts
from issuers.rows import Outcome
from issuers.seen import Seen
from issuers.written_dates import read_date
from web.sheets.sheet import RawRow, Severity, Sheet

POSTDOC, QUALIFICATION, TITLE = Kind.POSTDOC, Kind.QUALIFICATION, Kind.TITLE


def told(row, severity=None):
    return [(note.column, note.code) for note in row.notes if severity in (None, note.severity)]


@pytest.mark.parametrize(
    ("text", "date", "code"),
    [
        ("2026-09-16", PartialDate(2026, 9, 16), None),
        ("2026-09", PartialDate(2026, 9), None),
        ("2008", PartialDate(2008), None),
        (" 2026-09-16", PartialDate(2026, 9, 16), "normalised"),
        ("2026-9-3", PartialDate(2026, 9, 3), "normalised"),
        ("2026/9/3", PartialDate(2026, 9, 3), "normalised"),
        ("2026.9.3", PartialDate(2026, 9, 3), "normalised"),
        ("2026.09", PartialDate(2026, 9), "normalised"),
        ("2026.10", PartialDate(2026, 10), "normalised"),
        ("2026/9", PartialDate(2026, 9), "normalised"),
        ("2026年9月3日", PartialDate(2026, 9, 3), "normalised"),
        ("2026 年 9 月", PartialDate(2026, 9), "normalised"),
        ("2026年", PartialDate(2026), "normalised"),
        ("２０２６年９月３日", PartialDate(2026, 9, 3), "normalised"),
        ("2026-09-03 00:00:00", PartialDate(2026, 9, 3), "normalised"),
        ("2026-09-03T00:00:00", PartialDate(2026, 9, 3), "normalised"),
        ("20260903", PartialDate(2026, 9, 3), "normalised"),
        ("202609", PartialDate(2026, 9), "normalised"),
        ("46268", PartialDate(2026, 9, 3), "from_serial"),
        ("46268.0", PartialDate(2026, 9, 3), "from_serial"),
        ("36526", PartialDate(2000, 1, 1), "from_serial"),
        ("2026.1", None, "ambiguous"),
        ("2026-02-30", None, "impossible"),
        ("2026-13", None, "impossible"),
        ("1899-12-31", None, "impossible"),
        ("9/3/2026", None, "unreadable"),
        ("26-9-3", None, "unreadable"),
        ("2026-9/3", None, "unreadable"),
        ("2026-09-03 12:30:00", None, "unreadable"),
        ("四月", None, "unreadable"),
        ("60", None, "unreadable"),
        ("9" * 5_000, None, "unreadable"),
    ],
)
def test_dates(text, date, code):
    written = read_date(text)
    assert (written.date, written.code) == (date, code and f"issuers.date_{code}")


@given(st.dates(dt.date(1930, 1, 1), dt.date(2150, 12, 31)))
def test_every_spelling_of_a_day_means_that_day(day):
    serial = (day - dt.date(1899, 12, 30)).days
    spellings = {day.isoformat(), f"{day.year}年{day.month}月{day.day}日", f"{day.year}/{day.month}/{day.day}",
                 f"{day.year}.{day.month:02}.{day.day:02}", day.strftime("%Y%m%d"), str(serial)}  # fmt: skip
    assert {read_date(text).date for text in spellings} == {PartialDate(day.year, day.month, day.day)}


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_has_a_reason(text):
    written = read_date(text)
    assert written.date is not None or written.code is not None


@pytest.mark.parametrize(
    ("id_type", "number", "kept", "tail"),
    [
        ("居民身份证", "11010519491231002X", "11010519491231002X", "002X"),
        ("居民身份证", " 110105 19491231 002ｘ ", "11010519491231002X", "002X"),
        ("身份证", "11010519491231002X", "11010519491231002X", "002X"),
        ("港澳台居民居住证", "830000199201300022", "830000199201300022", "0022"),
        ("护照", "E12345678", "E12345678", "5678"),
        ("护照", "e 1234 5678", "E12345678", "5678"),
        ("港澳居民来往内地通行证", "H12345678", "H12345678", "5678"),
        ("台湾居民来往大陆通行证", "12345678", "12345678", "5678"),
        ("外国人永久居留身份证", "USA310102112233", "USA310102112233", "2233"),
    ],
)
def test_identity_documents(import_world, id_type, number, kept, tail):
    row = import_world.judge_one(TITLE, 证件类型=id_type, 证件号码=number, 出生年月="", 性别="")
    assert row.outcome is Outcome.ACCEPTED
    assert (row.draft.facts.identity_number, row.draft.holder.id_tail) == (kept, tail)
    assert (("证件号码", "issuers.id_number_normalised") in told(row)) == (number != kept)


@pytest.mark.parametrize(
    ("id_type", "number", "code"),
    [
        ("居民身份证", "310115198503070018", "credentials.identity_number_check"),
        ("居民身份证", "310104199002290027", "credentials.identity_number_date"),
        ("居民身份证", "310104900229002", "credentials.identity_number_malformed"),
        ("居民身份证", "3.10115E+17", "issuers.digits_lost"),
        ("居民身份证", "310115198503080000", "issuers.digits_lost"),
        ("居民身份证", "830000199201300022", "issuers.id_type_differs"),
        ("港澳台居民居住证", "11010519491231002X", "issuers.id_type_differs"),
        ("护照", "12 34", "issuers.id_number_malformed"),
        ("护照", "护照E1234567", "issuers.id_number_malformed"),
        ("护照", "=1+1", "issuers.formula"),
        ("护照", "", "issuers.cell_blank"),
        ("护照", "#REF!", "issuers.cell_error"),
        ("护照", "1" * 1_001, "issuers.cell_too_long"),
    ],
)
def test_identity_documents_that_are_refused(import_world, id_type, number, code):
    row = import_world.judge_one(TITLE, 证件类型=id_type, 证件号码=number)
    assert (row.outcome, told(row)) == (Outcome.REFUSED, [("证件号码", code)])
    assert number == "" or number not in str([dict(note.params) for note in row.notes])


def test_a_number_that_ends_in_000_and_fits_by_chance_is_pointed_out(import_world):
    row = import_world.judge_one(TITLE, 证件号码="310115198503070000")
    assert row.outcome is Outcome.ACCEPTED
    assert ("证件号码", "issuers.digits_doubtful") in told(row, Severity.WARNING)


def test_an_unknown_identity_document_is_refused(import_world):
    row = import_world.judge_one(TITLE, 证件类型="驾驶证")
    assert told(row) == [("证件类型", "issuers.word_unknown")]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("张　 伟", "张伟"),
        ("王\ue863", "王䶮"),
        ("阿卜杜拉・买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("Müller Jürgen", "Müller Jürgen"),
        ("Nguyễn Thị Hương", "Nguyễn Thị Hương"),
        ("O'Brien Seán", "O'Brien Seán"),
        ("O’Brien Seán", "O'Brien Seán"),
        ("Mu\u0308ller", "Müller"),
    ],
)
def test_names(import_world, written, kept):
    row = import_world.judge_one(TITLE, 姓名=written)
    assert (row.outcome, row.draft.holder.name) == (Outcome.ACCEPTED, kept)
    assert bool(told(row, Severity.NORMALISED)) == (written != kept)


@pytest.mark.parametrize(
    "written",
    ["", "  ", "=1+1", "＝1+1", "+张三", "-张三", "@张三", "\t=张三", "张三\x00", "张□", "张?", "张三123", "张\ue000", "<b>张三</b>", "张\u202e三", "x" * 101],
)  # fmt: skip
def test_names_that_are_refused(import_world, written):
    row = import_world.judge_one(TITLE, 姓名=written)
    assert row.outcome is Outcome.REFUSED
    assert {column for column, _ in told(row)} == {"姓名"}


def test_all_mistakes_of_a_row_are_named_at_once(import_world):
    row = import_world.judge_one(
        TITLE,
        姓名="",
        证件号码="1",
        职称系列="魔法系列",
        取得方式="买",
        评审通过日期="昨天",
        发证单位="某某公司",
        专业="=1",
    )
    assert {column for column, _ in told(row, Severity.ERROR)} == {
        "姓名", "证件号码", "职称系列", "取得方式", "评审通过日期", "发证单位", "专业",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"级别": "中级"}, "级别", "catalogue.level_mismatch"),
        ({"职称系列": "会计人员", "专业": "会计", "职称名称": "高级会计师"}, "评审委员会", "trust.scope_series"),
        ({"职称系列": "会计人员", "职称名称": "高级会计师"}, "专业", "catalogue.unknown_specialty"),
        ({"专业": "低空经济"}, "评审通过日期", "catalogue.specialty_not_in_force"),
        ({"专业": "化工"}, "评审通过日期", "catalogue.specialty_not_in_force"),
        ({"专业": "集成电路"}, "评审委员会", "trust.scope_specialty"),
        ({"级别": "正高级", "职称名称": "正高级工程师"}, "评审委员会", "trust.scope_level"),
        ({"评审委员会": "某某委员会"}, "评审委员会", "trust.committee_unknown"),
        ({"评审通过日期": "2024-06-30"}, "评审通过日期", "trust.not_in_force"),
        ({"评审通过日期": "2026-12"}, "评审通过日期", "issuers.date_in_future"),
        ({"发证单位": "上海市职业能力考试院"}, "发证单位", "trust.kind_not_granted"),
        ({"发证单位": "上海市浦东新区人力资源和社会保障局"}, "评审委员会", "trust.committee_unknown"),
        ({"发证单位": "山寨人社局"}, "发证单位", "issuers.body_unknown"),
        ({"取得方式": "购买"}, "取得方式", "issuers.word_unknown"),
        ({"批准文号": "文" * 101}, "批准文号", "issuers.text_too_long"),
        ({"批准文号": "文\u200b号"}, "批准文号", "issuers.text_character"),
        ({"批准文号": "@SUM(1)"}, "批准文号", "issuers.formula"),
    ],
)
def test_titles_that_are_refused(import_world, changes, column, code):
    row = import_world.judge_one(TITLE, **changes)
    assert (row.outcome, told(row)) == (Outcome.REFUSED, [(column, code)])


def test_a_title_name_that_the_catalogue_lacks_is_a_warning(import_world):
    row = import_world.judge_one(TITLE, 职称名称="高级某某工程师")
    assert row.outcome is Outcome.ACCEPTED
    assert told(row, Severity.WARNING) == [("职称名称", "catalogue.unknown_name")]


def test_words_and_texts_are_put_in_order(import_world):
    row = import_world.judge_one(
        TITLE, 级别=" 副 高级", 评审委员会="上海市工程系列人工智能专业高级职称评审委员会\u3000", 批准文号="／"
    )
    assert row.outcome is Outcome.ACCEPTED
    assert told(row) == [("级别", "issuers.word_normalised"), ("评审委员会", "issuers.text_normalised")]
    assert row.draft.approval_no is None


@pytest.mark.parametrize(
    ("changes", "column", "code", "outcome"),
    [
        ({}, None, None, Outcome.ACCEPTED),
        ({"类别": "水平评价类"}, "类别", "catalogue.category_mismatch", Outcome.REFUSED),
        ({"资格名称": "魔法师"}, "资格名称", "catalogue.unknown_qualification", Outcome.ACCEPTED),
        ({"类别": ""}, "类别", "issuers.cell_blank", Outcome.REFUSED),
        ({"管理号": "2.02605E+17"}, "管理号", "issuers.digits_lost", Outcome.REFUSED),
        ({"批准日期": "2026.1"}, "批准日期", "issuers.date_ambiguous", Outcome.REFUSED),
        ({"级别": "", "专业": "-", "考试名称": "无", "管理号": ""}, None, None, Outcome.ACCEPTED),
    ],
)
def test_qualifications(import_world, changes, column, code, outcome):
    row = import_world.judge_one(QUALIFICATION, **changes)
    assert (row.outcome, told(row)) == (outcome, [(column, code)] if column else [])


@pytest.mark.parametrize(
    ("changes", "column", "code", "outcome"),
    [
        ({}, None, None, Outcome.ACCEPTED),
        ({"联合培养流动站": ""}, "联合培养流动站", "issuers.partner_missing", Outcome.REFUSED),
        ({"设站类型": "博士后科研工作站", "联合培养流动站": "无"}, None, None, Outcome.ACCEPTED),
        ({"设站类型": "创新实践基地"}, "设站类型", "issuers.word_normalised", Outcome.ACCEPTED),
        ({"设站类型": "分站"}, "设站类型", "issuers.word_unknown", Outcome.REFUSED),
        ({"出站日期": "2022-02-06"}, "出站日期", "issuers.exit_before_entry", Outcome.REFUSED),
        ({"出站日期": "2022"}, None, None, Outcome.ACCEPTED),
        ({"出站日期": "2027-01-01"}, "出站日期", "issuers.date_in_future", Outcome.REFUSED),
        ({"进站日期": "2014-02-07"}, "出站日期", "issuers.postdoc_long", Outcome.ACCEPTED),
        ({"出站情况": "退站"}, "出站情况", "issuers.postdoc_withdrawn", Outcome.NOT_DUE),
        ({"出站情况": "自动退站", "姓名": ""}, "出站情况", "issuers.postdoc_withdrawn", Outcome.NOT_DUE),
        ({"出站情况": "在站", "出站日期": ""}, "出站情况", "issuers.postdoc_on_station", Outcome.NOT_DUE),
        ({"出站情况": "毕业"}, "出站情况", "issuers.word_unknown", Outcome.REFUSED),
    ],
)
def test_postdocs(import_world, changes, column, code, outcome):
    row = import_world.judge_one(POSTDOC, **changes)
    assert (row.outcome, told(row)) == (outcome, [(column, code)] if column else [])
    assert (row.draft is None) == (outcome is not Outcome.ACCEPTED)


def test_a_slipped_row_is_refused(import_world):
    row = import_world.judge_one(TITLE)
    slipped = RawRow(2, row.raw.cells, surplus=1)
    (again,) = import_world.check(Sheet(tuple(row.raw.cells), iter([slipped])), TITLE)
    assert told(again) == [("", "issuers.cells_surplus")]
    assert again.outcome is Outcome.REFUSED


def test_one_person_may_receive_two_awards_and_each_only_once(import_world):
    other = {"评审通过日期": "2026-09-17"}
    rows = import_world.judge(TITLE, {}, other, other, {}, {"姓名": "欧阳 建国"}, {"批准文号": "改"})
    assert [row.outcome.value for row in rows] == ["accepted", "accepted", "refused", "refused", "refused", "refused"]
    earlier = [[note.params["row"] for note in row.notes if "row" in note.params] for row in rows[2:]]
    assert earlier == [[3], [2], [2], [2]]


def test_a_refused_row_does_not_stand_against_a_right_one(import_world):
    rows = import_world.judge(TITLE, {"级别": "中级"}, {})
    assert [row.outcome for row in rows] == [Outcome.REFUSED, Outcome.ACCEPTED]


def test_what_was_seen_carries_over_to_the_next_file(import_world):
    seen = Seen()
    row = import_world.judge_one(TITLE).raw
    outcomes = [
        next(iter(import_world.check(Sheet(tuple(row.cells), iter([row])), TITLE, seen))).outcome for _ in range(2)
    ]
    assert outcomes == [Outcome.ACCEPTED, Outcome.REFUSED]


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"批准文号": "另一文号", "工作单位": "别处", "取得方式": "举荐", "姓名": "欧阳　建国", "评审通过日期": "2026年9月16日"}, True),
        ({"证件号码": "11010519491231002X"}, False),
        ({"姓名": "欧阳建囯"}, False),
        ({"评审通过日期": "2026-09"}, False),
        ({"职称名称": "高级某某工程师"}, False),
    ],
)  # fmt: skip
def test_the_source_key_is_the_award_s_and_nothing_else_s(import_world, changes, same):
    key = import_world.judge_one(TITLE).source_key
    assert len(key) == 32
    assert (import_world.judge_one(TITLE, **changes).source_key == key) is same


def test_a_short_secret_is_refused(import_world):
    weak = type(import_world)(import_world.catalogue, import_world.trust, secret=b"short")
    with pytest.raises(ValueError, match="too short"):
        weak.judge_one(TITLE)


def test_facts_stay_out_of_representations_and_come_back(import_world):
    draft = import_world.judge_one(TITLE).draft
    assert PersonalFacts.from_text(draft.facts.as_text()) == draft.facts
    row = import_world.judge_one(TITLE)
    for secret in ("310115198503070019", "上海某某大学", "1985-03-07"):
        assert secret not in repr(row)


@pytest.mark.parametrize("kind", list(Kind))
def test_missing_columns_are_named_together(kind):
    with pytest.raises(ColumnsMissing) as caught:
        arrange(("序号", "姓名"), kind)
    assert "证件号码" in caught.value.params["columns"]
    assert "姓名" not in caught.value.params["columns"]


def test_other_names_of_columns_are_taken_and_unknown_ones_told(import_world):
    row = import_world.judge_one(TITLE).raw.cells
    other = {"证件号码": "身份证号", "评审委员会": "评委会 *", "发证单位": "发证机关"}
    cells = {other.get(name, name): text for name, text in row.items()} | {"手机号码": "13800000000", "序号": "1"}
    checked = import_world.check(Sheet(tuple(cells), iter([RawRow(2, {**cells, "身份证号": "1"})])), TITLE)
    assert [(note.column, note.code, note.severity) for note in checked.notes] == [
        ("手机号码", "issuers.column_unknown", Severity.WARNING)
    ]
    assert told(next(iter(checked))) == [("身份证号", "credentials.identity_number_malformed")]


@given(st.data())
def test_no_cell_whatever_makes_a_row_raise(import_world, data):
    kind = data.draw(st.sampled_from(list(Kind)))
    sample = import_world.judge_one(kind).raw.cells
    column = data.draw(st.sampled_from(sorted(sample)))
    row = import_world.judge_one(kind, **{column: data.draw(st.text(max_size=30))})
    assert (row.draft is None) == (row.outcome is not Outcome.ACCEPTED) == (row.source_key == b"")
    assert row.outcome is not Outcome.REFUSED or told(row, Severity.ERROR)
