"""A credential cannot be made wrong, and cannot be changed."""

from dataclasses import FrozenInstanceError, replace
from uuid import UUID

import pytest

from credentials.dates import PartialDate
from credentials.errors import FieldInvalid, WordUnknown
from credentials.kinds import Kind
from credentials.model import Holder, Postdoc, Qualification, StatusRef, is_text

POSTDOC = Postdoc(
    "复旦大学", "博士后科研流动站", "生物学", None, PartialDate(2020, 8, 5), PartialDate(2022, 9, 2), "254490"
)
QUALIFICATION = Qualification(
    "一级建造师", "建筑工程", None, "准入类", "人力资源和社会保障部考试", "202606312702541997"
)


def test_each_award_has_its_kind(standard):
    assert standard.kind is Kind.TITLE
    assert replace(standard, award=POSTDOC).kind is Kind.POSTDOC
    assert replace(standard, award=QUALIFICATION).kind is Kind.QUALIFICATION


def test_nothing_can_be_changed(standard):
    with pytest.raises(FrozenInstanceError):
        standard.issuer = "别的单位"
    with pytest.raises(FrozenInstanceError):
        standard.holder.name = "别人"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", UUID(int=0)),
        ("id", UUID("c0ffee00-1234-1abc-8def-0123456789ab")),
        ("id", UUID("c0ffee00-1234-4abc-cdef-0123456789ab")),
        ("id", "c0ffee00-1234-4abc-8def-0123456789ab"),
        ("number", "64S36D1N6RVM1"),
        ("number", None),
        ("holder", None),
        ("award", None),
        ("award", "高级工程师"),
        ("issuer", ""),
        ("issuer", None),
        ("issuer_code", "11310000100000000G"),
        ("issuer_code", 5),
        ("awarded_on", "2026-09-16"),
        ("status", (3, 70000)),
        ("issued_at", -1),
        ("issued_at", True),
        ("issued_at", 1.5),
        ("issued_at", 1 << 40),
        ("expires_at", 1_790_000_000),
        ("expires_at", "never"),
    ],
)
def test_wrong_fields_are_refused_by_name(standard, field, value):
    with pytest.raises(FieldInvalid) as refusal:
        replace(standard, **{field: value})
    assert refusal.value.params == {"field": field}


@pytest.mark.parametrize(
    ("award", "field", "value"),
    [
        ("title", "level", "特级"),
        ("title", "way", "收买"),
        ("title", "level", None),
        ("title", "way", ["评审"]),
        ("qualification", "category", "其他类"),
        ("postdoc", "station_kind", "车站"),
    ],
)
def test_words_outside_the_lists_are_refused(standard, award, field, value):
    made = {"title": standard.award, "qualification": QUALIFICATION, "postdoc": POSTDOC}[award]
    with pytest.raises(WordUnknown) as refusal:
        replace(made, **{field: value})
    assert refusal.value.params["field"] == field


@pytest.mark.parametrize(
    "text",
    [
        "", " 高级", "高级 ", "　高级", "高\n级", "高\t级", "高\x00级", "高\u202e级", "高\u200b级", "高\ue863级", "高\ud800级",
        "e\u0301", "高" * 101, "\ufeff高", "高\u2028级", "高\U000f0000", None, 5, b"x",
    ],
)  # fmt: skip
def test_what_is_no_text(text):
    assert not is_text(text)


@pytest.mark.parametrize(
    "text", ["高", "高级工程师", "a b", "咨询工程师(投资)", "沪人社职〔2026〕423号", "高" * 100, "𬱖", "é"]
)
def test_what_is_text(text):
    assert is_text(text)


@pytest.mark.parametrize(
    ("id_type", "id_tail"),
    [("居民身份证", None), (None, "0019"), ("居民身份证", "019"), ("", "0019"), ("护照", "é019"), ("护照", "001x")],
)
def test_document_type_and_tail_stand_together(id_type, id_tail):
    with pytest.raises(FieldInvalid):
        Holder("张三", id_type, id_tail)


@pytest.mark.parametrize("name", ["", "张　三", "王\ue863", "=1+1", None, 5])
def test_holders_have_names_in_normal_form(name):
    with pytest.raises(FieldInvalid):
        Holder(name)


@pytest.mark.parametrize(
    ("list_no", "index"), [(-1, 0), (0, -1), (0, 1 << 17), (1 << 31, 0), (True, 0), (0, 1.0), ("0", 0)]
)
def test_slots_that_do_not_exist(list_no, index):
    with pytest.raises(FieldInvalid):
        StatusRef(list_no, index)


def test_nobody_completes_before_entering():
    with pytest.raises(FieldInvalid) as refusal:
        replace(POSTDOC, completed=PartialDate(2020, 8, 4))
    assert refusal.value.params == {"field": "completed"}
    assert replace(POSTDOC, completed=PartialDate(2020)).completed == PartialDate(2020)


def test_a_practice_base_has_a_partner():
    with pytest.raises(FieldInvalid) as refusal:
        replace(POSTDOC, station_kind="博士后创新实践基地")
    assert refusal.value.params == {"field": "partner"}
    assert replace(POSTDOC, station_kind="博士后创新实践基地", partner="复旦大学").partner == "复旦大学"
