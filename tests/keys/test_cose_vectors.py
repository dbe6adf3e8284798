"""The published COSE examples (cose-wg/Examples): a general reader over our Sig_structure agrees with every one of them.

Our own form is narrower on purpose (untagged, ES256, protected 8-byte kid), so the strict reader refuses them all, each
with the code for what it is.
"""

import json
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from keys.algorithms import Algorithm, PublicKey
from keys.b64 import unb64u
from keys.cose import read1, sig_structure
from keys.errors import KeysError
from keys.signer import SoftwareSigner

_FOLDER = Path(__file__).parents[2] / "../shared/vectors/cose"
if not _FOLDER.is_dir():
    pytest.skip(f"NO COSE VECTORS: {_FOLDER} is absent, so nothing was compared with them", allow_module_level=True)

_CASES = {
    path.relative_to(_FOLDER).as_posix(): json.loads(path.read_text("utf-8"))
    for path in sorted(_FOLDER.rglob("*.json"))
}
_SIGN1 = {name: case for name, case in _CASES.items() if "sign0" in case["input"]}
_SIGN = {name: case for name, case in _CASES.items() if "sign" in case["input"]}
_OTHERS = {name: case for name, case in _CASES.items() if name not in _SIGN1 and name not in _SIGN}
_P256 = [name for name, case in _SIGN1.items() if case["input"]["sign0"]["alg"] == "ES256"]
_CURVES: dict[str, tuple[ec.EllipticCurve, int]] = {
    "P-256": (ec.SECP256R1(), 32),
    "P-384": (ec.SECP384R1(), 48),
    "P-521": (ec.SECP521R1(), 66),
}
_HASHES: dict[object, hashes.HashAlgorithm] = {-7: hashes.SHA256(), -35: hashes.SHA384(), -36: hashes.SHA512()}


def test_the_folder_holds_what_this_file_thinks() -> None:
    assert (len(_SIGN1), len(_SIGN), len(_OTHERS)) == (15, 4, 4)
    assert sum("fail" in case for case in _SIGN1.values()) == 6
    assert len(_P256) == 12
    assert {_SIGN1[name]["input"]["sign0"]["key"]["crv"] for name in _P256} == {"P-256"}


@pytest.mark.parametrize("name", _SIGN1)
def test_sign1_agrees_with_the_vector(name: str) -> None:
    case = _SIGN1[name]
    data = bytes.fromhex(case["output"]["cbor"])
    external = bytes.fromhex(case["input"]["sign0"].get("external", ""))
    if case.get("fail"):
        with pytest.raises((InvalidSignature, _NotRead)):
            _verify_sign1(data, case["input"]["sign0"]["key"], external)
        return
    assert (
        _verify_sign1(data, case["input"]["sign0"]["key"], external).hex().upper()
        == case["intermediates"]["ToBeSign_hex"].upper()
    )


@pytest.mark.parametrize("name", _SIGN)
def test_sign_with_several_signers_agrees_with_the_vector(name: str) -> None:
    case = _SIGN[name]
    (body, _, payload, signatures) = _untagged(bytes.fromhex(case["output"]["cbor"]), 98)
    signers = case["input"]["sign"]["signers"]
    assert len(signatures) == len(signers)
    for (protected, unprotected, signature), signer, middle in zip(
        signatures, signers, case["intermediates"]["signers"], strict=True
    ):
        signed = cbor2.dumps(["Signature", body, protected, b"", payload])
        assert signed.hex().upper() == middle["ToBeSign_hex"].upper()
        _verify_ecdsa(signer["key"], _header(protected, unprotected)[1], signature, signed)


@pytest.mark.parametrize("name", _P256)
def test_es256_agrees_through_our_own_key(name: str) -> None:
    case = _SIGN1[name]
    key = case["input"]["sign0"]["key"]
    (protected, _, payload, signature) = cbor2.loads(_content(bytes.fromhex(case["output"]["cbor"])))
    public = PublicKey.from_raw(Algorithm.ES256, b"\x04" + _coordinate(key, "x") + _coordinate(key, "y"))
    external = bytes.fromhex(case["input"]["sign0"].get("external", ""))
    signed = sig_structure(b"" if protected == b"\xa0" else protected, external, payload)
    if case.get("fail") and case["input"]["failures"].keys() != {"ChangeCBORTag"}:
        with pytest.raises(KeysError):
            public.verify(signature, signed)
    else:
        public.verify(signature, signed)


@pytest.mark.parametrize("name", _CASES)
def test_the_strict_reader_refuses_it(name: str) -> None:
    data = bytes.fromhex(_CASES[name]["output"]["cbor"])
    code = "keys.cose_header_not_allowed" if name == "sign1-tests/sign-pass-03.json" else "keys.cose_tagged"
    with pytest.raises(KeysError) as caught:
        read1(data)
    assert caught.value.code == code


_WITHOUT_TAG = {
    "sign1-tests/sign-fail-03.json": "keys.algorithm_not_allowed",
    "sign1-tests/sign-fail-04.json": "keys.algorithm_not_allowed",
    "ecdsa-examples/ecdsa-sig-02.json": "keys.algorithm_not_allowed",
    "ecdsa-examples/ecdsa-sig-03.json": "keys.algorithm_not_allowed",
    "ecdsa-examples/ecdsa-sig-04.json": "keys.algorithm_not_allowed",
    "CWT/A_4.json": "keys.algorithm_not_allowed",
    "CWT/A_5.json": "keys.cose_malformed",
    "CWT/A_6.json": "keys.cose_malformed",
    "CWT/A_7.json": "keys.algorithm_not_allowed",
}


@pytest.mark.parametrize("name", _CASES)
def test_the_strict_reader_refuses_it_without_its_tag_too(name: str) -> None:
    with pytest.raises(KeysError) as caught:
        read1(_content(bytes.fromhex(_CASES[name]["output"]["cbor"])))
    assert caught.value.code == _WITHOUT_TAG.get(name, "keys.cose_header_not_allowed")


@pytest.mark.parametrize("name", _P256)
def test_our_signer_signs_their_bytes(name: str) -> None:
    # Their nonces are not RFC 6979's, so the signatures differ; each must verify under the vector's public key.
    case = _SIGN1[name]
    key = case["input"]["sign0"]["key"]
    signer = SoftwareSigner.from_private(
        ec.derive_private_key(int.from_bytes(_coordinate(key, "d"), "big"), ec.SECP256R1())
    )
    signed = bytes.fromhex(case["intermediates"]["ToBeSign_hex"])
    assert signer.public_key.raw == b"\x04" + _coordinate(key, "x") + _coordinate(key, "y")
    _verify_ecdsa(key, -7, signer.sign(signed), signed)


def test_the_signed_and_encrypted_token_holds_the_signed_one() -> None:
    (protected, unprotected, ciphertext) = cbor2.loads(
        _content(bytes.fromhex(_CASES["CWT/A_6.json"]["output"]["cbor"]))
    )
    secret = bytes.fromhex(_CASES["CWT/A_6.json"]["input"]["encrypted"]["recipients"][0]["key"]["k_hex"])
    additional = cbor2.dumps(["Encrypt0", protected, b""])
    inner = AESCCM(secret, tag_length=8).decrypt(unprotected[5], ciphertext, additional)
    assert inner.hex().upper() == _CASES["CWT/A_3.json"]["output"]["cbor"]
    _verify_sign1(inner, _CASES["CWT/A_3.json"]["input"]["sign0"]["key"], b"")


class _NotRead(Exception):  # what a general reader says before it comes to the signature
    """Another tag or an unknown algorithm."""


def _verify_sign1(data: bytes, key: dict[str, str], external: bytes) -> bytes:
    (protected, unprotected, payload, signature) = _untagged(data, 18)
    # An empty protected header may be spelled as an empty map; what is signed is the empty string (RFC 9052 §3).
    signed = sig_structure(b"" if protected == b"\xa0" else protected, external, payload)
    _verify_ecdsa(key, _header(protected, unprotected).get(1), signature, signed)
    return signed


def _untagged(data: bytes, tag: int) -> Any:
    decoded = cbor2.loads(data)
    if isinstance(decoded, cbor2.CBORTag):
        if decoded.tag != tag:
            raise _NotRead(decoded.tag)
        return decoded.value
    return decoded


def _header(protected: bytes, unprotected: dict[int, Any]) -> dict[int, Any]:
    return {**unprotected, **(cbor2.loads(protected) if protected else {})}


def _content(data: bytes) -> bytes:
    """The bytes after the tag, as they stand."""
    if data[0] >> 5 != 6:
        return data
    return data[{24: 2, 25: 3}.get(data[0] & 31, 1) :]


def _verify_ecdsa(key: dict[str, str], alg: object, signature: bytes, signed: bytes) -> None:
    if alg not in _HASHES:
        raise _NotRead(alg)
    curve, size = _CURVES[key["crv"]]
    if len(signature) != 2 * size:
        raise InvalidSignature
    x, y = (int.from_bytes(_coordinate(key, name), "big") for name in ("x", "y"))
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    public = ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
    public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(_HASHES[alg]))


def _coordinate(key: dict[str, str], name: str) -> bytes:
    return bytes.fromhex(key[f"{name}_hex"]) if f"{name}_hex" in key else unb64u(key[name])
