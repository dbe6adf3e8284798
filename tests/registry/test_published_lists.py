"""Published lists: thresholds, succession, expiry, and one canonical spelling."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.algorithms import Algorithm
from keys.jws import sign_general
from keys.roots import KeySet
from keys.signer import SoftwareSigner
from keys.strictjson import dumps, loads
from registry.errors import (
    ListExpired,
    ListForked,
    ListInvalid,
    ListNotEffective,
    ListRolledBack,
    ListUnsigned,
    RegistryError,
)
from registry.lists import TYP, PublishedList, list_digest, open_list, seal_list

A, B, C, STRANGER = (SoftwareSigner.from_seed(Algorithm.ES256, name) for name in (b"a", b"b", b"c", b"stranger"))
KEYS = KeySet((A.public_key, B.public_key, C.public_key), 2)
FIRST = PublishedList("catalogue", 1, None, 1000, 1200, 5000, {"系列": ["工程技术人才"]})
SECOND = PublishedList("catalogue", 2, FIRST.digest, 2000, 2000, 6000, {"系列": ["工程技术人才", "会计人员"]})


def reopened(published: PublishedList, *signers: SoftwareSigner, **terms: Any) -> PublishedList:
    data = seal_list(published, signers or (A, B))
    return open_list(data, KEYS, **{"name": "catalogue", "now": None, **terms})


def test_a_list_opens_to_what_was_sealed() -> None:
    assert reopened(FIRST, A, B, C, now=1200) == FIRST
    assert reopened(SECOND, previous=FIRST) == SECOND
    assert "工程技术人才".encode() in FIRST.payload()


def test_the_digest_is_that_of_the_payload_whoever_signed() -> None:
    assert list_digest(seal_list(FIRST, (A, B))) == list_digest(seal_list(FIRST, (C,))) == FIRST.digest
    assert FIRST.digest == sha256(FIRST.payload()).digest()


@pytest.mark.parametrize("signers", [(A,), (A, STRANGER), (STRANGER,)])
def test_too_few_publishers_are_too_few(signers: tuple[SoftwareSigner, ...]) -> None:
    with pytest.raises(ListUnsigned):
        reopened(FIRST, *signers)


def test_one_publisher_twice_is_one() -> None:
    whole = loads(seal_list(FIRST, (A,)))
    whole["signatures"] *= 2
    with pytest.raises(ListUnsigned):
        open_list(dumps(whole), KEYS, name="catalogue", now=None)


@pytest.mark.parametrize(
    ("now", "error"), [(1199, ListNotEffective), (1200, None), (4999, None), (5000, ListExpired), (9000, ListExpired)]
)
def test_a_list_counts_from_its_effect_to_its_expiry(now: int, error: type[RegistryError] | None) -> None:
    if error is None:
        reopened(FIRST, now=now)
    else:
        with pytest.raises(error):
            reopened(FIRST, now=now)


def test_an_older_version_is_a_rollback() -> None:
    with pytest.raises(ListRolledBack):
        reopened(FIRST, previous=SECOND)
    assert reopened(SECOND, previous=SECOND) == SECOND


@pytest.mark.parametrize(
    "forked",
    [
        replace(SECOND, content={}),
        PublishedList("catalogue", 3, FIRST.digest, 3000, 3000, 7000, {}),
    ],
    ids=["same version, other content", "names another predecessor"],
)
def test_a_list_that_does_not_descend_is_a_fork(forked: PublishedList) -> None:
    with pytest.raises(ListForked):
        reopened(forked, previous=SECOND)


def test_versions_may_be_skipped_by_who_was_away() -> None:
    fourth = PublishedList("catalogue", 4, bytes(32), 3000, 3000, 7000, {})
    assert reopened(fourth, previous=SECOND) == fourth


def test_another_list_is_another_list() -> None:
    with pytest.raises(ListInvalid):
        reopened(FIRST, name="trust")


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0}, {"version": 2}, {"version": True}, {"prev": bytes(32)}, {"name": "../x"}, {"name": ""},
        {"published": -1}, {"expires": 1000}, {"effective": 5000}, {"expires": 1.5}, {"content": []},
    ],
)  # fmt: skip
def test_lists_that_cannot_be_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ListInvalid):
        replace(FIRST, **change)


@pytest.mark.parametrize(
    "payload",
    [
        FIRST.payload() + b" ",
        FIRST.payload().replace(b'"version":1', b'"version": 1'),
        FIRST.payload().replace(b'"version":1', b'"version":1.0'),
        FIRST.payload().replace(b'"version":1', b'"version":"1"'),
        FIRST.payload().replace(b'"prev":null', b'"prev":"00"'),
        FIRST.payload().replace(b'"prev":null', b'"prev":0'),
        FIRST.payload().replace(b'"content":', b'"more":1,"content":'),
        FIRST.payload().replace(b'"content":', b'"Content":'),
        b"[]",
        b"",
        b"\xff",
    ],
)
def test_other_spellings_are_refused_although_signed(payload: bytes) -> None:
    with pytest.raises(ListInvalid):
        open_list(sign_general(payload, (A, B), typ=TYP), KEYS, name="catalogue", now=None)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_hostile_lists_of_bytes_raise_only_registry_errors(data: st.DataObject) -> None:
    sealed = bytearray(seal_list(FIRST, (A, B)))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        opened = open_list(bytes(sealed), KEYS, name="catalogue", now=None)
    except RegistryError:
        return
    assert opened == FIRST
