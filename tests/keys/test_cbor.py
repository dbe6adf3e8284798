"""One value has one encoding, and nothing else is read."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.cbor import decode, encode
from keys.errors import CborMalformed, CborUnsupported, KeysError, TooLarge

_KEYS = st.integers(-(1 << 64), (1 << 64) - 1) | st.text(max_size=8) | st.binary(max_size=8)
_LEAVES = _KEYS | st.booleans() | st.none()
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5), max_leaves=20
)


def _depth(value: object) -> int:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max((_depth(one) for one in inner), default=0)


@given(_VALUES)
def test_round_trip(value: object) -> None:
    if _depth(value) <= 8:
        assert decode(encode(value), max_bytes=1 << 16) == value


@given(st.binary(max_size=40))
def test_rubbish_raises_only_our_errors_and_what_is_read_is_canonical(data: bytes) -> None:
    try:
        value = decode(data)
    except KeysError:
        return
    assert encode(value) == data


@given(st.dictionaries(_KEYS, st.none(), max_size=12))
def test_map_keys_stand_in_the_order_of_their_encoded_bytes(mapping: dict[int | str | bytes, None]) -> None:
    listed = list(decode(encode(mapping)))
    assert [encode(key) for key in listed] == sorted(encode(key) for key in mapping)


def test_the_order_is_that_of_rfc_8949_not_of_rfc_7049() -> None:
    # RFC 8949 §4.2.1's own example.
    keys = [10, 100, -1, "z", "aa", False]
    assert encode({key: None for key in keys if key is not False}).hex() == "a50af61864f620f6617af6626161f6"
    with pytest.raises(CborMalformed):  # the same map with the shorter key first
        decode(bytes.fromhex("a30af620f61864f6"))


@pytest.mark.parametrize(
    ("hexed", "why"),
    [
        ("0000", "a byte too many"), ("", "nothing"), ("18", "cut short"), ("1817", "a longer head than needed"),
        ("190018", "a longer head than needed"), ("1b0000000000000001", "a longer head than needed"), ("5801aa", "bytes, longer head"),
        ("780161", "text, longer head"), ("980100", "array, longer head"), ("b8010000", "map, longer head"),
        ("9f01ff", "indefinite array"), ("bf0101ff", "indefinite map"), ("5f4101ff", "indefinite bytes"), ("7f6161ff", "indefinite text"),
        ("a201010102", "key twice"), ("a20101180102", "key twice, once in a long head"), ("a202010101", "keys out of order"),
        ("a220010101", "negative before positive"), ("a1f501", "boolean as key"), ("a18001", "array as key"), ("a1f601", "null as key"),
        ("f97e00", "NaN"), ("fb3ff0000000000000", "float"), ("f90000", "half float"), ("f7", "undefined"), ("e0", "simple value"),
        ("f8ff", "simple value"), ("c11a514b67b0", "time tag"), ("c0613a", "date tag"), ("c24101", "small bignum"),
        ("c249010000000000000000", "bignum"), ("c48221196ab3", "decimal fraction"), ("d81c80", "shared value"), ("d81d00", "reference"),
        ("d8184100", "embedded CBOR"), ("d9d9f700", "self-described"), ("d901028101", "set"), ("d82363282829", "regular expression"),
        ("d82450", "MIME"), ("da0001000000", "unknown tag"), ("62c328", "broken UTF-8"), ("63eda080", "a surrogate in UTF-8"),
        ("ff", "break alone"), ("1c", "reserved head"), ("81" * 9 + "00", "too deep"), ("9b7fffffffffffffff", "a huge promise"),
        ("5b7fffffffffffffff", "a huge promise"), ("bb7fffffffffffffff", "a huge promise"), ("7b7fffffffffffffff", "a huge promise"),
    ],
)  # fmt: skip
def test_everything_else_is_refused(hexed: str, why: str) -> None:
    with pytest.raises(CborMalformed):
        decode(bytes.fromhex(hexed))


def test_a_bigfloat_with_a_huge_exponent_costs_nothing() -> None:
    began = time.process_time()
    for tag in range(64):
        for content in ("821b7fffffffffffffff01", "823b7fffffffffffffff01", "820100", "6128", "80"):
            with pytest.raises(CborMalformed):
                decode((bytes((0xC0 + tag,)) if tag < 24 else bytes((0xD8, tag))) + bytes.fromhex(content))
    assert time.process_time() - began < 1


def test_size_is_limited_before_anything_is_read() -> None:
    assert decode(encode(b"x" * 4000)) == b"x" * 4000
    with pytest.raises(TooLarge):
        decode(encode(b"x" * 4096))


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        {1.5: 1},
        {True: 1},
        {None: 1},
        {(): 1},
        1 << 64,
        -(1 << 64) - 1,
        {1, 2},
        object(),
        "\ud800",
        {"\ud800": 1},
        [[[[[[[[[1]]]]]]]]],
    ],
)
def test_encode_refuses_what_decode_would(value: object) -> None:
    with pytest.raises(CborUnsupported):
        encode(value)


def test_tuples_become_arrays_and_numbers_reach_their_ends() -> None:
    assert encode((1, (2,))) == encode([1, [2]])
    for number in (0, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**64 - 1, -1, -24, -25, -(2**64)):
        assert decode(encode(number)) == number
