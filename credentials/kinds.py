"""The kinds of credential and the short lists of words that may stand on them, Chinese word to code and back."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Kind(StrEnum):
    """What is certified; `zh` is the word that stands on the certificate."""

    TITLE = "title"
    QUALIFICATION = "qualification"
    POSTDOC = "postdoc"

    @property
    def zh(self) -> str:
        """职称, 职业资格 or 博士后."""
        return _KIND_WORDS[self]

    @classmethod
    def from_zh(cls, word: str) -> "Kind":
        """Return the kind of a Chinese word; raises KeyError."""
        return KINDS[word]


_KIND_WORDS: Final = {Kind.TITLE: "职称", Kind.QUALIFICATION: "职业资格", Kind.POSTDOC: "博士后"}
KINDS: Final[Mapping[str, Kind]] = MappingProxyType({word: kind for kind, word in _KIND_WORDS.items()})

# How a title was obtained (取得方式).
WAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "评审": "review",
        "考试": "examination",
        "考评结合": "exam_plus_review",
        "初次认定": "initial_recognition",
        "比照认定": "equivalence",
        "直通车": "direct_track",
        "举荐": "nomination",
        "以赛代评": "competition",
        "流动确认": "transfer_confirmation",
        "职业资格对应职称": "qualification_mapping",
        "历史补登": "legacy",
    }
)

# Levels of titles, highest first. 初级 is what older papers say where 助理级 or 员级 is meant.
LEVELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "正高级": "senior",
        "副高级": "associate_senior",
        "中级": "intermediate",
        "初级": "junior",
        "助理级": "assistant",
        "员级": "technician",
    }
)

# Categories of qualifications: without an access-type one nobody may practise; a level-assessment one attests ability.
CATEGORIES: Final[Mapping[str, str]] = MappingProxyType({"准入类": "access", "水平评价类": "level"})

STATION_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "博士后科研流动站": "mobile_station",
        "博士后科研工作站": "workstation",
        "博士后创新实践基地": "practice_base",
    }
)

# Identity documents, with the codes of GB/T 36903 where it has one.
CITIZEN_CARD: Final = "居民身份证"
ID_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        CITIZEN_CARD: "111",
        "军官证": "114",
        "护照": "414",
        "台湾居民来往大陆通行证": "511",
        "港澳居民来往内地通行证": "516",
        "外国人永久居留身份证": "553",
        "港澳台居民居住证": "residence_permit",
        "其他": "999",
    }
)
# Documents whose number is built like a citizen number (GB 11643) and can be checked like one.
CITIZEN_NUMBERED: Final = frozenset({CITIZEN_CARD, "港澳台居民居住证"})


def word_of(table: Mapping[str, str], code: str) -> str:
    """Return the Chinese word of `code` in one of the tables above; raises KeyError."""
    return {value: word for word, value in table.items()}[code]
