"""Log entries, hints and paths: one encoding each, nothing out of range, hostile bytes refused; and the room's sentences."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import cbor
from registry import catalogue, entries, errors, paths
from registry.entries import CredentialEntry, KeyEntry, ListEntry, RootsEntry, StatusEntry
from registry.errors import EntryInvalid, HintsInvalid, PathInvalid, RegistryError
from registry.hints import SLOTS_PER_BLOCK, decode_hints, encode_hints, lookup
from registry.respelling import respell

TIMES = st.integers(0, (1 << 40) - 1)
DIGESTS = st.binary(min_size=32, max_size=32)
NUMBERS = st.integers(0, (1 << 32) - 1)
SLOTS = st.integers(0, (1 << 17) - 1)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz/0123456789-", min_size=1, max_size=64)
STATUS = st.integers(0, 3)

ENTRIES = st.one_of(
    st.builds(CredentialEntry, TIMES, st.binary(min_size=8, max_size=8), NUMBERS, SLOTS, DIGESTS, DIGESTS),
    st.builds(StatusEntry, TIMES, NUMBERS, SLOTS, STATUS, STATUS, TIMES, DIGESTS).filter(lambda e: e.old != e.new),
    st.builds(ListEntry, TIMES, NAMES, NUMBERS, DIGESTS, DIGESTS | st.just(b"")),
    st.builds(KeyEntry, TIMES, st.sampled_from(["enrol", "rotate", "retire"]), NAMES, DIGESTS, st.none()),
    st.builds(KeyEntry, TIMES, st.just("compromise"), NAMES, DIGESTS, st.integers(0, (1 << 63) - 1)),
    st.builds(RootsEntry, TIMES, NUMBERS, DIGESTS),
)


@settings(max_examples=200)
@given(ENTRIES)
def test_entries_round_trip(entry: entries.Entry) -> None:
    body = entries.encode(entry)
    assert entries.decode(body) == entry
    assert len(body) <= entries.MAX_ENTRY_BYTES
    assert respell(entry) == body


def test_a_credential_entry_is_spelled_as_designed() -> None:
    entry = CredentialEntry(1_790_000_000, b"kid8kid8", 3, 70_000, b"q" * 32, b"d" * 32)
    items = ["8701", "1a6ab13b80", "486b6964386b696438", "03", "1a00011170", "5820" + "71" * 32, "5820" + "64" * 32]
    assert entries.encode(entry).hex() == "".join(items)


@pytest.mark.parametrize(
    "items",
    [
        [1, 5, b"kid8kid8", 3, 7, bytes(32)],
        [1, 5, b"kid8kid8", 3, 7, bytes(32), bytes(31)],
        [1, 5, b"kid8kid", 3, 7, bytes(32), bytes(32)],
        [1, 5, "kid8kid8", 3, 7, bytes(32), bytes(32)],
        [1, -5, b"kid8kid8", 3, 7, bytes(32), bytes(32)],
        [1, True, b"kid8kid8", 3, 7, bytes(32), bytes(32)],
        [True, 5, b"kid8kid8", 3, 7, bytes(32), bytes(32)],
        [1, 5, b"kid8kid8", 3, 1 << 17, bytes(32), bytes(32)],
        [1, 5, b"kid8kid8", 1 << 32, 7, bytes(32), bytes(32)],
        [2, 5, 3, 7, 0, 4, 5, bytes(32)],
        [2, 5, 3, 7, 1, 1, 5, bytes(32)],
        [3, 5, "", 1, bytes(32), b""],
        [3, 5, "姓名", 1, bytes(32), b""],
        [3, 5, "trust", 1, bytes(32), b"x"],
        [4, 5, "forget", "code", bytes(32), None],
        [4, 5, "enrol", "code", bytes(32), 7],
        [4, 5, "compromise", "code", bytes(32), None],
        [4, 5, [], "code", bytes(32), None],
        [5, 5, 1, None],
        [6, 5],
        [],
        [[]],
        {1: 2},
        "text",
        None,
    ],
)
def test_what_is_no_entry_is_refused(items: Any) -> None:
    with pytest.raises(EntryInvalid):
        entries.decode(cbor.encode(items))


def test_an_entry_out_of_range_is_never_written() -> None:
    with pytest.raises(EntryInvalid):
        entries.encode(StatusEntry(5, 3, 7, 0, 0, 5, bytes(32)))


@settings(max_examples=400)
@given(ENTRIES, st.data())
def test_changed_bytes_are_refused_or_another_entry(entry: entries.Entry, data: st.DataObject) -> None:
    body = bytearray(entries.encode(entry))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    try:
        found = entries.decode(bytes(body))
    except RegistryError:
        return
    assert entries.encode(found) == bytes(body)


@given(st.binary(max_size=100))
def test_noise_is_no_entry(noise: bytes) -> None:
    with pytest.raises(RegistryError):
        entries.decode(noise)


def test_an_entry_of_another_encoding_is_refused() -> None:
    body = entries.encode(RootsEntry(5, 1, bytes(32)))
    assert body[:3] == b"\x84\x05\x05"
    with pytest.raises(EntryInvalid):
        entries.decode(b"\x84\x05\x18\x05" + body[3:])
    with pytest.raises(EntryInvalid):
        entries.decode(body + b"\x00")


# Hints --------------------------------------------------------------------------------------------------------------


@given(st.integers(0, 31), st.dictionaries(st.integers(0, 4095), st.integers(0, (1 << 40) - 2), max_size=30))
def test_hints_round_trip(block: int, offsets: dict[int, int]) -> None:
    log_index_of = {block * SLOTS_PER_BLOCK + offset: index for offset, index in offsets.items()}
    file = encode_hints(log_index_of)
    assert len(file) == 4096 * 5
    assert decode_hints(file, block) == log_index_of
    assert all(lookup(file, slot) == index for slot, index in log_index_of.items())


def test_a_slot_without_entry_has_no_hint_and_entry_0_has_one() -> None:
    file = encode_hints({7: 0})
    assert (lookup(file, 7), lookup(file, 8)) == (0, None)
    assert file[35:40] == b"\0\0\0\0\1"


def test_hints_of_another_form_are_refused() -> None:
    with pytest.raises(HintsInvalid):
        encode_hints({4095: 1, 4096: 2})
    with pytest.raises(HintsInvalid):
        encode_hints({1: (1 << 40) - 1})
    with pytest.raises(HintsInvalid):
        encode_hints({-1: 1})
    with pytest.raises(HintsInvalid):
        lookup(bytes(4096 * 5 - 1), 1)


# Paths --------------------------------------------------------------------------------------------------------------


def test_the_published_folder_is_spelled_once() -> None:
    assert paths.CHECKPOINT == "checkpoint"
    assert paths.roots_path(2) == "roots/2.json"
    assert paths.list_path("trust") == "lists/trust.json"
    assert paths.list_version_path("trust", 7) == "lists/trust/7.json"
    assert paths.trust_shard_path(7, 10) == "lists/trust/7/0a.json"
    assert paths.status_path(3) == "status/3"
    assert paths.status_proof_path(3) == "status/3.tlog-proof"
    assert paths.bitstring_path(3, "revocation") == "bitstring/3/revocation"
    assert paths.events_path(3, 31) == "events/3/31"
    assert paths.hints_path(3, 0) == "hints/3/0"


@pytest.mark.parametrize(
    "spell",
    [
        lambda: paths.list_path("../etc"),
        lambda: paths.list_path("Trust"),
        lambda: paths.list_path("trust\n"),
        lambda: paths.list_version_path("trust", -1),
        lambda: paths.trust_shard_path(1, 256),
        lambda: paths.bitstring_path(1, "../x"),
        lambda: paths.events_path(1, 32),
        lambda: paths.hints_path(-1, 0),
    ],
)
def test_nothing_climbs_out_of_the_folder(spell: Any) -> None:
    with pytest.raises(PathInvalid):
        spell()


# Sentences ----------------------------------------------------------------------------------------------------------


def test_every_code_of_the_pure_room_has_its_two_sentences() -> None:
    folder = Path(__file__).parents[2] / "web" / "i18n"
    sentences = {}
    for name in ("registry.json", "registry_lists.json"):
        sentences |= json.loads((folder / name).read_text("utf-8"))
    leaves = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, RegistryError)]
    codes = {leaf.code for leaf in leaves if leaf is not RegistryError}
    trust = {"kind_not_granted", "committee_unknown", "scope_series", "scope_specialty", "scope_level", "not_in_force"}
    codes |= {f"trust.{each}" for each in trust} | catalogue.WARNINGS
    codes |= {"catalogue.unknown_series", "catalogue.level_mismatch", "catalogue.category_mismatch"}
    assert len(codes) == len(leaves) - 1 + 6 + 5
    assert codes <= sentences.keys()
    for code in codes:
        assert sentences[code].keys() == {"zh", "en"}
        assert any("\u4e00" <= character <= "\u9fff" for character in sentences[code]["zh"])
