"""Public keys travel as JWK and COSE_Key, exactly, and private ones never."""

from typing import Any

import pytest

from keys.algorithms import Algorithm, PublicKey
from keys.b64 import b64u
from keys.cbor import decode, encode
from keys.errors import JwkInvalid, KeysError, PublicKeyInvalid
from keys.jwk import from_cose_key, from_jwk, to_cose_key, to_jwk
from keys.signer import SoftwareSigner


def _key(algorithm: Algorithm) -> PublicKey:
    return SoftwareSigner.from_seed(algorithm, b"jwk").public_key


@pytest.mark.parametrize("algorithm", Algorithm)
def test_round_trips(algorithm: Algorithm) -> None:
    key = _key(algorithm)
    assert from_jwk(to_jwk(key)) == key
    assert from_cose_key(to_cose_key(key)) == key
    bare = {name: value for name, value in to_jwk(key).items() if name not in ("use", "kid")}
    assert from_jwk({**bare, "key_ops": ["verify"]}) == key


def test_es256_jwk_names_its_use_and_its_full_thumbprint() -> None:
    key = _key(Algorithm.ES256)
    x, y = b64u(key.raw[1:33]), b64u(key.raw[33:])
    assert to_jwk(key) == {"crv": "P-256", "kty": "EC", "x": x, "y": y, "alg": "ES256", "use": "sig", "kid": key.kid}


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize(
    "change",
    [
        {"d": "AA"}, {"priv": "AA"}, {"use": "enc"}, {"key_ops": ["encrypt"]}, {"key_ops": ["verify", "sign"]}, {"alg": "ES384"},
        {"alg": "HS256"}, {"alg": None}, {"kid": "mine"}, {"kty": "RSA"}, {"kty": None}, {"crv": "P-384"}, {"crv": "X25519"},
        {"x5c": ["AA"]}, {"x5u": "https://evil.example"}, {"k": "AA"}, {"ext": True}, {"": ""},
    ],
    ids=str,
)  # fmt: skip
def test_a_jwk_with_anything_else_is_refused(algorithm: Algorithm, change: dict[str, Any]) -> None:
    with pytest.raises(JwkInvalid):
        from_jwk({**to_jwk(_key(algorithm)), **change})


@pytest.mark.parametrize("algorithm", Algorithm)
def test_coordinates_have_one_spelling_and_one_length(algorithm: Algorithm) -> None:
    jwk = to_jwk(_key(algorithm))
    member = "pub" if algorithm is Algorithm.ML_DSA_44 else "x"
    for wrong in (
        "",
        jwk[member] + "=",
        jwk[member][:-2],
        jwk[member] + "AA",
        "A" * 100_000,
        7,
        None,
        [jwk[member]],
        jwk[member] + " ",
    ):
        with pytest.raises(JwkInvalid) as caught:
            from_jwk({**jwk, member: wrong})
        assert caught.value.params == {"member": member}
    with pytest.raises(JwkInvalid):
        from_jwk({name: value for name, value in jwk.items() if name != member})


def test_a_point_off_the_curve_is_refused() -> None:
    jwk = to_jwk(_key(Algorithm.ES256))
    with pytest.raises(PublicKeyInvalid):
        from_jwk({**{name: jwk[name] for name in ("kty", "crv", "x")}, "y": jwk["x"]})


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_cose_key_with_anything_else_is_refused(algorithm: Algorithm) -> None:
    labels = decode(to_cose_key(_key(algorithm)))
    changes: list[dict[int, Any]] = [
        {-4: b"d"},
        {3: -35},
        {3: None},
        {1: 3},
        {2: b"kid"},
        {-1: 99},
        {3: True},
        {-2: "x"},
    ]
    for change in changes:
        if {**labels, **change} != labels:
            with pytest.raises(KeysError) as caught:
                from_cose_key(encode({**labels, **change}))
            assert isinstance(caught.value, (JwkInvalid, PublicKeyInvalid))
    for wrong in (encode([1]), encode(None), encode({})):
        with pytest.raises(JwkInvalid):
            from_cose_key(wrong)
