"""Proofs travel with certificates: attached to PDFs, beside documents, and used where there is no log at hand."""

from collections.abc import Callable
from pathlib import Path

import pytest

from credentials.envelope import read_document
from registry.bundle import write_bundle
from registry.checkpoint import read_body
from registry.note import read_note
from registry.receipt import Receipt
from tests.hallmark.command import run
from tests.hallmark.conftest import numbers_of, opened
from verifier.documents import read_pdf


@pytest.fixture(scope="module")
def small(kept: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle without the log's evidence."""
    file = tmp_path_factory.mktemp("bundle") / "small.hallmark"
    house = opened(kept)
    write_bundle(house.settings.public, file, house.keystore.signer("bundle"), house.clock(), with_tiles=False)
    return file


def offline(home: Path, small: Path, *what: object) -> int:
    return run(home, "verify", *what, "--offline", "--bundle", small, "--json").status


def test_a_printed_certificate_is_confirmed_without_the_log(kept: Path, tmp_path: Path, small: Path) -> None:
    number = numbers_of(kept)[0]
    run(kept, "render", number, "--to", tmp_path).fine()
    run(kept, "render", number, "--to", tmp_path / "bare", "--no-proof").fine()
    attached = read_pdf((tmp_path / f"{number}.pdf").read_bytes()).attached_proof
    assert attached is not None
    assert Receipt.from_text(attached).index == opened(kept).ledger.record(number).log_index
    assert read_pdf((tmp_path / "bare" / f"{number}.pdf").read_bytes()).attached_proof is None
    assert offline(kept, small, tmp_path / f"{number}.pdf") == 0
    assert offline(kept, small, tmp_path / "bare" / f"{number}.pdf") == 2
    (tmp_path / f"{number}.tlog-proof").write_bytes(b"another file of that name")
    assert offline(kept, small, tmp_path / f"{number}.pdf") == 0  # its own goes first
    (tmp_path / "bare" / f"{number}.tlog-proof").write_bytes(attached)
    assert offline(kept, small, tmp_path / "bare" / f"{number}.pdf") == 0


def test_a_document_is_exported_with_its_proof_beside_it(kept: Path, tmp_path: Path, small: Path) -> None:
    first, second = numbers_of(kept)[:2]
    ran = run(kept, "export", first, second, "--to", tmp_path / "out").fine()
    assert "2 vc+jwt" in ran.out
    names = {f"{number}.{kind}" for number in (first, second) for kind in ("jwt", "tlog-proof")}
    assert {file.name for file in (tmp_path / "out").iterdir()} == names
    assert all(file.stat().st_mode & 0o077 == 0 for file in (tmp_path / "out").iterdir())
    document, proof = tmp_path / "out" / f"{first}.jwt", tmp_path / "out" / f"{first}.tlog-proof"
    assert offline(kept, small, document) == 0  # found by its name
    proof.rename(tmp_path / "elsewhere.tlog-proof")
    assert offline(kept, small, document) == 2
    assert offline(kept, small, document, "--proof", tmp_path / "elsewhere.tlog-proof") == 0
    assert offline(kept, small, document, "--proof", tmp_path / "out" / f"{second}.tlog-proof") == 2
    assert run(kept, "verify", document, "--proof", tmp_path / "nothing").status == 64


def test_one_proof_is_printed_as_it_is(kept: Path) -> None:
    number = numbers_of(kept)[0]
    out = run(kept, "proof", number.lower()).fine().out
    receipt = Receipt.from_text(out)
    assert out.encode() == receipt.to_text()
    assert len(read_note(receipt.checkpoint).lines) == 3  # two of the log, one of the witness


@pytest.fixture
def unpublished(founded: Path, sheet: Callable[..., Path]) -> Path:
    """A house whose issuing was killed before it published: no cosigned checkpoint knows the certificates."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hallmark.house.House.publish", lambda _: None)
        run(founded, "issue", sheet(slice(3)), "--kind", "title").fine()
    return founded


def test_printing_publishes_first_where_the_checkpoint_is_too_old(unpublished: Path, tmp_path: Path) -> None:
    number = numbers_of(unpublished)[-1]
    record = opened(unpublished).ledger.record(number)
    before = read_body(read_note((unpublished / "public" / "checkpoint").read_bytes()).text)
    assert before.size <= record.log_index
    run(unpublished, "render", number, "--to", tmp_path).fine()
    attached = read_pdf((tmp_path / f"{number}.pdf").read_bytes()).attached_proof
    assert attached is not None
    assert read_body(read_note(Receipt.from_text(attached).checkpoint).text).size > record.log_index


class _Silent:
    name = "witness"

    def __call__(self, note: bytes, prove: object, /) -> bytes:
        raise OSError("the witness does not answer")


def test_without_a_witness_there_is_no_proof_and_the_command_says_so(
    unpublished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a proof that nobody has witnessed; without one the office can still print."""
    monkeypatch.setattr("hallmark.house.House.witness", property(lambda _: _Silent()))
    number = numbers_of(unpublished)[0]
    for command in (("proof", number), ("render", number, "--to", tmp_path), ("export", number, "--to", tmp_path)):
        ran = run(unpublished, *command)
        ran.refused(75)
        assert "tlog-proof" not in ran.out
    assert list(tmp_path.glob("*.pdf")) == list(tmp_path.glob("*.jwt")) == list(tmp_path.glob("*.tlog-proof")) == []
    run(unpublished, "render", number, "--to", tmp_path, "--no-proof").fine()


def test_where_publishing_brings_no_newer_checkpoint_the_proof_is_pending(
    unpublished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hallmark.house.House.publish", lambda _: None)
    number = numbers_of(unpublished)[0]
    chinese, english = run(unpublished, "proof", number).refused()
    assert number in chinese
    assert "--no-proof" in english


def test_a_published_entry_that_is_not_the_ledgers_is_no_proof(issued: Path) -> None:
    """Somebody exchanged the entry bundle: its leaf is not in the tree."""
    number = numbers_of(issued)[0]
    digest = read_document(opened(issued).ledger.sealed_bytes(number)[1]).digest
    size = opened(issued).recorder.head().size
    bundle = issued / "public" / "tile" / "entries" / "000.p" / str(size)
    data = bundle.read_bytes()
    bundle.unlink()
    bundle.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    run(issued, "proof", number).fine()  # its own entry is untouched
    bundle.write_bytes(data.replace(digest, bytes(32)))
    run(issued, "proof", number).refused()
