"""The columns of the three import forms, the other names that offices give them, and which of them must be there. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from credentials.kinds import Kind
from issuers.errors import ColumnsMissing
from web.sheets.sheet import Note, Severity

NAME: Final = "姓名"
SEX: Final = "性别"
ID_TYPE: Final = "证件类型"
ID_NUMBER: Final = "证件号码"
BIRTH: Final = "出生年月"
EMPLOYER: Final = "工作单位"
ISSUER: Final = "发证单位"
SPECIALTY: Final = "专业"
LEVEL: Final = "级别"

SERIES: Final = "职称系列"
TITLE_NAME: Final = "职称名称"
WAY: Final = "取得方式"
COMMITTEE: Final = "评审委员会"
REVIEWED_ON: Final = "评审通过日期"
APPROVAL_NO: Final = "批准文号"

QUALIFICATION_NAME: Final = "资格名称"
CATEGORY: Final = "类别"
ADMIN_NO: Final = "管理号"
APPROVED_ON: Final = "批准日期"
EXAM: Final = "考试名称"

STATION: Final = "设站单位"
STATION_KIND: Final = "设站类型"
DISCIPLINE: Final = "一级学科"
PARTNER: Final = "联合培养流动站"
ENTERED: Final = "进站日期"
COMPLETED: Final = "出站日期"
EXIT: Final = "出站情况"
POSTDOC_NO: Final = "博士后编号"

ROW: Final = "原行号/Row"
RESULT: Final = "结果/Result"
EXPLANATION_ZH: Final = "说明(中文)"
EXPLANATION_EN: Final = "Explanation (English)"
REPORT_COLUMNS: Final = (ROW, RESULT, EXPLANATION_ZH, EXPLANATION_EN)

_PERSON: Final = (NAME, ID_TYPE, ID_NUMBER)
_UNREAD: Final = frozenset({"序号", "备注", "国籍", *("".join(name.split()) for name in REPORT_COLUMNS)})
"""Known and left alone, in plain form: a report that was corrected and sent in again carries its own columns."""

REQUIRED: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType(
    {
        Kind.TITLE: (*_PERSON, SERIES, SPECIALTY, TITLE_NAME, LEVEL, WAY, COMMITTEE, ISSUER, REVIEWED_ON),
        Kind.QUALIFICATION: (*_PERSON, QUALIFICATION_NAME, CATEGORY, APPROVED_ON, ISSUER),
        Kind.POSTDOC: (*_PERSON, STATION, STATION_KIND, DISCIPLINE, ENTERED, COMPLETED, EXIT, ISSUER),
    }
)
OPTIONAL: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType(
    {
        Kind.TITLE: (SEX, BIRTH, EMPLOYER, APPROVAL_NO),
        Kind.QUALIFICATION: (SEX, BIRTH, EMPLOYER, SPECIALTY, LEVEL, ADMIN_NO, EXAM),
        Kind.POSTDOC: (SEX, BIRTH, EMPLOYER, PARTNER, POSTDOC_NO),
    }
)
ALIASES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        ID_TYPE: ("证件名称", "身份证件类型"),
        ID_NUMBER: ("证件号", "身份证号", "身份证号码", "公民身份号码", "身份证件号码"),
        BIRTH: ("出生日期",),
        EMPLOYER: ("单位名称", "所在单位"),
        SERIES: ("系列",),
        TITLE_NAME: ("职称", "资格名称", "职称资格名称"),
        LEVEL: ("层级", "职称级别"),
        COMMITTEE: ("评委会", "评审组织"),
        REVIEWED_ON: ("取得时间", "取得日期", "通过日期", "通过时间"),
        APPROVAL_NO: ("文号", "批文号"),
        ISSUER: ("发证机关", "发证机构"),
        ADMIN_NO: ("资格证书管理号",),
        PARTNER: ("合作流动站",),
    }
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of a form stand in one file: the form's name → the name in the file; and notes on the rest."""

    headers: Mapping[str, str]
    notes: tuple[Note, ...] = ()

    def header(self, column: str) -> str:
        """Return the file's own name of a column of the form, for notes that people read beside the file."""
        return self.headers.get(column, column)


def arrange(columns: tuple[str, ...], kind: Kind) -> Layout:
    """Match a file's columns to the form of `kind`; raise ColumnsMissing naming every required column it lacks.

    An unknown column brings a warning and is not read; it comes back untouched in the report.
    """
    written = {_plain(name): name for name in columns}
    wanted = (*REQUIRED[kind], *OPTIONAL[kind])
    headers = {column: found for column in wanted if (found := _find(column, written, wanted)) is not None}
    missing = [column for column in REQUIRED[kind] if column not in headers]
    if missing:
        raise ColumnsMissing(kind=kind.zh, columns="、".join(missing))
    used = set(headers.values())
    unknown = [name for name in columns if name not in used and _plain(name) not in _UNREAD]
    return Layout(headers, tuple(Note(name, "issuers.column_unknown", {}, Severity.WARNING) for name in unknown))


def _find(column: str, written: Mapping[str, str], wanted: tuple[str, ...]) -> str | None:
    for name in (column, *ALIASES.get(column, ())):
        if name in written and (name == column or name not in wanted):
            return written[name]
    return None


def _plain(name: str) -> str:
    return "".join(name.split()).rstrip("*＊")
