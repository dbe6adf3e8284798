"""Public keys as JWK (RFC 7517, RFC 8037, RFC 9964) and COSE_Key (RFC 9052 §7), there and back.

Only public keys, only our algorithms, only the members that we know: what a library would overlook (a private member,
`use: enc`, `key_ops: [encrypt]`) is refused.
"""

from collections.abc import Mapping
from typing import Any, Final

from keys.algorithms import Algorithm, PublicKey, public_members
from keys.b64 import unb64u
from keys.cbor import decode, encode
from keys.errors import Base64NotCanonical, JwkInvalid

# COSE labels (RFC 9053 §7, RFC 9864, RFC 9964) and the values that we take.
_KTY, _ALG, _CRV, _X, _Y = 1, 3, -1, -2, -3
_COSE_ALG: Final = {Algorithm.ES256: -7, Algorithm.ED25519: -19, Algorithm.ML_DSA_44: -48}
_OKP, _EC2, _AKP = 1, 2, 7

_ANNOTATIONS = frozenset({"alg", "kid", "use", "key_ops"})


def to_jwk(key: PublicKey) -> dict[str, str]:
    """Return the public JWK: the thumbprint members, then alg, use and kid (the full thumbprint)."""
    return {**public_members(key.algorithm, key.raw), "alg": key.algorithm.value, "use": "sig", "kid": key.kid}


def from_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    """Return the key of a public JWK.

    Raises JwkInvalid (params: member) for private or unknown members, another alg, use or key_ops, a kid that is not
    the key's thumbprint; PublicKeyInvalid for a point off the curve.
    """
    algorithm = _algorithm(jwk)
    raw = _raw(algorithm, jwk)
    key = PublicKey.from_raw(algorithm, raw)
    _require_annotations(jwk, key)
    return key


def to_cose_key(key: PublicKey) -> bytes:
    """Return the public COSE_Key in deterministic CBOR, with its algorithm."""
    alg = _COSE_ALG[key.algorithm]
    if key.algorithm is Algorithm.ES256:
        return encode({_KTY: _EC2, _ALG: alg, _CRV: 1, _X: key.raw[1:33], _Y: key.raw[33:]})
    if key.algorithm is Algorithm.ED25519:
        return encode({_KTY: _OKP, _ALG: alg, _CRV: 6, _X: key.raw})
    return encode({_KTY: _AKP, _ALG: alg, _CRV: key.raw})


def from_cose_key(data: bytes) -> PublicKey:
    """Return the key of a COSE_Key as `to_cose_key` writes it. Raises JwkInvalid, PublicKeyInvalid or CborMalformed."""
    labels = decode(data)
    if not isinstance(labels, dict):
        raise JwkInvalid(member="kty")
    algorithm = next((known for known, alg in _COSE_ALG.items() if _same(labels.get(_ALG), alg)), None)
    if algorithm is None:
        raise JwkInvalid(member="alg")
    key = PublicKey.from_raw(algorithm, _cose_raw(algorithm, labels))
    if to_cose_key(key) != data:
        raise JwkInvalid(member="labels")
    return key


def _algorithm(jwk: Mapping[str, Any]) -> Algorithm:
    kind = (jwk.get("kty"), jwk.get("crv"))
    if kind == ("EC", "P-256"):
        return Algorithm.ES256
    if kind == ("OKP", "Ed25519"):
        return Algorithm.ED25519
    if kind == ("AKP", None) and jwk.get("alg") == Algorithm.ML_DSA_44.value:
        return Algorithm.ML_DSA_44
    raise JwkInvalid(member="kty")


def _raw(algorithm: Algorithm, jwk: Mapping[str, Any]) -> bytes:
    if algorithm is Algorithm.ES256:
        return b"\x04" + _binary(jwk, "x", 32) + _binary(jwk, "y", 32)
    if algorithm is Algorithm.ED25519:
        return _binary(jwk, "x", 32)
    return _binary(jwk, "pub", 1312)


def _binary(jwk: Mapping[str, Any], member: str, length: int) -> bytes:
    text = jwk.get(member)
    if not isinstance(text, str) or len(text) > 4 * length:
        raise JwkInvalid(member=member)
    try:
        value = unb64u(text)
    except Base64NotCanonical:
        raise JwkInvalid(member=member) from None
    if len(value) != length:
        raise JwkInvalid(member=member)
    return value


def _require_annotations(jwk: Mapping[str, Any], key: PublicKey) -> None:
    allowed = _ANNOTATIONS | public_members(key.algorithm, key.raw).keys()
    surplus = sorted(str(member) for member in jwk if member not in allowed)
    if surplus:
        raise JwkInvalid(member=surplus[0][:32])
    for member, wanted in (("alg", key.algorithm.value), ("use", "sig"), ("kid", key.kid), ("key_ops", ["verify"])):
        if member in jwk and jwk[member] != wanted:
            raise JwkInvalid(member=member)


def _cose_raw(algorithm: Algorithm, labels: dict[Any, Any]) -> bytes:
    names = {Algorithm.ES256: (_X, _Y), Algorithm.ED25519: (_X,), Algorithm.ML_DSA_44: (_CRV,)}[algorithm]
    parts = [labels.get(name) for name in names]
    if not all(isinstance(part, bytes) for part in parts):
        raise JwkInvalid(member="key")
    joined = b"".join(part for part in parts if isinstance(part, bytes))
    return b"\x04" + joined if algorithm is Algorithm.ES256 else joined


def _same(found: object, wanted: int) -> bool:
    return type(found) is int and found == wanted
