"""Printing many: streamed, resumable by the caller, one bad item does not stop the others."""

import io
import resource
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from credentials.identifiers import new_number
from issuers.render import PrintItem, PrintRun, render_many
from tests.print.certificates import JWT, PROOF, QR_TEXT, TITLE, VERIFIER, certificate, page_text
from web.print_errors import MissingGlyph


def items(count: int, *, bad: int | None = None) -> Iterator[PrintItem]:
    for position in range(count):
        title = replace(TITLE, specialty="𪚥") if position == bad else TITLE
        number = new_number(position.to_bytes(8, "big") * 2)
        yield PrintItem(certificate(title, number=number), QR_TEXT, JWT, proof=PROOF)


def test_a_zip_holds_a_page_for_each_number(tmp_path: Path) -> None:
    target = tmp_path / "pages.zip"
    seen: list[int] = []
    run = render_many(items(5), target, lambda run: seen.append(run.printed), verifier_address=VERIFIER, test=True)
    assert (run.printed, run.refused, seen) == (5, [], [1, 2, 3, 4, 5])
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        assert len(set(archive.namelist())) == 5
        number = archive.namelist()[0].removesuffix(".pdf")
        assert number in page_text(archive.read(archive.namelist()[0]))
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_holds_the_same_pages(tmp_path: Path) -> None:
    render_many(items(3), tmp_path / "pages", verifier_address=VERIFIER, test=True)
    render_many(items(3), tmp_path / "pages.zip", verifier_address=VERIFIER, test=True)
    with zipfile.ZipFile(tmp_path / "pages.zip") as archive:
        for path in (tmp_path / "pages").iterdir():
            assert path.read_bytes() == archive.read(path.name)


def test_the_same_run_gives_the_same_zip(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        render_many(items(2), tmp_path / name, verifier_address=VERIFIER, test=True)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_one_refused_item_is_named_and_the_rest_printed(tmp_path: Path) -> None:
    run = render_many(items(4, bad=1), tmp_path / "pages.zip", verifier_address=VERIFIER, test=True)
    assert run.printed == 3
    [(number, error)] = run.refused
    assert isinstance(error, MissingGlyph)
    assert number == list(items(4))[1].credential.number


def test_an_interrupted_run_leaves_no_zip(tmp_path: Path) -> None:
    def stop(run: PrintRun) -> None:
        if run.printed == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_many(items(5), tmp_path / "pages.zip", stop, verifier_address=VERIFIER, test=True)
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_run(tmp_path: Path) -> None:
    render_many(items(40), tmp_path / "warm.zip", verifier_address=VERIFIER, test=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    render_many(items(200), tmp_path / "pages.zip", verifier_address=VERIFIER, test=True)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 24 << 10  # kibibytes
    assert io.BytesIO((tmp_path / "pages.zip").read_bytes()).getbuffer().nbytes > 200 * 30_000
