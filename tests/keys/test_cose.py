"""COSE_Sign1 in its one strict form: every byte of the framing counts."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.algorithms import P256_ORDER, Algorithm
from keys.cbor import encode
from keys.cose import MAX_BYTES, Sign1, read1, sig_structure, sign1
from keys.errors import (
    AlgorithmNotAllowed,
    CoseHeaderNotAllowed,
    CoseMalformed,
    CoseTagged,
    KeysError,
    KidMismatch,
    SignatureInvalid,
    TooLarge,
)
from keys.signer import SoftwareSigner

_SIGNER = SoftwareSigner.from_seed(Algorithm.ES256, b"cose")
_KEY = _SIGNER.public_key
_AAD = b"hallmark/qr/1"
_PAYLOAD = encode({6: 1789000000, -65537: {6: "欧阳建国", 14: "副高级"}})
_SEALED = sign1(_PAYLOAD, _SIGNER, external_aad=_AAD)
_PROTECTED = encode({1: -7, 4: _KEY.kid8})


def _framed(
    protected: object = _PROTECTED,
    unprotected: object = None,
    payload: object = _PAYLOAD,
    signature: object = bytes(64),
) -> bytes:
    return cbor2.dumps([protected, {} if unprotected is None else unprotected, payload, signature])


def test_reads_what_it_sealed() -> None:
    read = read1(_SEALED)
    assert read == Sign1(_PROTECTED, _KEY.kid8, _PAYLOAD, read.signature)
    read.verify(_KEY, _AAD)
    assert sign1(_PAYLOAD, _SIGNER, external_aad=_AAD) == _SEALED


@pytest.mark.parametrize("size", [0, 1, 23, 24, 255, 256, 257, 4000])
def test_framing_and_sig_structure_are_those_of_a_cbor_library(size: int) -> None:
    payload, aad = bytes(size), bytes(size)
    sealed = sign1(payload, _SIGNER, external_aad=aad)
    read = read1(sealed)
    assert cbor2.loads(sealed) == [_PROTECTED, {}, payload, read.signature]
    assert cbor2.dumps(cbor2.loads(sealed)) == sealed
    assert read.sig_structure(aad) == cbor2.dumps(["Signature1", _PROTECTED, aad, payload])
    read.verify(_KEY, aad)


@pytest.mark.parametrize("size", [65535, 65536, 70000])
def test_sig_structure_of_long_parts(size: int) -> None:
    assert sig_structure(b"", b"", bytes(size)) == cbor2.dumps(["Signature1", b"", b"", bytes(size)])


def test_the_external_data_is_bound() -> None:
    for aad in (b"", b"hallmark/qr/2", b"hallmark/status/1", _AAD + b"\0"):
        with pytest.raises(SignatureInvalid):
            read1(_SEALED).verify(_KEY, aad)


def test_another_key_is_told_from_a_bad_signature() -> None:
    other = SoftwareSigner.from_seed(Algorithm.ES256, b"other")
    with pytest.raises(KidMismatch):
        read1(_SEALED).verify(other.public_key, _AAD)
    claimed = _framed(signature=other.sign(sig_structure(_PROTECTED, _AAD, _PAYLOAD)))
    with pytest.raises(SignatureInvalid):
        read1(claimed).verify(_KEY, _AAD)


def test_every_other_value_of_every_byte_is_refused_or_fails() -> None:
    # All 255 wrong values of each framing byte; one flipped bit for content, where each costs a verification.
    content = range(_SEALED.index(_PAYLOAD), _SEALED.index(_PAYLOAD) + len(_PAYLOAD))
    signature = range(len(_SEALED) - 64, len(_SEALED))
    for position in range(len(_SEALED)):
        flips = (1, 128) if position in content or position in signature else range(1, 256)
        for flip in flips:
            altered = bytearray(_SEALED)
            altered[position] ^= flip
            with pytest.raises(KeysError):
                read1(bytes(altered)).verify(_KEY, _AAD)


def test_no_prefix_and_no_surplus_is_read() -> None:
    for cut in range(len(_SEALED)):
        with pytest.raises(KeysError):
            read1(_SEALED[:cut])
    for surplus in (b"\0", b"\xf6", bytes(64), _SEALED):
        with pytest.raises(CoseMalformed):
            read1(_SEALED + surplus)


@pytest.mark.parametrize(
    "head",
    [
        "5803",
        "590003",
        "5a00000003",
        "5b0000000000000003",
        "5f43",
        "63",
        "83",
        "a3",
        "03",
        "f6",
        "5c",
        "5817",
        "5900ff",
        "591000",
        "59ffff",
    ],
)
def test_the_payload_has_one_kind_of_head(head: str) -> None:
    start = _SEALED[:16]
    with pytest.raises(CoseMalformed):
        read1(start + bytes.fromhex(head) + b"abc" + b"\x58\x40" + bytes(64))


def test_lengths_have_one_spelling() -> None:
    good = _SEALED
    long_array = b"\x98\x04" + good[1:]
    long_protected = good[:1] + b"\x58\x0d" + good[2:]
    long_map = good[:15] + b"\xb8\x00" + good[16:]
    long_signature = good[:-66] + b"\x59\x00\x40" + good[-64:]
    indefinite = b"\x9f" + good[1:] + b"\xff"
    indefinite_map = good[:15] + b"\xbf\xff" + good[16:]
    for wrong in (long_array, long_protected, long_map, long_signature, indefinite, indefinite_map):
        assert cbor2.loads(wrong) == cbor2.loads(good), "another spelling of the same"
        with pytest.raises(CoseMalformed):
            read1(wrong)


@pytest.mark.parametrize("tag", [18, 17, 98, 61, 998, 55799])
def test_tags_are_refused(tag: int) -> None:
    with pytest.raises(CoseTagged):
        read1(cbor2.dumps(cbor2.CBORTag(tag, cbor2.loads(_SEALED))))


@pytest.mark.parametrize("alg", [-35, -36, -8, -19, -48, 5, -999, "ES256", None, [], 0])
def test_other_algorithms_are_refused(alg: object) -> None:
    with pytest.raises(AlgorithmNotAllowed):
        read1(_framed(encode({1: alg, 4: _KEY.kid8})))


@pytest.mark.parametrize(
    ("protected", "unprotected"),
    [
        (b"", {1: -7, 4: _KEY.kid8}), (encode({}), {}), (encode({1: -7}), {4: _KEY.kid8}), (_PROTECTED, {4: _KEY.kid8}), (_PROTECTED, {33: b"x5c"}),
        (encode({1: -7, 2: [4], 4: _KEY.kid8}), {}), (encode({1: -7, 3: 0, 4: _KEY.kid8}), {}), (encode({1: -7, 4: _KEY.thumbprint}), {}),
        (encode({1: -7, 4: _KEY.kid8[:7]}), {}), (encode({1: -7, 4: "12345678"}), {}), (encode({4: _KEY.kid8}), {}), (encode({1: -7, -1: b"key"}), {}),
    ],
)  # fmt: skip
def test_other_headers_are_refused(protected: bytes, unprotected: dict[int, object]) -> None:
    with pytest.raises(CoseHeaderNotAllowed):
        read1(_framed(protected, unprotected))


def test_a_header_in_another_order_or_twice_is_refused() -> None:
    swapped = bytes.fromhex("a20448") + _KEY.kid8 + bytes.fromhex("0126")
    twice = bytes.fromhex("a301260448") + _KEY.kid8 + bytes.fromhex("0126")
    for protected in (swapped, twice, _PROTECTED + b"\0", b"\xff", b"\x80", encode([]), encode(7)):
        with pytest.raises((CoseMalformed, CoseHeaderNotAllowed)):
            read1(_framed(protected))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x84",
        encode(7),
        encode([]),
        encode({0: b"x"}),
        encode("x"),
        encode(None),
        encode([1, 2, 3, 4]),
        encode([b"", {}, b""]),
        _SEALED[:16],
    ],
)
def test_other_things_are_refused(data: bytes) -> None:
    with pytest.raises((CoseMalformed, CoseHeaderNotAllowed)):
        read1(data)


def test_detached_and_wrongly_typed_parts_are_refused() -> None:
    for wrong in (
        _framed(payload=None),
        _framed(payload="text"),
        _framed(signature=bytes(63)),
        _framed(signature=bytes(65)),
        _framed(signature="x" * 64),
    ):
        with pytest.raises(CoseMalformed):
            read1(wrong)


def test_size_is_limited_on_both_sides() -> None:
    most = MAX_BYTES - (16 + 3 + 66)
    assert len(sign1(bytes(most), _SIGNER, external_aad=b"")) == MAX_BYTES
    with pytest.raises(TooLarge):
        sign1(bytes(most + 1), _SIGNER, external_aad=b"")
    with pytest.raises(TooLarge):
        read1(bytes(MAX_BYTES + 1))


@given(st.binary(max_size=120) | st.binary(max_size=120).map(lambda tail: _SEALED[:16] + tail))
def test_rubbish_raises_only_our_errors(data: bytes) -> None:
    try:
        read = read1(data)
    except KeysError:
        return
    assert cbor2.loads(data) == [read.protected, {}, read.payload, read.signature]


def test_n_minus_s_verifies_by_design_over_the_same_bytes() -> None:
    read = read1(_SEALED)
    other_s = (P256_ORDER - int.from_bytes(read.signature[32:], "big")).to_bytes(32, "big")
    twin = read1(_SEALED[:-32] + other_s)
    twin.verify(_KEY, _AAD)
    assert twin.signature != read.signature
    assert twin.sig_structure(_AAD) == read.sig_structure(_AAD)


@pytest.mark.parametrize("algorithm", [Algorithm.ED25519, Algorithm.ML_DSA_44])
def test_only_es256_seals(algorithm: Algorithm) -> None:
    with pytest.raises(AlgorithmNotAllowed):
        sign1(_PAYLOAD, SoftwareSigner.from_seed(algorithm, b"x"), external_aad=_AAD)
