"""The strict profile: one test per defect that a JOSE library lets through, and the bytes that make it one."""

import hmac
import json
from hashlib import sha256
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from keys.algorithms import P256_ORDER, Algorithm
from keys.b64 import b64u
from keys.errors import (
    AlgorithmNotAllowed,
    Base64NotCanonical,
    HeaderNotAllowed,
    JsonDuplicateMember,
    JsonMalformed,
    JwsMalformed,
    KeysError,
    KidMalformed,
    KidMismatch,
    SignatureInvalid,
    SignerRepeated,
    ThresholdNotMet,
    TooLarge,
    TypWrong,
)
from keys.jws import add_signature, read_compact, read_general, sign_compact, sign_general
from keys.signer import SoftwareSigner

_TYP = "vc+jwt"
_SIGNER = SoftwareSigner.from_seed(Algorithm.ES256, b"jws")
_KEY = _SIGNER.public_key
_PAYLOAD = '{"name":"欧阳建国","rare":"䶮㼆𬱖𫖯"}'.encode()
_TOKEN = sign_compact(_PAYLOAD, _SIGNER, typ=_TYP)
_HEADER64, _PAYLOAD64, _SIGNATURE64 = _TOKEN.split(".")
_GOOD: dict[str, Any] = {"alg": "ES256", "kid": _KEY.kid, "typ": _TYP}


def _signed(header: bytes, payload: bytes = _PAYLOAD) -> str:
    """A token whose signature is right, whatever its header says: only the profile can refuse it."""
    signing_input = f"{b64u(header)}.{b64u(payload)}"
    return f"{signing_input}.{b64u(_SIGNER.sign(signing_input.encode()))}"


def _with(**members: Any) -> str:
    return _signed(json.dumps({**_GOOD, **members}).encode())


def _refused(token: str | bytes, error: type[KeysError]) -> KeysError:
    with pytest.raises(error) as caught:
        read_compact(token, typ=_TYP)
    return caught.value


def test_reads_what_it_signed() -> None:
    read = read_compact(_TOKEN, typ=_TYP)
    read.verify(_KEY)
    assert (read.header, read.kid, read.payload) == (_GOOD, _KEY.kid, _PAYLOAD)
    assert read.signing_input == f"{_HEADER64}.{_PAYLOAD64}".encode()
    assert read_compact(_TOKEN.encode(), typ=_TYP) == read


def test_signing_repeats_itself_and_keeps_the_payload_bytes() -> None:
    assert sign_compact(_PAYLOAD, _SIGNER, typ=_TYP) == _TOKEN
    assert list(json.loads(_decoded(_HEADER64))) == ["alg", "kid", "typ"]


def test_plain_pyjwt_verifies_our_tokens() -> None:
    pem = _KEY._handle.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert jwt.PyJWS().decode(_TOKEN, pem, algorithms=["ES256"]) == _PAYLOAD


def test_the_builder_of_bad_tokens_builds_good_ones_too() -> None:
    read_compact(_with(), typ=_TYP).verify(_KEY)


@pytest.mark.parametrize(
    "alg",
    [
        "none",
        "None",
        "NONE",
        "",
        "HS256",
        "ES384",
        "ES512",
        "es256",
        "RS256",
        "PS256",
        "EdDSA",
        "ML-DSA-44",
        None,
        256,
        ["ES256"],
    ],
)
def test_any_other_algorithm_is_refused(alg: object) -> None:
    _refused(_with(alg=alg), AlgorithmNotAllowed)


def test_none_without_a_signature_is_refused() -> None:
    _refused(f"{b64u(json.dumps({**_GOOD, 'alg': 'none'}).encode())}.{_PAYLOAD64}.", AlgorithmNotAllowed)


def test_hs256_with_the_public_key_as_secret_is_refused() -> None:
    header64 = b64u(json.dumps({**_GOOD, "alg": "HS256"}).encode())
    for encoding, form in (
        (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        (Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ):
        secret = _KEY._handle.public_bytes(encoding, form)
        tag = hmac.digest(secret, f"{header64}.{_PAYLOAD64}".encode(), sha256)
        _refused(f"{header64}.{_PAYLOAD64}.{b64u(tag)}", AlgorithmNotAllowed)


def test_a_missing_algorithm_is_refused() -> None:
    _refused(_signed(json.dumps({"kid": _KEY.kid, "typ": _TYP}).encode()), AlgorithmNotAllowed)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("jwk", {"kty": "EC"}), ("jku", "https://evil.example/keys"), ("x5u", "https://evil.example/cert"), ("x5c", ["MIIB"]),
        ("x5t", "AA"), ("x5t#S256", "AA"), ("crit", ["exp"]), ("crit", []), ("b64", False), ("b64", True), ("zip", "DEF"), ("cty", "JWT"),
        ("Alg", "none"), ("iss", "x"), ("", ""), ("alg\0", "none"),
    ],
)  # fmt: skip
def test_any_other_header_member_is_refused_and_named(member: str, value: object) -> None:
    assert _refused(_with(**{member: value}), HeaderNotAllowed).params == {"member": member}


@pytest.mark.parametrize(
    "typ", ["JWT", "statuslist+jwt", "hallmark-roots+json", "VC+JWT", "vc+jwt ", "application/vc+jwt", None, "", 1]
)
def test_another_typ_is_refused(typ: object) -> None:
    assert _refused(_with(typ=typ), TypWrong).params["expected"] == _TYP


def test_a_missing_typ_is_refused() -> None:
    _refused(_signed(json.dumps({"alg": "ES256", "kid": _KEY.kid}).encode()), TypWrong)


def test_what_is_sealed_as_one_kind_is_not_read_as_another() -> None:
    kinds = ["vc+jwt", "statuslist+jwt", "hallmark-list+json", "hallmark-roots+json"]
    for sealed in kinds:
        token = sign_compact(_PAYLOAD, _SIGNER, typ=sealed)
        for wanted in kinds:
            if sealed == wanted:
                read_compact(token, typ=wanted).verify(_KEY)
            else:
                with pytest.raises(TypWrong):
                    read_compact(token, typ=wanted)


@pytest.mark.parametrize(
    "kid",
    [
        "",
        "1",
        _KEY.kid[:-1],
        _KEY.kid + "A",
        _KEY.kid + "=",
        b64u(bytes(31)),
        _KEY.kid[:-1] + "B",
        "../../etc/passwd",
        None,
        7,
        [_KEY.kid],
    ],
)
def test_a_kid_that_is_no_thumbprint_is_refused(kid: object) -> None:
    _refused(_with(kid=kid), KidMalformed)


def test_a_foreign_kid_does_not_verify() -> None:
    other = SoftwareSigner.from_seed(Algorithm.ES256, b"other").public_key
    with pytest.raises(KidMismatch):
        read_compact(_TOKEN, typ=_TYP).verify(other)
    claimed = read_compact(_with(kid=other.kid), typ=_TYP)  # signed by our key, but says it was the other
    with pytest.raises(SignatureInvalid):
        claimed.verify(other)
    with pytest.raises(KidMismatch):
        claimed.verify(_KEY)


def test_a_member_named_twice_is_refused() -> None:
    text = f'{{"alg":"none","alg":"ES256","kid":"{_KEY.kid}","typ":"{_TYP}"}}'
    _refused(_signed(text.encode()), JsonDuplicateMember)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"null",
        b"[]",
        b'"ES256"',
        b"{",
        b'{"alg":NaN}',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b'{"alg":1e999}',
        b'{"typ":"\\ud800"}',
    ],
)
def test_a_header_that_is_no_json_object_is_refused(header: bytes) -> None:
    assert isinstance(_refused(_signed(header), KeysError), (JsonMalformed, JwsMalformed))


def test_a_long_header_is_refused_before_it_is_parsed() -> None:
    _refused(_with(typ="x" * 600), TooLarge)


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("suffix", ["=", "==", " ", "\n", "\r\n", "\t", "+", "/", "é", "\0", "%3D"])
def test_padding_white_space_and_other_alphabets_are_refused(part: int, suffix: str) -> None:
    parts = _TOKEN.split(".")
    parts[part] += suffix
    _refused(".".join(parts), Base64NotCanonical)


def test_the_last_character_has_one_spelling() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # 64 bytes leave 2 surplus characters: the last one carries 2 bits, and its other 4 must be zero.
    for character in alphabet:
        if character not in "AQgw":
            _refused(_TOKEN[:-1] + character, Base64NotCanonical)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "a.b",
        _TOKEN + ".",
        "." + _TOKEN,
        _TOKEN + "." + _SIGNATURE64,
        _HEADER64,
        f"{_HEADER64}.{_PAYLOAD64}",
    ],
)
def test_not_three_parts_is_refused(token: str) -> None:
    _refused(token, KeysError)


def test_surrounding_white_space_is_refused() -> None:
    for token in (" " + _TOKEN, _TOKEN + "\n", "\ufeff" + _TOKEN):
        _refused(token, Base64NotCanonical)


@pytest.mark.parametrize("length", [0, 1, 32, 63, 65, 70, 72, 96, 128, 132])
def test_a_signature_of_another_length_is_refused_before_any_library_sees_it(length: int) -> None:
    error = _refused(f"{_HEADER64}.{_PAYLOAD64}.{b64u(bytes(length))}", JwsMalformed)
    assert error.params == {"reason": "signature length"}


@pytest.mark.parametrize("number", [0, P256_ORDER, 2**256 - 1])
def test_r_or_s_out_of_range_does_not_verify(number: int) -> None:
    signature = _decoded(_SIGNATURE64)
    bad = number.to_bytes(32, "big")
    for forged in (bad + signature[32:], signature[:32] + bad, bad + bad):
        read = read_compact(f"{_HEADER64}.{_PAYLOAD64}.{b64u(forged)}", typ=_TYP)
        with pytest.raises(SignatureInvalid):
            read.verify(_KEY)


def test_n_minus_s_verifies_by_design_and_changes_nothing_that_we_hash() -> None:
    signature = _decoded(_SIGNATURE64)
    other_s = (P256_ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    twin = read_compact(f"{_HEADER64}.{_PAYLOAD64}.{b64u(signature[:32] + other_s)}", typ=_TYP)
    twin.verify(_KEY)
    one = read_compact(_TOKEN, typ=_TYP)
    assert twin.signature != one.signature
    assert (twin.signing_input, twin.payload) == (one.signing_input, one.payload)


def test_no_flipped_bit_gives_other_content() -> None:
    one = read_compact(_TOKEN, typ=_TYP)
    raw = bytearray(_TOKEN.encode())
    survivors = 0
    for position in range(len(raw)):
        for bit in range(8):
            raw[position] ^= 1 << bit
            try:
                read = read_compact(bytes(raw), typ=_TYP)
                read.verify(_KEY)
                survivors += 1
                assert read.signing_input == one.signing_input
            except KeysError:
                pass
            raw[position] ^= 1 << bit
    assert survivors == 0


def test_size_is_limited() -> None:
    with pytest.raises(TooLarge):
        read_compact(_TOKEN, typ=_TYP, max_bytes=len(_TOKEN) - 1)
    with pytest.raises(TooLarge):
        read_compact("." * 100_000, typ=_TYP)


@given(st.text(max_size=80) | st.binary(max_size=80))
def test_rubbish_raises_only_our_errors(token: str | bytes) -> None:
    _refused(token, KeysError)


@given(st.binary(max_size=300))
def test_any_payload_comes_back(payload: bytes) -> None:
    read = read_compact(sign_compact(payload, _SIGNER, typ=_TYP), typ=_TYP)
    read.verify(_KEY)
    assert read.payload == payload


def test_a_cached_header_cannot_be_changed_by_a_reader() -> None:
    with pytest.raises(TypeError):
        read_compact(_TOKEN, typ=_TYP).header["alg"] = "none"  # type: ignore[index]


@pytest.mark.parametrize("algorithm", [Algorithm.ED25519, Algorithm.ML_DSA_44])
def test_only_es256_keys_sign_and_verify(algorithm: Algorithm) -> None:
    signer = SoftwareSigner.from_seed(algorithm, b"x")
    with pytest.raises(AlgorithmNotAllowed):
        sign_compact(_PAYLOAD, signer, typ=_TYP)
    with pytest.raises(AlgorithmNotAllowed):
        read_compact(_with(kid=signer.public_key.kid), typ=_TYP).verify(signer.public_key)


# General serialization: several custodians sign one payload.

_CUSTODIANS = [SoftwareSigner.from_seed(Algorithm.ES256, bytes((number,))) for number in range(17)]
_PUBLIC = [signer.public_key for signer in _CUSTODIANS]


def _general(count: int) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(sign_general(_PAYLOAD, _CUSTODIANS[:count], typ=_TYP))
    return whole


def _read_general(whole: object) -> Any:
    return read_general(json.dumps(whole).encode(), typ=_TYP)


def test_two_custodians_are_counted() -> None:
    document = _read_general(_general(2))
    assert document.payload == _PAYLOAD
    assert document.verified_by(_PUBLIC) == {_PUBLIC[0].kid, _PUBLIC[1].kid}
    document.require(_PUBLIC, 2)
    with pytest.raises(ThresholdNotMet) as caught:
        document.require(_PUBLIC, 3)
    assert caught.value.params == {"have": 2, "need": 3}


def test_a_threshold_of_nothing_is_one() -> None:
    for threshold in (0, -1):
        with pytest.raises(ThresholdNotMet):
            _read_general(_general(1)).require([_PUBLIC[5]], threshold)


def test_one_signer_counts_once_however_often_he_stands_there() -> None:
    whole = _general(1)
    signature = _decoded(whole["signatures"][0]["signature"])
    other_s = (P256_ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    twin = {**whole["signatures"][0], "signature": b64u(signature[:32] + other_s)}
    document = _read_general({**whole, "signatures": [whole["signatures"][0], whole["signatures"][0], twin]})
    assert len(document.verified_by([_PUBLIC[0], _PUBLIC[0]])) == 1
    with pytest.raises(ThresholdNotMet):
        document.require(_PUBLIC, 2)


def test_a_bad_signature_and_a_stranger_count_nothing() -> None:
    whole = _general(2)
    whole["signatures"][0]["signature"], whole["signatures"][1]["signature"] = (
        whole["signatures"][1]["signature"],
        whole["signatures"][0]["signature"],
    )
    assert _read_general(whole).verified_by(_PUBLIC) == frozenset()
    assert _read_general(_general(2)).verified_by(_PUBLIC[2:]) == frozenset()


def test_a_second_custodian_adds_his_signature() -> None:
    first = sign_general(_PAYLOAD, _CUSTODIANS[:1], typ=_TYP)
    both = add_signature(first, _CUSTODIANS[1], typ=_TYP)
    assert both == sign_general(_PAYLOAD, _CUSTODIANS[:2], typ=_TYP)
    with pytest.raises(SignerRepeated):
        add_signature(both, _CUSTODIANS[1], typ=_TYP)
    with pytest.raises(SignerRepeated):
        sign_general(_PAYLOAD, [_CUSTODIANS[0], _CUSTODIANS[0]], typ=_TYP)


def test_at_most_sixteen_signatures_and_at_least_one() -> None:
    full = sign_general(_PAYLOAD, _CUSTODIANS[:16], typ=_TYP)
    assert len(read_general(full, typ=_TYP).verified_by(_PUBLIC)) == 16
    for refused in (
        lambda: add_signature(full, _CUSTODIANS[16], typ=_TYP),
        lambda: sign_general(_PAYLOAD, [], typ=_TYP),
    ):
        with pytest.raises(JwsMalformed):
            refused()
    whole = _general(1)
    for signatures in ([], whole["signatures"] * 17):
        with pytest.raises(JwsMalformed):
            _read_general({**whole, "signatures": signatures})


def test_another_shape_is_refused() -> None:
    whole = _general(1)
    one = whole["signatures"][0]
    for wrong in (
        [], None, {}, {"payload": whole["payload"]}, {**whole, "header": {}}, {**whole, "payload": 5}, {**whole, "signatures": one},
        {**whole, "signatures": [[]]}, {**whole, "signatures": [{**one, "header": {"alg": "none"}}]}, {**whole, "protected": one["protected"]},
        {**whole, "signatures": [{"protected": one["protected"]}]}, {**whole, "signatures": [{**one, "signature": 1}]},
        {"payload": whole["payload"], **one},
    ):  # fmt: skip
        with pytest.raises(JwsMalformed):
            _read_general(wrong)
    for wrong in (
        {**whole, "payload": whole["payload"] + "="},
        {**whole, "signatures": [{**one, "protected": one["protected"] + "é"}]},
    ):
        with pytest.raises(Base64NotCanonical):
            _read_general(wrong)


def test_every_signature_keeps_the_strict_profile() -> None:
    whole = _general(2)
    whole["signatures"][1]["protected"] = b64u(json.dumps({**_GOOD, "jku": "https://evil.example"}).encode())
    with pytest.raises(HeaderNotAllowed):
        _read_general(whole)
    with pytest.raises(TypWrong):
        read_general(sign_general(_PAYLOAD, _CUSTODIANS[:1], typ="other"), typ=_TYP)
    doubled = json.dumps(_general(1))[:-1] + ',"payload":"e30"}'
    with pytest.raises(JsonDuplicateMember):
        read_general(doubled.encode(), typ=_TYP)


def _decoded(text: str) -> bytes:
    return jwt.utils.base64url_decode(text)
