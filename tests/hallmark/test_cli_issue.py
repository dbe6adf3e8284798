"""`hallmark issue`: three kinds of file, the same file again, a messy one, and a report that changes nothing."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from credentials.envelope import read_document, read_token
from issuers.columns import EXPLANATION_EN, EXPLANATION_ZH, RESULT
from tests.hallmark.command import has_han, run
from tests.hallmark.conftest import DATA, numbers_of, opened, rows_of

Sheets = Callable[..., Path]


def holders(home: Path) -> list[tuple[str, str, str]]:
    """Name, identity tail and title on every certificate, from its document and again from its QR token."""
    house, found = opened(home), []
    for number in numbers_of(home):
        token, document = house.ledger.sealed_bytes(number)
        facts = [
            (
                each.credential.number,
                each.credential.holder.name,
                each.credential.holder.id_tail,
                each.credential.award.name,
            )
            for each in (read_token(token), read_document(document))
        ]
        assert facts[0] == facts[1]
        assert facts[0][0] == number
        found.append(facts[0][1:])
    return found


def expected(text: str) -> list[tuple[str, str, str]]:
    """The same facts, read from the file by the standard library alone."""
    return [(row["姓名"], row["证件号码"][-4:], row["职称名称"]) for row in csv.DictReader(io.StringIO(text))]


def as_xlsx(text: str, file: Path) -> Path:
    book = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(text)):
        book.active.append(row)
    book.save(file)
    return file


@pytest.mark.parametrize("form", ["csv", "xlsx", "gb18030"])
def test_each_row_becomes_the_certificate_it_describes(form: str, founded: Path, tmp_path: Path) -> None:
    if form == "gb18030":
        text = rows_of("titles_gb18030.csv", slice(7), "gb18030")
        file = tmp_path / "titles.csv"
        file.write_bytes(text.encode("gb18030"))
    else:
        text = rows_of("titles.csv", slice(7))
        file = tmp_path / f"titles.{form}"
        as_xlsx(text, file) if form == "xlsx" else file.write_text(text, "utf-8")
    ran = run(founded, "issue", file, "--kind", "title").fine()
    assert "共 7 行：通过 7" in ran.out
    assert "Issued 7; 0 had been issued before." in ran.out
    assert sorted(holders(founded)) == sorted(expected(text))
    assert opened(founded).audit() == []


def test_the_same_file_again_issues_nothing_in_whatever_form_it_comes(
    founded: Path, sheet: Sheets, tmp_path: Path
) -> None:
    file = sheet(slice(6))
    run(founded, "issue", file, "--kind", "title").fine()
    size, numbers = opened(founded).log.head().size, numbers_of(founded)
    again = run(founded, "issue", file, "--kind", "title").fine()
    assert "Issued 0; 6 had been issued before." in again.out
    other = as_xlsx(rows_of("titles.csv", slice(6)), tmp_path / "same.xlsx")
    assert "Issued 0; 6 had been issued before." in run(founded, "issue", other, "--kind", "title").fine().out
    more = sheet(slice(4, 9))
    assert "Issued 3; 2 had been issued before." in run(founded, "issue", more, "--kind", "title").fine().out
    assert numbers_of(founded)[:6] == numbers
    assert opened(founded).log.head().size > size  # the three new ones, and their list


def test_all_three_kinds_are_issued_by_their_own_body(founded: Path, sheet: Sheets) -> None:
    for kind, name in (("title", "titles"), ("qualification", "qualifications"), ("postdoc", "postdocs")):
        file = sheet(slice(5), f"{name}.csv", f"{name}.csv")
        assert run(founded, "issue", file, "--kind", kind).status == 0
    kinds = [record.kind for record in opened(founded).ledger.records()]
    assert [kinds.count(kind) for kind in ("title", "qualification", "postdoc")] == [5, 5, 5]
    assert opened(founded).audit() == []


def test_a_dry_run_reports_and_signs_nothing(founded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    size = opened(founded).log.head().size
    ran = run(founded, "issue", DATA / "titles_messy.csv", "--kind", "title", "--dry-run")
    assert (ran.status, ran.err) == (1, "")  # some rows are refused
    assert "titles_messy.report.csv" in ran.out
    report = list(csv.DictReader((tmp_path / "titles_messy.report.csv").read_text("utf-8-sig").splitlines()))
    wanted = list(csv.DictReader((DATA / "titles_messy.csv").read_text("utf-8-sig").splitlines()))
    assert [row["姓名"].lstrip("'") for row in report] == [row["姓名"] for row in wanted]
    assert {row[RESULT].split("/")[0] for row in report} == {"通过", "退回"}
    for row in report:  # the file's own remarks say which rows are right; whoever is refused is told why, twice
        assert row[RESULT].startswith("通过") == ("正确" in row["备注"]), row
        if row[RESULT].startswith("退回"):
            assert has_han(row[EXPLANATION_ZH])
            assert row[EXPLANATION_EN]
    assert opened(founded).log.head().size == size
    assert numbers_of(founded) == []


def test_refused_rows_are_named_in_both_languages_and_the_others_are_issued(founded: Path, tmp_path: Path) -> None:
    report = tmp_path / "back.xlsx"
    ran = run(founded, "issue", DATA / "titles_messy.csv", "--kind", "title", "--report", report)
    assert ran.status == 1
    told = [line for line in ran.out.splitlines() if line.startswith(("第", "Row"))]
    assert len(told) % 2 == 0
    assert all(has_han(line) for line in told[::2])
    header, *rows = openpyxl.load_workbook(report).active.iter_rows(values_only=True)
    results = [str(row[header.index(RESULT)]) for row in rows]
    accepted = sum(result.startswith("通过") for result in results)
    assert accepted == len(numbers_of(founded)) > 10
    assert f"Issued {accepted}; 0 had been issued before." in ran.out
    assert len(told) == 2 * sum(result.startswith("退回") for result in results)
    assert opened(founded).audit() == []


def test_what_an_interrupted_run_stored_is_finished_by_the_next(
    founded: Path, sheet: Sheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes are stored, the registry was never asked: nothing is out, and nothing is sealed again."""
    from registry.recorder import Recorder

    def down(*_: object) -> None:
        raise ConnectionResetError(104, "Connection reset by peer")

    file = sheet(slice(6))
    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "append", down)
        assert run(founded, "issue", file, "--kind", "title").refused()
    house = opened(founded)
    batches = house.ledger.unreleased()
    stored = {each.number: each.token for batch in batches for each in house.ledger.sealed_of(batch)}
    assert 0 < len(stored) <= 6
    assert numbers_of(founded) == []
    assert house.audit() == []
    assert run(founded, "render", next(iter(stored)), "--to", founded / "out").refused()  # no door lets it out
    assert run(founded, "status", next(iter(stored))).refused()
    run(founded, "issue", file, "--kind", "title").fine()
    house = opened(founded)
    assert len(numbers_of(founded)) == 6
    assert {number: house.ledger.sealed_bytes(number)[0] for number in stored} == stored
    assert house.audit() == []
