"""T32 and T33: status lists that are signed by the wrong key, not what was logged, of another number, or from another time."""

from collections.abc import Callable

import pytest

from credentials.claims import to_qr_payload
from credentials.model import StatusRef
from credentials.qrtext import to_digits
from keys import cbor
from keys.cose import sign1
from keys.signer import Signer
from registry.checkpoint import Checkpoint
from registry.entries import ListEntry, StatusEntry, decode, encode
from registry.merkle import leaf_hash
from registry.proving import RangeProver
from registry.statuslist import StatusArray
from registry.tiles import decode_bundle
from tests.verifier.published_world import Folder, World, findings, told
from tests.verifier.strange_certificates import BUREAU, sample
from tests.verifier.tampering import PROOF, STATUS, flipped, head, note, opened_status, with_proof, with_status
from verifier.check import check
from verifier.floor import Floor
from verifier.policy import ONLINE

VALID, ENDED = 0, 1
CANNOT_SAY = ("not_checkable_now", None, 2)


def rejected(world: World, folder: Folder, name: str = "revoked", *, defect: str | None = None) -> None:
    """Neither the ended nor the valid certificate gets an answer from this folder's status list."""
    for certificate in (name, "valid"):
        verdict = world.ask(world[certificate].text, folder)
        assert told(verdict) == CANNOT_SAY
        (found,) = [one for one in verdict.findings if one.code == "check.status_evidence_rejected"]
        assert defect is None or found.params["defect"] == defect


def unrevoked(world: World) -> StatusArray:
    return flipped(world, world.folder, world["revoked"].credential.status.index, VALID)


@pytest.mark.parametrize("name", ["bundle", "trust-1", "catalogue-1", "receipt", "custodian-1"])
def test_signed_by_a_key_of_another_purpose(world: World, name: str) -> None:
    folder = with_status(world, world.folder, signer=world.signer(name))
    rejected(world, folder, defect="registry.status_list_invalid")


def test_signed_by_an_issuing_body_or_by_nobody(world: World) -> None:
    body: Signer = world.house.signer_of(BUREAU)
    rejected(world, with_status(world, world.folder, signer=body), defect="registry.status_list_invalid")
    head_and_payload = world.folder[STATUS].rpartition(b".")[0]
    for tail in (b"", b".", b"." + b"A" * 86):
        rejected(world, {**world.folder, STATUS: head_and_payload + tail}, defect="registry.status_list_invalid")


def test_the_status_key_alone_cannot_unrevoke_without_the_log(world: World) -> None:
    """The right key, the right version, the right proof; but what it says was never logged."""
    rejected(world, with_status(world, world.folder, array=unrevoked(world)), defect="check.status_not_logged")


def test_the_status_key_alone_cannot_revoke_either(world: World) -> None:
    array = flipped(world, world.folder, world["valid"].credential.status.index, ENDED)
    rejected(world, with_status(world, world.folder, array=array), defect="check.status_not_logged")


@pytest.mark.parametrize("claims", [{"version": 10_000}, {"version": 0}, {"events_root": bytes(32)}], ids=str)
def test_another_version_or_other_events_than_the_logged_ones(world: World, claims: dict[str, object]) -> None:
    folder = with_status(world, world.folder, **claims)  # type: ignore[arg-type]  # claims by name
    rejected(world, folder, defect="check.status_not_logged")


def test_a_list_of_another_number_under_this_path(world: World) -> None:
    rejected(world, with_status(world, world.folder, list_no=1), defect="check.status_list_other")


def test_a_certificate_whose_list_was_never_published(world: World) -> None:
    text = world.sealed(sample(status=StatusRef(7, 0)), world.house.signer_of(BUREAU))
    verdict = world.ask(text)
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.status_evidence_absent"] == "unknown"
    renamed = {path.replace("/0", "/7", 1): data for path, data in world.folder.items()}
    verdict = world.ask(text, {**world.folder, **{path: renamed[path] for path in ("status/7", "status/7.tlog-proof")}})
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.status_evidence_rejected"] == "unknown"


@pytest.mark.parametrize("index", [131_072, 1 << 20, -1])
def test_a_slot_beyond_the_list_is_no_certificate(world: World, index: int) -> None:
    """Sealed by a real body, but no list has such a slot."""
    claims = cbor.decode(to_qr_payload(sample()))
    claims[-65537][4] = index
    token = sign1(cbor.encode(claims), world.house.signer_of(BUREAU), external_aad=b"hallmark/qr/1")
    assert told(world.ask(to_digits(token))) == ("altered", None, 1)


def _other_entry(world: World) -> bytes:
    held = opened_status(world, world.folder)
    return encode(ListEntry(1, "status/0", held.version, unrevoked(world).digest, held.events_root))


@pytest.mark.parametrize(
    ("changes", "defect"),
    [
        (lambda world: {"extra": None}, None),
        (lambda world: {"extra": b""}, None),
        (lambda world: {"extra": _other_entry(world)}, "registry.proof_invalid"),
        (lambda world: {"index": 3}, "registry.proof_invalid"),
        (lambda world: {"proof": ()}, "registry.proof_invalid"),
        (lambda world: {"proof": (bytes(32),) * 7}, "registry.proof_invalid"),
        (lambda world: {"checkpoint": note(world, head(world), cosigned=False)}, "registry.witnesses_missing"),
        (lambda world: {"checkpoint": note(world, head(world), ml_dsa=False)}, "registry.checkpoint_unsigned"),
        (lambda world: {"checkpoint": world.before["checkpoint"]}, "registry.proof_invalid"),
    ],
    ids=["no entry", "empty", "unlogged", "index", "no path", "path", "no witness", "no ML-DSA", "old checkpoint"],
)
def test_a_proof_that_does_not_prove_it(
    world: World, changes: Callable[[World], dict[str, object]], defect: str | None
) -> None:
    rejected(world, with_proof(world.folder, **changes(world)), defect=defect)


def test_a_list_re_signed_with_its_unlogged_content_in_a_proof_of_a_tree_that_nobody_cosigned(world: World) -> None:
    """A thief of the status key makes a whole tree of one entry, which says what he wants; no log signed it."""
    entry = _other_entry(world)
    own = Checkpoint(world.roots.log.origin, 1, leaf_hash(entry))
    signed = note(world, head(world)).replace(head(world).body(), own.body())
    forged = with_proof(world.folder, index=0, proof=(), extra=entry, checkpoint=signed)
    rejected(world, with_status(world, forged, array=unrevoked(world)), defect="registry.checkpoint_forged")


def test_a_proven_entry_of_another_kind_or_list_is_no_proof(world: World) -> None:
    """Proven entries there are many: one of a certificate, one of a status change, one of an older list."""
    evidence = world.evidence()
    size, bundle = head(world).size, evidence.raw(f"tile/entries/000.p/{head(world).size}")

    def tile(level: int, n: int, width: int) -> bytes:
        return world.folder[f"tile/{level}/{n:03d}.p/{width}"][: 32 * width]

    prover = RangeProver(size, tile)
    entries = decode_bundle(bundle)
    kinds = [type(decode(body)) for body in entries]
    newest = opened_status(world, world.folder).entry_index
    older = max(place for place, kind in enumerate(kinds) if kind is ListEntry and place < newest)
    for place in (world["revoked"].log_index, kinds.index(StatusEntry), older, 0):
        forged = with_proof(world.folder, index=place, proof=tuple(prover.proof(place)), extra=entries[place])
        rejected(world, forged, defect="check.status_not_logged")


def test_an_older_list_under_a_fresh_signature_is_refused_by_whoever_saw_a_newer_one(world: World) -> None:
    """The status key's thief replays the logged list from before the revocation. Its proof holds; the floor does not."""
    replayed = {**world.folder, STATUS: world.before[STATUS], PROOF: world.before[PROOF]}
    fresh = with_status(world, replayed, iat=world.folder_at)
    seen = world.evidence()
    seen.status(0)
    floor = Floor().raised_by(seen.seen())
    assert floor.version("status/0") > opened_status(world, fresh).version
    verdict = check(world["revoked"].text, world.evidence(fresh, floor=floor), ONLINE, now=world.now)
    assert told(verdict) == CANNOT_SAY
    (found,) = [one for one in verdict.findings if one.code == "check.status_evidence_rejected"]
    assert found.params["defect"] == "check.list_rolled_back"


def test_an_older_list_as_it_was_is_stale(world: World) -> None:
    """Without the status key a replay keeps its age, and even a newcomer sees it."""
    replayed = {**world.folder, STATUS: world.before[STATUS], PROOF: world.before[PROOF]}
    verdict = world.ask(world["revoked"].text, replayed)
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.status_stale"] == "unknown"
