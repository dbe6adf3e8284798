"""What stands on a certificate: every word of the page, by kind, as plain strings. It knows nothing of layout."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

from credentials.dates import CHINA, PartialDate
from credentials.model import Credential, Holder, Postdoc, Qualification, Title
from issuers.glosses import date_en, date_zh, gloss

Face = dict[str, Any]

_SHORT_NAME: Final = 4  # a Chinese name of up to four characters stands spaced

_NAME_SIZES: Final = (28, 24, 20, 17, 14.5)  # points; the largest that keeps to one line, at the last it may wrap
_LONG_WORD: Final = 26  # letters that fit unbroken on a line at the smallest of these sizes

_TITLES: Final = {
    Title: ("职称证书", "Certificate of Professional Title", "#7d2a2a"),
    Qualification: ("职业资格证书", "Certificate of Professional Qualification", "#1f4263"),
    Postdoc: ("博士后证书", "Postdoctoral Certificate", "#24503f"),
}

_WORDS: Final = {
    "jwt": "可验证凭证 Verifiable credential (W3C VC 2.0, vc+jwt)",
    "proof": "登记证明 Proof of registration (C2SP tlog-proof)",
    "qr": "本证书的二维码 The QR code of this certificate",
    "check_zh": "请自行打开下列官方网址，用页面上的扫码功能扫此二维码，即可查验本证书的真伪与现时状态。",
    "check_en": "To check that this certificate is genuine and in force, open the official address below yourself "
    "and scan this code there.",
    "address_zh": "官方查验网址",
    "address_en": "Official verifier",
    "number_zh": "证书编号",
    "number_en": "No.",
    "issued_zh": "发证日期",
    "issued_en": "Issued",
    "test_zh": "测试样张，不具效力",
    "test_en": "Specimen for testing. Not valid.",
}


def compose(credential: Credential, *, verifier_address: str, issuer_name_en: str | None, test: bool) -> Face:
    """All words of the page for `credential`: only str, bool, None, lists and dicts of them, ready for JSON."""
    zh, en, accent = _TITLES[type(credential.award)]
    issued = dt.datetime.fromtimestamp(credential.issued_at, CHINA).date()
    return {
        "title": {"zh": zh, "en": en},
        "accent": accent,
        "test": test,
        "number": credential.number,
        "holder": _holder(credential.holder),
        "award": _award(credential.award),
        "fields": _fields(credential),
        "notes": _notes(credential.award),
        "issuer": {"zh": credential.issuer, "en": issuer_name_en or None},
        "issued": _day(issued),
        "address": verifier_address,
        "words": dict(_WORDS),
        "meta": {"title": f"{zh} {credential.number}", "author": credential.issuer},
    }


def _holder(holder: Holder) -> Face:
    short = len(holder.name) <= _SHORT_NAME and not holder.name.isascii()
    words = max(map(len, re.split(r"[\s-]+", holder.name)))
    return {
        "name": holder.name,
        "tracking": 0.08 if short else 0.02,
        "sizes": _NAME_SIZES if words <= _LONG_WORD else (*_NAME_SIZES, 10),
        "identity": _identity(holder),
    }


def _identity(holder: Holder) -> Face | None:
    """The kind of document and its last four characters; never more of the number, for the page may hang on a wall."""
    if not holder.id_tail:
        return None
    document = holder.id_type or "居民身份证"
    return {
        "zh": f"{document}（尾号 {holder.id_tail}）",
        "en": f"{gloss(document) or 'Identity document'}, ending {holder.id_tail}",
    }


def _award(award: Title | Qualification | Postdoc) -> Face:
    match award:
        case Title():
            lead = ("取得职称", "has been awarded the professional title of")
            name = award.name
        case Qualification():
            lead = ("取得职业资格", "has obtained the professional qualification of")
            name = award.name
        case Postdoc():
            lead = ("完成博士后研究", "has completed postdoctoral research in")
            name = award.discipline
    return {"lead_zh": lead[0], "lead_en": lead[1], "name": name}


def _fields(credential: Credential) -> list[Face]:
    award = credential.award
    match award:
        case Title():
            fields = _title_fields(award, credential.awarded_on)
        case Qualification():
            fields = _qualification_fields(award, credential.awarded_on)
        case Postdoc():
            fields = _postdoc_fields(award, credential.awarded_on)
    if credential.identifier is not None:  # spaced behind the dots, so that it can break; who types it may leave them
        spaced = credential.identifier.replace(".", ". ")
        fields.append(_field("电子证照标识", "Certificate identifier (GB/T 36904)", spaced, wide=True))
    if credential.expires_at is not None:
        last = dt.datetime.fromtimestamp(credential.expires_at, CHINA).date()
        fields.append(_dated("有效期至", "Valid until", PartialDate(last.year, last.month, last.day)))
    return _arranged([field for field in fields if field is not None])


def _title_fields(title: Title, awarded: PartialDate) -> list[Face | None]:
    return [
        _field("系列", "Series", title.series),
        _field("专业", "Specialty", title.specialty),
        _field("级别", "Level", title.level),
        _field("取得方式", "Way of acquisition", title.way),
        _field("评审委员会", "Review committee", title.committee, wide=True),
        _dated("取得时间", "Date of award", awarded),
        _field("批准文号", "Approval document", title.approval_no),
    ]


def _qualification_fields(qualification: Qualification, awarded: PartialDate) -> list[Face | None]:
    return [
        _field("专业", "Specialty", qualification.specialty),
        _field("级别", "Level", qualification.level),
        _field("类别", "Category", qualification.category),
        _dated("批准日期", "Date of approval", awarded),
        _field("考试名称", "Examination", qualification.exam),
        _field("管理号", "Administration number", qualification.admin_no),
    ]


def _postdoc_fields(postdoc: Postdoc, awarded: PartialDate) -> list[Face | None]:
    period = _field("在站时间", "Period", f"{_chinese(postdoc.entered)}至{_chinese(postdoc.completed)}", wide=True)
    assert period is not None
    period["gloss"] = f"{_english(postdoc.entered)} to {_english(postdoc.completed)}"
    return [
        _field("设站单位", "Host institution", postdoc.station),
        _field("一级学科", "Discipline", postdoc.discipline),
        _field("站别", "Kind of station", postdoc.station_kind),
        _field("联合培养流动站", "Partner mobile station", postdoc.partner),
        _field("博士后编号", "Postdoc number", postdoc.postdoc_no),
        None if awarded == postdoc.completed else _dated("批准日期", "Date of approval", awarded),
        period,
    ]


def _notes(award: Title | Qualification | Postdoc) -> list[Face]:
    match award:
        case Title():
            zh, en = "本证书证明所取得的职称，不代表现聘岗位。", "Attests the title awarded, not a post now held."
        case Qualification(category="准入类"):
            zh = "准入类职业资格：本证书不等于执业注册，执业须另行依法注册。"
            en = "Access-type qualification: this is no licence; practice requires registration."
        case Qualification():
            zh, en = "本证书证明通过考试所达到的水平。", "Attests the level shown in the examination."
        case Postdoc():
            zh, en = "博士后是工作经历，不是学位。", "A postdoctoral term is work experience, not a degree."
    return [{"zh": zh, "en": en}]


def _field(zh: str, en: str, value: str | None, *, wide: bool = False) -> Face | None:
    if not value:
        return None
    return {"zh": zh, "en": en, "value": value, "gloss": gloss(value), "wide": wide}


def _dated(zh: str, en: str, date: PartialDate) -> Face:
    return {"zh": zh, "en": en, "value": _chinese(date), "gloss": _english(date), "wide": False}


def _chinese(date: PartialDate) -> str:
    return date_zh(date.year, date.month, date.day)


def _english(date: PartialDate) -> str:
    return date_en(date.year, date.month, date.day)


def _day(date: dt.date) -> Face:
    return {"zh": date_zh(date.year, date.month, date.day), "en": date_en(date.year, date.month, date.day)}


_HALF_WIDTH: Final = 17.5  # characters of value and gloss, in ems, that one column holds


def _arranged(fields: list[Face]) -> list[Face]:
    """Widen what a half column cannot hold, and what would leave a hole beside it."""
    for field in fields:
        field["wide"] = field["wide"] or _ems(field["value"]) + 0.7 * _ems(field["gloss"] or "") > _HALF_WIDTH
    left = True
    for position, field in enumerate(fields):
        last = position + 1 == len(fields) or fields[position + 1]["wide"]
        if field["wide"] or (left and last):
            field["wide"], left = True, True
        else:
            left = not left
    return fields


def _ems(text: str) -> float:
    return sum(1.0 if ord(character) >= 0x2E80 else 0.55 for character in text)
