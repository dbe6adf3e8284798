"""T32: trust lists and roots that are expired, rolled back, half signed or swapped: nobody becomes trusted, nobody a stranger."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from keys.b64 import b64u, unb64u
from keys.errors import KeysError, RootsExpired
from keys.roots import KeySet, Roots, open_roots, seal_roots
from keys.rotation import Purpose
from keys.strictjson import dumps, loads
from registry.receipt import Receipt
from tests.verifier.published_world import DAY, Folder, InMemory, World, findings, told
from tests.verifier.strange_certificates import BUREAU, PUDONG, sample
from tests.verifier.tampering import TRUST, head, note, opened_trust, with_keys, with_status, with_trust
from verifier.gather import walk_roots
from verifier.verdict import Verdict

TRUST_PROOF = "lists/trust/1.tlog-proof"
CANNOT_SAY, VALID = ("not_checkable_now", None, 2), ("genuine_valid", None, 0)


def stranger(world: World) -> str:
    """A certificate of a key that stands on no list."""
    return world.sealed(sample(), world.signer("receipt"))


def rejected(verdict: Verdict, defect: str | None = None) -> None:
    assert told(verdict) == CANNOT_SAY
    (found,) = [one for one in verdict.findings if one.code == "check.trust_evidence_rejected"]
    assert defect is None or found.params["defect"] == defect
    assert verdict.credential is None


# signatures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "signers",
    [
        ("trust-1",),
        ("trust-2",),
        ("catalogue-1", "catalogue-2"),
        ("trust-1", "catalogue-2"),
        ("custodian-1", "custodian-2"),
    ],
    ids="+".join,
)
def test_a_list_needs_two_publishers_of_its_own_purpose(world: World, signers: Sequence[str]) -> None:
    folder = with_trust(world, world.folder, signers=signers)
    for text in (world["valid"].text, stranger(world)):
        rejected(world.ask(text, folder), "registry.list_unsigned")


def test_one_publisher_who_signs_twice_is_one_publisher(world: World) -> None:
    whole = loads(with_trust(world, world.folder, signers=("trust-1",))[TRUST])
    whole["signatures"] *= 2
    rejected(world.ask(world["valid"].text, {**world.folder, TRUST: dumps(whole)}), "registry.list_unsigned")


def test_a_list_with_more_signatures_than_needed_counts(world: World) -> None:
    folder = with_trust(world, world.folder, signers=("trust-1", "catalogue-1", "trust-2"))
    assert told(world.ask(world["valid"].text, folder)) == VALID


@pytest.mark.parametrize("member", ["version", "expires", "content"])
def test_a_list_whose_payload_was_changed_under_its_signatures(world: World, member: str) -> None:
    whole = loads(world.folder[TRUST])
    payload = json.loads(unb64u(whole["payload"]))
    payload[member] = {"version": 9, "expires": 1 << 40, "content": {"shards": ["0" * 64] * 256}}[member]
    whole["payload"] = b64u(dumps(payload))
    rejected(world.ask(world["valid"].text, {**world.folder, TRUST: dumps(whole)}), "registry.list_unsigned")


def test_another_list_signed_by_the_same_publishers_is_no_trust_list(world: World) -> None:
    rejected(world.ask(world["valid"].text, with_trust(world, world.folder, name="catalogue")), "registry.list_invalid")
    folder = {**world.folder, TRUST: world.folder["lists/catalogue.json"]}
    rejected(world.ask(world["valid"].text, folder), "registry.list_unsigned")


@pytest.mark.parametrize("content", [{}, {"shards": []}, {"shards": [None] * 256}, {"shards": "x"}], ids=str)
def test_a_list_that_names_no_shards(world: World, content: dict[str, object]) -> None:
    folder = with_trust(world, world.folder, content=content)
    rejected(world.ask(world["valid"].text, folder), "registry.trust_invalid")


def test_a_version_that_no_path_can_name(world: World) -> None:
    folder = with_trust(world, world.folder, version=1 << 40, prev=bytes(32), logged=False)
    rejected(world.ask(world["valid"].text, folder), "registry.path_invalid")


# shards -------------------------------------------------------------------------------------------------------------


def shard_path(world: World, body: str, version: int = 1) -> str:
    return f"lists/trust/{version}/{world.house.signer_of(body).public_key.kid8[0]:02x}.json"


def test_a_shard_in_anothers_place(world: World) -> None:
    mine, theirs = shard_path(world, BUREAU), shard_path(world, PUDONG)
    swapped = {**world.folder, mine: world.folder[theirs], theirs: world.folder[mine]}
    assert mine != theirs
    for name in ("valid", "first"):
        rejected(world.ask(world[name].text, swapped), "registry.trust_invalid")


def test_an_empty_shard_cannot_make_a_body_a_stranger(world: World) -> None:
    empty = b'{"keys":[],"bodies":[],"authorities":[]}'
    rejected(
        world.ask(world["valid"].text, {**world.folder, shard_path(world, BUREAU): empty}), "registry.trust_invalid"
    )


def test_a_shard_of_an_older_list_under_the_newer_manifest(world: World) -> None:
    """The lost key's shard from before the loss: it would still say that the key is active."""
    old, new = shard_path(world, PUDONG), shard_path(world, PUDONG, 2)
    assert world.rotated[old] != world.rotated[new]
    folder = {**world.rotated, new: world.rotated[old]}
    rejected(world.ask(world["second"].text, folder, now=world.rotated_at), "registry.trust_invalid")


def test_the_name_on_a_certificate_must_be_the_one_that_the_publishers_give_to_its_key(world: World) -> None:
    other = with_keys(world, world.folder, lambda key: replace(key, body_code=PUDONG))
    verdict = world.ask(world["valid"].text, other)
    assert told(verdict) == ("issuer_out_of_scope", None, 1)
    assert findings(verdict)["check.issuer_name_differs"] == "fail"


# the log ------------------------------------------------------------------------------------------------------------


def test_a_list_that_the_log_does_not_show_vouches_for_nobody_and_makes_nobody_a_stranger(world: World) -> None:
    """Two publishers together can sign a list for one reader; only the log is read by all."""
    unlogged = with_trust(world, world.folder, logged=False, expires=world.now + 2 * DAY)
    for text in (world["valid"].text, stranger(world)):
        verdict = world.ask(text, unlogged)
        assert told(verdict) == CANNOT_SAY
        (found,) = [one for one in verdict.findings if one.code == "check.trust_log_rejected"]
        assert found.params["defect"] == "check.list_not_logged"
    logged = with_trust(world, world.folder, expires=world.now + 2 * DAY)
    assert told(world.ask(world["valid"].text, logged)) == VALID
    assert told(world.ask(stranger(world), logged)) == ("unknown_issuer", None, 1)


@pytest.mark.parametrize("of", ["catalogue", "status", "nothing", "garbage"])
def test_the_proof_of_something_else_does_not_count(world: World, of: str) -> None:
    proofs = {
        "catalogue": world.folder["lists/catalogue/1.tlog-proof"],
        "status": world.folder["status/0.tlog-proof"],
        "nothing": b"",
        "garbage": world.folder["checkpoint"],
    }
    verdict = world.ask(world["valid"].text, {**world.folder, TRUST_PROOF: proofs[of]})
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.trust_log_rejected"] == "unknown"


def test_a_proof_counts_only_under_a_checkpoint_that_a_witness_signed(world: World) -> None:
    receipt = Receipt.from_text(world.folder[TRUST_PROOF])
    lonely = replace(receipt, checkpoint=note(world, head(world), cosigned=False))
    verdict = world.ask(world["valid"].text, {**world.folder, TRUST_PROOF: lonely.to_text()})
    assert told(verdict) == CANNOT_SAY


# time and versions --------------------------------------------------------------------------------------------------


def test_an_expired_list_vouches_for_nobody_and_makes_nobody_a_stranger(world: World) -> None:
    for expires, answer in ((world.now + 1, VALID), (world.now, CANNOT_SAY)):
        folder = with_trust(world, world.folder, expires=expires)
        verdict = world.ask(world["valid"].text, folder)
        assert told(verdict) == answer
        assert ("check.trust_expired" in findings(verdict)) == (answer == CANNOT_SAY)
    verdict = world.ask(stranger(world), with_trust(world, world.folder, expires=world.now))
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.trust_expired"] == "unknown"


def test_a_list_that_is_not_yet_in_force(world: World) -> None:
    for effective, answer in ((world.now, VALID), (world.now + 1, CANNOT_SAY)):
        verdict = world.ask(world["valid"].text, with_trust(world, world.folder, effective=effective))
        assert told(verdict) == answer
    folder = with_trust(world, world.folder, effective=world.now + 1)
    assert findings(world.ask(world["valid"].text, folder))["check.trust_not_yet_effective"] == "unknown"
    assert told(world.ask(stranger(world), folder)) == CANNOT_SAY


def test_an_older_list_than_seen_is_refused(world: World, tmp_path: Path) -> None:
    """After version 2 was seen, version 1 no longer counts: it does not know yet that the key was lost."""
    rolled_back = {**world.rotated, TRUST: world.folder[TRUST]}
    assert opened_trust(world, rolled_back).version == 1
    assert told(world.ask(world["second"].text, rolled_back, now=world.rotated_at)) == VALID
    seen = tmp_path / "seen.json"
    now = world.rotated_at
    assert told(world.ask(world["second"].text, world.rotated, now=now, floor_file=seen)) == ("unknown_issuer", None, 1)
    for name in ("second", "valid"):
        verdict = world.ask(world[name].text, rolled_back, now=now, floor_file=seen)
        rejected(verdict, "check.list_rolled_back")


# roots --------------------------------------------------------------------------------------------------------------


def test_expired_roots_vouch_for_nothing(world: World) -> None:
    for expires, answer in ((world.now + 1, VALID), (world.now, CANNOT_SAY)):
        roots = replace(world.roots, expires=expires)
        verdict = world.ask(world["valid"].text, roots=roots)
        assert told(verdict) == answer
        assert ("check.roots_expired" in findings(verdict)) == (answer == CANNOT_SAY)
    assert told(world.ask(stranger(world), roots=replace(world.roots, expires=world.now))) == CANNOT_SAY


def next_roots(world: World, **changes: object) -> Roots:
    newer = replace(world.roots, version=2, issued=world.now - DAY, expires=world.now + 365 * DAY)
    return replace(newer, **changes)  # type: ignore[arg-type]  # members by name


def sealed_roots(world: World, roots: Roots, *signers: str) -> bytes:
    return seal_roots(roots, [world.signer(name) for name in signers or ("custodian-1", "custodian-2")])


def new_status_key(world: World) -> Roots:
    """The next roots, in which the receipt key and the status key have changed places."""
    purposes = dict(world.roots.purposes)
    purposes[Purpose.STATUS], purposes[Purpose.RECEIPT] = purposes[Purpose.RECEIPT], purposes[Purpose.STATUS]
    return next_roots(world, purposes=purposes, hosts=("new.example",))


def test_the_next_roots_are_followed_and_their_keys_count(world: World) -> None:
    newer = new_status_key(world)
    folder: Folder = {**world.folder, "roots/2.json": sealed_roots(world, newer)}
    walked = walk_roots(InMemory(folder), world.roots, world.now)
    assert walked == newer
    verdict = world.ask(world["valid"].text, folder, roots=walked)
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.status_evidence_rejected"] == "unknown"
    assert [warning.code for warning in verdict.warnings] == ["check.host_unlisted"]
    resigned = with_status(world, folder, signer=world.signer("receipt"))
    assert told(world.ask(world["valid"].text, resigned, roots=walked)) == VALID
    assert told(world.ask(world["valid"].text, resigned)) == CANNOT_SAY


def test_roots_that_are_not_the_next_are_never_reached(world: World) -> None:
    third = next_roots(world, version=3)
    folder = {**world.folder, "roots/3.json": sealed_roots(world, third)}
    assert walk_roots(InMemory(folder), world.roots, world.now) == world.roots


@pytest.mark.parametrize(
    "signers", [("custodian-1",), ("trust-1", "trust-2"), ("custodian-1", "trust-1")], ids="+".join
)
def test_roots_without_the_custodians_signatures_are_refused(world: World, signers: Sequence[str]) -> None:
    folder = {**world.folder, "roots/2.json": sealed_roots(world, next_roots(world), *signers)}
    with pytest.raises(KeysError):
        walk_roots(InMemory(folder), world.roots, world.now)


def test_new_custodians_alone_cannot_take_over(world: World) -> None:
    own = KeySet(tuple(world.signer(name).public_key for name in ("body-" + BUREAU, "body-" + PUDONG)), 2)
    usurped = next_roots(world, custodians=own)
    folder = {"roots/2.json": sealed_roots(world, usurped, "body-" + BUREAU, "body-" + PUDONG)}
    with pytest.raises(KeysError):
        walk_roots(InMemory(folder), world.roots, world.now)
    signers = ("body-" + BUREAU, "body-" + PUDONG, "custodian-1", "custodian-2")
    folder = {"roots/2.json": sealed_roots(world, usurped, *signers)}
    assert walk_roots(InMemory(folder), world.roots, world.now).custodians == own


def test_the_newest_roots_must_be_fresh_those_between_need_not(world: World) -> None:
    expired = next_roots(world, expires=world.now)
    between = {"roots/2.json": sealed_roots(world, expired)}
    with pytest.raises(RootsExpired):
        walk_roots(InMemory(between), world.roots, world.now)
    newest = {**between, "roots/3.json": sealed_roots(world, next_roots(world, version=3))}
    assert walk_roots(InMemory(newest), world.roots, world.now).version == 3


def test_roots_are_no_certificate_and_garbage_is_no_roots(world: World) -> None:
    for data in (b"", b"<html>", world.folder["status/0"], world.folder["roots/1.json"]):
        with pytest.raises(KeysError):
            walk_roots(InMemory({"roots/2.json": data}), world.roots, world.now)
    assert open_roots(world.folder["roots/1.json"], trusted=None) == world.roots
