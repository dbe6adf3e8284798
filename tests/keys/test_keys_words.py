"""Every refusal of this room has its sentence, in both languages, with no place that stays empty."""

import inspect
import json
import re
from pathlib import Path

import pytest

from keys import errors
from keys.errors import KeysError

_WORDS = json.loads((Path(__file__).parents[2] / "web/i18n/keys.json").read_text("utf-8"))
_LEAVES = {
    leaf.code: leaf
    for _, leaf in inspect.getmembers(errors, inspect.isclass)
    if issubclass(leaf, KeysError) and leaf is not KeysError
}


def test_every_code_has_its_words_and_no_words_are_left_over() -> None:
    assert _WORDS.keys() == _LEAVES.keys()


@pytest.mark.parametrize("code", _LEAVES)
def test_the_sentence_names_only_what_the_error_carries(code: str) -> None:
    documented = re.search(r"params: ([a-z0-9_, ]+)", inspect.getdoc(_LEAVES[code]) or "")
    allowed = set(documented[1].split(", ")) if documented else set()
    assert _WORDS[code].keys() == {"zh", "en"}
    for language, text in _WORDS[code].items():
        assert set(re.findall(r"{(\w+)}", text)) <= allowed, language
    assert re.search(r"[\u4e00-\u9fff]", _WORDS[code]["zh"])


def test_an_error_says_its_code_and_parameters() -> None:
    error = errors.KeyExpired(name="seal", closes_at=5)
    assert str(error) == "keys.key_expired name=seal closes_at=5"
    assert error.params == {"name": "seal", "closes_at": 5}
    assert str(errors.KidMalformed()) == "keys.kid_malformed"
