"""T53: a million rows stream through within 256 MB; measured from outside, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from web.sheets.reading import read_rows

ROOT = Path(__file__).parents[2]
LIMIT_KILOBYTES = 256 * 1024

CHILD = """
import datetime, json, resource, sys
from pathlib import Path
from credentials.kinds import Kind
from web.sheets.reading import Limits, read_rows
from issuers.rows import check_rows
from registry.catalogue import Catalogue
from registry.trust import Authority, Body, TrustList

resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
path, judge = Path(sys.argv[1]), sys.argv[2] == "judge"
sheet = read_rows(path, limits=Limits(csv_bytes=1_000_000_000))
body = Body("11310000100000000F", "上海市人力资源和社会保障局", "Shanghai", ("职称",))
committee = "上海市工程系列人工智能专业高级职称评审委员会"
authority = Authority(body.code, committee, "工程技术人才", "人工智能", "副高级", "310000", "x", "2024-07-01", "2027-06-30")
rules = {"catalogue": Catalogue.from_content(json.loads(Path("registry/data/catalogue.json").read_text("utf-8"))),
         "trust": TrustList([body], [authority], ()), "today": datetime.date(2026, 11, 22),
         "source_key_secret": bytes(32)}
rows = check_rows(sheet, Kind.TITLE, **rules) if judge else sheet.rows
counts = {}
for row in rows:
    outcome = row.outcome.value if judge else "read"
    counts[outcome] = counts.get(outcome, 0) + 1
# The high-water mark of this program alone: ru_maxrss would begin at what the parent held when it started us.
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
peak = int(status["VmHWM"].split()[0])
print(json.dumps({"counts": counts, "last": row.number, "peak": peak}))
"""
HEADER = "序号,姓名,性别,证件类型,证件号码,出生年月,工作单位,职称系列,专业,职称名称,级别,取得方式,评审委员会,发证单位,评审通过日期,批准文号,备注"


def generate(path: Path, count: int) -> None:
    """Write `count` results of different people with well-formed numbers."""
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write(HEADER + "\r\n")
        for number in range(count):
            day, rest = divmod(number, 25_000)
            body = f"31{rest // 1_000 + 10:02}1519{day % 90 + 10:02}0307{rest % 1_000:03}"
            check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]
            file.write(
                f"{number + 1},欧阳建国,,居民身份证,{body}{check},,上海某某大学,工程技术人才,人工智能,高级工程师,副高级,评审,"
                "上海市工程系列人工智能专业高级职称评审委员会,上海市人力资源和社会保障局,2026-09-16,沪人社职〔2026〕423号,\r\n"
            )


def run(path: Path, what: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), what],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("what", ["read", "judge"])
def test_100_000_rows_within_256_mb(tmp_path, what):
    path = tmp_path / "titles.csv"
    generate(path, 100_000)
    seen = run(path, what)
    assert seen["counts"] == {"accepted" if what == "judge" else "read": 100_000}
    assert seen["last"] == 100_001
    assert seen["peak"] < LIMIT_KILOBYTES


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("what", ["read", "judge"])
def test_a_million_rows_within_256_mb(tmp_path, what):
    path = tmp_path / "titles.csv"
    generate(path, 1_000_000)
    seen = run(path, what)
    assert seen["counts"] == {"accepted" if what == "judge" else "read": 1_000_000}
    assert seen["peak"] < LIMIT_KILOBYTES


def test_the_header_is_there_before_the_rows_are_read(tmp_path):
    path = tmp_path / "titles.csv"
    generate(path, 1_000)
    sheet = read_rows(path)
    assert len(sheet.columns) == 17
    assert next(sheet.rows).number == 2
