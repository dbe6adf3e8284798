"""The demo, told on the first rows of its files, and its summary held against what those files say by themselves."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from hallmark.demo.story import tell
from hallmark.demo.verdicts import LATER
from hallmark.errors import HouseExists
from tests.hallmark.command import run
from tests.hallmark.conftest import DATA, rows_of
from verifier.verdict import REASONS, Result

ROWS = {"titles.csv": 16, "qualifications.csv": 5, "postdocs.csv": 30}
"""Row 27 of the postdocs is the first that earns no certificate; eight titles are changed, one stays."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(DATA, tmp_path_factory.mktemp("demo") / "data"))
    for name, count in ROWS.items():
        (folder / name).write_text(rows_of(name, slice(count)), "utf-8")
    return folder


@pytest.fixture(scope="module")
def demo(data: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HALLMARK_KEY_PASSPHRASE")  # a demo house brings its own
        assert tell(data.with_name("demo"), data)
    return data.with_name("demo")


@pytest.fixture(scope="module")
def summary(demo: Path) -> dict[str, Any]:
    return json.loads((demo / "summary.json").read_text("utf-8"))  # type: ignore[no-any-return]


def test_every_answer_was_the_expected_one(summary: dict[str, Any]) -> None:
    assert summary["failures"] == []


def test_the_files_are_counted_as_they_are(summary: dict[str, Any]) -> None:
    due = [
        row for row in csv.DictReader(io.StringIO(rows_of("postdocs.csv", slice(30)))) if row["出站情况"] == "期满出站"
    ]
    wanted = {"titles.csv": (16, 16, 0), "qualifications.csv": (5, 5, 0), "postdocs.csv": (30, len(due), 30 - len(due))}
    assert 0 < len(due) < 30
    counted = {each["file"]: (each["read"], each["issued"], each["not_due"]) for each in summary["files"]}
    assert counted == wanted
    messy = list(csv.DictReader((DATA / "titles_messy.csv").read_text("utf-8-sig").splitlines()))
    right = sum("正确" in row["备注"] for row in messy)
    dry = summary["dry_run"]
    assert (dry["read"], dry["accepted"], dry["refused"]) == (len(messy), right, len(messy) - right)
    assert sum(dry["reasons"].values()) >= dry["refused"]


def test_every_result_has_its_row_and_every_row_its_file(summary: dict[str, Any], demo: Path) -> None:
    rows = summary["verdicts"]
    assert {row["result"] for row in rows} == {result.value for result in Result}
    assert {row["result"] for row in rows if row["obtained"] is None} == {result.value for result in LATER}
    assert {row["reason"] for row in rows if row["result"] == "genuine_not_valid"} == set(REASONS) - {
        "ended", "expired", "not_yet_valid",
    }  # fmt: skip
    for row in rows:
        if row["obtained"] is not None:
            assert row["obtained"] == row["expected"] == row["result"]
            assert (demo / row["file"]).stat().st_size > 0
            assert (demo / row["bundle"]).exists()
    assert [row["result"] for row in rows if row["typed"]] == ["mismatch"]
    assert [row["result"] for row in rows if row["obtained"] and not row["bundle"]] == ["no_record"]


def test_a_stranger_with_the_files_alone_gets_the_same_answers(
    summary: dict[str, Any], demo: Path, tmp_path: Path
) -> None:
    """By the command line, from the roots that the house ships, offline: no house, no registry, no passphrase."""
    for row in summary["verdicts"]:
        if not row["bundle"]:  # parts that come later, and a look-up, which asks the issuing body
            continue
        bundle = ("--offline", "--bundle", demo / row["bundle"], "--roots", demo / "house" / "roots.json")
        typed = ("--name", row["typed"]) if row["typed"] else ()
        answer = json.loads(run(tmp_path / "nobody", "verify", demo / row["file"], *bundle, *typed, "--json").out)
        assert (answer["result"], answer["reason"]) == (row["expected"], row["reason"]), row["file"]
        assert answer["test"] is True or answer["result"] == "unreadable"


def test_the_days_asked_about_are_answered_by_the_event_file(summary: dict[str, Any]) -> None:
    assert [(each["day"], each["obtained"]) for each in summary["as_of"]] == [
        ("2026-10-01", "genuine_valid"),
        ("2026-10-20", "suspended"),
        ("2026-11-15", "genuine_valid"),
    ]
    assert len({each["number"] for each in summary["as_of"]}) == 1


def test_the_standard_sample_fits_its_code(summary: dict[str, Any]) -> None:
    sample = summary["standard_sample"]
    assert sample["level"] == "M"
    assert sample["qr_version"] <= 11
    assert sample["body_bytes"] <= 224


def test_each_kind_has_a_certificate_to_look_at(summary: dict[str, Any], demo: Path) -> None:
    assert summary["certificates"].keys() == {"title", "qualification", "postdoc"}
    for path in summary["certificates"].values():
        assert (demo / path).read_bytes().startswith(b"%PDF-")
    issued = sum(each["issued"] for each in summary["files"])
    for suffix in ("pdf", "png", "txt"):
        assert len(list((demo / "certificates").rglob(f"*.{suffix}"))) == issued
    assert summary["checked_offline"]["certificates"] == issued


def test_the_summary_names_no_place_on_this_machine(summary: dict[str, Any], demo: Path) -> None:
    assert str(demo) not in json.dumps(summary)


def test_the_demo_house_is_clean_and_its_reports_are_there(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HALLMARK_KEY_PASSPHRASE")
    run(demo / "house", "audit").fine()
    reports = {file.name for file in (demo / "reports").iterdir()}
    assert reports == {f"{name}.report.csv" for name in ("titles", "qualifications", "postdocs", "titles_messy")}


def test_the_demo_is_made_anew_but_over_nothing_else(demo: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").write_text("mine")
    with pytest.raises(HouseExists):
        tell(tmp_path / "mine")
    zh, _ = run(None, "demo", "--folder", tmp_path / "mine").refused()
    assert "不是空的" in zh
    assert (tmp_path / "mine" / "thesis.docx").read_text() == "mine"
