"""The pages about published lists: every route, both languages, any day, hostile words, broken files."""

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from registry.app import create_app
from registry.published.pages import ListPages
from tests.lists.conftest import HOSTILE, Lists
from tests.web.page_rules import defects_of
from web.cells import from_safe

PAGES = [
    "/lists/", "/lists/catalogue/", "/lists/catalogue/?on=2026-07-05", "/lists/catalogue/?version=1", "/lists/trust/",
    "/lists/recognition-cn-sh/", "/lists/recognition-cn-sh/?category=C", "/lists/recognition-cn-sh-pd/", "/lists/hostile/",
    "/lists/catalogue/diff", "/lists/catalogue/diff?from=1&to=3", "/lists/trust/diff", "/lists/hostile/diff",
    "/lists/catalogue/?on=2020-01-01",
]  # fmt: skip


def get(lists: Lists, path: str, **headers: str) -> TestResponse:
    return lists.client().get(path, headers={"Accept": "text/html", **headers})


def told(lists: Lists, path: str) -> Any:
    answer = lists.client().get(path)
    assert answer.status_code == 200, answer.data
    assert answer.content_type == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return json.loads(answer.data)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_keeps_the_rules_in_both_languages(lists: Lists, path: str, lang: str) -> None:
    answer = get(lists, f"{path}{'&' if '?' in path else '?'}lang={lang}")
    assert answer.status_code == 200
    assert defects_of(answer.text) == []
    assert f'lang="{"zh-CN" if lang == "zh" else "en"}"' in answer.text
    assert "lists." not in re.sub(r"lists\.css", "", answer.text)
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text


def test_the_language_switch_keeps_what_was_asked(lists: Lists) -> None:
    page = get(lists, "/lists/catalogue/?on=2026-07-05&lang=zh").text
    assert 'href="/lists/catalogue/?on=2026-07-05&amp;lang=en"' in page
    assert '<input type="hidden" name="lang" value="zh">' in page


def test_the_overview_names_each_list_and_what_waits(lists: Lists) -> None:
    page = get(lists, "/lists/?lang=en").text
    for name in ("trust", "catalogue", "recognition-cn-sh", "recognition-cn-sh-pd", "hostile"):
        assert f"/lists/{name}/" in page
    assert page.index("/lists/trust/") < page.index("/lists/catalogue/") < page.index("/lists/hostile/")
    assert lists.client().get("/").location == "/lists/"


# days ---------------------------------------------------------------------------------------------------------------

DAYS = [
    ("", 3), ("on=2026-06-30", None), ("on=2026-07-01", 1), ("on=2026-07-14", 1), ("on=2026-07-15", 3), ("on=2026-12-01", 3),
    ("on=2026-07-20&known=2026-08-31", 1), ("on=2026-10-05&known=2026-08-31", 2), ("on=2026-07-20&known=2026-09-01", 3),
    ("on=2026-07-20&known=2026-06-30", None),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "version"), DAYS)
def test_page_and_json_name_the_version_that_governed(lists: Lists, asked: str, version: int | None) -> None:
    answer = told(lists, f"/lists/catalogue/as-of.json?{asked}")
    assert (answer["version"] or {}).get("version") == version
    page = get(lists, f"/lists/catalogue/?lang=en&{asked}").text
    assert (f'<p class="lead">Version {version}' in page) == (version is not None)
    assert ("No version governed then." in page) == (version is None)


def test_on_a_day_only_what_stood_on_it_is_shown(lists: Lists) -> None:
    assert "教授级高级工程师" in get(lists, "/lists/catalogue/").text
    assert "教授级高级工程师" not in get(lists, "/lists/catalogue/?on=2026-08-01").text
    assert "特许公认会计师" in get(lists, "/lists/recognition-cn-sh/?on=2026-09-10").text


def test_versions_tell_their_place_in_the_log_their_signers_and_their_time(lists: Lists) -> None:
    answer = told(lists, "/lists/catalogue/versions.json")
    first, second, third = answer["versions"]
    assert [each["version"] for each in answer["versions"]] == [1, 2, 3]
    assert first["governs"] == [first["effective"], third["effective"]]
    assert second["governs"] is None
    assert third["governs"] == [third["effective"], None]
    for each in answer["versions"]:
        assert len(each["signers"]) == 2
        assert each["log_index"] > 0
        assert each["logged_at"] == each["published"]
        file = lists.house.settings.public / each["path"]
        assert file.is_file()
        assert each["digest"] in get(lists, "/lists/catalogue/").text


def test_an_expired_or_old_version_is_marked(lists: Lists) -> None:
    assert "not the version in force; that is version 3" in get(lists, "/lists/catalogue/?version=1&lang=en").text
    assert "not the version in force" not in get(lists, "/lists/catalogue/?lang=en").text
    now = lists.clock.now
    try:
        lists.clock.now += 366 * 86_400
        assert "This version expired" in get(lists, "/lists/catalogue/?lang=en").text
    finally:
        lists.clock.now = now


# content ------------------------------------------------------------------------------------------------------------


def test_a_suspension_is_seen(lists: Lists) -> None:
    page = get(lists, "/lists/trust/?lang=en").text
    assert "Suspended: 2026-08-01 to further notice (沪人社监〔2026〕1号)" in page
    assert "上海市工程系列人工智能专业高级职称评审委员会" in page


def test_samples_are_marked_and_stated_classes_name_their_source(lists: Lists) -> None:
    page = get(lists, "/lists/recognition-cn-sh/?lang=zh").text
    assert page.count('class="grade sample"') == 28
    assert page.count('class="grade stated"') == 7
    assert "上海市清单 1.0(2023)" in page
    some = get(lists, "/lists/recognition-cn-sh/?category=D&lang=zh").text
    assert some.count('<tr id="') == 3
    assert "样例内容" in get(lists, "/lists/catalogue/?lang=zh").text


def test_differences_stand_on_the_page_and_in_json(lists: Lists) -> None:
    answer = told(lists, "/lists/catalogue/diff.json?from=1&to=2")
    assert answer["counts"] == {"added": 1, "removed": 0, "changed": 0}
    (change,) = answer["changes"]
    assert (change["kind"], change["section"], change["id"]) == ("added", "specialties", "engineering-09")
    page = get(lists, "/lists/catalogue/diff?from=1&to=3&lang=zh").text
    assert "<del>住房和城乡建设部</del>" in page
    assert "<ins>住建部</ins>" in page
    back = told(lists, "/lists/catalogue/diff.json?from=3&to=1")["changes"]
    assert back[0]["fields"] == [{"name": "authority", "old": "住建部", "new": "住房和城乡建设部"}]
    assert told(lists, "/lists/trust/diff.json")["changes"][0]["fields"][0]["name"] == "suspended"
    assert "Both versions say the same" in get(lists, "/lists/hostile/diff?lang=en").text


# hostile words (T47, T52) -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/lists/hostile/", "/lists/hostile/?lang=en", "/lists/hostile/?version=1"])
def test_hostile_words_are_words(lists: Lists, path: str) -> None:
    page = get(lists, path).text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "49" not in page.split("<main")[1].split("versions-title")[0]


@pytest.mark.parametrize(
    "path",
    ["/lists/catalogue/?on=<script>alert(1)</script>", "/lists/catalogue/?version=<script>", "/lists/<script>/",
     "/lists/recognition-cn-sh/?category=<b>", "/lists/catalogue/diff?from=<i>"],
)  # fmt: skip
def test_what_is_typed_into_the_address_is_only_said_back_escaped(lists: Lists, path: str) -> None:
    answer = get(lists, path)
    assert answer.status_code in {400, 404}
    for tag in ("<script", "<b>", "<i>"):
        assert tag not in answer.text


@pytest.mark.parametrize("path", ["/lists/hostile/rows.csv", "/lists/hostile/general.csv", "/lists/recognition-cn-sh/entries.csv",
                                  "/lists/catalogue/titles.csv?version=1", "/lists/trust/authorities.csv"])  # fmt: skip
def test_tables_to_take_away_hold_no_formula(lists: Lists, path: str) -> None:
    answer = lists.client().get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert len(rows) > 1
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]
    if "hostile" in path:
        assert HOSTILE in {from_safe(cell) for cell in cells}


# nonsense and broken files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/lists/nothing/versions.json", 404, "lists.unknown"), ("/lists/x--1/versions.json", 404, "lists.unknown"),
        ("/lists/roots/versions.json", 404, "lists.unknown"), ("/lists/catalogue/diff.json?from=0", 404, "lists.version_unknown"),
        ("/lists/catalogue/diff.json?to=4", 404, "lists.version_unknown"),
        ("/lists/catalogue/diff.json?from=99999999999999999999", 404, "lists.version_unknown"),
        ("/lists/catalogue/diff.json?from=²", 404, "lists.version_unknown"),
        ("/lists/catalogue/as-of.json?on=2026-13-01", 400, "lists.date_unreadable"),
        ("/lists/catalogue/as-of.json?known=2026", 400, "lists.date_unreadable"),
        ("/lists/catalogue/nothing.csv", 404, "lists.section_unknown"),
    ],
)  # fmt: skip
def test_nonsense_gets_a_sentence(lists: Lists, path: str, status: int, code: str) -> None:
    answer = lists.client().get(path, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert json.loads(answer.data)["code"] == code
    assert set(json.loads(answer.data)["message"]) == {"zh", "en"}


@pytest.mark.parametrize("path", ["/lists/nothing/", "/lists/catalogue/?version=9", "/lists/catalogue/?on=yesterday",
                                  "/lists/recognition-cn-sh/?category=E", "/lists/../secret/", "/lists/catalogue/x", "/lists/A/"])  # fmt: skip
def test_a_person_gets_a_page(lists: Lists, path: str) -> None:
    answer = get(lists, path)
    assert answer.status_code in {400, 404}
    assert defects_of(answer.text) == []


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_can_be_written(lists: Lists, method: str) -> None:
    assert getattr(lists.client(), method)("/lists/catalogue/").status_code == 405


@pytest.mark.parametrize(
    ("path", "spoil"),
    [
        ("lists/catalogue/2.json", "flip"), ("lists/catalogue/2.json", "swap"), ("lists/catalogue/1.json", "gone"),
        ("lists/trust/2/00.json", "flip"), ("lists/trust/2/00.json", "gone"), ("roots/1.json", "flip"),
    ],
)  # fmt: skip
def test_files_that_do_not_hold_are_not_shown(lists: Lists, tmp_path: Path, path: str, spoil: str) -> None:
    public = tmp_path / "public"
    shutil.copytree(lists.house.settings.public, public)
    file = public / path
    match spoil:
        case "flip":
            data = bytearray(file.read_bytes())
            data[len(data) // 2] ^= 1
            file.write_bytes(data)
        case "swap":
            shutil.copy(public / "lists/catalogue/3.json", file)
        case _:
            file.unlink()
    pages = ListPages(lists.house.trusted_roots(), lists.clock)
    name = "trust" if "trust" in path else "catalogue"
    answer = create_app(public, hosts=("localhost",), lists=pages).test_client().get(f"/lists/{name}/")
    assert answer.status_code in {404, 503}


def test_a_version_without_a_sound_proof_says_so(lists: Lists, tmp_path: Path) -> None:
    public = tmp_path / "public"
    shutil.copytree(lists.house.settings.public, public)
    shutil.copy(public / "lists/catalogue/1.tlog-proof", public / "lists/catalogue/3.tlog-proof")
    (public / "lists/catalogue/2.tlog-proof").unlink()
    pages = ListPages(lists.house.trusted_roots(), lists.clock)
    client = create_app(public, hosts=("localhost",), lists=pages).test_client()
    found = json.loads(client.get("/lists/catalogue/versions.json").data)["versions"]
    assert [each["log_index"] is None for each in found] == [False, True, True]
    assert client.get("/lists/catalogue/?lang=en").text.count("no proof yet") == 2


def test_without_roots_there_are_files_and_no_pages(lists: Lists) -> None:
    client = create_app(lists.house.settings.public, hosts=("localhost",)).test_client()
    assert client.get("/lists/").status_code == 404
    assert client.get("/lists/catalogue.json").status_code == 200


def test_the_files_are_still_there_beside_the_pages(lists: Lists) -> None:
    for path in (
        "lists/catalogue.json",
        "lists/catalogue/1.json",
        "lists/catalogue/1.tlog-proof",
        "lists/trust/2/00.json",
    ):
        assert lists.client().get(f"/{path}").data == (lists.house.settings.public / path).read_bytes()
