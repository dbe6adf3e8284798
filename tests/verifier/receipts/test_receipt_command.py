"""`hallmark verify` gives receipts as JWT and PDF and reads both again; a genuine one is 2, never 0, unless one is asked for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hallmark.house import House
from hallmark.receipts import receipt_desk
from hallmark.settings import FILE_NAME, read_settings
from keys.keystore import KeyStore
from tests.verifier.published_world import World
from tests.verifier.test_verify_command import run
from verifier.documents import PdfContents, read_pdf


@pytest.fixture(scope="module")
def given(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a receipt of a valid certificate, as JWT and as PDF."""
    folder = tmp_path_factory.mktemp("receipts")
    for name in ("valid.jwt", "valid.pdf"):
        made = run(world, world["valid"].text, "--receipt", str(folder / name), receipt_key=world.signer("receipt"))
        assert made.exit_code == 0, made.output
    return folder


@pytest.mark.parametrize("name", ["valid.jwt", "valid.pdf"])
def test_a_genuine_receipt_is_two_and_says_nothing_about_today(world: World, given: Path, name: str) -> None:
    shown = run(world, str(given / name), "--lang", "en")
    assert shown.exit_code == 2
    assert "This receipt is genuine" in shown.stdout
    assert "It says nothing about today" in shown.stdout
    assert world["valid"].number in shown.stdout
    told = json.loads(run(world, str(given / name), "--json").stdout)
    assert (told["receipt"], told["exit"], told["claims"]["check"]["result"]) == ("genuine", 2, "genuine_valid")
    assert run(world, str(given / name), "--expect-receipt").exit_code == 0


def test_a_certificate_is_no_receipt_where_one_is_expected(world: World) -> None:
    shown = run(world, world["valid"].text, "--expect-receipt", "--json")
    assert (shown.exit_code, json.loads(shown.stdout)["receipt"]) == (3, "unreadable")


def test_an_altered_receipt_is_one(world: World, given: Path, tmp_path: Path) -> None:
    sealed = (given / "valid.jwt").read_text().strip()
    at = sealed.index(".") + 60
    altered = tmp_path / "altered.jwt"
    altered.write_text(sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :])
    assert run(world, str(altered)).exit_code == 1
    assert run(world, str(altered), "--expect-receipt").exit_code == 1


def test_without_a_key_the_check_is_answered_and_no_receipt_is_written(world: World, tmp_path: Path) -> None:
    shown = run(world, world["valid"].text, "--receipt", str(tmp_path / "r.pdf"), "--json")
    assert json.loads(shown.stdout)["result"] == "genuine_valid"
    assert getattr(shown.exception, "code", None) == "verifier.receipts_not_given"
    assert not (tmp_path / "r.pdf").exists()


def test_the_pdf_carries_the_receipt_and_repeats_byte_for_byte(world: World, given: Path, tmp_path: Path) -> None:
    contents = read_pdf((given / "valid.pdf").read_bytes())
    assert isinstance(contents, PdfContents)
    assert contents.texts == (contents.attached_receipt,)
    again = run(
        world, world["valid"].text, "--receipt", str(tmp_path / "again.pdf"), receipt_key=world.signer("receipt")
    )
    assert again.exit_code == 0
    assert (tmp_path / "again.pdf").read_bytes() == (given / "valid.pdf").read_bytes()


def test_a_receipt_beside_a_certificate_does_not_speak_for_it() -> None:
    assert PdfContents(("HTTPS://X/#1",), None, None, "a.b.c").texts == ("HTTPS://X/#1",)
    assert PdfContents((), "jwt", None, "a.b.c").texts == ("jwt",)


def test_the_folder_for_the_server_holds_one_key_and_opens_under_its_own_passphrase(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HALLMARK_RECEIPT_PASSPHRASE", "only for receipts")
    folder = tmp_path / "keys-of-the-server"
    world.house.keystore.hand_over("receipt", KeyStore(folder, b"only for receipts", world.clock))
    settings = read_settings(world.house.settings.home)
    (tmp_path / FILE_NAME).write_text(
        f'host = "{settings.host}"\ntest = true\nreceipt_keys = "keys-of-the-server"\n', "utf-8"
    )
    apart = read_settings(tmp_path)
    assert receipt_desk(apart, world.roots, world.clock).gives
    store = KeyStore(folder, b"only for receipts", world.clock)
    assert [each.name for each in store.records()] == ["receipt"]
    world.house.keystore.hand_over("bundle", store)
    with pytest.raises(Exception, match="receipt_keys_not_alone"):
        receipt_desk(apart, world.roots, world.clock)
    (tmp_path / FILE_NAME).write_text(f'host = "{settings.host}"\nreceipt_keys = "keys-of-the-server"\n', "utf-8")
    monkeypatch.delenv("HALLMARK_RECEIPT_PASSPHRASE")
    with pytest.raises(Exception, match="receipt_passphrase_missing"):
        House(read_settings(tmp_path)).receipt_desk(world.roots)
    (tmp_path / "empty").write_text("\n")
    monkeypatch.setenv("HALLMARK_RECEIPT_PASSPHRASE_FILE", str(tmp_path / "empty"))
    with pytest.raises(Exception, match="receipt_passphrase_missing"):
        House(read_settings(tmp_path)).receipt_desk(world.roots)


def test_the_operator_parts_the_key_by_a_command(world: World, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "hallmark",
        "--home",
        str(world.house.settings.home),
        "receipt-key",
        str(tmp_path / "parted"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "receipt_keys" in done.stdout
    assert sorted(file.name for file in (tmp_path / "parted").iterdir() if file.suffix) == [
        "receipt.json",
        "receipt.pem",
    ]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 65
