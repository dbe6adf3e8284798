"""The root of trust changes hands only as its custodians say, one version at a time."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.algorithms import Algorithm, PublicKey
from keys.b64 import b64u
from keys.errors import (
    HeaderNotAllowed,
    JsonDuplicateMember,
    KeysError,
    RootsExpired,
    RootsKeyReused,
    RootsMalformed,
    RootsNotFollowing,
    RootsRollback,
    RootsSkipped,
    SignerRepeated,
    ThresholdNotMet,
    TypWrong,
)
from keys.jws import add_signature, sign_general
from keys.roots import (
    PURPOSES,
    TYP,
    KeySet,
    LogIdentity,
    Roots,
    Witness,
    from_json,
    open_roots,
    roots_digest,
    seal_roots,
    to_json,
    walk,
)
from keys.rotation import Purpose
from keys.signer import SoftwareSigner

_NOW = 1_790_000_000
_YEAR = 365 * 86400


def _signer(name: str, algorithm: Algorithm = Algorithm.ES256) -> SoftwareSigner:
    return SoftwareSigner.from_seed(algorithm, name.encode())


def _key(name: str, algorithm: Algorithm = Algorithm.ES256) -> PublicKey:
    return _signer(name, algorithm).public_key


def _custodians(*names: str, threshold: int = 2) -> KeySet:
    return KeySet(tuple(_key(name) for name in names), threshold)


_V1 = Roots(
    version=1,
    issued=_NOW,
    expires=_NOW + _YEAR,
    test=True,
    hosts=("hallmark.example", "127.0.0.1:8443"),
    log=LogIdentity("hallmark.example/log", _key("log", Algorithm.ED25519), _key("log", Algorithm.ML_DSA_44)),
    witnesses=(
        Witness("witness.example/w1", _key("w1", Algorithm.ED25519)),
        Witness("witness.example/w2", _key("w2", Algorithm.ED25519)),
    ),
    witness_threshold=1,
    custodians=_custodians("甲", "乙", "丙"),
    purposes={purpose: KeySet((_key(f"{purpose} 1"), _key(f"{purpose} 2")), 2) for purpose in PURPOSES},
)
_V2 = replace(_V1, version=2, issued=_NOW + 10, custodians=_custodians("乙", "丙", "丁"))
_V3 = replace(
    _V2, version=3, issued=_NOW + 20, expires=_NOW + 2 * _YEAR, custodians=_custodians("丁", "戊", "己", threshold=3)
)


def _sealed(roots: Roots, *names: str) -> bytes:
    return seal_roots(roots, [_signer(name) for name in names])


_D1 = _sealed(_V1, "甲", "乙")
_D2 = _sealed(_V2, "乙", "丙")
_D3 = _sealed(_V3, "乙", "丙", "丁", "戊", "己")


def test_round_trip() -> None:
    assert from_json(to_json(_V1)) == _V1
    assert open_roots(_D1, trusted=None) == _V1
    assert to_json(from_json(to_json(_V3))) == to_json(_V3)


def test_custodians_rotate_from_version_to_version() -> None:
    shipped = open_roots(_D1, trusted=None)
    assert walk(shipped, [_D2, _D3], _NOW + 100) == _V3
    assert walk(shipped, [], _NOW + 100) == _V1


def test_a_version_cannot_be_skipped() -> None:
    with pytest.raises(RootsSkipped) as caught:
        walk(_V1, [_D3], _NOW)
    assert caught.value.params == {"version": 3, "trusted": 1}


def test_an_older_or_equal_version_is_a_rollback() -> None:
    for trusted, document in ((_V2, _D1), (_V3, _D2), (_V1, _D1), (_V3, _D1)):
        with pytest.raises(RootsRollback):
            open_roots(document, trusted=trusted)
    with pytest.raises(RootsRollback):
        walk(_V1, [_D2, _D2], _NOW)


def test_another_document_of_the_same_version_is_refused_too() -> None:
    fork = _sealed(replace(_V2, hosts=("evil.example",)), "乙", "丙")
    with pytest.raises(RootsRollback):
        open_roots(fork, trusted=_V2)


def test_the_old_threshold_alone_is_not_enough() -> None:
    with pytest.raises(ThresholdNotMet) as caught:
        open_roots(_sealed(_V3, "乙", "丙"), trusted=_V2)
    assert caught.value.params == {"have": 0, "need": 3}


def test_the_new_threshold_alone_is_not_enough() -> None:
    with pytest.raises(ThresholdNotMet) as caught:
        open_roots(_sealed(_V3, "丁", "戊", "己"), trusted=_V2)
    assert caught.value.params == {"have": 1, "need": 2}


def test_one_short_is_short() -> None:
    with pytest.raises(ThresholdNotMet):
        open_roots(_sealed(_V2, "乙"), trusted=_V1)
    with pytest.raises(ThresholdNotMet):
        open_roots(_sealed(_V1, "甲"), trusted=None)
    with pytest.raises(ThresholdNotMet):
        open_roots(_sealed(_V1, "甲", "路人"), trusted=None)


def test_the_publishing_keys_cannot_change_the_roots() -> None:
    names = [f"{Purpose.TRUST} 1", f"{Purpose.TRUST} 2"]
    with pytest.raises(ThresholdNotMet):
        open_roots(_sealed(_V2, *names), trusted=_V1)


def test_one_signer_twice_counts_once() -> None:
    with pytest.raises(SignerRepeated):
        _sealed(_V2, "乙", "乙")
    whole = json.loads(_sealed(_V2, "乙"))
    doubled = json.dumps({**whole, "signatures": whole["signatures"] * 2}).encode()
    with pytest.raises(ThresholdNotMet) as caught:
        open_roots(doubled, trusted=_V1)
    assert caught.value.params == {"have": 1, "need": 2}


def test_custodians_can_sign_one_after_the_other() -> None:
    later = add_signature(_sealed(_V2, "乙"), _signer("丙"), typ=TYP)
    assert later == _D2
    assert open_roots(later, trusted=_V1) == _V2


def test_only_the_last_version_must_be_fresh() -> None:
    late = _NOW + _YEAR + 5
    assert walk(_V1, [_D2, _D3], late) == _V3
    for documents in ([], [_D2]):
        with pytest.raises(RootsExpired):
            walk(_V1, documents, late)


def test_expiry_is_the_second_it_says() -> None:
    _V1.require_fresh(_V1.expires - 1)
    with pytest.raises(RootsExpired) as caught:
        _V1.require_fresh(_V1.expires)
    assert caught.value.params == {"version": 1, "expires": _V1.expires}


def test_test_roots_never_become_real_and_real_never_test() -> None:
    for trusted in (_V1, replace(_V1, test=False)):
        following = _sealed(replace(_V2, test=not trusted.test), "乙", "丙")
        with pytest.raises(RootsNotFollowing):
            open_roots(following, trusted=trusted)


def test_a_following_version_is_not_dated_before() -> None:
    with pytest.raises(RootsNotFollowing):
        open_roots(_sealed(replace(_V2, issued=_NOW - 1), "乙", "丙"), trusted=_V1)


def test_an_altered_payload_loses_its_signatures() -> None:
    whole = json.loads(_D2)
    whole["payload"] = b64u(to_json(replace(_V2, hosts=("evil.example",))))
    with pytest.raises(ThresholdNotMet):
        open_roots(json.dumps(whole).encode(), trusted=_V1)


def test_another_typ_is_refused() -> None:
    with pytest.raises(TypWrong):
        open_roots(sign_general(to_json(_V2), [_signer("乙"), _signer("丙")], typ="hallmark-list+json"), trusted=_V1)
    whole = json.loads(_D2)
    whole["signatures"][0]["protected"] = b64u(b'{"alg":"ES256","jku":"https://evil.example"}')
    with pytest.raises(HeaderNotAllowed):
        open_roots(json.dumps(whole).encode(), trusted=_V1)


def test_the_digest_is_of_the_payload_whoever_signed() -> None:
    assert roots_digest(_D2) == roots_digest(_sealed(_V2, "丁")) == sha256(to_json(_V2)).digest()


def test_key_sets_are_found_by_purpose() -> None:
    assert _V1.key_set(Purpose.STATUS) is _V1.purposes[Purpose.STATUS]
    assert _V1.key_set(Purpose.ROOTS) is _V1.custodians
    with pytest.raises(RootsMalformed):
        _V1.key_set(Purpose.CREDENTIAL)
    with pytest.raises(TypeError):
        _V1.purposes[Purpose.TRUST] = _V1.custodians  # type: ignore[index]


def test_one_key_serves_one_purpose() -> None:
    shared = _V1.custodians.keys[0]
    for purpose in PURPOSES:
        with pytest.raises(RootsKeyReused) as caught:
            replace(_V1, purposes={**_V1.purposes, purpose: KeySet((shared,), 1)})
        assert caught.value.params == {"kid": shared.kid}
    with pytest.raises(RootsKeyReused):
        replace(_V1, purposes={**_V1.purposes, Purpose.STATUS: _V1.purposes[Purpose.TRUST]})
    with pytest.raises(RootsKeyReused):
        replace(_V1, witnesses=(Witness("witness.example/w1", _V1.log.ed25519),))
    with pytest.raises(RootsKeyReused):
        replace(_V1, witnesses=(_V1.witnesses[0], Witness("witness.example/w2", _V1.witnesses[0].ed25519)))


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0}, {"version": -1}, {"version": True}, {"version": 1.0}, {"version": "1"}, {"version": 1 << 32}, {"issued": -1}, {"issued": None},
        {"expires": _NOW}, {"expires": 1 << 40}, {"expires": "x"}, {"hosts": ()}, {"hosts": ("a.example", "a.example")}, {"hosts": ("UPPER.example",)},
        {"hosts": ("https://a.example",)}, {"hosts": ("a.example/",)}, {"hosts": ("印信.example",)}, {"hosts": ("a.example:99999999",)}, {"hosts": ("",)},
        {"hosts": ("a.example\n",)}, {"witnesses": ()}, {"witness_threshold": 0}, {"witness_threshold": 3}, {"witness_threshold": True},
        {"purposes": {}}, {"purposes": {**_V1.purposes, Purpose.LOG: _V1.custodians}}, {"witnesses": (_V1.witnesses[0], Witness(_V1.witnesses[0].name, _key("w3", Algorithm.ED25519)))},
        {"witnesses": (Witness(_V1.log.origin, _key("w3", Algorithm.ED25519)),)},
    ],
    ids=str,
)  # fmt: skip
def test_roots_that_contradict_themselves_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(RootsMalformed):
        replace(_V1, **change)


def test_key_sets_that_cannot_be_are_refused() -> None:
    keys = tuple(_key(f"k{number}") for number in range(17))
    wrong: list[tuple[tuple[PublicKey, ...], Any]] = [
        ((), 1), ((), 0), (keys[:2], 0), (keys[:2], 3), (keys[:2], True), (keys[:2], 1.0), ((keys[0], keys[0]), 1), (keys, 2),
        ((_key("e", Algorithm.ED25519),), 1),
    ]  # fmt: skip
    for key_tuple, threshold in wrong:
        with pytest.raises(RootsMalformed):
            KeySet(key_tuple, threshold)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "印信", "x" * 129, "a\u00a0b"])
def test_names_that_a_note_cannot_carry_are_refused(name: str) -> None:
    with pytest.raises(RootsMalformed):
        Witness(name, _key("w", Algorithm.ED25519))
    with pytest.raises(RootsMalformed):
        LogIdentity(name, _V1.log.ed25519, _V1.log.ml_dsa_44)


def test_keys_of_the_wrong_algorithm_are_refused() -> None:
    with pytest.raises(RootsMalformed):
        Witness("w", _key("w"))
    with pytest.raises(RootsMalformed):
        LogIdentity("log", _key("l"), _V1.log.ml_dsa_44)
    with pytest.raises(RootsMalformed):
        LogIdentity("log", _V1.log.ed25519, _V1.log.ed25519)


def _paths(value: Any) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(), *((key, *rest) for key, inner in items for rest in _paths(inner))]


def _changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _changed(copy[path[0]], path[1:], new)
    return copy


_WHOLE = json.loads(to_json(_V1))


@pytest.mark.parametrize("new", [None, 0, -1, True, "x", [], {}, [None], {"a": 1}, 1.5], ids=str)
def test_any_value_in_the_wrong_place_raises_only_our_errors(new: object) -> None:
    # A few replacements make another good document ("x" is a host, 0 a date); all others are refused, none crashes.
    for path in _paths(_WHOLE):
        try:
            from_json(json.dumps(_changed(_WHOLE, path, new)).encode())
        except KeysError as error:
            assert isinstance(error, (RootsMalformed, RootsKeyReused))  # noqa: PT017  # both ways out are right


def test_missing_and_surplus_members_are_refused() -> None:
    for member in _WHOLE:
        with pytest.raises(RootsMalformed):
            from_json(json.dumps({name: value for name, value in _WHOLE.items() if name != member}).encode())
    with pytest.raises(RootsMalformed):
        from_json(json.dumps({**_WHOLE, "more": 1}).encode())
    with pytest.raises(JsonDuplicateMember):
        from_json(to_json(_V1)[:-1] + b',"version":9}')


@given(st.binary(max_size=60))
def test_rubbish_raises_only_our_errors(data: bytes) -> None:
    for reader in (from_json, roots_digest, lambda raw: open_roots(raw, trusted=None)):
        with pytest.raises(KeysError):
            reader(data)
