"""Status events: the as-of table, chains with gaps, sealed and erased details, event files, and hostile bytes."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import cbor
from keys.algorithms import Algorithm
from keys.cose import read1, sign1
from keys.signer import SoftwareSigner
from registry import entries
from registry.entries import StatusEntry
from registry.errors import (
    DetailErased,
    DetailForged,
    EventInvalid,
    EventsInconsistent,
    RegistryError,
    TransitionRefused,
)
from registry.events import (
    DETAIL_AAD,
    EVENTS,
    Detail,
    EventRecord,
    StateAt,
    allowed,
    commitment,
    decode_events,
    encode_events,
    events_root,
    open_detail,
    seal_detail,
    state_at,
)
from registry.merkle import leaf_hash, root_of

BODY = SoftwareSigner.from_seed(Algorithm.ES256, b"body")
LIST, SLOT = 3, 70_000
BEFORE, WHEN, AFTER = 999, 1000, 1001


def detail(event: str) -> Detail:
    return Detail(
        event, "理由", "上海市人力资源和社会保障局", "沪人社罚〔2026〕1号", "NEW1" if event == "superseded" else None
    )


def record(event: str, old: int, effective_at: int, log_index: int, **changed: Any) -> EventRecord:
    slot = changed.get("slot", SLOT)
    sealed = seal_detail(detail(event), list_no=LIST, index=slot, effective_at=effective_at, signer=BODY)
    sealed = changed.get("sealed", sealed)
    salt = sha256(event.encode()).digest()[:16]
    change = StatusEntry(
        5000, LIST, slot, old, changed.get("new", EVENTS[event].status), effective_at, commitment(salt, sealed)
    )
    return EventRecord(log_index, entries.encode(change), salt, sealed)


def erased(whole: EventRecord) -> EventRecord:
    return EventRecord(whole.log_index, whole.entry, None, None)


def chain(*steps: tuple[str, int]) -> list[EventRecord]:
    """Records of one slot: (event, effective_at) in log order."""
    status, records = 0, []
    for place, (event, effective_at) in enumerate(steps):
        records.append(record(event, status, effective_at, 100 + place))
        status = EVENTS[event].status
    return records


def brief(state: StateAt) -> tuple[int, str | None]:
    return state.status, state.event


# The as-of table ----------------------------------------------------------------------------------------------------


def test_nothing_happened_means_valid_at_any_time() -> None:
    assert state_at([], None) == state_at([], 5) == StateAt(0)


@pytest.mark.parametrize(
    ("event", "before", "then"),
    [
        ("rescinded", (1, "rescinded"), (1, "rescinded")),
        ("cancelled", (0, None), (1, "cancelled")),
        ("revoked", (0, None), (1, "revoked")),
        ("transferred", (0, None), (1, "transferred")),
        ("suspended", (0, None), (2, "suspended")),
        ("superseded", (0, None), (3, "superseded")),
    ],
)
def test_was_it_valid_on_day_x(event: str, before: tuple[int, str], then: tuple[int, str]) -> None:
    records = chain((event, WHEN))
    assert brief(state_at(records, BEFORE)) == before
    for moment in (WHEN, AFTER, None):
        assert brief(state_at(records, moment)) == then


def test_a_suspension_counts_only_in_between() -> None:
    records = chain(("suspended", 1000), ("reinstated", 2000))
    assert [state_at(records, at).status for at in (999, 1000, 1999, 2000, None)] == [0, 2, 2, 0, 0]
    assert state_at(records, None).event == "reinstated"


def test_what_is_rescinded_was_never_valid_whatever_came_before() -> None:
    records = chain(("suspended", 1000), ("reinstated", 2000), ("rescinded", 3000))
    assert {brief(state_at(records, at)) for at in (1, 1500, 2500, 3500, None)} == {(1, "rescinded")}


def test_a_later_entry_counts_from_its_own_effect_on() -> None:
    backdated = chain(("suspended", 2000), ("revoked", 1000))
    assert [brief(state_at(backdated, at)) for at in (999, 1000, 2500)] == [(0, None), (1, "revoked"), (1, "revoked")]


def test_the_successor_is_named() -> None:
    state = state_at(chain(("superseded", WHEN)), AFTER)
    assert state.detail is not None
    assert (state.detail.successor, state.since) == ("NEW1", WHEN)


def test_replaced_certificates_can_still_be_rescinded() -> None:
    assert brief(state_at(chain(("superseded", 1000), ("rescinded", 2000)), 500)) == (1, "rescinded")


@pytest.mark.parametrize(
    ("old", "reachable"), [(0, {1, 2, 3}), (1, set()), (2, {0, 1, 3}), (3, {1})], ids=["valid", "ended", "2", "3"]
)
def test_only_these_transitions_exist(old: int, reachable: set[int]) -> None:
    assert {new for new in range(4) if allowed(old, new)} == reachable


# Chains -------------------------------------------------------------------------------------------------------------


def gap() -> list[EventRecord]:
    return [chain(("suspended", 1000), ("reinstated", 2000))[1]]


def swapped() -> list[EventRecord]:
    return chain(("suspended", 1000), ("reinstated", 2000))[::-1]


def two_slots() -> list[EventRecord]:
    return [record("suspended", 0, 1000, 100), record("reinstated", 2, 2000, 101, slot=SLOT + 1)]


@pytest.mark.parametrize("records", [gap(), swapped(), two_slots(), [record("revoked", 0, 1, 5)] * 2])
def test_a_chain_with_a_gap_is_no_evidence(records: Sequence[EventRecord]) -> None:
    with pytest.raises(EventsInconsistent):
        state_at(records, None)


def test_an_ended_certificate_does_not_come_back() -> None:
    back = [record("revoked", 0, 1000, 100), erased(record("reinstated", 1, 2000, 101))]
    with pytest.raises(TransitionRefused):
        state_at(back, None)


# Details ------------------------------------------------------------------------------------------------------------


def test_a_sealed_detail_opens_and_verifies_under_the_bodys_key() -> None:
    sealed = seal_detail(detail("revoked"), list_no=LIST, index=SLOT, effective_at=WHEN, signer=BODY)
    opened = open_detail(sealed)
    assert (opened.detail, opened.list, opened.index, opened.effective_at) == (detail("revoked"), LIST, SLOT, WHEN)
    opened.verify(BODY.public_key)
    assert cbor.decode(read1(sealed).payload)[:4] == [LIST, SLOT, WHEN, "revoked"]
    with pytest.raises(DetailForged):
        opened.verify(SoftwareSigner.from_seed(Algorithm.ES256, b"other").public_key)
    with pytest.raises(DetailForged):
        open_detail(sealed[:-1] + bytes([sealed[-1] ^ 1])).verify(BODY.public_key)


def test_a_detail_sealed_as_a_certificate_does_not_verify() -> None:
    payload = read1(seal_detail(detail("revoked"), list_no=LIST, index=SLOT, effective_at=1, signer=BODY)).payload
    with pytest.raises(DetailForged):
        open_detail(sign1(payload, BODY, external_aad=b"hallmark/qr/1")).verify(BODY.public_key)
    open_detail(sign1(payload, BODY, external_aad=DETAIL_AAD)).verify(BODY.public_key)


@pytest.mark.parametrize(
    "made",
    [
        {"event": "forgotten"},
        {"event": "superseded"},
        {"event": "revoked", "successor": "NEW1"},
        {"event": "revoked", "reason": "长" * 501},
    ],
)
def test_details_that_cannot_be_are_refused(made: dict[str, str]) -> None:
    with pytest.raises(EventInvalid):
        Detail(**{"reason": "r", "authority": "a", "document_no": "d", **made})


def test_a_detail_other_than_the_committed_one_is_refused() -> None:
    whole = record("revoked", 0, WHEN, 100)
    with pytest.raises(DetailForged):
        EventRecord(100, whole.entry, whole.salt, record("cancelled", 0, WHEN, 100).detail)
    with pytest.raises(DetailForged):
        EventRecord(100, whole.entry, bytes(16), whole.detail)


@pytest.mark.parametrize(("index", "effective_at"), [(SLOT + 1, WHEN), (SLOT, WHEN + 1)])
def test_a_committed_detail_of_another_change_is_refused(index: int, effective_at: int) -> None:
    sealed = seal_detail(detail("revoked"), list_no=LIST, index=index, effective_at=effective_at, signer=BODY)
    with pytest.raises(DetailForged):
        state_at([record("revoked", 0, WHEN, 100, sealed=sealed)], None)


def test_an_event_that_does_not_set_the_logged_status_is_refused() -> None:
    with pytest.raises(DetailForged):
        state_at([record("suspended", 0, WHEN, 100, new=1)], None)


def test_what_was_erased_still_says_what_the_status_says() -> None:
    suspended = [erased(each) for each in chain(("suspended", 1000), ("reinstated", 2000))]
    assert [brief(state_at(suspended, at)) for at in (999, 1500, 2500)] == [
        (0, None),
        (2, "suspended"),
        (0, "reinstated"),
    ]
    ended = [erased(each) for each in chain(("revoked", WHEN))]
    assert state_at(ended, None) == StateAt(1, None, WHEN, None)
    with pytest.raises(DetailErased):  # rescinded or revoked? that decides about the time before
        state_at(ended, BEFORE)


# Files --------------------------------------------------------------------------------------------------------------


def test_event_files_round_trip_and_grow_at_their_end() -> None:
    records = [*chain(("suspended", 1000), ("reinstated", 2000)), erased(record("revoked", 0, 5, 300, slot=69_999))]
    assert decode_events(encode_events(records)) == tuple(records)
    assert encode_events(records).startswith(encode_events(records[:2]))
    assert [each.slot for each in decode_events(encode_events(records))] == [SLOT, SLOT, 69_999]
    assert decode_events(b"") == ()


def test_a_file_holds_one_block_in_log_order() -> None:
    with pytest.raises(EventInvalid):
        encode_events([record("revoked", 0, 5, 1, slot=4095), record("revoked", 0, 5, 2, slot=4096)])
    with pytest.raises(EventInvalid):
        encode_events([record("revoked", 0, 5, 2, slot=1), record("revoked", 0, 5, 1, slot=2)])


def test_the_root_covers_32_files_in_order() -> None:
    file = encode_events(chain(("revoked", 5)))
    leaves = [leaf_hash(b"")] * 32
    assert events_root({}) == root_of(leaves)
    leaves[17] = leaf_hash(file)
    assert events_root({17: file, 3: b""}) == root_of(leaves)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_hostile_files_raise_only_registry_errors(data: st.DataObject) -> None:
    file = bytearray(encode_events(chain(("suspended", 1000), ("revoked", 2000))))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(file) - 1))
        file[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    try:
        state_at(decode_events(bytes(file)), 1500)
    except RegistryError:
        return


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=8) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.integers(0, 9), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(PLAIN)
def test_well_formed_nonsense_raises_only_registry_errors(value: Any) -> None:
    packed = cbor.encode(value)
    with pytest.raises(RegistryError):
        decode_events(len(packed).to_bytes(2, "big") + packed)
    with pytest.raises(RegistryError):
        open_detail(sign1(packed, BODY, external_aad=DETAIL_AAD))
