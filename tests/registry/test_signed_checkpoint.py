"""Checkpoints and receipts: the specification's own examples, a second construction of every signed byte, and forgeries."""

import base64
import struct
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.algorithms import Algorithm
from keys.roots import LogIdentity, Witness
from keys.signer import SoftwareSigner
from registry.checkpoint import Checkpoint, cosign, cosigned_message, open_checkpoint, read_body, sign
from registry.errors import (
    CheckpointForged,
    CheckpointUnsigned,
    NoteInvalid,
    ProofInvalid,
    ReceiptInvalid,
    RegistryError,
    WitnessesMissing,
    WrongLog,
)
from registry.merkle import EMPTY_ROOT, leaf_hash, node_hash
from registry.note import COSIGNATURE_ML_DSA_44, ED25519, NoteKey, read_note, verify_text
from registry.receipt import Receipt

ORIGIN = "registry.example/log"
LOG = SoftwareSigner.from_seed(Algorithm.ED25519, b"log")
LOG_PQ = SoftwareSigner.from_seed(Algorithm.ML_DSA_44, b"log")
W1 = SoftwareSigner.from_seed(Algorithm.ED25519, b"witness 1")
W2 = SoftwareSigner.from_seed(Algorithm.ED25519, b"witness 2")
IDENTITY = LogIdentity(ORIGIN, LOG.public_key, LOG_PQ.public_key)
WITNESSES = (Witness("w1.example", W1.public_key), Witness("w2.example", W2.public_key))
LEFT, RIGHT = leaf_hash(b"left"), leaf_hash(b"right")
HEAD = Checkpoint(ORIGIN, 2, node_hash(LEFT, RIGHT))
SIGNED = sign(HEAD, LOG, LOG_PQ, 1_790_000_000)
COSIGNED = cosign(SIGNED, "w1.example", W1, 1_790_000_005)


def opened(note: bytes, *, pq: bool = True, threshold: int = 1) -> object:
    return open_checkpoint(note, IDENTITY, WITNESSES, require_ml_dsa=pq, witness_threshold=threshold)


def without_line(note: bytes, place: int) -> bytes:
    text, _, lines = note.rpartition(b"\n\n")
    kept = [line for at, line in enumerate(lines.splitlines(keepends=True)) if at != place]
    return text + b"\n\n" + b"".join(kept)


def test_the_example_of_the_signed_note_specification_verifies() -> None:
    key = NoteKey.from_vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    note = (
        "This is an example message.\n\n"
        "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
    ).encode()
    verify_text(read_note(note), key)
    with pytest.raises(CheckpointForged):
        verify_text(read_note(note.replace(b"example message", b"exemple message")), key)


@pytest.mark.parametrize(("kind", "signer"), [(ED25519, LOG), (0x04, W1), (COSIGNATURE_ML_DSA_44, LOG_PQ)])
def test_vkeys_round_trip(kind: int, signer: SoftwareSigner) -> None:
    key = NoteKey("log.example/one", kind, signer.public_key)
    assert NoteKey.from_vkey(key.to_vkey()) == key
    assert key.key_id == sha256(b"log.example/one\n" + bytes([kind]) + signer.public_key.raw).digest()[:4]


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+BekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
    ],
)
def test_a_vkey_that_is_not_exactly_right_is_refused(vkey: str) -> None:
    with pytest.raises(NoteInvalid):
        NoteKey.from_vkey(vkey)


def test_the_body_is_three_lines() -> None:
    root = base64.b64encode(HEAD.root).decode()
    assert HEAD.body() == f"{ORIGIN}\n2\n{root}\n".encode()
    assert read_body(HEAD.body()) == HEAD


def test_a_checkpoint_round_trips_with_all_three_kinds_of_signature() -> None:
    found = open_checkpoint(COSIGNED, IDENTITY, WITNESSES, require_ml_dsa=True, witness_threshold=1)
    assert found.checkpoint == HEAD
    assert found.ml_dsa_time == 1_790_000_000
    assert found.cosigned == {"w1.example": 1_790_000_005}
    assert found.time == 1_790_000_005


def test_every_signed_byte_is_that_of_a_second_construction() -> None:
    """The three messages and lines, built here by hand from c2sp.org/tlog-cosignature at 5ba5ee8."""
    lines = COSIGNED.decode().split("\n\n")[1].splitlines()
    parts = [line.split(" ") for line in lines]
    assert [(dash, name) for dash, name, _ in parts] == [("—", ORIGIN), ("—", ORIGIN), ("—", "w1.example")]
    raw = [base64.b64decode(encoded, validate=True) for _, _, encoded in parts]
    body = f"{ORIGIN}\n2\n{base64.b64encode(HEAD.root).decode()}\n".encode()

    def key_id(name: str, kind: int, signer: SoftwareSigner) -> bytes:
        return sha256(name.encode() + b"\x0a" + struct.pack("B", kind) + signer.public_key.raw).digest()[:4]

    assert [each[:4] for each in raw] == [
        key_id(ORIGIN, 1, LOG),
        key_id(ORIGIN, 6, LOG_PQ),
        key_id("w1.example", 4, W1),
    ]
    assert [len(each) for each in raw] == [4 + 64, 4 + 8 + 2420, 4 + 8 + 64]
    LOG.public_key.verify(raw[0][4:], body)
    (time,) = struct.unpack(">Q", raw[1][4:12])
    origin = ORIGIN.encode()
    message = struct.pack(
        f">12sB{len(origin)}sQB{len(origin)}sQQ32s",
        b"subtree/v1\n\x00", len(origin), origin, time, len(origin), origin, 0, 2, HEAD.root,
    )  # fmt: skip
    assert message == cosigned_message(ORIGIN, time, HEAD)
    assert len(message) == 12 + 1 + len(origin) + 8 + 1 + len(origin) + 8 + 8 + 32
    LOG_PQ.public_key.verify(raw[1][12:], message)
    (seen,) = struct.unpack(">Q", raw[2][4:12])
    W1.public_key.verify(raw[2][12:], b"cosignature/v1\ntime 1790000005\n" + body)
    assert (time, seen) == (1_790_000_000, 1_790_000_005)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(WitnessesMissing):
        opened(SIGNED)
    with pytest.raises(WitnessesMissing):
        opened(COSIGNED, threshold=2)
    with pytest.raises(CheckpointUnsigned):
        opened(without_line(COSIGNED, 0))
    with pytest.raises(CheckpointUnsigned):
        opened(without_line(COSIGNED, 1))
    opened(without_line(COSIGNED, 1), pq=False)
    assert open_checkpoint(SIGNED, IDENTITY, (), require_ml_dsa=True, witness_threshold=0).time is None


def test_the_same_witness_twice_counts_once() -> None:
    twice = cosign(COSIGNED, "w1.example", W1, 1_790_000_100)
    with pytest.raises(WitnessesMissing):
        opened(twice, threshold=2)
    found = open_checkpoint(twice, IDENTITY, WITNESSES, require_ml_dsa=True, witness_threshold=1)
    assert found.cosigned == {"w1.example": 1_790_000_100}


def test_one_fast_clock_does_not_make_a_checkpoint_fresh() -> None:
    both = cosign(COSIGNED, "w2.example", W2, 1_999_999_999)
    found = open_checkpoint(both, IDENTITY, WITNESSES, require_ml_dsa=True, witness_threshold=2)
    assert found.time == 1_790_000_005


def test_another_log_is_another_log() -> None:
    other = LogIdentity("other.example/log", LOG.public_key, LOG_PQ.public_key)
    with pytest.raises(WrongLog):
        open_checkpoint(COSIGNED, other, WITNESSES, require_ml_dsa=True, witness_threshold=1)


def test_unknown_signatures_are_ignored_and_bad_known_ones_spoil_the_note() -> None:
    stranger = SoftwareSigner.from_seed(Algorithm.ED25519, b"stranger")
    opened(cosign(COSIGNED, "w1.example", stranger, 5))  # a known name under an unknown key
    opened(cosign(COSIGNED, "stranger.example", W1, 5))  # a known key under an unknown name
    for place in range(3):
        head, _, lines = COSIGNED.decode().partition("\n\n")
        split = lines.splitlines()
        dash, name, encoded = split[place].split(" ")
        raw = bytearray(base64.b64decode(encoded))
        raw[-1] ^= 1
        split[place] = f"{dash} {name} {base64.b64encode(raw).decode()}"
        with pytest.raises(CheckpointForged):
            opened((head + "\n\n" + "\n".join(split) + "\n").encode())


def test_signatures_of_one_head_do_not_fit_another() -> None:
    other = Checkpoint(ORIGIN, 3, HEAD.root)
    moved = other.body() + b"\n" + COSIGNED.partition(b"\n\n")[2]
    with pytest.raises(CheckpointForged):
        opened(moved)


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n02\n{base64.b64encode(HEAD.root).decode()}\n",
        f"{ORIGIN}\n-2\n{base64.b64encode(HEAD.root).decode()}\n",
        f"{ORIGIN}\n\n{base64.b64encode(HEAD.root).decode()}\n",
        f"{ORIGIN}\n２\n{base64.b64encode(HEAD.root).decode()}\n",
        f"{ORIGIN}\n9223372036854775808\n{base64.b64encode(HEAD.root).decode()}\n",
        f"{ORIGIN}\n{'9' * 5000}\n{base64.b64encode(HEAD.root).decode()}\n",
        f"{ORIGIN}\n2\n{base64.b64encode(HEAD.root).decode()[:-1]}\n",
        f"{ORIGIN}\n2\n{base64.b64encode(HEAD.root[:-1]).decode()}\n",
        f"{ORIGIN}\n2\n{base64.b64encode(HEAD.root).decode()}\nextension\n",
        f"{ORIGIN}\n2\n{base64.b64encode(HEAD.root).decode()}",
        f"\n2\n{base64.b64encode(HEAD.root).decode()}\n",
        f"a b\n2\n{base64.b64encode(HEAD.root).decode()}\n",
        f"{ORIGIN}\n0\n{base64.b64encode(HEAD.root).decode()}\n",
    ],
)
def test_bodies_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        read_body(text.encode())


def test_the_empty_tree_has_one_root() -> None:
    assert read_body(Checkpoint(ORIGIN, 0, EMPTY_ROOT).body()).size == 0


def test_sixteen_signatures_are_read_and_seventeen_refused() -> None:
    note = SIGNED
    for number in range(14):
        note = cosign(note, f"w{number}.unknown.example", W2, number)
    assert len(read_note(note).lines) == 16
    with pytest.raises(NoteInvalid):
        cosign(note, "w2.example", W2, 1)
    line = note.splitlines(keepends=True)[-1]
    with pytest.raises(NoteInvalid):
        read_note(note + line)
    with pytest.raises(NoteInvalid):
        read_note(SIGNED + b" " * 200_000)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_hostile_notes_raise_only_registry_errors(data: st.DataObject) -> None:
    note = bytearray(COSIGNED)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(note) - 1))
        note[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    if bytes(note) == COSIGNED:
        return
    try:
        found = open_checkpoint(bytes(note), IDENTITY, WITNESSES, require_ml_dsa=True, witness_threshold=1)
    except RegistryError:
        return
    assert found.checkpoint == HEAD


@given(st.binary(max_size=300))
def test_noise_is_no_note_and_no_receipt(data: bytes) -> None:
    with pytest.raises(NoteInvalid):
        read_note(data)
    with pytest.raises(ReceiptInvalid):
        Receipt.from_text(data)


# Receipts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extra", [None, b"", b"\x84\x03entry"])
def test_a_receipt_round_trips_and_proves_its_leaf(extra: bytes | None) -> None:
    receipt = Receipt(1, (LEFT,), COSIGNED, extra)
    text = receipt.to_text()
    assert Receipt.from_text(text) == Receipt.from_text(text.decode()) == receipt
    receipt.verify(RIGHT, HEAD)
    with pytest.raises(ProofInvalid):
        receipt.verify(LEFT, HEAD)


def test_a_receipt_is_spelled_as_the_specification_spells_it() -> None:
    lines = Receipt(1, (LEFT,), COSIGNED, b"extra").to_text().decode().split("\n")
    assert lines[:6] == [
        "c2sp.org/tlog-proof@v1",
        "extra ZXh0cmE=",
        "index 1",
        base64.b64encode(LEFT).decode(),
        "",
        ORIGIN,
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tlog-proof@v1", "tlog-proof@v2"),
        ("index 1", "index 01"),
        ("index 1", "index -1"),
        ("index 1", "index"),
        ("index 1", "index 1\nindex 1"),
        ("index 1\n", ""),
        ("extra ZXh0cmE=", "extra ZXh0cmE"),
        ("extra ZXh0cmE=", "extra ZXh0cmF="),
        ("extra ZXh0cmE=", "extra  ZXh0cmE="),
        ("index 1", f"index {'1' * 5000}"),
        ("index 1", "index ١"),
    ],
)
def test_receipts_of_another_form_are_refused(old: str, new: str) -> None:
    text = Receipt(1, (LEFT,), COSIGNED, b"extra").to_text().decode()
    assert old in text
    with pytest.raises(ReceiptInvalid):
        Receipt.from_text(text.replace(old, new, 1))


def test_a_receipt_has_at_most_63_hashes() -> None:
    with pytest.raises(ReceiptInvalid):
        Receipt(1, (LEFT,) * 64, COSIGNED)
    text = Receipt(1, (LEFT,), COSIGNED).to_text().decode()
    line = base64.b64encode(LEFT).decode() + "\n"
    with pytest.raises(ReceiptInvalid):
        Receipt.from_text(text.replace(line, line * 64, 1))
