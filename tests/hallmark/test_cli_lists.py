"""`hallmark list`: one drafts, two sign on machines of their own, the registry records; nobody can do it alone."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from credentials.qrtext import to_text
from tests.hallmark.command import run
from tests.hallmark.conftest import DATA, opened, rows_of

EXPIRES = ("--expires", "2099-01-01")
CATALOGUE = json.loads((Path(__file__).parents[2] / "registry" / "data" / "catalogue.json").read_text("utf-8"))


def written(file: Path, content: Any) -> Path:
    file.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return file


def with_specialty(name: str, begins: str = "2020-01-01") -> dict[str, Any]:
    """The shipped catalogue with one more engineering specialty."""
    made = json.loads(json.dumps(CATALOGUE))
    engineering = next(row for row in made["series"] if row["code"] == "engineering")
    engineering["specialties"].append({"code": f"x-{name}", "name": name, "valid_from": begins})
    return made


def drafted(home: Path, work: Path, *more: object) -> Path:
    """A draft of the second catalogue, with 脑机接口 in it."""
    content, draft = written(work / "next.json", with_specialty("脑机接口")), work / "catalogue.draft"
    run(home, "list", "draft", "catalogue", content, *EXPIRES, "--out", draft, *more).fine()
    return draft


def sign(home: Path, draft: Path, key: str, *more: object) -> Any:
    return run(home, "list", "sign", draft, "--key", key, "--yes", *more)


def test_a_list_goes_from_draft_to_published_through_two_hands(founded: Path, tmp_path: Path) -> None:
    draft = drafted(founded, tmp_path)
    shown = run(founded, "list", "show", draft).fine().out
    assert "名单 catalogue 第 2 版草稿" in shown
    assert "Compared with version 1: 1 added, 0 removed, 0 changed." in shown
    assert "+ 专业 x-脑机接口: 系列 工程技术人才; 代码 x-脑机接口; 名称 脑机接口; 起始日期 2020-01-01" in shown
    assert "Signed by 0 of 2" in shown
    run(founded, "list", "publish", draft).refused()
    assert "脑机接口" in sign(founded, draft, "catalogue-1").fine().out
    run(founded, "list", "publish", draft).refused()
    assert "Signed by 2 of 2" in sign(founded, draft, "catalogue-2").fine().out
    assert "Version 2 of the list catalogue is entry" in run(founded, "list", "publish", draft).fine().out
    assert opened(founded).catalogue.series("工程技术人才").specialties[-1].name == "脑机接口"  # type: ignore[union-attr]
    lines = run(founded, "list", "history", "catalogue").fine().out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2"]
    assert "—" not in lines[1]


def test_what_is_published_again_is_the_same_entry(founded: Path, tmp_path: Path) -> None:
    draft = drafted(founded, tmp_path)
    for key in ("catalogue-1", "catalogue-2"):
        sign(founded, draft, key).fine()
    once, twice = (run(founded, "list", "publish", draft).fine().out for _ in range(2))
    assert once == twice


@pytest.mark.parametrize("key", ["catalogue-1", "trust-2", "status", "log-ed25519", "nobody"])
def test_only_another_publisher_of_this_list_is_a_second_one(founded: Path, tmp_path: Path, key: str) -> None:
    draft = drafted(founded, tmp_path)
    sign(founded, draft, "catalogue-1").fine()
    before = draft.read_bytes()
    sign(founded, draft, key).refused()
    assert draft.read_bytes() == before
    run(founded, "list", "publish", draft).refused()


def test_who_does_not_say_yes_has_not_signed(founded: Path, tmp_path: Path) -> None:
    draft = drafted(founded, tmp_path)
    before = draft.read_bytes()
    for answer in (b"n\n", b""):
        asked = run(founded, "list", "sign", draft, "--key", "catalogue-1", stdin=answer)
        assert asked.status == 130
        assert "脑机接口" in asked.out
        assert draft.read_bytes() == before
    assert run(founded, "list", "sign", draft, "--key", "catalogue-1", stdin=b"y\n").status == 0
    assert draft.read_bytes() != before


def test_each_signs_on_a_machine_without_a_house(founded: Path, tmp_path: Path) -> None:
    """The second publisher has a folder of keys, the roots and the published folder; no house, no database."""
    draft, own, nowhere = drafted(founded, tmp_path), tmp_path / "own", tmp_path / "nowhere"
    own.mkdir(mode=0o700)
    for ending in ("pem", "json"):
        shutil.copy2(founded / "keys" / f"catalogue-2.{ending}", own)
    elsewhere = ("--published", founded / "public", "--roots", founded / "roots.json")
    sign(founded, draft, "catalogue-1").fine()
    sign(nowhere, draft, "catalogue-2", "--keys", own).refused()
    assert "脑机接口" in sign(nowhere, draft, "catalogue-2", "--keys", own, *elsewhere).fine().out
    run(founded, "list", "publish", draft).fine()
    assert run(nowhere, "list", "history", "catalogue", *elsewhere).fine().out.count("\n") == 2


def test_a_draft_that_another_one_overtook_is_stale(founded: Path, tmp_path: Path) -> None:
    late = tmp_path / "late"
    late.mkdir()
    slow, quick = drafted(founded, late), drafted(founded, tmp_path)
    for key in ("catalogue-1", "catalogue-2"):
        sign(founded, quick, key).fine()
    sign(founded, slow, "catalogue-1").fine()
    run(founded, "list", "publish", quick).fine()
    sign(founded, slow, "catalogue-2").refused()


def test_a_version_of_tomorrow_waits_beside_the_one_in_force(founded: Path, tmp_path: Path) -> None:
    draft = drafted(founded, tmp_path, "--effective", "2098-01-01")
    for key in ("catalogue-1", "catalogue-2"):
        sign(founded, draft, key).fine()
    run(founded, "list", "publish", draft).fine()
    lists = founded / "public" / "lists"
    assert (lists / "catalogue.json").read_bytes() == (lists / "catalogue" / "1.json").read_bytes()
    assert (lists / "catalogue" / "2.tlog-proof").is_file()
    series = opened(founded).catalogue.series("工程技术人才")
    assert series is not None
    assert "脑机接口" not in {each.name for each in series.specialties}
    assert run(founded, "list", "history", "catalogue", "--on", "2097-12-31").fine().out.startswith("1 ")
    assert run(founded, "list", "history", "catalogue", "--on", "2098-01-01").fine().out.startswith("2 ")
    early = run(founded, "list", "history", "catalogue", "--on", "2098-06-01", "--known", "2001-01-01").fine()
    assert "No version governed then." in early.out
    assert run(founded, "audit").status == 0
    assert run(founded, "registry", "audit", "--folder", founded / "public").fine().out == ""


def test_a_new_specialty_can_be_awarded_from_its_day_on(founded: Path, tmp_path: Path) -> None:
    committees = (DATA / "committees.csv").read_text("utf-8-sig")
    row = next(line for line in committees.splitlines() if "人工智能" in line)
    (tmp_path / "committees.csv").write_text(f"{committees}{row.replace('人工智能', '脑机接口')}\n", "utf-8")
    trust = tmp_path / "trust.draft"
    files = ("--bodies", DATA / "bodies.csv", "--committees", tmp_path / "committees.csv")
    shown = run(founded, "list", "draft", "trust", *files, *EXPIRES, "--out", trust).fine().out
    assert "1 added, 0 removed, 0 changed" in shown
    for key in ("trust-1", "trust-2"):
        sign(founded, trust, key).fine()
    run(founded, "list", "publish", trust).fine()
    sheet = tmp_path / "rows.csv"
    heading, *rows = rows_of("titles.csv", slice(40)).splitlines()
    first = next(row for row in rows if PAUSED in row)
    sheet.write_text(f"{heading}\n{first.replace('人工智能', '脑机接口')}\n", "utf-8")
    assert "签发 0 份" in run(founded, "issue", sheet, "--kind", "title").out
    draft = drafted(founded, tmp_path)
    for key in ("catalogue-1", "catalogue-2"):
        sign(founded, draft, key).fine()
    run(founded, "list", "publish", draft).fine()
    assert "签发 1 份" in run(founded, "issue", sheet, "--kind", "title").fine().out


def test_a_trust_list_of_tomorrow_disturbs_nobody_today(issued: Path, tmp_path: Path) -> None:
    """Were it the newest that verifiers are given, every certificate would wait for its day."""
    trust = tmp_path / "trust.draft"
    files = ("--bodies", DATA / "bodies.csv", "--committees", DATA / "committees.csv", "--effective", "2098-01-01")
    run(issued, "list", "draft", "trust", *files, *EXPIRES, "--out", trust).fine()
    for key in ("trust-1", "trust-2"):
        sign(issued, trust, key).fine()
    run(issued, "list", "publish", trust).fine()
    assert (issued / "public/lists/trust/2.json").is_file()
    house = opened(issued)
    number = next(iter(house.ledger.records())).number
    text = to_text("verify.example", house.ledger.sealed_bytes(number)[0])
    assert run(issued, "verify", text).status == 0
    (tmp_path / "more.csv").write_text(rows_of("titles.csv", slice(20, 21)), "utf-8")
    assert "签发 1 份" in run(issued, "issue", tmp_path / "more.csv", "--kind", "title").fine().out


SUSPENSIONS = "发证机关,评审委员会,暂停起,暂停止,文号\n"
BUREAU, PAUSED = "上海市人力资源和社会保障局", "上海市工程系列人工智能专业高级职称评审委员会"


@pytest.mark.parametrize("committee", ["", PAUSED], ids=["body", "committee"])
def test_a_suspension_stops_new_signing_and_leaves_old_certificates(
    issued: Path, tmp_path: Path, committee: str, sheet: Any
) -> None:
    (tmp_path / "s.csv").write_text(f"{SUSPENSIONS}{BUREAU},{committee},2026-11-01,,沪人社监〔2026〕1号\n", "utf-8")
    trust = tmp_path / "trust.draft"
    files = (
        "--bodies",
        DATA / "bodies.csv",
        "--committees",
        DATA / "committees.csv",
        "--suspensions",
        tmp_path / "s.csv",
    )
    shown = run(issued, "list", "draft", "trust", *files, *EXPIRES, "--out", trust).fine().out
    assert "1 changed" in shown or committee == ""
    assert "起 2026-11-01" in shown
    for key in ("trust-1", "trust-2"):
        sign(issued, trust, key).fine()
    run(issued, "list", "publish", trust).fine()
    rows = rows_of("titles.csv", slice(40)).splitlines()
    fresh = [row for row in rows[13:] if PAUSED in row][:1]
    assert fresh
    (tmp_path / "more.csv").write_text("\n".join([rows[0], *fresh]) + "\n", "utf-8")
    refused = run(issued, "issue", tmp_path / "more.csv", "--kind", "title")
    assert "签发 0 份" in refused.out
    house = opened(issued)
    mine = [record.number for record in house.ledger.records() if record.body_code == "11310000100000000F"]
    assert mine
    for number in mine:
        text = to_text("verify.example", house.ledger.sealed_bytes(number)[0])
        assert run(issued, "verify", text).status == 0


@pytest.mark.parametrize(
    "row",
    ["别的单位,,2026-11-01,,x", f"{BUREAU},别的评委会,2026-11-01,,x", f"{BUREAU},,2026-11-31,,x", f"{BUREAU},,,,x",
     f"{BUREAU},,2026-11-02,2026-11-01,x", f"{BUREAU},,2026-11-01,", f"{BUREAU},,2026-11-01,,"],
)  # fmt: skip
def test_a_suspension_that_names_nobody_or_no_days_is_refused(founded: Path, tmp_path: Path, row: str) -> None:
    (tmp_path / "s.csv").write_text(f"{SUSPENSIONS}{row}\n", "utf-8")
    files = (
        "--bodies",
        DATA / "bodies.csv",
        "--committees",
        DATA / "committees.csv",
        "--suspensions",
        tmp_path / "s.csv",
    )
    run(founded, "list", "draft", "trust", *files, *EXPIRES, "--out", tmp_path / "t").refused()
    assert not (tmp_path / "t").exists()


def test_recognition_lists_are_the_catalogue_publishers(founded: Path, tmp_path: Path) -> None:
    content = Path(__file__).parents[2] / "registry" / "data" / "recognition-cn-sh.json"
    draft = tmp_path / "r.draft"
    shown = run(founded, "list", "draft", "recognition-cn-sh", content, *EXPIRES, "--out", draft).fine().out
    assert "第 1 版草稿" in shown
    assert shown.count("+ 境外资格") == 35
    sign(founded, draft, "trust-1").refused()
    for key in ("catalogue-1", "catalogue-2"):
        sign(founded, draft, key).fine()
    run(founded, "list", "publish", draft).fine()
    assert run(founded, "list", "history", "recognition-cn-sh").fine().out.startswith("1 ")


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"{", "catalogue"), (b"{}", "catalogue"), (b"[]", "catalogue"), (b"{}", "recognition-cn-sh"), (b"{}", "Catalogue"),
     (b"{}", "roots"), (b"\xff", "catalogue"), (b'{"a":1e999}', "other")],
)  # fmt: skip
def test_content_that_cannot_stand_is_refused(founded: Path, tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / "c.json").write_bytes(content)
    out = tmp_path / "d"
    run(founded, "list", "draft", name, tmp_path / "c.json", *EXPIRES, "--out", out).refused()
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments", [("trust",), ("catalogue",), ("trust", "content"), ("catalogue", "--bodies", "bodies")]
)
def test_each_list_is_drafted_from_its_own_kind_of_file(
    founded: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    files = {"content": written(tmp_path / "c.json", CATALOGUE), "bodies": DATA / "bodies.csv"}
    run(
        founded, "list", "draft", *(files.get(each, each) for each in arguments), *EXPIRES, "--out", tmp_path / "d"
    ).refused()


@pytest.mark.parametrize(
    "dates", [("--expires", "2020-01-01"), ("--expires", "2030-01-01", "--effective", "2030-01-01")]
)
def test_dates_that_leave_no_moment_are_refused(founded: Path, tmp_path: Path, dates: tuple[str, ...]) -> None:
    content = written(tmp_path / "c.json", CATALOGUE)
    run(founded, "list", "draft", "catalogue", content, *dates, "--out", tmp_path / "d").refused()


def test_a_file_that_is_no_draft_is_refused(founded: Path, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    for command in (("show",), ("publish",), ("sign", "--key", "catalogue-1")):
        run(founded, "list", command[0], tmp_path / "x", *command[1:]).refused()


def test_a_hostile_word_moves_no_cursor(founded: Path, tmp_path: Path) -> None:
    content = written(tmp_path / "c.json", with_specialty("\x1b[31m红\u202e"))
    out = run(founded, "list", "draft", "catalogue", content, *EXPIRES, "--out", tmp_path / "d").fine().out
    assert "\x1b" not in out
    assert "\u202e" not in out
