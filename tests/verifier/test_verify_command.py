"""`hallmark verify`: what a script can rely on, the exit status and the answer as JSON, whatever it is handed."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from issuers.qr import qr_png
from keys.errors import KeysError
from keys.roots import Roots
from keys.signer import Signer
from registry.bundle import BundleInvalid
from tests.verifier.published_world import HOST, InMemory, World
from verifier.cli import verify
from verifier.errors import DayInFuture, DayMalformed
from verifier.gaps import RegistryAddressInvalid
from verifier.gather import EvidenceSource
from verifier.receipts.desk import ReceiptDesk

READING_FAILED = 3


@dataclass
class Desk:
    """The part of a house that the command uses."""

    roots: Roots
    source: EvidenceSource | None
    clock: Callable[[], int]
    seen: Path | None = None
    receipt_key: Signer | None = None
    asked_roots: list[Path | None] = field(default_factory=list)

    def trusted_roots(self, file: Path | None) -> Roots:
        self.asked_roots.append(file)
        return self.roots

    def published(self) -> EvidenceSource | None:
        return self.source

    def floor_file(self) -> Path | None:
        return self.seen

    def receipt_desk(self, roots: Roots) -> ReceiptDesk:
        return ReceiptDesk(
            roots, self.clock, issuer="https://hallmark.example/", software="hallmark 0.1.0", signer=self.receipt_key
        )


def run(world: World, *arguments: str, now: int | None = None, given: bytes | None = None, **house: object) -> Result:
    moment = world.now if now is None else now
    desk = Desk(world.roots, InMemory(world.folder), lambda: moment)
    for name, value in house.items():
        setattr(desk, name, value)
    return CliRunner().invoke(verify, [*arguments], input=given, obj=desk)


def answer(result: Result) -> tuple[int, str, str | None]:
    """Exit status, result and reason; the JSON says the same status as the process."""
    told = json.loads(result.stdout)
    assert told["exit"] == result.exit_code
    return result.exit_code, told["result"], told["reason"]


def test_each_exit_status(world: World) -> None:
    foreign = "https://zcrc-chaxun.example/verify?id=1"
    assert answer(run(world, world["valid"].text, "--json")) == (0, "genuine_valid", None)
    assert answer(run(world, world["revoked"].text, "--json")) == (1, "genuine_not_valid", "revoked")
    assert answer(run(world, world["valid"].text, "--json", "--offline")) == (2, "not_checkable_now", None)
    assert answer(run(world, foreign, "--json")) == (3, "unreadable", None)


def test_the_day_has_two_names(world: World) -> None:
    for name in ("--at", "--as-of"):
        asked = run(world, world["suspended"].text, name, "2026-11-24", "--json")
        assert answer(asked) == (0, "genuine_valid", None)
        assert json.loads(asked.stdout)["evidence"]["events"]["entries"][0]["event"] == "suspended"


def test_bare_digits_are_no_file_name(world: World) -> None:
    """They are longer than a file's name may be, which is an error to some systems."""
    digits = world["valid"].text.partition("#")[2]
    assert 255 < len(digits) < 1024
    assert answer(run(world, digits, "--json")) == (0, "genuine_valid", None)
    assert answer(run(world, world["valid"].document, "--json")) == (0, "genuine_valid", None)


def test_a_file_and_standard_input(world: World, tmp_path: Path) -> None:
    text, picture = tmp_path / "code.txt", tmp_path / "code.png"
    text.write_text(world["valid"].text + "\n", "ascii")
    picture.write_bytes(qr_png(world["superseded"].text))
    assert answer(run(world, str(text), "--json")) == (0, "genuine_valid", None)
    assert answer(run(world, str(picture), "--json")) == (1, "genuine_not_valid", "superseded")
    given = world["revoked"].text.encode()
    assert answer(run(world, "-", "--json", given=given)) == (1, "genuine_not_valid", "revoked")
    assert answer(run(world, "-", "--json", given=b"")) == (READING_FAILED, "unreadable", None)
    assert isinstance(run(world, str(tmp_path / "nothing.pdf"), "--json").exception, FileNotFoundError)


def test_a_day(world: World) -> None:
    asked = (world["revoked"].text, "--json", "--at")
    assert answer(run(world, *asked, "2026-12-04")) == (0, "genuine_valid", None)
    assert answer(run(world, *asked, "2026-12-05")) == (1, "genuine_not_valid", "revoked")
    assert isinstance(run(world, *asked, "2027-01-01").exception, DayInFuture)
    assert isinstance(run(world, *asked, "yesterday").exception, DayMalformed)


def test_a_bundle_is_judged_by_the_offline_policy(world: World, written: bytes, tmp_path: Path) -> None:
    bundle = tmp_path / "today.hallmark"
    bundle.write_bytes(written)
    hours_later = world.rotated_at + 20 * 3_600
    asked = ("--json", "--bundle", str(bundle))
    assert answer(run(world, world["valid"].text, *asked, now=hours_later)) == (0, "genuine_valid", None)
    folder = InMemory(world.rotated)
    online = run(world, world["valid"].text, "--json", now=hours_later, source=folder)
    assert answer(online) == (2, "not_checkable_now", None)
    bundle.write_bytes(written[:-100])
    assert isinstance(run(world, world["valid"].text, *asked).exception, BundleInvalid)


def test_a_bundle_under_roots_that_expired_is_refused(world: World, written: bytes, tmp_path: Path) -> None:
    bundle = tmp_path / "today.hallmark"
    bundle.write_bytes(written)
    late = world.roots.expires
    assert isinstance(run(world, world["valid"].text, "--bundle", str(bundle), now=late).exception, KeysError)


def test_a_folder_or_an_address_of_a_registry(world: World) -> None:
    public = str(world.house.settings.public)
    result = run(world, world["second"].text, "--json", "--registry", public, now=world.rotated_at, source=None)
    assert answer(result) == (1, "unknown_issuer", None)
    result = run(world, world["valid"].text, "--registry", "http://localhost:1@evil.example/")
    assert isinstance(result.exception, RegistryAddressInvalid)


def test_what_was_seen_of_our_log_is_remembered_and_binds_no_other_log(world: World, tmp_path: Path) -> None:
    seen, roots = tmp_path / "seen.json", tmp_path / "other.json"
    run(world, world["valid"].text, "--roots", str(roots), seen=seen)
    assert not seen.exists()
    run(world, world["valid"].text, seen=seen)
    assert json.loads(seen.read_text())["versions"]["trust"] == 1
    older = InMemory(world.before)
    rolled_back = run(world, world["revoked"].text, "--json", seen=seen, source=older, now=world.before_at)
    assert answer(rolled_back) == (2, "not_checkable_now", None)


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ["真实有效"]), ("en", ["Genuine"]), ("both", ["真实有效", "Genuine"])]
)
def test_in_words(world: World, lang: str, words: list[str]) -> None:
    result = run(world, world["valid"].text, "--lang", lang)
    assert result.exit_code == 0
    assert all(word in result.stdout for word in words)
    assert world["valid"].credential.holder.name in result.stdout


def test_a_foreign_host_is_named_loudly(world: World) -> None:
    result = run(world, world["valid"].text.replace(HOST.upper(), "EVIL.EXAMPLE"))
    assert result.exit_code == 0
    assert "evil.example" in result.stdout
