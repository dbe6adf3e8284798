"""Status changes: only by the body that owns the slot or the operator, only along the table, never one lost."""

import os
from dataclasses import replace

import pytest

from keys.algorithms import Algorithm
from registry.contract import StatusChange
from registry.entries import ListEntry, StatusEntry, decode
from registry.errors import DetailForged, EventInvalid, TransitionRefused
from registry.events import EVENTS, Detail, decode_events, events_root, seal_detail, state_at
from registry.refusals import (
    ArrayDiffersFromLog,
    BatchConflict,
    DetailMismatch,
    EffectiveLater,
    KeyNotActive,
    KeyUnknown,
    NotTheOwner,
    SlotNotIssued,
    StoredBytesDiffer,
)
from registry.statuses import event_file, read_list
from registry.stored import stored_bodies
from tests.registry_rim.rim_house import OTHER_BODY, House, change, changes, signer, submission
from web.database import reading


def status(house: House, slot: int) -> int:
    with reading(house.engine) as connection:
        return read_list(connection, 0).array.get(slot)


def events(house: House, slot: int):
    with reading(house.engine) as connection:
        records = decode_events(event_file(connection, 0, slot // 4096, {}))
    return [record for record in records if record.slot == slot]


# The table of transitions, once more by hand: from the present status, what each event makes of it (None: refused).
TABLE = {
    "rescinded": {0: 1, 1: None, 2: 1, 3: 1},
    "cancelled": {0: 1, 1: None, 2: 1, 3: 1},
    "revoked": {0: 1, 1: None, 2: 1, 3: 1},
    "transferred": {0: 1, 1: None, 2: 1, 3: 1},
    "suspended": {0: 2, 1: None, 2: None, 3: None},
    "reinstated": {0: None, 1: None, 2: 0, 3: None},
    "superseded": {0: 3, 1: None, 2: 3, 3: None},
}
REACHED_BY = {0: (), 1: ("cancelled",), 2: ("suspended",), 3: ("superseded",)}


def successor(event: str) -> str | None:
    return "NEW-NUMBER" if event == "superseded" else None


def test_every_event_from_every_status(house: House) -> None:
    key = house.enrol()
    _, sealed, _ = house.issue(28, key)
    slots = iter(sealed)
    for event, row in TABLE.items():
        for before, after in row.items():
            slot = next(slots)
            for step in REACHED_BY[before]:
                house.recorder.change_status(
                    change(key, slot, step, house.clock(), successor(step)), os.urandom(8).hex()
                )
            asked = change(key, slot, event, house.clock(), successor(event))
            if after is None:
                with pytest.raises(TransitionRefused):
                    house.recorder.change_status(asked, os.urandom(8).hex())
            else:
                house.recorder.change_status(asked, os.urandom(8).hex())
            assert status(house, slot.index) == (before if after is None else after), (event, before)
    assert EVENTS.keys() == TABLE.keys()


def test_a_change_is_logged_with_its_list_and_told_by_its_event(house: House) -> None:
    key = house.enrol()
    _, sealed, _ = house.issue(2, key)
    now = house.clock()
    asked = change(key, sealed[1], "revoked", now - 86400)
    changed = house.recorder.change_status(asked, "one")
    with reading(house.engine) as connection:
        logged, listed = (
            decode(body) for body in stored_bodies(connection, changed.indices[0], changed.indices[0] + 2)
        )
        stored = read_list(connection, 0)
        root = events_root({0: event_file(connection, 0, 0, {})})
    assert isinstance(logged, StatusEntry)
    assert isinstance(listed, ListEntry)
    assert (logged.old, logged.new, logged.effective_at) == (0, 1, now - 86400)
    assert (listed.version, listed.digest, listed.extra) == (2, stored.array.digest, root)
    assert state_at(events(house, 1), None).event == "revoked"
    assert state_at(events(house, 1), now - 86401).status == 0
    assert house.recorder.change_status(asked, "one") == changed
    with pytest.raises(BatchConflict):
        house.recorder.change_status(change(key, sealed[1], "revoked", now), "one")


def test_many_changes_are_one_commit_or_none(house: House) -> None:
    key = house.enrol()
    _, sealed, _ = house.issue(40, key)
    good = changes(key, sealed, "suspended", house.clock())
    bad = change(key, sealed[20], "reinstated", house.clock())
    head = house.recorder.head()
    with pytest.raises(TransitionRefused):
        house.recorder.change_statuses("bad", [*good[:20], bad, *good[21:]])
    assert house.recorder.head() == head
    assert {status(house, slot) for slot in range(40)} == {0}
    changed = house.recorder.change_statuses("good", good)
    assert changed.indices == tuple(range(head.size, head.size + 40))
    assert house.recorder.head().size == head.size + 41  # forty changes, one list entry
    assert {status(house, slot) for slot in range(40)} == {2}


def test_two_changes_of_one_slot_in_one_call_follow_one_another(house: House) -> None:
    key = house.enrol()
    _, sealed, _ = house.issue(1, key)
    now = house.clock()
    steps = [change(key, sealed[0], "suspended", now), change(key, sealed[0], "reinstated", now)]
    house.recorder.change_statuses("both", steps)
    assert [record.change.new for record in events(house, 0)] == [2, 0]


# Who may ------------------------------------------------------------------------------------------------------------


def test_a_foreign_body_cannot_change_a_slot(house: House) -> None:
    key, foreign = house.enrol(), house.enrol("other", OTHER_BODY)
    _, sealed, _ = house.issue(1, key)
    with pytest.raises(NotTheOwner):
        house.recorder.change_status(change(foreign, sealed[0], "revoked", house.clock()), "x")
    with pytest.raises(KeyUnknown):
        house.recorder.change_status(change(signer("nobody"), sealed[0], "revoked", house.clock()), "x")
    assert status(house, 0) == 0


def test_the_bodys_next_key_and_the_operator_may(house: House) -> None:
    key = house.enrol()
    _, sealed, _ = house.issue(2, key)
    successor_key = signer("body 2027")
    house.recorder.enrol("12310000425006790X", successor_key.public_key, replaces=key.public_key.thumbprint)
    with pytest.raises(KeyNotActive):
        house.recorder.change_status(change(key, sealed[0], "revoked", house.clock()), "old key")
    house.recorder.change_status(change(successor_key, sealed[0], "revoked", house.clock()), "new key")
    house.recorder.change_status(change(signer("status"), sealed[1], "suspended", house.clock()), "operator")
    assert [status(house, 0), status(house, 1)] == [1, 2]


def test_a_broken_seal_or_one_for_another_slot_changes_nothing(house: House) -> None:
    key = house.enrol()
    _, sealed, _ = house.issue(2, key)
    good = change(key, sealed[0], "suspended", house.clock())
    spoiled = bytearray(good.detail)
    spoiled[-1] ^= 1
    refused: list[tuple[StatusChange, type[Exception]]] = [
        (replace(good, detail=bytes(spoiled)), DetailForged),
        (replace(good, detail=b"nonsense"), EventInvalid),
        (replace(good, salt=b"short"), EventInvalid),
        (replace(good, index=1), DetailMismatch),
        (replace(good, list=1), DetailMismatch),
        (replace(good, effective_at=good.effective_at - 1), DetailMismatch),
        (replace(good, new=1), DetailMismatch),
    ]
    for number, (each, error) in enumerate(refused):
        with pytest.raises(error):
            house.recorder.change_status(each, f"refused {number}")
    assert [status(house, 0), status(house, 1)] == [0, 0]


def test_a_detail_sealed_as_a_certificate_is_no_detail(house: House) -> None:
    """The seal is bound to its use: signed under another external_aad it does not open a status change."""
    key = house.enrol()
    _, sealed, _ = house.issue(1, key)
    good = change(key, sealed[0], "revoked", house.clock())
    from keys.cose import read1, sign1

    other = sign1(read1(good.detail).payload, key, external_aad=b"hallmark/qr/1")
    with pytest.raises(DetailForged):
        house.recorder.change_status(replace(good, detail=other), "x")


def test_what_was_never_issued_cannot_change(house: House) -> None:
    key = house.enrol()
    run = house.recorder.reserve("reserved", 1)[0]
    for slot in (submission(key, 0, run.first), submission(key, 0, 99), submission(key, 7, 0)):
        with pytest.raises(SlotNotIssued):
            house.recorder.change_status(change(key, slot, "revoked", house.clock()), os.urandom(4).hex())


def test_a_change_cannot_lie_in_the_future(house: House) -> None:
    key = house.enrol()
    _, sealed, _ = house.issue(1, key)
    with pytest.raises(EffectiveLater):
        house.recorder.change_status(change(key, sealed[0], "revoked", house.clock() + 3600), "x")


# Behind the registry's back -----------------------------------------------------------------------------------------


FLIP = """UPDATE status_list SET "array" = CAST(x'aa' || substr("array", 2) AS BLOB)"""


def test_a_flipped_status_is_never_signed_by_the_next_honest_batch(full_house: House) -> None:
    head = full_house.recorder.head()
    full_house.sql(FLIP)
    with pytest.raises(ArrayDiffersFromLog):
        full_house.issue(1, full_house.key)
    with pytest.raises(ArrayDiffersFromLog):
        full_house.recorder.change_status(
            change(full_house.key, full_house.submissions[9], "revoked", full_house.clock()), "x"
        )
    assert full_house.recorder.head() == head


def test_a_fresh_list_that_was_tampered_with_is_not_begun(house: House) -> None:
    key = house.enrol()
    sealed = house.sealed("batch", 1, key)
    house.sql(FLIP)
    with pytest.raises(ArrayDiffersFromLog):
        house.recorder.append("batch", sealed)


def test_owning_a_row_is_not_owning_a_slot(full_house: House) -> None:
    foreign = full_house.enrol("other", OTHER_BODY)
    full_house.sql('UPDATE slot SET kid8 = ? WHERE "index" = 9', foreign.public_key.kid8)
    with pytest.raises(NotTheOwner):
        full_house.recorder.change_status(
            change(foreign, full_house.submissions[9], "revoked", full_house.clock()), "x"
        )
    _, mine, _ = full_house.issue(1, foreign)
    full_house.sql('DELETE FROM slot WHERE "index" = 9')
    full_house.sql('UPDATE slot SET "index" = 9 WHERE "index" = ?', mine[0].index)
    with pytest.raises(SlotNotIssued):
        full_house.recorder.change_status(
            change(foreign, full_house.submissions[9], "revoked", full_house.clock()), "x"
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET salt = NULL, detail = NULL",
        "DELETE FROM event",
        "UPDATE event SET salt = x'00112233445566778899aabbccddeeff'",
        "UPDATE event_file SET leaf_hash = x'" + "00" * 32 + "'",
    ],
)
def test_events_changed_by_hand_are_not_built_upon(full_house: House, statement: str) -> None:
    full_house.sql(statement)
    with pytest.raises((StoredBytesDiffer, DetailForged)):
        full_house.recorder.change_status(
            change(full_house.key, full_house.submissions[9], "revoked", full_house.clock()), "x"
        )


def test_a_detail_can_be_forgotten_and_the_fact_stays(full_house: House) -> None:
    before = events(full_house, 5)[0]
    full_house.recorder.erase_detail(before.log_index)
    after = events(full_house, 5)[0]
    assert (after.entry, after.salt, after.detail) == (before.entry, None, None)
    assert state_at([after], None).status == 1
    full_house.recorder.change_status(
        change(full_house.key, full_house.submissions[9], "revoked", full_house.clock()), "goes on"
    )
    with pytest.raises(SlotNotIssued):
        full_house.recorder.erase_detail(0)


def test_only_a_bodys_es256_key_signs_a_detail() -> None:
    detail = Detail("revoked", "r", "a", "d")
    from keys.errors import AlgorithmNotAllowed

    with pytest.raises(AlgorithmNotAllowed):
        seal_detail(detail, list_no=0, index=0, effective_at=0, signer=signer("x", Algorithm.ED25519))
