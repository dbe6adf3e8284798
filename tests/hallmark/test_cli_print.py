"""`hallmark render`: into a folder, into a ZIP, and what becomes of a name that the font cannot draw."""

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hallmark.command import has_han, run
from tests.hallmark.conftest import ISSUED, numbers_of, opened, rows_of
from verifier.documents import read_pdf

TWO_STORIES = "\U000310da"  # 𱃚, in Unicode since 2020, in few fonts


def test_pages_go_into_a_folder_and_carry_both_forms_of_the_certificate(kept: Path, tmp_path: Path) -> None:
    first, second = numbers_of(kept)[:2]
    ran = run(kept, "render", first, second.lower(), "--to", tmp_path / "out").fine()
    assert "2 PDF" in ran.out
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == sorted([f"{first}.pdf", f"{second}.pdf"])
    contents = read_pdf((tmp_path / "out" / f"{first}.pdf").read_bytes())
    _, document = opened(kept).ledger.sealed_bytes(first)
    assert contents.attached_jwt == document
    assert [text.startswith("HTTPS://VERIFY.EXAMPLE/#") for text in contents.qr_texts] == [True]


def test_a_batch_a_kind_and_everything_go_into_a_zip(kept: Path, tmp_path: Path) -> None:
    batch = opened(kept).ledger.record(numbers_of(kept)[0]).batch
    mine = [record.number for record in opened(kept).ledger.records(batch=batch)]
    assert 0 < len(mine) < ISSUED  # one batch for each body
    for options, wanted in ((("--batch", batch), mine), (("--all",), numbers_of(kept))):
        target = tmp_path / f"{len(wanted)}.zip"
        run(kept, "render", *options, "--to", target).fine()
        with zipfile.ZipFile(target) as archive:
            assert archive.testzip() is None
            assert sorted(archive.namelist()) == sorted(f"{number}.pdf" for number in wanted)
    assert list(tmp_path.glob("*.part")) == []


def test_the_batch_id_that_issuing_shows_is_the_one_that_printing_takes(
    founded: Path, sheet: Callable[..., Path]
) -> None:
    out = run(founded, "issue", sheet(slice(4)), "--kind", "title").fine().out
    batches = [line.split("\t")[1] for line in out.splitlines() if line.startswith("批次")]
    assert sum(len(list(opened(founded).ledger.records(batch=batch))) for batch in batches) == 4
    assert f"batch {batches[0]}" in run(founded, "status", *numbers_of(founded)).fine().out


def test_a_missing_glyph_refuses_its_page_names_the_character_and_the_others_go_on(
    founded: Path, tmp_path: Path
) -> None:
    rows = list(csv.reader(io.StringIO(rows_of("titles.csv", slice(3)))))
    rows[2][rows[0].index("姓名")] = f"王{TWO_STORIES}"
    with (tmp_path / "rare.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    run(founded, "issue", tmp_path / "rare.csv", "--kind", "title").fine()
    ran = run(founded, "render", "--all", "--to", tmp_path / "out")
    assert ran.status == 1
    assert "2 PDF" in ran.out
    assert "Traceback" not in ran.err
    assert len(ran.said) == 2
    assert has_han(ran.said[0])
    for sentence in ran.said:
        assert TWO_STORIES in sentence
        assert f"U+{ord(TWO_STORIES):X}" in sentence
    rare = ran.said[0].split(":")[0]
    assert {file.stem for file in (tmp_path / "out").iterdir()} == set(numbers_of(founded)) - {rare}
    assert run(founded, "status", rare).fine()  # the certificate itself is whole


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--to", "out"], 64),
        (["000000000000Q"], 64),
        (["000000000000Q", "--to", "out"], 65),
        (["NONSENSE", "--to", "out"], 65),
        (["--batch", "nosuchbatch", "--to", "out"], 65),
        (["000000000000Q", "--all", "--to", "out"], 64),
        (["--kind", "diploma", "--to", "out"], 64),
    ],
)
def test_what_cannot_be_printed_is_refused_with_a_sentence(
    arguments: list[str], status: int, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run(kept, "render", *arguments)
    assert ran.status == status
    assert 1 <= len(ran.said) <= 2
    assert has_han(ran.err)
    assert "Traceback" not in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_is_a_file_or_lies_nowhere_is_refused(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert "file" in run(kept, "render", numbers_of(kept)[0], "--to", tmp_path / "file").refused()[0]
    run(kept, "render", numbers_of(kept)[0], "--to", tmp_path / "nowhere" / "x.zip").refused()
    assert (tmp_path / "file").read_text() == "mine"
