"""Two verifiers that share no line give the same answer; so what formats.md and verification.md say is enough."""

import ast
import os
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from credentials.dates import PartialDate
from credentials.envelope import read_token
from credentials.identifiers import new_number
from credentials.model import StatusRef
from credentials.qrtext import to_text
from hallmark.founding import publish as publish_list
from issuers.proofs import ProofDesk
from keys.algorithms import Algorithm
from keys.rotation import Purpose
from keys.signer import SoftwareSigner
from registry.bundle import write_bundle
from registry.lists import PublishedList
from registry.trust import IssuerKey, TrustList, manifest_of
from tests.docs.conftest import HOST, Published, found_house, issue
from tests.docs.second_encodings import GapError
from tests.docs.second_formats import bundle
from tests.docs.second_verifier import answer
from verifier.gather import FolderSource

OWN = ("second_encodings", "second_formats", "second_verifier")
DAY = 86_400


def test_the_second_verifier_imports_nothing_of_the_rooms() -> None:
    for name in OWN:
        tree = ast.parse(Path(__file__).with_name(f"{name}.py").read_text("utf-8"))
        for node in ast.walk(tree):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for module in names:
                own = module in {f"tests.docs.{one}" for one in OWN}
                assert own or module.split(".")[0] in {*sys.stdlib_module_names, "cryptography"}, module
            assert not (isinstance(node, ast.Name) and node.id in {"__import__", "exec", "eval"})
            assert "importlib" not in names


EXPECTED = {
    "none": "genuine_valid",
    "revoked": "genuine_not_valid",
    "suspended": "genuine_not_valid",
    "rescinded": "genuine_not_valid",
    "reinstated": "genuine_valid",
    "superseded": "genuine_not_valid",
}


@pytest.mark.parametrize("event", EXPECTED)
def test_both_agree_on_issued_and_changed_certificates(published: Published, event: str) -> None:
    assert published.both(published.texts[event]) == (EXPECTED[event],) * 2


@pytest.mark.parametrize("place", range(1, 400, 23))
def test_both_agree_on_an_altered_digit(published: Published, place: int) -> None:
    text = published.texts["none"]
    at = len(text) - place
    altered = f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}"
    ours, second = published.both(altered)
    assert ours == second
    assert ours in {"altered", "unknown_issuer"}


def _numbered(number: bytes) -> str:
    return f"HTTPS://{HOST.upper()}/#{int.from_bytes(number, 'big')}"


TEXTS: dict[str, tuple[Callable[[Published], str], str]] = {
    "bare digits": (lambda p: p.texts["none"].partition("#")[2], "genuine_valid"),
    "small letters and another host": (
        lambda p: p.texts["none"].lower().replace("hallmark", "gefaelscht"),
        "genuine_valid",
    ),
    "/C/ form": (lambda p: p.texts["none"].replace("#", "C/"), "genuine_valid"),
    "leading zero": (lambda p: p.texts["none"].replace("#", "#0"), "altered"),
    "unknown version": (lambda p: _numbered(b"\x01\x09" + p.tokens["none"]), "not_checkable_now"),
    "bomb": (lambda p: _numbered(b"\x01\x01" + _deflated(bytes(100_000))), "altered"),
    "another number": (lambda p: _numbered(b"\x02" + p.tokens["none"]), "unreadable"),
    "too few digits": (lambda p: "12345678901234567890", "unreadable"),
    "a web address": (lambda p: "https://zcrc-chaxun.example/verify?id=20260916001", "unreadable"),
    "nothing": (lambda p: "", "unreadable"),
}


def _deflated(data: bytes) -> bytes:
    import zlib

    stream = zlib.compressobj(0, zlib.DEFLATED, -15)
    return stream.compress(data[:1500]) + stream.flush()


@pytest.mark.parametrize("name", TEXTS)
def test_both_agree_on_texts(published: Published, name: str) -> None:
    made, expected = TEXTS[name]
    assert published.both(made(published)) == (expected,) * 2


def _stranger(p: Published) -> str:
    return p.sealed(p.like(), SoftwareSigner.generate(Algorithm.ES256))


def _fresh(p: Published, **changes: object) -> str:
    random_facts = {"id": uuid4(), "number": new_number(os.urandom(8)), **changes}
    return p.sealed(p.like(**random_facts), p.house.signer_of(p.body_code))


def _unissued(p: Published, hours: int) -> str:
    return _fresh(p, status=StatusRef(0, 120_000), issued_at=p.now - hours * 3_600)


SEALED: dict[str, tuple[Callable[[Published], str], str]] = {
    "unknown key": (_stranger, "unknown_issuer"),
    "other slot's certificate": (_fresh, "not_logged"),
    "slot never issued, two hours old": (lambda p: _unissued(p, 2), "not_logged"),
    "slot never issued, just sealed": (lambda p: _unissued(p, 0), "not_checkable_now"),
    "list that does not exist": (lambda p: _fresh(p, status=StatusRef(77, 5)), "not_checkable_now"),
    "another body's name": (lambda p: _fresh(p, issuer="上海市某某局"), "issuer_out_of_scope"),
    "award before the committee's time": (lambda p: _fresh(p, awarded_on=PartialDate(2001, 5)), "issuer_out_of_scope"),
    "award of next century": (lambda p: _fresh(p, awarded_on=PartialDate(2101)), "issuer_out_of_scope"),
    "issued tomorrow": (lambda p: _fresh(p, issued_at=p.now + DAY), "not_logged"),
}


@pytest.mark.parametrize("name", SEALED)
def test_both_agree_on_sealed_forgeries(published: Published, name: str) -> None:
    made, expected = SEALED[name]
    assert published.both(made(published)) == (expected,) * 2


@pytest.mark.parametrize(
    ("days", "event", "expected"),
    [
        (2, "none", "not_checkable_now"),
        (2, "suspended", "not_checkable_now"),
        (2, "revoked", "genuine_not_valid"),
        (2, "superseded", "genuine_not_valid"),
        (8, "none", "not_checkable_now"),
        (400, "none", "not_checkable_now"),
        (4000, "none", "not_checkable_now"),
        (-2, "none", "not_checkable_now"),
    ],
)
def test_both_agree_on_another_day(published: Published, days: int, event: str, expected: str) -> None:
    assert published.both(published.texts[event], now=published.now + days * DAY) == (expected,) * 2


MISSING = {
    "checkpoint": "genuine_unconfirmed",
    "hints": "genuine_unconfirmed",
    "tile": "genuine_unconfirmed",
    "tile/entries": "genuine_unconfirmed",
    "status": "not_checkable_now",
    "status/0.tlog-proof": "not_checkable_now",
    "lists/trust.json": "not_checkable_now",
    "lists/trust": "not_checkable_now",
    "lists/trust/1.tlog-proof": "not_checkable_now",
    "events": "genuine_valid",
}


@pytest.mark.parametrize("name", MISSING)
def test_both_agree_without_a_part_of_the_folder(published: Published, copied: Path, name: str) -> None:
    part = copied / name
    shutil.rmtree(part) if part.is_dir() else part.unlink()
    assert published.both(published.texts["none"], at=copied) == (MISSING[name],) * 2


def test_both_agree_where_events_are_withheld(published: Published, copied: Path) -> None:
    shutil.rmtree(copied / "events")
    assert published.both(published.texts["revoked"], at=copied) == ("genuine_not_valid",) * 2


@pytest.mark.parametrize("seed", range(40))
def test_both_agree_on_a_spoiled_file(published: Published, copied: Path, seed: int) -> None:
    """One bit flipped anywhere: never valid where it matters, and never two answers."""
    drawn = random.Random(seed)
    used = (
        "checkpoint",
        "lists/trust.json",
        "lists/trust/1.tlog-proof",
        "status/0",
        "status/0.tlog-proof",
        "events/0/leaves",
        "events/0/0",
        "hints/0/0",
    )
    files = [copied / name for name in used] + sorted((copied / "tile").rglob("*.p/*"))
    file = drawn.choice(files)
    data = bytearray(file.read_bytes())
    data[drawn.randrange(min(len(data), 700))] ^= 1 << drawn.randrange(8)
    file.unlink()
    file.write_bytes(data)
    for text in published.texts.values():
        ours, second = published.both(text, at=copied)
        assert ours == second, file
        assert ours in {
            "genuine_valid",
            "genuine_not_valid",
            "genuine_unconfirmed",
            "not_checkable_now",
            "unknown_issuer",
        }


def test_both_agree_on_an_offline_bundle(published: Published, tmp_path: Path) -> None:
    for with_tiles, expected in ((True, "genuine_valid"), (False, "genuine_unconfirmed")):
        file = tmp_path / f"{with_tiles}.hallmark"
        signer = published.house.keystore.signer("bundle")
        write_bundle(published.folder, file, signer, published.now, with_tiles=with_tiles)
        read = bundle(file, published.roots, published.now)
        assert answer(published.texts["none"], read, published.roots, published.now) == expected
        assert answer(published.texts["revoked"], read, published.roots, published.now) == "genuine_not_valid"
        with pytest.raises(GapError):
            bundle(file, published.roots, published.now + 7 * DAY)


@pytest.fixture(scope="module")
def young(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Published:
    """A house of its own, whose keys these tests take away; `older` beside it is its folder from before the last issue."""
    work = tmp_path_factory.mktemp("young")
    house = found_house(work / "house", data)
    issue(house, data, work, slice(1, 9))
    shutil.copytree(house.settings.public, work / "older")
    (number,) = issue(house, data, work, slice(9, 10))
    records = [*house.ledger.records(), house.ledger.record(number)]
    tokens = {record.body_code: house.ledger.sealed_bytes(record.number)[0] for record in records}
    tokens |= {"none": house.ledger.sealed_bytes(number)[0]}
    texts = {name: to_text(HOST, token) for name, token in tokens.items()}
    return Published(house, house.settings.public, texts, tokens, house.clock())


def test_both_agree_on_a_certificate_newer_than_the_folder(young: Published) -> None:
    older = young.house.settings.home.parent / "older"
    assert young.both(young.texts["none"], at=older) == ("not_checkable_now",) * 2
    assert young.both(young.texts["none"]) == ("genuine_valid",) * 2


def test_both_agree_on_retired_and_lost_keys(young: Published) -> None:
    """What counts is the place in the log: below the boundary a certificate stands, from there on it falls."""
    first, second = sorted(code for code in young.texts if code != "none")
    assert _answers_after(young, 2, first, None) == ("genuine_valid",) * 2
    assert _answers_after(young, 3, first, +1) == ("genuine_valid",) * 2
    assert _answers_after(young, 4, second, 0) == ("unknown_issuer",) * 2
    shutil.rmtree(young.folder / "tile")
    assert young.both(young.texts[first]) == ("not_checkable_now",) * 2


def _answers_after(young: Published, version: int, code: str, boundary: int | None) -> tuple[str, str]:
    """Retire a body's key, or break it off so far behind its certificate; publish the keys; ask both."""
    house, recorder = young.house, young.house.recorder
    thumbprint = house.signer_of(code).public_key.thumbprint
    place = house.ledger.record(read_token(young.tokens[code]).credential.number).log_index
    assert place is not None
    if boundary is None:
        recorder.retire(thumbprint)
    else:
        recorder.compromise(thumbprint, place + boundary)
    rows = recorder.enrolled_keys()
    keys = [IssuerKey(k.public_key, k.body_code, k.opened, k.closed, k.boundary, k.state) for k in rows]
    shards = TrustList(house.trust.bodies, house.trust.authorities, keys).to_shards()
    recorder.publish_trust_shards(version, shards)
    now, newest = house.clock(), house.published_list("trust", Purpose.TRUST)
    publish_list(
        house, PublishedList("trust", version, newest.digest, now, now, now + DAY, manifest_of(shards)), "trust"
    )
    house.publish()
    return young.both(young.texts[code], now=now)


def test_both_take_a_genuine_proof_and_no_other(published: Published, copied: Path) -> None:
    """Without tiles and hints: the certificate's own proof, an old one, another's, a spoiled one, one of a twin."""
    house = published.house
    desk = ProofDesk(house.ledger, FolderSource(published.folder), house.trusted_roots())
    numbers = {event: read_token(token).credential.number for event, token in published.tokens.items()}
    own, other = desk.proofs([house.ledger.record(numbers[event]) for event in ("none", "revoked")])
    shutil.rmtree(copied / "tile")
    shutil.rmtree(copied / "hints")
    text = published.texts["none"]
    twin = published.sealed(published.like(issued_at=published.now - 5), house.signer_of(published.body_code))
    cases = [
        (text, None, "genuine_unconfirmed"),
        (text, own, "genuine_valid"),
        (text, other, "genuine_unconfirmed"),
        (text, own[:-200], "genuine_unconfirmed"),
        (text, own.replace(b"index ", b"index 1", 1), "genuine_unconfirmed"),
        (text, b"", "genuine_unconfirmed"),
        (text, b"\xff" * 300, "genuine_unconfirmed"),
        (twin, own, "not_logged"),
        (published.texts["revoked"], other, "genuine_not_valid"),
    ]
    for presented, proof, wanted in cases:
        assert published.both(presented, at=copied, proof=proof) == (wanted,) * 2
