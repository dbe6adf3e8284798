"""Every code of this room has a sentence in both languages, and every sentence a code."""

import json
import re
from pathlib import Path

import pytest

from credentials import errors, names
from credentials.errors import CredentialsError

WORDS = json.loads((Path(__file__).parents[2] / "web/i18n/credentials.json").read_text("utf-8"))


def leaves(base):
    return [base, *(leaf for child in base.__subclasses__() for leaf in leaves(child))]


def test_codes_and_sentences_match():
    codes = {leaf.code for leaf in leaves(CredentialsError)} | {code for code, _ in names._STEPS}
    assert codes == WORDS.keys()


def test_no_two_errors_share_a_code():
    codes = [leaf.code for leaf in leaves(CredentialsError)]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("code", sorted(WORDS))
def test_both_languages_name_the_same_parameters(code):
    sentences = WORDS[code]
    assert list(sentences) == ["zh", "en"]
    assert re.search("[\u4e00-\u9fff]", sentences["zh"])
    places = [set(re.findall(r"\{(\w+)\}", sentence)) for sentence in sentences.values()]
    assert places[0] == places[1]


def test_an_error_says_its_code_and_parameters():
    error = errors.NameTooLong(length=101, limit=100)
    assert str(error) == "credentials.name_too_long length=101 limit=100"
    assert error.params == {"length": 101, "limit": 100}
