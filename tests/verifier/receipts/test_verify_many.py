"""`hallmark verify-many`: a line for each, in order; stopped and resumed; no cell is a formula; hostile input ends in a sentence."""

import csv
import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook, load_workbook

from issuers.qr import qr_png
from tests.verifier.published_world import InMemory, World
from tests.verifier.test_verify_command import Desk
from verifier import cli_many
from verifier.bulk.journal import SUFFIX
from verifier.cli_many import verify_many
from verifier.receipts.claims import Summary
from verifier.receipts.sealing import open_receipt

Many = Callable[..., Result]


@pytest.fixture
def many(world: World) -> Many:
    def run(*arguments: object, key: bool = True) -> Result:
        desk = Desk(world.roots, InMemory(world.folder), lambda: world.now)
        desk.receipt_key = world.signer("receipt") if key else None
        return CliRunner().invoke(verify_many, [str(each) for each in arguments], obj=desk)

    return run


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def table(path: Path, texts: list[str], heading: str = "二维码内容") -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([["姓名", heading], *[["某人", text] for text in texts]])
    return path


def test_a_table_gets_a_line_for_each_row_and_a_signed_summary(world: World, many: Many, tmp_path: Path) -> None:
    texts = [world["valid"].text, world["suspended"].text, "", world["valid"].document, "nonsense"]
    ran = many(table(tmp_path / "in.csv", texts), "--out", tmp_path / "out.csv", "--summary", tmp_path / "s.jwt")
    assert ran.exit_code == 1, ran.output
    found = rows(tmp_path / "out.csv")
    assert [each["结果/Result"] for each in found] == [
        "genuine_valid",
        "genuine_not_valid",
        "unreadable",
        "genuine_valid",
        "unreadable",
    ]
    assert found[0]["证书编号/Number"] == world["valid"].number
    assert world["valid"].credential.holder.name not in (tmp_path / "out.csv").read_text("utf-8-sig")
    summary = open_receipt((tmp_path / "s.jwt").read_text(), world.roots, world.now).content
    assert isinstance(summary, Summary)
    assert dict(summary.counts) == {"genuine_not_valid": 1, "genuine_valid": 2, "unreadable": 2}
    assert summary.sha256 == sha256((tmp_path / "out.csv").read_bytes()).hexdigest()
    assert not list(tmp_path.glob(f"*{SUFFIX}"))


def test_ten_thousand_rows_are_answered(world: World, many: Many, tmp_path: Path) -> None:
    texts = [world["valid"].text, world["suspended"].text] * 5_000
    ran = many(table(tmp_path / "in.csv", texts), "--out", tmp_path / "out.csv")
    assert ran.exit_code == 1, ran.output
    found = [each["结果/Result"] for each in rows(tmp_path / "out.csv")]
    assert found == ["genuine_valid", "genuine_not_valid"] * 5_000


@pytest.mark.parametrize("heading", ["text", "QR Code", "二维码文字"])
def test_a_workbook_in_and_out(world: World, many: Many, tmp_path: Path, heading: str) -> None:
    book = Workbook()
    assert book.active is not None
    for row in (["备注", heading], ["=1+1", world["valid"].text]):
        book.active.append(row)
    book.save(tmp_path / "in.xlsx")
    assert many(tmp_path / "in.xlsx", "--out", tmp_path / "out.xlsx").exit_code == 0
    sheet = load_workbook(tmp_path / "out.xlsx").active
    assert sheet is not None
    assert sheet["C2"].value == "genuine_valid"


def test_a_zip_of_pictures_where_a_bad_one_stops_no_other(world: World, many: Many, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "scans.zip", "w") as archive:
        archive.writestr("a.png", qr_png(world["valid"].text, scale=4))
        archive.writestr("b.png", b"\x89PNG\r\n\x1a\nbroken")
        archive.writestr("__MACOSX/._a.png", b"clutter")
        archive.writestr("=cmd|' /C calc'!A0.png", qr_png(world["revoked"].text, scale=4))
    ran = many(tmp_path / "scans.zip", "--out", tmp_path / "out.csv")
    assert ran.exit_code == 1, ran.output
    found = rows(tmp_path / "out.csv")
    assert [each["结果/Result"] for each in found] == ["genuine_valid", "unreadable", "genuine_not_valid"]
    assert found[2]["来源/Source"].startswith("'=cmd")


def test_a_folder(world: World, many: Many, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "1.png").write_bytes(qr_png(world["valid"].text, scale=4))
    (folder / "2.jwt").write_text(world["valid"].document)
    (folder / "3.png").symlink_to("/etc/hostname")
    assert many(folder, "--out", tmp_path / "out.csv").exit_code == 0
    assert [each["来源/Source"] for each in rows(tmp_path / "out.csv")] == ["1.png", "2.jwt"]


def test_a_stopped_run_goes_on_where_it_was(
    world: World, many: Many, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = table(tmp_path / "in.csv", [world["valid"].text, world["suspended"].text, world["valid"].document])
    out, asked = tmp_path / "out.csv", 0
    honest = cli_many.check

    def stopping(*arguments: object, **named: object) -> object:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise KeyboardInterrupt
        return honest(*arguments, **named)

    monkeypatch.setattr("verifier.cli_many.check", stopping)
    assert many(file, "--out", out).exit_code != 0
    journal = tmp_path / f"out.csv{SUFFIX}"
    assert len(journal.read_bytes().splitlines()) == 3
    assert journal.stat().st_mode & 0o077 == 0
    assert getattr(many(file, "--out", out).exception, "code", "") == "verifier.bulk_result_exists"
    journal.write_bytes(journal.read_bytes() + b'{"line": 3, "na')  # what a crash cuts off
    assert many(file, "--out", out, "--resume", "--summary", tmp_path / "s.jwt").exit_code == 1
    assert asked == 4
    assert [each["序号/No."] for each in rows(out)] == ["1", "2", "3"]
    summary = open_receipt((tmp_path / "s.jwt").read_text(), world.roots, world.now).content
    assert isinstance(summary, Summary)
    assert summary.rows == 3


def test_an_unfinished_run_of_another_input_is_not_taken_on(world: World, many: Many, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    begun = {"line": 1, "name": "2", "sha256": "00" * 32, "answer": {"result": "genuine_valid"}}
    (tmp_path / f"out.csv{SUFFIX}").write_text(json.dumps({"began_at": 1}) + "\n" + json.dumps(begun) + "\n")
    ran = many(table(tmp_path / "in.csv", [world["valid"].text]), "--out", out, "--resume")
    assert getattr(ran.exception, "code", "") == "verifier.bulk_journal_unreadable"
    assert not out.exists()
    (tmp_path / f"out.csv{SUFFIX}").write_bytes(b"nonsense\n")
    ran = many(table(tmp_path / "in.csv", [world["valid"].text]), "--out", out, "--resume")
    assert getattr(ran.exception, "code", "") == "verifier.bulk_journal_unreadable"


def bomb() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", b"\0" * (20 << 20))
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("bomb.zip", bomb(), "verifier.bulk_archive_suspicious"),
        ("two.csv", "text,text 2,二维码内容\n1,2,3\n".encode(), "verifier.bulk_column_not_found"),
        ("none.csv", b"a,b\n1,2\n", "verifier.bulk_column_not_found"),
        ("empty.csv", b"", "web.file_empty"),
        ("page.csv", b"<html>", "web.file_not_tabular"),
        ("broken.xlsx", b"PK\x03\x04nonsense", "web.workbook_broken"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_and_leaves_nothing(
    many: Many, tmp_path: Path, name: str, data: bytes, code: str
) -> None:
    (tmp_path / name).write_bytes(data)
    ran = many(tmp_path / name, "--out", tmp_path / "out.csv")
    assert getattr(ran.exception, "code", "") == code
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_without_a_key_no_summary_is_promised(world: World, many: Many, tmp_path: Path) -> None:
    file = table(tmp_path / "in.csv", [world["valid"].text])
    ran = many(file, "--out", tmp_path / "out.csv", "--summary", tmp_path / "s.pdf", key=False)
    assert getattr(ran.exception, "code", "") == "verifier.receipts_not_given"
    assert many(file, "--out", tmp_path / "out.csv", key=False).exit_code == 0
