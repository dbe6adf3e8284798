"""What two JSON readers could read differently is refused; Chinese stays Chinese."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.errors import JsonDuplicateMember, JsonMalformed, JsonTooDeep, KeysError, TooLarge
from keys.strictjson import dumps, loads

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


@given(_JSON)
def test_round_trip(value: object) -> None:
    assert loads(dumps(value)) == value


@given(st.binary(max_size=64) | st.text(alphabet='{}[]",:\\ud0e1N-+.aInfity', max_size=40))
def test_rubbish_raises_only_our_errors(data: bytes | str) -> None:
    with suppress(KeysError):
        loads(data)


def test_chinese_and_order_stay() -> None:
    assert dumps({"名": "䶮㼆𬱖𫖯", "a": [1, None]}) == '{"名":"䶮㼆𬱖𫖯","a":[1,null]}'.encode()


@pytest.mark.parametrize(
    "text",
    [
        "NaN", "Infinity", "-Infinity", '{"exp":NaN}', "1e400", "-1e999", "", " ", "{", "[1,]", "{'a':1}", "01", "1 2", "nul",
        '"\\ud800"', '{"a":["\\udc00\\ud800"]}', '{"\\ud83d":1}', '"\x01"', "\ufeff{}", '"\ud800"', "9" * 5000,
    ],
)  # fmt: skip
def test_ambiguous_or_broken_text_is_refused(text: str) -> None:
    with pytest.raises(JsonMalformed):
        loads(text)


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe{\0}\0", b'"\xc3("', b'"\xed\xa0\x80"', b"\xef\xbb\xbf{}", '{"a":1}'.encode("utf-16")]
)
def test_only_utf_8_without_a_byte_order_mark(raw: bytes) -> None:
    with pytest.raises(JsonMalformed):
        loads(raw)


def test_a_real_surrogate_pair_is_one_character() -> None:
    assert loads('"\\ud83d\\ude00"') == "😀"


def test_a_member_named_twice_is_refused_and_named() -> None:
    with pytest.raises(JsonDuplicateMember) as caught:
        loads('{"a":{"grade":"F","grade":"A"}}')
    assert caught.value.params == {"member": "grade"}
    with pytest.raises(JsonDuplicateMember):
        loads('{"a":1,"\\u0061":2}')


def test_depth_is_counted_not_the_brackets() -> None:
    assert loads("[" * 32 + "]" * 32) is not None
    assert len(loads("[" + ",".join(["{}"] * 100) + "]")) == 100
    assert loads('"' + "[" * 100 + '"') == "[" * 100
    with pytest.raises(JsonTooDeep):
        loads("[" * 33 + "]" * 33)
    with pytest.raises(JsonTooDeep):
        loads('{"a":' * 5 + "1" + "}" * 5, max_depth=4)


def test_a_hundred_thousand_levels_are_refused_quickly() -> None:
    began = time.process_time()
    for text in ("[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000):
        with pytest.raises((JsonTooDeep, JsonMalformed)):
            loads(text)
    assert time.process_time() - began < 2


def test_size_counts_bytes_not_characters() -> None:
    assert loads('"印"', max_bytes=5) == "印"
    with pytest.raises(TooLarge) as caught:
        loads('"印"', max_bytes=4)
    assert caught.value.params == {"limit": 4, "size": 5}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": "\ud800"}, b"bytes", {1, 2}, object()])
def test_dumps_writes_no_such_thing(value: object) -> None:
    with pytest.raises(JsonMalformed):
        dumps(value)
