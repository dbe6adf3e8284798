"""T32: checkpoints that are unsigned, uncosigned, forked or smaller than seen; hints, tiles and entries that mislead."""

from dataclasses import replace

import pytest

from credentials.envelope import read
from keys.roots import Witness
from registry.checkpoint import Checkpoint
from registry.entries import CredentialEntry, decode, encode
from registry.hints import decode_hints, encode_hints
from registry.merkle import leaf_hash, root_of
from registry.tiles import decode_bundle, encode_bundle
from tests.verifier.published_world import Folder, World, findings, told
from tests.verifier.strange_certificates import BUREAU, sample
from tests.verifier.tampering import CHECKPOINT, head, note
from verifier.artifacts import Fetched
from verifier.check import check
from verifier.evidence import Evidence
from verifier.floor import Floor
from verifier.policy import ONLINE
from verifier.verdict import Verdict

CANNOT_SAY = ("not_checkable_now", None, 2)
VALID = ("genuine_valid", None, 0)


def rejected(verdict: Verdict, defect: str | None = None) -> None:
    assert told(verdict) == CANNOT_SAY
    (found,) = [one for one in verdict.findings if one.code == "check.log_evidence_rejected"]
    assert defect is None or found.params["defect"] == defect


def with_hint(world: World, name: str, place: int | None) -> Folder:
    """The folder with a hint file that sends this certificate elsewhere, or nowhere."""
    hints = decode_hints(world.folder["hints/0/0"], 0)
    slot = world[name].credential.status.index
    hints = {index: at for index, at in hints.items() if index != slot} | ({} if place is None else {slot: place})
    return {**world.folder, "hints/0/0": encode_hints(hints)}


# checkpoints --------------------------------------------------------------------------------------------------------


def test_a_checkpoint_without_a_witness(world: World) -> None:
    folder = {**world.folder, CHECKPOINT: note(world, head(world), cosigned=False)}
    rejected(world.ask(world["valid"].text, folder), "registry.witnesses_missing")


def test_a_checkpoint_without_the_signature_that_outlives_elliptic_curves(world: World) -> None:
    folder = {**world.folder, CHECKPOINT: note(world, head(world), ml_dsa=False)}
    rejected(world.ask(world["valid"].text, folder), "registry.checkpoint_unsigned")


def test_a_browser_may_do_without_that_signature(world: World) -> None:
    folder = {**world.folder, CHECKPOINT: note(world, head(world), ml_dsa=False)}
    held = {path: Fetched(data, world.now) for path, data in folder.items()}
    lenient = Evidence(world.roots, held, policy=replace(ONLINE, require_ml_dsa=False))
    assert told(check(world["valid"].text, lenient, ONLINE, now=world.now)) == VALID


def test_one_witness_is_not_two_whatever_the_roots_want(world: World) -> None:
    held = {path: Fetched(data, world.now) for path, data in world.folder.items()}
    strict = Evidence(world.roots, held, policy=replace(ONLINE, witness_threshold=2))
    rejected(check(world["valid"].text, strict, ONLINE, now=world.now), "registry.witnesses_missing")
    second = Witness("second", world.signer("witness").public_key)
    unknown = replace(world.roots, witnesses=(replace(second, ed25519=world.roots.witnesses[0].ed25519),))
    verdict = check(world["valid"].text, Evidence(unknown, held), ONLINE, now=world.now)
    rejected(verdict, "registry.witnesses_missing")


@pytest.mark.parametrize("line", [2, 3, 4], ids=["Ed25519", "ML-DSA-44", "witness"])
def test_a_signature_of_another_tree_under_this_one(world: World, line: int) -> None:
    """Each of the three signatures in turn is taken from an honest, older checkpoint of the same log."""
    old, new = world.before[CHECKPOINT].splitlines(keepends=True), world.folder[CHECKPOINT].splitlines(keepends=True)
    assert len(old) == len(new) == 7
    mixed = b"".join([*new[: line + 2], old[line + 2], *new[line + 3 :]])
    rejected(world.ask(world["valid"].text, {**world.folder, CHECKPOINT: mixed}), "registry.checkpoint_forged")


@pytest.mark.parametrize("change", ["size", "root", "origin", "extension", "no newline"])
def test_a_checkpoint_whose_text_was_changed(world: World, change: str) -> None:
    honest = world.folder[CHECKPOINT]
    origin, size, root, rest = honest.split(b"\n", 3)
    spoiled = {
        "size": b"\n".join([origin, str(int(size) + 1).encode(), root, rest]),
        "root": b"\n".join([origin, size, b"A" * 43 + b"=", rest]),
        "origin": b"\n".join([b"evil.example/registry", size, root, rest]),
        "extension": b"\n".join([origin, size, root, b"extension", rest]),
        "no newline": honest[:-1],
    }[change]
    rejected(world.ask(world["valid"].text, {**world.folder, CHECKPOINT: spoiled}))


def test_a_smaller_log_than_seen_is_refused(world: World) -> None:
    seen = world.evidence()
    floor = Floor(seen.checkpoint().checkpoint.size, seen.checkpoint().checkpoint.root)
    verdict = check(world["valid"].text, world.evidence(world.before, floor=floor), ONLINE, now=world.before_at)
    rejected(verdict, "check.log_shrank")
    bundle = world.before["tile/entries/000.p/" + world.before[CHECKPOINT].split(b"\n")[1].decode()]
    lower = Floor(1, leaf_hash(decode_bundle(bundle)[0]))
    assert (
        told(check(world["valid"].text, world.evidence(world.before, floor=lower), ONLINE, now=world.before_at))
        == VALID
    )


def test_another_tree_of_the_size_seen_is_a_fork_and_refused(world: World) -> None:
    """Log and witness together signed two trees of one size; who has seen one refuses the other."""
    size = head(world).size
    forked = note(world, Checkpoint(world.roots.log.origin, size, bytes(32)))
    floor = Floor(size, head(world).root)
    folder = {**world.folder, CHECKPOINT: forked}
    rejected(check(world["valid"].text, world.evidence(folder, floor=floor), ONLINE, now=world.now), "check.log_forked")
    rejected(world.ask(world["valid"].text, folder), "registry.proof_invalid")


def test_a_checkpoint_newer_than_the_tiles_proves_nothing_here(world: World) -> None:
    """The checkpoint of a later edition over the tiles of this one."""
    verdict = world.ask(world["valid"].text, {**world.folder, CHECKPOINT: world.rotated[CHECKPOINT]})
    assert told(verdict) == ("genuine_unconfirmed", None, 2)
    assert findings(verdict)["check.log_evidence_absent"] == "unknown"


# hints, entries, tiles ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["valid", "revoked"])
def test_a_hint_to_another_certificates_entry(world: World, name: str) -> None:
    verdict = world.ask(world[name].text, with_hint(world, name, world["postdoc"].log_index))
    assert findings(verdict)["check.log_evidence_rejected"] == "unknown"
    assert told(verdict) == (CANNOT_SAY if name == "valid" else ("genuine_not_valid", "revoked", 1))


@pytest.mark.parametrize("place", [0, 1, 6])
def test_a_hint_to_an_entry_of_another_kind(world: World, place: int) -> None:
    """Roots, lists and keys stand in the log too."""
    rejected(world.ask(world["valid"].text, with_hint(world, "valid", place)), "check.hint_misleads")


@pytest.mark.parametrize("place", [None, 10_000, (1 << 40) - 2])
def test_no_hint_or_one_beyond_the_log_is_pending(world: World, place: int | None) -> None:
    verdict = world.ask(world["valid"].text, with_hint(world, "valid", place))
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.log_pending"] == "unknown"


def test_the_first_index_beyond_the_log_is_pending_too(world: World) -> None:
    verdict = world.ask(world["valid"].text, with_hint(world, "valid", head(world).size))
    assert findings(verdict)["check.log_pending"] == "unknown"


def test_a_hint_cannot_make_a_forgery_logged(world: World) -> None:
    """A forged certificate of a real key for a free slot, with a hint to a genuine entry: no proof, no accusation."""
    free = replace(world["valid"].credential.status, index=4_000)
    text = world.sealed(sample(status=free, issued_at=world.now), world.house.signer_of(BUREAU))
    hints = decode_hints(world.folder["hints/0/0"], 0) | {4_000: world["valid"].log_index}
    verdict = world.ask(text, {**world.folder, "hints/0/0": encode_hints(hints)})
    rejected(verdict, "check.hint_misleads")


def test_an_entry_that_says_what_the_forger_wants_is_not_in_the_tree(world: World) -> None:
    """The published entry of a slot is exchanged for one over a forged certificate, with and without its tile."""
    slot, place = world["valid"].credential.status, world["valid"].log_index
    text = world.sealed(sample(status=slot), world.house.signer_of(BUREAU))
    size = head(world).size
    path, tile_path = f"tile/entries/000.p/{size}", f"tile/0/000.p/{size}"
    bodies = decode_bundle(world.folder[path])
    honest = decode(bodies[place])
    assert isinstance(honest, CredentialEntry)
    bodies[place] = encode(replace(honest, qr=read(text).digest))
    folder = {**world.folder, path: encode_bundle(bodies)}
    rejected(world.ask(text, folder), "check.entry_not_in_tree")
    leaves = [leaf_hash(body) for body in bodies]
    rejected(world.ask(text, {**folder, tile_path: b"".join(leaves)}), "registry.proof_invalid")
    signed = note(world, Checkpoint(world.roots.log.origin, size, root_of(leaves)), cosigned=False)
    rejected(world.ask(text, {**folder, tile_path: b"".join(leaves), CHECKPOINT: signed}), "registry.witnesses_missing")
    assert told(world.ask(text)) == ("not_logged", None, 1)


@pytest.mark.parametrize("drop", [0, 1, 40])
def test_a_bundle_with_fewer_or_more_entries_than_the_tree(world: World, drop: int) -> None:
    path = f"tile/entries/000.p/{head(world).size}"
    bodies = decode_bundle(world.folder[path])
    fewer = {**world.folder, path: encode_bundle(bodies[: len(bodies) - drop - 1])}
    last = world["perhaps too early"]
    verdict = world.ask(last.text, fewer)
    assert verdict.result.value in ({"genuine_valid"} if drop < 40 else {"not_checkable_now"})
    shifted = {**world.folder, path: encode_bundle([bodies[-1], *bodies[: len(bodies) - 1]])}
    rejected(world.ask(world["valid"].text, shifted), "check.entry_not_in_tree")
