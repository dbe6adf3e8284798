"""The published folder: readable by a stranger, incremental, whole at every moment, and deaf to rows that nobody signed."""

import base64
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from keys.roots import Roots
from registry import paths
from registry.audit import audit
from registry.checkpoint import open_checkpoint
from registry.entries import CredentialEntry, encode
from registry.errors import RegistryError, WitnessesMissing
from registry.events import events_root
from registry.hints import lookup
from registry.merkle import leaf_hash
from registry.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, ED25519, NoteKey
from registry.receipt import Receipt
from registry.refusals import OlderThanWitnessed, OtherLog, StoredBytesDiffer
from registry.shelf import Shelf
from registry.statuslist import open_status_list
from registry.trust import SHARDS, TrustList
from registry.witnesses.refusals import WitnessRefuses
from tests.registry_rim import plain_reader, second_note
from tests.registry_rim.rim_house import ORIGIN, URL, House, change, signer


def read_log(house: House) -> list[list]:
    return plain_reader.log(house.public, ORIGIN, house.log.identity.ed25519.raw)


def files(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and ".publishing" not in file.parts
    }


def roots_of(house: House) -> Roots:
    return house.recorder.roots()


# A stranger reads it ------------------------------------------------------------------------------------------------


def test_a_stranger_reads_every_entry_and_status(full_house: House) -> None:
    published = full_house.publish()
    log = read_log(full_house)
    assert len(log) == published.size == full_house.recorder.head().size
    issued = {(each[3], each[4]): each for each in log if each[0] == 1}
    assert {(each.list, each.index): (each.qr, each.doc) for each in full_house.submissions} == {
        slot: (each[5], each[6]) for slot, each in issued.items()
    }
    shown = [plain_reader.status(full_house.public, 0, slot) for slot in range(302)]
    assert shown == [0, 0, 0, 2, 3, 1, *[0] * 294, 1, 1]
    listed = [each for each in log if each[0] == 3 and each[2] == "status/0"][-1]
    claims = plain_reader.status_claims(full_house.public, 0)
    assert claims["hallmark"]["version"] == listed[3] == 3
    assert claims["sub"] == f"{URL}/status/0"
    assert log[claims["hallmark"]["entry"]] == listed


def test_a_verifier_finds_each_thing_in_its_place(full_house: House) -> None:
    full_house.publish()
    folder, roots = full_house.public, roots_of(full_house)
    opened = open_checkpoint(
        (folder / paths.CHECKPOINT).read_bytes(), roots.log, roots.witnesses, require_ml_dsa=True, witness_threshold=1
    )
    listed = open_status_list((folder / paths.status_path(0)).read_bytes(), roots.key_set("status"), full_house.clock())
    receipt = Receipt.from_text((folder / paths.status_proof_path(0)).read_bytes())
    receipt.verify(leaf_hash(receipt.extra), opened.checkpoint)
    assert receipt.index == listed.entry_index
    leaves = (folder / paths.events_leaves_path(0)).read_bytes()
    event_files = {block: (folder / paths.events_path(0, block)).read_bytes() for block in range(32)}
    assert events_root(event_files) == listed.events_root
    assert leaves == b"".join(leaf_hash(event_files[block]) for block in range(32))
    hints = (folder / paths.hints_path(0, 0)).read_bytes()
    log = read_log(full_house)
    for each in full_house.submissions:
        found = log[lookup(hints, each.index)]
        assert found[:1] + found[2:] == [1, each.kid8, each.list, each.index, each.qr, each.doc]
    manifest = json.loads(_payload((folder / "lists/trust.json").read_bytes()))["content"]
    shards = {byte: (folder / paths.trust_shard_path(1, byte)).read_bytes() for byte in range(SHARDS)}
    issuer = TrustList.from_manifest(manifest, shards).issuer_of(full_house.key.public_key.kid8)
    assert issuer is not None
    assert issuer[0].opened == 0
    assert (folder / "lists/catalogue.json").read_bytes() == (folder / "lists/catalogue/1.json").read_bytes()


def _payload(general_jws: bytes) -> bytes:
    from keys.b64 import unb64u

    return unb64u(json.loads(general_jws)["payload"])


# Again and again ----------------------------------------------------------------------------------------------------


def test_when_nothing_changed_only_times_and_signatures_are_new(full_house: House) -> None:
    full_house.now = full_house.clock()
    first = full_house.publish()
    before = files(full_house.public)
    full_house.now += 60
    second = full_house.publish()
    after = files(full_house.public)
    assert first.size == second.size
    assert second.written <= 8
    changed = {path for path in after if before.get(path) != after[path]}
    assert changed == {
        "checkpoint",
        "status/0",
        "status/0.tlog-proof",
        "lists/catalogue/1.tlog-proof",
        "lists/trust/1.tlog-proof",
        "bitstring/0/revocation",
        "bitstring/0/suspension",
    }
    assert before.keys() == after.keys()
    assert plain_reader.status_claims(full_house.public, 0)["iat"] == full_house.now
    roots = roots_of(full_house)
    opened = open_checkpoint(second.checkpoint, roots.log, roots.witnesses, require_ml_dsa=True, witness_threshold=1)
    assert opened.time == full_house.now


def test_growing_step_by_step_gives_what_one_publication_would(full_house: House) -> None:
    full_house.now = full_house.clock()
    sizes = []
    for count in (1, 200, 3, 700, 40):
        sizes.append(full_house.publish().size)
        full_house.issue(count, full_house.key)
        if count == 3:
            asked = change(full_house.key, full_house.submissions[77], "suspended", full_house.clock())
            full_house.recorder.change_status(asked, "later")
    full_house.publish()
    grown = files(full_house.public)
    shutil.rmtree(full_house.public)
    full_house.publish()
    fresh = files(full_house.public)
    surplus = grown.keys() - fresh.keys()
    assert all(".p/" in path for path in surplus)
    assert len(surplus) <= 6
    assert fresh.keys() <= grown.keys()
    # ML-DSA signs at random, so notes differ in bytes; everything else is equal to the last bit.
    assert {path for path in fresh if fresh[path] != grown[path]} <= {"checkpoint"}
    assert sizes == sorted(sizes)
    assert audit(full_house.public, roots_of(full_house)) == []


def test_partial_tiles_stay_as_long_as_somebody_may_ask_for_them(house: House) -> None:
    house.publish_roots()
    key = house.enrol()
    house.issue(7, key)  # 2 entries before, 7 certificates, 1 list entry: the tree has 10 leaves
    house.publish()
    assert (house.public / "tile/0/000.p/10").exists()
    house.issue(400, key)
    house.publish()
    assert (house.public / "tile/0/000").exists()
    assert (house.public / "tile/0/000.p/10").exists()  # whoever holds the checkpoint before still finds it
    house.issue(1, key)
    house.publish()
    assert not (house.public / "tile/0/000.p").exists()
    assert not (house.public / "tile/entries/000.p").exists()
    read_log(house)


def test_a_publication_cut_off_anywhere_leaves_the_one_before(
    full_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_house.publish()
    size = full_house.recorder.head().size
    full_house.issue(300, full_house.key)
    asked = change(full_house.key, full_house.submissions[80], "suspended", full_house.clock())
    full_house.recorder.change_status(asked, "x")
    put, cuts = Shelf.put, 0
    while not published_within(full_house, monkeypatch, put, cuts):
        assert plain_reader.checkpoint(full_house.public, ORIGIN, full_house.log.identity.ed25519.raw)[0] == size
        assert len(read_log(full_house)) == size
        cuts += 1
    assert cuts >= 10
    assert len(read_log(full_house)) == full_house.recorder.head().size
    assert audit(full_house.public, roots_of(full_house)) == []


def published_within(
    house: House, monkeypatch: pytest.MonkeyPatch, put: Callable[..., None], files_allowed: int
) -> bool:
    """Publish, cut off after so many files; tell whether it came to its end."""
    left = iter(range(files_allowed))

    def cut(shelf: Shelf, path: str, data: bytes) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        put(shelf, path, data)

    with monkeypatch.context() as patch:
        patch.setattr(Shelf, "put", cut)
        try:
            house.publish()
        except KeyboardInterrupt:
            return False
    return True


def test_a_witness_that_cannot_be_reached_is_left_out_and_missed(full_house: House) -> None:
    from registry.publish import publish

    class Silent:
        name = "witness.example/silent"

        def __call__(self, _note: bytes, _prove: object) -> bytes:
            raise ConnectionRefusedError

    silent = Silent()

    def run(*witnesses):
        return publish(
            full_house.log, full_house.public, status_signer=signer("status"), witnesses=witnesses, registry_url=URL
        )

    assert run(silent, full_house.witness()).size == full_house.recorder.head().size
    before = files(full_house.public)
    full_house.issue(1, full_house.key)
    with pytest.raises(WitnessesMissing):
        run(silent)
    assert files(full_house.public)["checkpoint"] == before["checkpoint"]


def test_a_folder_of_another_history_is_not_continued(full_house: House, tmp_path: Path) -> None:
    full_house.publish()
    other_folder = tmp_path / "other"
    other_folder.mkdir()
    other = House(other_folder).furnished()
    other.issue(50, other.key)
    other.publish()
    shutil.copytree(other.public, full_house.public, dirs_exist_ok=True)
    with pytest.raises(OlderThanWitnessed):
        full_house.publish()
    text = (full_house.public / "checkpoint").read_bytes()
    (full_house.public / "checkpoint").write_bytes(text.replace(ORIGIN.encode(), b"log.other.example"))
    with pytest.raises(OtherLog):
        full_house.publish()
    other.engine.dispose()


def test_a_witness_who_saw_more_stops_the_publication(full_house: House) -> None:
    elsewhere = full_house.folder / "elsewhere"
    elsewhere.mkdir()
    other = House(elsewhere).furnished()
    other.issue(5, other.key)
    witness = full_house.witness()
    witness(other.recorder.head().note, lambda old, new: [])
    other.engine.dispose()
    with pytest.raises(WitnessRefuses):
        full_house.publish(witness)
    assert not (full_house.public / "checkpoint").exists()


# T60: rows that nobody signed ---------------------------------------------------------------------------------------

FORGED = CredentialEntry(1, b"12345678", 0, 301, hashlib.sha256(b"forged").digest(), bytes(32))

INSIDER = {
    "a certificate behind the head": ("INSERT INTO entry VALUES ((SELECT size FROM head), ?)", encode(FORGED)),
    "a certificate in place of another": ("UPDATE entry SET body = ? WHERE idx = 290", encode(FORGED)),
    "a certificate's leaf in its tile": (
        "UPDATE tile SET body = CAST(substr(body, 1, 992) || ? || substr(body, 1025) AS BLOB) WHERE level = 0 AND n = 1",
        leaf_hash(encode(FORGED)),
    ),
    "a bigger head": ("UPDATE head SET size = size + 1",),
    "a slot": ("INSERT INTO slot VALUES (0, 301, 0, x'0102030405060708')",),
    "an ended status set back to valid": (
        'UPDATE status_list SET "array" = CAST(x\'80f0\' || substr("array", 3) AS BLOB)',
    ),
    "the same, digest included": (
        'UPDATE status_list SET "array" = CAST(x\'80f0\' || substr("array", 3) AS BLOB), digest = ?',
        hashlib.sha256(b"\x80\xf0" + bytes(32766)).digest(),
    ),
    "a reinstated event": ("UPDATE event SET salt = NULL, detail = NULL",),
    "a list": ("UPDATE published SET data = ? WHERE name = 'catalogue'", b"{}"),
    "a trust shard": (
        "UPDATE trust_shard SET body = ? WHERE first_byte = 7",
        b"{}",
    ),
}


@pytest.mark.parametrize("attack", INSIDER)
@pytest.mark.parametrize("published_before", [False, True])
def test_what_an_insider_writes_is_published_by_nobody(full_house: House, attack: str, published_before: bool) -> None:
    if published_before:
        full_house.publish()
    full_house.sql(*INSIDER[attack])
    refused = None
    try:
        full_house.publish()
    except RegistryError as error:
        refused = error
    found = {finding.code for finding in audit(full_house.engine, full_house.roots())}
    assert found, "the audit sees nothing"
    if (full_house.public / "checkpoint").exists():
        log = read_log(full_house)
        assert [each for each in log if each[0] == 1 and each[4] == 301] == []
        assert [plain_reader.status(full_house.public, 0, slot) for slot in (3, 4, 5, 301)] == [2, 3, 1, 1]
        assert {finding.code for finding in audit(full_house.public, full_house.roots())} <= {"audit.file_differs"}
    else:
        assert isinstance(refused, RegistryError)
    if not published_before and attack not in {"a slot", "a certificate behind the head"}:
        assert isinstance(refused, StoredBytesDiffer | OlderThanWitnessed | RegistryError)
        assert refused.code.startswith("registry.")


def test_a_second_reader_verifies_every_signature_under_the_published_checkpoint(full_house: House) -> None:
    """Ed25519 (0x01), ML-DSA-44 (0x06) and the witness's cosignature (0x04), by a reader of the specifications alone."""
    full_house.publish()
    log, w1 = full_house.log.identity, full_house.roots().witnesses[0]
    keys = (
        NoteKey(log.origin, ED25519, log.ed25519),
        NoteKey(log.origin, COSIGNATURE_ML_DSA_44, log.ml_dsa_44),
        NoteKey(w1.name, COSIGNATURE_ED25519, w1.ed25519),
    )
    vkeys = [key.to_vkey() for key in keys]
    published = (full_house.public / "checkpoint").read_bytes()
    found = second_note.verified(published, vkeys)
    assert set(found) == {(key.name, key.kind) for key in keys}
    text, _, lines = published.partition(b"\n\n")
    other = text.replace(text.split(b"\n")[2], base64.b64encode(bytes(32)))
    for at in range(3):
        with pytest.raises(second_note.InvalidSignature):
            second_note.verified(other + b"\n\n" + lines.splitlines(keepends=True)[at], vkeys)
