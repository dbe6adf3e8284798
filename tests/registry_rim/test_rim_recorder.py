"""Reserving, appending, proving: idempotent, all or nothing, only for keys that are open, never backwards in time."""

import os
from dataclasses import replace

import pytest

from keys.algorithms import Algorithm
from registry.batches import MAX_BATCH
from registry.checkpoint import open_checkpoint
from registry.contract import SlotRun, Submission
from registry.entries import CredentialEntry, ListEntry, decode, encode
from registry.merkle import leaf_hash, verify_inclusion
from registry.refusals import (
    BatchConflict,
    BatchInvalid,
    KeyNotActive,
    KeyUnknown,
    NotRetrievable,
    SlotNotReserved,
    SlotTaken,
    SubmissionForged,
    SubmissionInvalid,
)
from registry.statuses import read_list
from registry.statuslist import ENDED, SLOTS, VALID
from registry.stored import stored_bodies
from tests.registry_rim.rim_house import BODY, OTHER_BODY, House, signer, submission
from web.database import reading


def entries(house: House, first: int, end: int) -> list:
    with reading(house.engine) as connection:
        return [decode(body) for body in stored_bodies(connection, first, end)]


def statuses(house: House, number: int = 0) -> list[int]:
    with reading(house.engine) as connection:
        array = read_list(connection, number).array
    return [array.get(slot) for slot in range(SLOTS)]


def test_slots_are_given_out_in_runs_that_touch_and_never_overlap(house: House) -> None:
    assert house.recorder.reserve("a", 3) == [SlotRun(0, 0, 3)]
    assert house.recorder.reserve("b", 5) == [SlotRun(0, 3, 5)]
    assert house.recorder.reserve("a", 3) == [SlotRun(0, 0, 3)]
    with pytest.raises(BatchConflict):
        house.recorder.reserve("a", 4)


def test_a_run_that_does_not_fit_goes_on_in_the_next_list(house: House) -> None:
    for number in range(SLOTS // MAX_BATCH):
        house.recorder.reserve(f"filler {number}", MAX_BATCH)
    left = SLOTS % MAX_BATCH
    assert house.recorder.reserve("over", left + 10) == [SlotRun(0, SLOTS - left, left), SlotRun(1, 0, 10)]
    key = house.enrol()
    runs = house.recorder.reserve("over", left + 10)
    slots = [(run.list, run.first + at) for run in runs for at in range(run.count)][-20:]
    with pytest.raises(SlotNotReserved):
        house.recorder.append("over", [submission(key, 2, 0)])
    appended = house.recorder.append("over", [submission(key, *slot) for slot in slots])
    assert [entry.name for entry in entries(house, appended.first_index + 20, appended.first_index + 22)] == [
        "status/0", "status/1",
    ]  # fmt: skip
    assert statuses(house, 1)[:11] == [VALID] * 10 + [ENDED]


@pytest.mark.parametrize(
    ("batch", "count"), [("", 1), ("a\n", 1), ("a" * 201, 1), ("a", 0), ("a", -1), ("a", MAX_BATCH + 1)]
)
def test_a_batch_id_and_a_count_have_their_limits(house: House, batch: str, count: int) -> None:
    with pytest.raises(BatchInvalid):
        house.recorder.reserve(batch, count)


def test_a_batch_is_logged_with_the_status_it_opens(house: House) -> None:
    key = house.enrol()
    _, sealed, appended = house.issue(3, key)
    *credentials, listed = entries(house, appended.first_index, appended.first_index + 4)
    assert credentials == [
        CredentialEntry(appended.t, key.public_key.kid8, each.list, each.index, each.qr, each.doc) for each in sealed
    ]
    assert isinstance(listed, ListEntry)
    assert (listed.name, listed.version) == ("status/0", 1)
    assert statuses(house)[:4] == [VALID, VALID, VALID, ENDED]
    opened = open_checkpoint(appended.checkpoint, house.log.identity, (), require_ml_dsa=True, witness_threshold=0)
    assert opened.checkpoint.size == appended.first_index + 4
    assert opened.ml_dsa_time == appended.t


def test_every_proof_leads_to_the_signed_root(house: House) -> None:
    key = house.enrol()
    house.issue(300, key)
    _, sealed, appended = house.issue(290, key)
    checkpoint = open_checkpoint(
        appended.checkpoint, house.log.identity, (), require_ml_dsa=True, witness_threshold=0
    ).checkpoint
    proofs = house.recorder.prove(appended.first_index, 290, checkpoint.size)
    for at, (each, proof) in enumerate(zip(sealed, proofs, strict=True)):
        entry = CredentialEntry(appended.t, each.kid8, each.list, each.index, each.qr, each.doc)
        index = appended.first_index + at
        verify_inclusion(index, checkpoint.size, leaf_hash(encode(entry)), proof, checkpoint.root)
    with pytest.raises(NotRetrievable):
        house.recorder.prove(appended.first_index, 290, checkpoint.size + 1)
    with pytest.raises(NotRetrievable):
        house.recorder.prove(-1, 1, checkpoint.size)


def test_asking_again_gives_the_same_answer_and_writes_nothing(house: House) -> None:
    key = house.enrol()
    batch, sealed, appended = house.issue(5, key)
    house.issue(2, key)
    head = house.recorder.head()
    assert house.recorder.append(batch, sealed) == appended
    assert house.recorder.head() == head


def test_the_same_id_with_other_bytes_is_refused(house: House) -> None:
    key = house.enrol()
    batch, sealed, _ = house.issue(2, key)
    with pytest.raises(BatchConflict):
        house.recorder.append(batch, [submission(key, each.list, each.index) for each in sealed])
    with pytest.raises(BatchConflict):
        house.recorder.append(batch, sealed[:1])
    with pytest.raises(BatchConflict):
        house.recorder.append(batch, [sealed[1], sealed[0]])


@pytest.mark.parametrize("member", ["qr_signature", "doc_signature", "qr", "doc"])
def test_one_wrong_signature_refuses_the_whole_batch(house: House, member: str) -> None:
    key = house.enrol()
    sealed = house.sealed("batch", 5, key)
    spoiled = bytearray(getattr(sealed[3], member))
    spoiled[-1] ^= 1
    head = house.recorder.head()
    with pytest.raises(SubmissionForged) as refused:
        house.recorder.append("batch", [*sealed[:3], replace(sealed[3], **{member: bytes(spoiled)}), sealed[4]])
    assert refused.value.params["index"] == 3
    assert house.recorder.head() == head
    assert statuses(house)[:5] == [ENDED] * 5
    assert house.recorder.append("batch", sealed).count == 5


def test_nobody_logs_with_a_key_that_is_not_his(house: House) -> None:
    house.enrol()
    stranger, run = signer("stranger"), house.recorder.reserve("batch", 1)[0]
    with pytest.raises(KeyUnknown):
        house.recorder.append("batch", [submission(stranger, run.list, run.first)])
    pretended = replace(submission(stranger, run.list, run.first), kid8=signer("body").public_key.kid8)
    with pytest.raises(SubmissionForged):
        house.recorder.append("batch", [pretended])


def test_a_retired_key_logs_nothing_more(house: House) -> None:
    key = house.enrol()
    batch, sealed, appended = house.issue(1, key)
    waiting = house.sealed("late", 1, key)
    house.recorder.retire(key.public_key.thumbprint)
    with pytest.raises(KeyNotActive):
        house.recorder.append("late", waiting)
    assert house.recorder.append(batch, sealed) == appended  # what was logged before is answered as before


def test_slots_of_another_batch_cannot_be_taken(house: House) -> None:
    key, other = house.enrol(), house.enrol("other", OTHER_BODY)
    mine = house.recorder.reserve("mine", 2)[0]
    house.recorder.reserve("theirs", 2)
    with pytest.raises(SlotNotReserved):
        house.recorder.append("theirs", [submission(other, mine.list, mine.first)])
    with pytest.raises(SlotNotReserved):
        house.recorder.append("unreserved", [submission(key, mine.list, mine.first)])
    with pytest.raises(SlotTaken):
        house.recorder.append("mine", [submission(key, mine.list, mine.first), submission(key, mine.list, mine.first)])
    assert house.recorder.append("mine", [submission(key, mine.list, mine.first)]).count == 1


@pytest.mark.parametrize(
    "change",
    [{"kid8": b"short"}, {"qr": b""}, {"doc": bytes(33)}, {"qr_signature": bytes(63)}, {"doc_signature": bytes(72)}],
)
def test_a_malformed_submission_is_named(house: House, change: dict[str, bytes]) -> None:
    key = house.enrol()
    sealed = house.sealed("batch", 1, key)
    with pytest.raises(SubmissionInvalid):
        house.recorder.append("batch", [replace(sealed[0], **change)])


def test_an_unused_slot_stays_never_issued(house: House) -> None:
    key = house.enrol()
    sealed = house.sealed("batch", 4, key)
    house.recorder.append("batch", [sealed[0], sealed[3]])
    assert statuses(house)[:5] == [VALID, ENDED, ENDED, VALID, ENDED]


def test_time_in_the_log_never_goes_back(house: House) -> None:
    house.now = 2_000_000_000
    key = house.enrol()
    _, _, first = house.issue(1, key)
    house.now = 1_000_000_000
    _, _, second = house.issue(1, key)
    house.now = 2_000_000_005
    _, _, third = house.issue(1, key)
    assert [first.t, second.t, third.t] == [2_000_000_000, 2_000_000_000, 2_000_000_005]
    times = [
        open_checkpoint(each.checkpoint, house.log.identity, (), require_ml_dsa=True, witness_threshold=0).ml_dsa_time
        for each in (first, second, third)
    ]
    assert times == [2_000_000_000, 2_000_000_000, 2_000_000_005]


def test_a_batch_may_mix_keys_of_several_bodies(house: House) -> None:
    one, two = house.enrol(), house.enrol("other", OTHER_BODY)
    run = house.recorder.reserve("both", 2)[0]
    assert house.recorder.append("both", [submission(one, 0, run.first), submission(two, 0, run.first + 1)]).count == 2


def test_only_es256_signs_certificates(house: House) -> None:
    fixed = Submission(os.urandom(8), 0, 0, bytes(32), bytes(64), bytes(32), bytes(64))
    with pytest.raises(KeyUnknown):
        house.recorder.append("batch", [fixed])
    assert signer("x", Algorithm.ED25519).public_key.algorithm == "Ed25519"
    assert BODY != OTHER_BODY
