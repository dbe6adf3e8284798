"""The proof that travels with a certificate: what it can show without the log, and all that a forger may attach instead."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from credentials.envelope import read
from issuers.proofs import ProofDesk
from keys.algorithms import Algorithm
from keys.signer import SoftwareSigner
from registry.checkpoint import Checkpoint, cosign, sign
from registry.entries import CredentialEntry, decode, encode
from registry.merkle import leaf_hash, root_of
from registry.proving import RangeProver
from registry.receipt import Receipt
from registry.tiles import decode_bundle
from tests.verifier.published_world import Folder, InMemory, World, findings, told
from tests.verifier.tampering import head, note, without
from verifier.attached import open_attached
from verifier.check import check
from verifier.floor import Floor
from verifier.gather import Gatherer
from verifier.policy import OFFLINE
from verifier.verdict import Verdict

VALID, UNCONFIRMED = ("genuine_valid", None, 0), ("genuine_unconfirmed", None, 2)
CANNOT_SAY = ("not_checkable_now", None, 2)


def proof_of(world: World, name: str, folder: Mapping[str, bytes] | None = None) -> bytes:
    """The proof that the office would hand out, made from an edition of the published folder."""
    desk = ProofDesk(world.house.ledger, InMemory(world.folder if folder is None else folder), world.roots)
    (made,) = desk.proofs([world.house.ledger.record(world[name].number)])
    return made


def no_log(folder: Mapping[str, bytes]) -> Folder:
    """A folder without the log's evidence, as in a small bundle."""
    return without(folder, "tile/", "hints/")


def ask(world: World, text: str, proof: bytes | None, folder: Mapping[str, bytes], now: int | None = None) -> Verdict:
    moment = world.now if now is None else now
    gatherer = Gatherer(InMemory(folder), world.roots, lambda: moment, policy=OFFLINE)
    return check(text, gatherer.evidence_for(text), OFFLINE, now=moment, proof=proof)


@pytest.mark.parametrize("form", ["text", "document"])
def test_a_certificate_brings_its_own_proof(world: World, form: str) -> None:
    certificate, small = world["valid"], no_log(world.folder)
    assert told(ask(world, getattr(certificate, form), None, small)) == UNCONFIRMED
    verdict = ask(world, getattr(certificate, form), proof_of(world, "valid"), small)
    assert told(verdict) == VALID
    assert findings(verdict)["check.logged_by_proof"] == "pass"
    assert verdict.ages["proof"] == 60
    assert verdict.warnings == ()


def test_one_proof_serves_both_forms_and_names_the_entry(world: World) -> None:
    attached = open_attached(proof_of(world, "valid"), world.evidence(no_log(world.folder)))
    assert attached.logged.index == world["valid"].log_index
    assert attached.checkpoint.checkpoint == head(world)


def test_an_old_proof_holds_for_ever_and_says_nothing_of_the_status(world: World) -> None:
    small = no_log(world.folder)
    for name, wanted in (("valid", VALID), ("revoked", ("genuine_not_valid", "revoked", 1))):
        verdict = ask(world, world[name].text, proof_of(world, name, world.before), small)
        assert told(verdict) == wanted
        assert findings(verdict)["check.logged_by_proof"] == "pass"
    without_status = without(small, "status/")
    assert told(ask(world, world["revoked"].text, proof_of(world, "revoked"), without_status)) == CANNOT_SAY


def test_a_floor_above_it_does_not_spoil_a_proof(world: World) -> None:
    evidence = world.evidence(no_log(world.folder), floor=Floor(head(world).size + 7, b"\1" * 32))
    assert open_attached(proof_of(world, "valid", world.before), evidence).logged.index == world["valid"].log_index


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("first", VALID),
        ("second", ("unknown_issuer", None, 1)),
        ("third", ("unknown_issuer", None, 1)),
        ("qualification", VALID),
    ],
)
def test_it_proves_the_place_that_a_closed_key_is_judged_by(
    world: World, name: str, wanted: tuple[str, str | None, int]
) -> None:
    small, proof = no_log(world.rotated), proof_of(world, name)
    assert told(ask(world, world[name].text, None, small, world.rotated_at)) == CANNOT_SAY
    assert told(ask(world, world[name].text, proof, small, world.rotated_at)) == wanted


# what a forger attaches ---------------------------------------------------------------------------------------------


def changed(made: bytes, /, **parts: object) -> bytes:
    return replace(Receipt.from_text(made), **parts).to_text()  # type: ignore[arg-type]  # parts by name


def _strangers_checkpoint(world: World, proof: bytes) -> bytes:
    """A log of the forger's own, under our name."""
    leaf = Receipt.from_text(proof).extra or b""
    made = Checkpoint(head(world).origin, 1, leaf_hash(leaf))
    keys = [SoftwareSigner.generate(each) for each in (Algorithm.ED25519, Algorithm.ML_DSA_44, Algorithm.ED25519)]
    signed = cosign(sign(made, keys[0], keys[1], world.folder_at), "witness", keys[2], world.folder_at)
    return Receipt(0, (), signed, leaf).to_text()


def _another_log(world: World, proof: bytes) -> bytes:
    """A checkpoint that our own keys signed for another log."""
    leaf = Receipt.from_text(proof).extra or b""
    return Receipt(0, (), note(world, Checkpoint("other.example/log", 1, leaf_hash(leaf))), leaf).to_text()


def _own_entry(world: World, proof: bytes) -> bytes:
    """The genuine proof, with another entry in its `extra`."""
    entry = decode(Receipt.from_text(proof).extra or b"")
    assert isinstance(entry, CredentialEntry)
    return changed(proof, extra=encode(replace(entry, t=entry.t - 1)))


FORGED: dict[str, Callable[[World, bytes], bytes]] = {
    "of another certificate": lambda world, _: proof_of(world, "successor"),
    "of a list entry": lambda world, _: world.folder["status/0.tlog-proof"],
    "under a stranger's checkpoint": _strangers_checkpoint,
    "under another log's checkpoint": _another_log,
    "without a witness": lambda world, proof: changed(proof, checkpoint=note(world, head(world), cosigned=False)),
    "without ML-DSA": lambda world, proof: changed(proof, checkpoint=note(world, head(world), ml_dsa=False)),
    "with another entry": _own_entry,
    "without an entry": lambda _, proof: changed(proof, extra=None),
    "with another index": lambda _, proof: changed(proof, index=Receipt.from_text(proof).index + 1),
    "with a hash too few": lambda _, proof: changed(proof, proof=Receipt.from_text(proof).proof[1:]),
    "with a hash too many": lambda _, proof: changed(proof, proof=(*Receipt.from_text(proof).proof, b"\0" * 32)),
    "cut short": lambda _, proof: proof[: len(proof) // 2],
    "empty": lambda *_: b"",
    "no text at all": lambda *_: bytes(range(256)),
    "huge": lambda _, proof: proof + b"x" * (1 << 22),
    "with a huge extra": lambda _, proof: proof.replace(b"extra ", b"extra " + b"A" * 400_000),
    "with endless hashes": lambda *_: b"c2sp.org/tlog-proof@v1\nindex 0\n" + (b"A" * 43 + b"=\n") * 5_000 + b"\nx\n",
}


@pytest.mark.parametrize("name", FORGED)
def test_what_does_not_hold_decides_nothing(world: World, name: str) -> None:
    text, forged = world["valid"].text, FORGED[name](world, proof_of(world, "valid"))
    verdict = ask(world, text, forged, no_log(world.folder))
    assert told(verdict) == UNCONFIRMED
    assert findings(verdict)["check.proof_rejected"] == "unknown"
    online = ask(world, text, forged, world.folder)
    assert told(online) == VALID
    assert "check.proof_rejected" not in findings(online)


def test_a_genuine_proof_does_not_help_a_forged_certificate(world: World) -> None:
    """Sealed with the body's real key for the slot of a genuine one: the proven entry is of other bytes."""
    twin = world.sealed(
        world.like("valid", issued_at=world["valid"].credential.issued_at + 1),
        world.house.signer_of(world["valid"].body_code),
    )
    verdict = ask(world, twin, proof_of(world, "valid"), no_log(world.folder))
    assert told(verdict) == ("not_logged", None, 1)
    assert findings(verdict)["check.other_digest_logged"] == "fail"


def test_a_second_face_of_the_log_is_no_proof(world: World) -> None:
    """The log and its witness sign a fork of the same size for one reader: he holds the other face and sees it."""
    size = head(world).size
    bodies = decode_bundle(world.folder[f"tile/entries/000.p/{size}"])
    forged = world.like("valid", issued_at=world["valid"].credential.issued_at + 1)
    text = world.sealed(forged, world.house.signer_of(world["valid"].body_code))
    entry = decode(bodies[world["valid"].log_index])
    assert isinstance(entry, CredentialEntry)
    body = encode(replace(entry, qr=read(text).digest))
    leaves = [leaf_hash(body if at == world["valid"].log_index else each) for at, each in enumerate(bodies)]
    path = RangeProver(size, lambda *_: b"".join(leaves)).proof(world["valid"].log_index)
    signed = note(world, Checkpoint(head(world).origin, size, root_of(leaves)))
    fork = Receipt(world["valid"].log_index, tuple(path), signed, body).to_text()
    blind = without(no_log(world.folder), "checkpoint")
    assert told(ask(world, text, fork, blind)) == VALID  # who holds nothing of the log cannot tell: docs/adr
    verdict = ask(world, text, fork, no_log(world.folder))
    assert told(verdict) == UNCONFIRMED
    (rejected,) = (one for one in verdict.findings if one.code == "check.proof_rejected")
    assert rejected.params["defect"] == "check.log_forked"
