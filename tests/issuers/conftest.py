"""The demo's bodies, committees and catalogue, and short ways to judge a file or a few rows against them."""

import csv
import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import pytest

from credentials.kinds import Kind
from issuers.rows import CheckedRow, CheckedSheet, check_rows
from issuers.seen import Seen
from registry.catalogue import Catalogue
from registry.trust import Authority, Body, TrustList
from web.sheets.reading import read_rows
from web.sheets.sheet import RawRow, Sheet

DATA = Path(__file__).parents[2] / "hallmark" / "demo" / "data"
SAMPLES = {
    Kind.TITLE: {
        "姓名": "欧阳建国", "性别": "男", "证件类型": "居民身份证", "证件号码": "310115198503070019", "出生年月": "1985-03",
        "工作单位": "上海某某大学", "职称系列": "工程技术人才", "专业": "人工智能", "职称名称": "高级工程师", "级别": "副高级",
        "取得方式": "评审", "评审委员会": "上海市工程系列人工智能专业高级职称评审委员会",
        "发证单位": "上海市人力资源和社会保障局", "评审通过日期": "2026-09-16", "批准文号": "沪人社职〔2026〕423号",
    },
    Kind.QUALIFICATION: {
        "姓名": "欧阳建国", "性别": "男", "证件类型": "居民身份证", "证件号码": "310115198503070019",
        "资格名称": "注册安全工程师", "专业": "化工安全", "级别": "中级", "类别": "准入类", "管理号": "202605315499611988",
        "批准日期": "2026-05-15", "考试名称": "人力资源和社会保障部考试", "发证单位": "上海市职业能力考试院",
    },
    Kind.POSTDOC: {
        "姓名": "欧阳建国", "性别": "男", "证件类型": "居民身份证", "证件号码": "310115198503070019", "国籍": "中国",
        "设站单位": "上海某某医药股份有限公司", "设站类型": "博士后创新实践基地", "一级学科": "药学",
        "联合培养流动站": "复旦大学", "进站日期": "2022-02-07", "出站日期": "2024-04-14", "出站情况": "期满出站",
        "博士后编号": "336400", "发证单位": "上海市博士后工作办公室",
    },
}  # fmt: skip


@dataclass(frozen=True)
class ImportWorld:
    """What rows are judged against in these tests."""

    catalogue: Catalogue
    trust: TrustList
    today: dt.date = dt.date(2026, 11, 22)
    secret: bytes = b"a secret of the tests, 32 bytes!"

    def check(self, sheet: Sheet, kind: Kind, seen: Seen | None = None) -> CheckedSheet:
        return check_rows(
            sheet, kind, catalogue=self.catalogue, trust=self.trust, today=self.today, source_key_secret=self.secret, seen=seen
        )  # fmt: skip

    def check_file(self, path: Path, kind: Kind) -> list[CheckedRow]:
        return list(self.check(read_rows(path), kind))

    def judge(self, kind: Kind, *changes: Mapping[str, str]) -> list[CheckedRow]:
        """Judge one sample row per mapping of changed cells; rows are numbered from 2."""
        rows = [RawRow(number, {**SAMPLES[kind], **change}) for number, change in enumerate(changes, 2)]
        return list(self.check(Sheet(tuple(rows[0].cells), iter(rows)), kind))

    def judge_one(self, kind: Kind, **changes: str) -> CheckedRow:
        return self.judge(kind, changes)[0]


def _table(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _authority(row: Mapping[str, str], codes: Mapping[str, str]) -> Authority:
    columns: Sequence[str] = ("评审委员会", "系列", "专业", "级别", "地区代码", "备案号", "有效期起", "有效期止")
    return Authority(codes[row["组建单位"]], *(row[column] for column in columns))


@pytest.fixture(scope="session")
def import_world() -> ImportWorld:
    bodies = [
        Body(row["统一社会信用代码"], row["名称"], row["英文名称"], (row["可发证书"],)) for row in _table("bodies.csv")
    ]
    codes = {body.name: body.code for body in bodies}
    authorities = [_authority(row, codes) for row in _table("committees.csv")]
    content = json.loads(resources.files("registry").joinpath("data/catalogue.json").read_text("utf-8"))
    return ImportWorld(Catalogue.from_content(content), TrustList(bodies, authorities, ()))


@pytest.fixture(scope="session")
def sample_data() -> Path:
    return DATA
