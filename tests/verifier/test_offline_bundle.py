"""Offline bundles: a day's evidence in one file. What is tampered with, expired or signed by another key does not count."""

from pathlib import Path

import pytest

from keys.jws import sign_compact
from keys.strictjson import dumps
from registry.bundle import LIFETIME, MANIFEST, MAX_MEMBER, TYP, BundleInvalid, open_bundle, write_bundle
from tests.verifier.bundles import asked, manifest_over, repacked, repacked_from, trusted
from tests.verifier.published_world import DAY, World, findings, told

CANNOT_SAY = ("not_checkable_now", None, 2)


def test_a_bundle_answers_for_a_day(world: World, written: bytes, tmp_path: Path) -> None:
    file = tmp_path / "b"
    file.write_bytes(written)
    assert told(asked(world, file, "valid")) == ("genuine_valid", None, 0)
    assert told(asked(world, file, "revoked")) == ("genuine_not_valid", "revoked", 1)
    assert told(asked(world, file, "valid", now=world.rotated_at + DAY)) == ("genuine_valid", None, 0)
    stale = asked(world, file, "valid", now=world.rotated_at + DAY + 1)
    assert told(stale) == CANNOT_SAY
    assert findings(stale)["check.status_stale"] == "unknown"
    last = world.rotated_at + LIFETIME - 1
    assert told(asked(world, file, "revoked", now=last)) == ("genuine_not_valid", "revoked", 1)


def test_a_bundle_without_tiles_is_amber(world: World, tmp_path: Path) -> None:
    file, public = tmp_path / "b", world.house.settings.public
    write_bundle(public, file, world.signer("bundle"), world.rotated_at, with_tiles=False)
    assert told(asked(world, file, "valid")) == ("genuine_unconfirmed", None, 2)


def test_an_expired_bundle_is_refused(world: World, written: bytes, tmp_path: Path) -> None:
    file = tmp_path / "b"
    file.write_bytes(written)
    with open_bundle(file) as bundle:
        assert trusted(world, bundle, world.rotated_at + LIFETIME - 1).expires == world.rotated_at + LIFETIME
        with pytest.raises(BundleInvalid, match="expired"):
            trusted(world, bundle, world.rotated_at + LIFETIME)


def test_nothing_but_roots_is_read_before_the_manifest_is_trusted(world: World, written: bytes, tmp_path: Path) -> None:
    file = tmp_path / "b"
    file.write_bytes(written)
    with open_bundle(file) as bundle:
        assert bundle.read("checkpoint") is None
        assert bundle.read("roots/1.json") is None
        assert bundle.roots(1) == world.rotated["roots/1.json"]
        assert bundle.roots(2) is None
        trusted(world, bundle, world.rotated_at)
        assert bundle.read("checkpoint") == world.rotated["checkpoint"]
        for path in ("", "nothing", MANIFEST, "../checkpoint", "/checkpoint", "checkpoint/"):
            assert bundle.read(path) is None


@pytest.mark.parametrize("path", ["checkpoint", "status/0", "lists/trust.json", "events/0/leaves", "hints/0/0"])
@pytest.mark.parametrize("change", ["flipped", "former edition", "gone"])
def test_a_tampered_member_is_not_there(world: World, written: bytes, tmp_path: Path, path: str, change: str) -> None:
    def spoil(members: dict[str, bytes]) -> None:
        whole = members.pop(path)
        if change == "flipped":
            members[path] = whole[:-1] + bytes([whole[-1] ^ 1])
        elif change == "former edition":
            members[path] = world.before[path] if world.before[path] != whole else whole + b" "

    file = repacked(written, tmp_path / "b", spoil)
    with open_bundle(file) as bundle:
        trusted(world, bundle, world.rotated_at)
        assert bundle.read(path) is None
    verdict = asked(world, file, "valid")
    assert verdict.exit_status == (0 if path.startswith("events/") else 2)
    assert "fail" not in findings(verdict).values()
    ended = asked(world, file, "revoked")
    assert ended.reason == ("ended" if path.startswith("events/") else ended.reason)
    assert ended.exit_status != 0


@pytest.mark.parametrize("signer", ["status", "trust-1", "receipt", "custodian-1"])
def test_a_manifest_under_another_key_is_refused(world: World, written: bytes, tmp_path: Path, signer: str) -> None:
    def forge(members: dict[str, bytes]) -> None:
        del members[MANIFEST]
        members[MANIFEST] = manifest_over(dict(members), world.signer(signer))

    with open_bundle(repacked(written, tmp_path / "b", forge)) as bundle, pytest.raises(BundleInvalid) as refusal:
        trusted(world, bundle, world.rotated_at)
    assert refusal.value.params == {"defect": "key_unknown"}


MANIFESTS = {
    "empty": b"",
    "no JWS": b"{}",
    "no signature": b"e30.e30.",
    "a status list": None,
    "no members": {"made": 1, "exp": 1 << 40},
    "a list": [],
    "members in a list": {"made": 1, "exp": 1 << 40, "members": []},
    "no pairs": {"made": 1, "exp": 1 << 40, "members": {"checkpoint": 5}},
    "no numbers": {"made": "x", "exp": None, "members": {}},
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_is_none_is_refused(world: World, written: bytes, tmp_path: Path, name: str) -> None:
    given = MANIFESTS[name]
    if given is None:
        data = world.folder["status/0"]
    elif isinstance(given, bytes):
        data = given
    else:
        data = sign_compact(dumps(given), world.signer("bundle"), typ=TYP).encode()
    file = repacked(written, tmp_path / "b", lambda members: members.update({MANIFEST: data}))
    with open_bundle(file) as bundle, pytest.raises(BundleInvalid) as refusal:
        trusted(world, bundle, world.rotated_at)
    assert refusal.value.params == {"defect": "manifest_broken"}
    with open_bundle(repacked(written, file, lambda members: members.pop(MANIFEST) and None)) as bundle:  # noqa: SIM117
        with pytest.raises(BundleInvalid, match="manifest_missing"):
            trusted(world, bundle, world.rotated_at)


def test_the_manifest_vouches_for_the_collection_and_for_nothing_in_it(world: World, tmp_path: Path) -> None:
    """A thief of the bundle key packs forged lists; each artifact still carries its own signature."""
    forged = {**world.rotated, "status/0": b"forged", "lists/trust.json": world.rotated["lists/trust.json"]}
    signed = manifest_over(forged, world.signer("bundle"))
    file = repacked_from({**forged, MANIFEST: signed}, tmp_path / "b")
    assert told(asked(world, file, "valid")) == CANNOT_SAY


@pytest.mark.parametrize("untrue", [[0, "0" * 64], [-1, ""], [1 << 60, "0" * 64], [MAX_MEMBER + 1, "0" * 64]], ids=str)
def test_a_manifest_with_untrue_sizes_gives_nothing(world: World, tmp_path: Path, untrue: list[object]) -> None:
    members = {"checkpoint": world.rotated["checkpoint"]}
    signed = manifest_over(members, world.signer("bundle"), checkpoint=untrue)
    with open_bundle(repacked_from({**members, MANIFEST: signed}, tmp_path / "b")) as bundle:
        trusted(world, bundle, world.rotated_at)
        assert bundle.read("checkpoint") is None
