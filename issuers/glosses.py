"""English beside the Chinese words of a certificate's face: what a foreign reader needs, and nothing that is signed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# The words are the project's own renderings; the Chinese on the face is what counts.
GLOSSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # levels
        "正高级": "Senior",
        "副高级": "Associate senior",
        "高级": "Senior",
        "中级": "Intermediate",
        "初级": "Junior",
        "助理级": "Assistant",
        "员级": "Technician",
        "一级": "Grade 1",
        "二级": "Grade 2",
        "三级": "Grade 3",
        # ways of acquisition
        "评审": "Title review",
        "考试": "Examination",
        "考评结合": "Examination and review",
        "初次认定": "Initial recognition",
        "比照认定": "Equivalence recognition",
        "直通车": "Direct track",
        "举荐": "Nomination",
        "以赛代评": "Competition in lieu of review",
        "流动确认": "Transfer confirmation",
        "职业资格对应职称": "Mapped from a qualification",
        "历史补登": "Entered from past records",
        # kinds of qualification and of station
        "准入类": "Access type",
        "水平评价类": "Level-assessment type",
        "博士后科研流动站": "Mobile station",
        "博士后科研工作站": "Workstation",
        "博士后创新实践基地": "Innovation practice base",
        # identity documents
        "居民身份证": "Resident identity card",
        "军官证": "Military officer card",
        "护照": "Passport",
        "台湾居民来往大陆通行证": "Mainland travel permit for Taiwan residents",
        "港澳居民来往内地通行证": "Mainland travel permit for Hong Kong and Macao residents",
        "港澳台居民居住证": "Residence permit for Hong Kong, Macao and Taiwan residents",
        "外国人永久居留身份证": "Foreign permanent resident ID card",
        # the 27 series
        "高等学校教师": "Higher education teaching",
        "哲学社会科学研究人员": "Philosophy and social science research",
        "自然科学研究人员": "Natural science research",
        "卫生技术人员": "Health",
        "工程技术人才": "Engineering",
        "农业技术人员": "Agriculture",
        "新闻专业人员": "Journalism",
        "出版专业人员": "Publishing",
        "图书资料专业人员": "Library and information",
        "文物博物专业人员": "Cultural heritage and museums",
        "档案专业人员": "Archives",
        "工艺美术专业人员": "Arts and crafts",
        "技工院校教师": "Technician school teaching",
        "体育专业人员": "Sports",
        "翻译专业人员": "Translation",
        "播音主持专业人员": "Broadcasting",
        "会计人员": "Accounting",
        "统计专业人员": "Statistics",
        "经济专业人员": "Economics",
        "实验技术人才": "Laboratory",
        "中等职业学校教师": "Secondary vocational teaching",
        "中小学教师": "School teaching",
        "艺术专业人员": "Performing arts",
        "公共法律服务专业人员": "Public legal services",
        "船舶专业技术人才": "Shipping",
        "民用航空飞行技术人员": "Civil aviation flight",
        "审计专业人员": "Auditing",
    }
)

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def gloss(words: str) -> str | None:
    """The English beside a Chinese term, or None where no fixed rendering stands."""
    return GLOSSES.get(words)


def date_zh(year: int, month: int | None, day: int | None) -> str:
    """`2026年9月16日`, only as precise as known."""
    return f"{year}年" + (f"{month}月" if month else "") + (f"{day}日" if month and day else "")


def date_en(year: int, month: int | None, day: int | None) -> str:
    """`16 September 2026`, only as precise as known."""
    parts = (str(day) if month and day else "", MONTHS[month - 1] if month else "", str(year))
    return " ".join(part for part in parts if part)
