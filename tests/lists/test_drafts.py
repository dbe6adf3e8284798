"""A draft on its way: two different publishers, one version that follows, nothing that a courier could slip in."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.b64 import b64u
from keys.errors import SignerRepeated
from registry.errors import DraftInvalid, DraftStale, ListInvalid, ListUnsigned, NotAPublisher, RegistryError
from registry.lists import PublishedList, open_list
from registry.published.drafts import Draft, next_version
from tests.lists.samples import AI, CITY, KEYS, STRANGER, A, B, trust_of

NOW = 1_790_000_000
FIRST = next_version(None, "catalogue", {"edition": "一"}, now=NOW, effective=NOW, expires=NOW + 100)


def trust_draft() -> Draft:
    content, shards = trust_of([CITY], [AI])
    return Draft(next_version(None, "trust", content, now=NOW, effective=NOW, expires=NOW + 9), None, shards)


def test_two_publishers_make_a_list_of_a_draft() -> None:
    draft = Draft(FIRST)
    assert draft.signers(KEYS) == frozenset()
    once = Draft.from_bytes(draft.to_bytes()).signed(A, KEYS)
    assert once.sealed is not None
    with pytest.raises(ListUnsigned):
        open_list(once.sealed, KEYS, name="catalogue", now=None)
    twice = Draft.from_bytes(once.to_bytes()).signed(B, KEYS)
    assert twice.signers(KEYS) == {A.public_key.kid, B.public_key.kid}
    assert twice.sealed is not None
    assert open_list(twice.sealed, KEYS, name="catalogue", now=None) == FIRST


def test_one_person_signs_once_and_a_stranger_never() -> None:
    once = Draft(FIRST).signed(A, KEYS)
    with pytest.raises(SignerRepeated):
        Draft.from_bytes(once.to_bytes()).signed(A, KEYS)
    with pytest.raises(NotAPublisher):
        once.signed(STRANGER, KEYS)


def test_a_signature_under_other_words_is_none() -> None:
    """Someone changes the draft between the two publishers: the first signature no longer counts."""
    once = Draft(FIRST).signed(A, KEYS)
    changed = json.loads(once.to_bytes())
    changed["payload"] = b64u(replace(FIRST, content={"edition": "二"}).payload())
    swapped = Draft.from_bytes(json.dumps(changed).encode())
    assert swapped.signers(KEYS) == frozenset()
    assert len(swapped.signed(B, KEYS).signers(KEYS)) == 1


def test_a_draft_follows_the_newest_version_or_is_stale() -> None:
    Draft(FIRST).require_next(None)
    second = next_version(FIRST, "catalogue", {}, now=NOW, effective=NOW + 50, expires=NOW + 100)
    assert (second.version, second.prev) == (2, FIRST.digest)
    Draft(second).require_next(FIRST)
    for newest in (None, second, replace(FIRST, content={"edition": "别的"})):
        with pytest.raises(DraftStale):
            Draft(second).require_next(newest)
    with pytest.raises(ListInvalid):
        next_version(FIRST, "catalogue", {}, now=NOW, effective=NOW, expires=NOW)


def test_a_trust_draft_carries_its_shards() -> None:
    draft = trust_draft()
    read = Draft.from_bytes(draft.to_bytes())
    assert (read.listed, dict(read.shards)) == (draft.listed, dict(draft.shards))
    assert len(draft.to_bytes()) < 30_000


@pytest.mark.parametrize("spoil", ["other shard", "missing", "unknown", "number", "shards on catalogue"])
def test_shards_that_are_not_those_of_the_list_are_refused(spoil: str) -> None:
    whole = json.loads((trust_draft() if spoil != "shards on catalogue" else Draft(FIRST)).to_bytes())
    (name,) = list(whole["shards"]) or ["00"]
    match spoil:
        case "other shard":
            whole["shards"][name] = whole["shards"][name].replace("人工智能", "集成电路")
        case "missing":
            whole["shards"] = {}
        case "unknown":
            whole["shards"]["zz"] = "{}"
        case "number":
            whole["shards"][name] = 7
        case _:
            whole["shards"] = {"00": "{}"}
    with pytest.raises(DraftInvalid):
        Draft.from_bytes(json.dumps(whole, ensure_ascii=False).encode())


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"[]", b"{}", b'{"form":"hallmark-list-draft/1","payload":"","signatures":[],"shards":{}}',
     b'{"form":"hallmark-list-draft/2","payload":"e30","signatures":[],"shards":{}}',
     b'{"form":"hallmark-list-draft/1","payload":"e30","signatures":[],"shards":{}}',
     b'{"form":"hallmark-list-draft/1","payload":"e30","signatures":[],"shards":[]}',
     b'{"form":"hallmark-list-draft/1","payload":"\xe4","signatures":[],"shards":{}}'],
)  # fmt: skip
def test_what_is_no_draft_is_refused(data: bytes) -> None:
    with pytest.raises(DraftInvalid):
        Draft.from_bytes(data)


@given(st.data())
def test_a_changed_byte_never_makes_a_valid_signature(data: st.DataObject) -> None:
    whole = bytearray(Draft(FIRST).signed(A, KEYS).signed(B, KEYS).to_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 6))
    try:
        read = Draft.from_bytes(bytes(whole))
    except RegistryError:
        return
    assert read.listed == FIRST or not read.signers(KEYS)


def test_the_list_that_is_signed_is_the_one_that_is_shown() -> None:
    assert isinstance(Draft.from_bytes(Draft(FIRST).to_bytes()).listed, PublishedList)
    assert Draft.from_bytes(Draft(FIRST).to_bytes()).listed.payload() == FIRST.payload()
