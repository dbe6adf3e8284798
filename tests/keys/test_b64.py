"""base64url has one spelling, and only that one is read."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.b64 import b64u, unb64u
from keys.errors import Base64NotCanonical


@given(st.binary(max_size=200))
def test_round_trip_and_the_standard_spelling(data: bytes) -> None:
    assert b64u(data) == base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    assert unb64u(b64u(data)) == data


@given(st.text(alphabet="ABQgwcDz019-_+/= \n\té", max_size=12))
def test_whatever_is_read_is_the_only_spelling_of_its_bytes(text: str) -> None:
    try:
        data = unb64u(text)
    except Base64NotCanonical:
        return
    assert b64u(data) == text


@pytest.mark.parametrize(
    "text",
    [
        "QQ==",
        "QQ=",
        "QR",
        "QUF",
        "QUE=",
        "Q",
        "QUFB Q",
        "QUFB\n",
        "\tQUFB",
        "QU+B",
        "QU/B",
        "QUFBQ",
        "QUFé",
        "QU.B",
        "QUF\0",
    ],
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(Base64NotCanonical):
        unb64u(text)


def test_nothing_spells_nothing() -> None:
    assert unb64u("") == b""
    assert not b64u(b"")
