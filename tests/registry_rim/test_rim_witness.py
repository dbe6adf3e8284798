"""A witness cosigns one history only, and remembers it before it speaks (c2sp.org/tlog-witness; T19)."""

import json

import pytest

from keys.algorithms import Algorithm
from keys.roots import Witness as WitnessKey
from registry.checkpoint import Checkpoint, open_checkpoint, sign
from registry.errors import CheckpointForged, CheckpointUnsigned, WrongLog
from registry.files import replace_file
from registry.refusals import StoredBytesDiffer
from registry.stored import tile_reader
from registry.tiles import consistency_proof
from registry.witnesses.refusals import WitnessConflict, WitnessRefuses
from tests.registry_rim.rim_house import ORIGIN, House, signer
from web.database import reading

W1 = WitnessKey("witness.example/w1", signer("witness", Algorithm.ED25519).public_key)


def proofs(house: House):
    def prove(old: int, new: int) -> list[bytes]:
        with reading(house.engine) as connection:
            return consistency_proof(old, new, tile_reader(connection))

    return prove


def note(house: House) -> bytes:
    return house.recorder.head().note


def forged(house: House, size: int, root: bytes, *, name: str = "log", origin: str = ORIGIN) -> bytes:
    keys = signer(name, Algorithm.ED25519), signer(name, Algorithm.ML_DSA_44)
    return sign(Checkpoint(origin, size, root), *keys, house.clock())


def test_a_growing_log_is_cosigned_step_by_step(house: House) -> None:
    witness, key = house.witness(), house.enrol()
    for count in (1, 3, 300):
        house.issue(count, key)
        cosigned = witness(note(house), proofs(house))
        opened = open_checkpoint(cosigned, house.log.identity, [W1], require_ml_dsa=True, witness_threshold=1)
        assert opened.checkpoint.size == house.recorder.head().size
        assert opened.time is not None
        assert abs(opened.time - house.clock()) <= 2
    assert house.witness().seen() == witness.seen()  # another process reads the same state


def test_the_same_head_may_be_cosigned_again_and_its_time_does_not_go_back(house: House) -> None:
    house.now = 2_000_000_000
    witness = house.witness()
    house.enrol()
    witness(note(house), proofs(house))
    house.now = 1_900_000_000
    again = witness(note(house), proofs(house))
    opened = open_checkpoint(again, house.log.identity, [W1], require_ml_dsa=True, witness_threshold=1)
    assert opened.time == 2_000_000_000


def test_never_two_branches_and_never_back(house: House) -> None:
    witness, key = house.witness(), house.enrol()
    house.issue(5, key)
    early = house.recorder.head()
    house.issue(5, key)
    late = house.recorder.head()
    witness(late.note, proofs(house))
    refused = [
        early.note,
        forged(house, late.size, bytes(32)),
        forged(house, late.size + 1, bytes(32)),
        forged(house, early.size, bytes(32)),
    ]
    for each in refused:
        with pytest.raises(WitnessRefuses):
            witness(each, lambda old, new: [bytes(32)] * 4)
    assert witness.seen().size == late.size
    with pytest.raises(WitnessConflict) as conflict:
        witness.add_checkpoint(early.size, (), late.note)
    assert conflict.value.params["size"] == late.size
    with pytest.raises(WitnessRefuses):
        house.witness("second.json").add_checkpoint(0, [bytes(32)], late.note)


def test_only_our_logs_signature_counts(house: House) -> None:
    witness = house.witness()
    house.enrol()
    head = house.recorder.head()
    with pytest.raises(CheckpointUnsigned):
        witness(forged(house, head.size, head.root, name="thief"), proofs(house))
    with pytest.raises(WrongLog):
        witness(forged(house, head.size, head.root, origin="log.other.example"), proofs(house))
    lines = head.note.decode().split("\n")
    lines[4] = lines[4][:-6] + ("AAAA==" if not lines[4].endswith("AAAA==") else "BBBB==")
    with pytest.raises((CheckpointForged, CheckpointUnsigned, Exception)) as refused:
        witness("\n".join(lines).encode(), proofs(house))
    assert refused.value.code.startswith("registry.")
    assert witness.seen() is None


def test_it_remembers_before_it_speaks(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash between the two costs a cosignature and never makes a second history."""
    witness, key = house.witness(), house.enrol()
    house.issue(2, key)

    def crash_after(*written: object, **how: object) -> None:
        replace_file(*written, **how)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("registry.witnesses.cosigner.replace_file", crash_after)
        with pytest.raises(KeyboardInterrupt):
            witness(note(house), proofs(house))
    assert witness.seen().size == house.recorder.head().size
    assert witness(note(house), proofs(house)).count("— witness.example/w1".encode()) == 1


def test_a_broken_state_is_not_taken_for_a_fresh_start(house: House) -> None:
    witness = house.witness()
    house.enrol()
    witness(note(house), proofs(house))
    state = house.folder / "witness.json"
    state.write_bytes(json.dumps({**json.loads(state.read_bytes()), "origin": "log.other.example"}).encode())
    with pytest.raises(StoredBytesDiffer):
        witness(note(house), proofs(house))
    state.write_bytes(b"{")
    with pytest.raises(StoredBytesDiffer):
        witness(note(house), proofs(house))
