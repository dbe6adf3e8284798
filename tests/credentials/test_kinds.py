"""Word lists: every word has one code and comes back from it."""

import pytest

from credentials import kinds
from credentials.kinds import Kind, word_of

TABLES = [kinds.WAYS, kinds.LEVELS, kinds.CATEGORIES, kinds.STATION_KINDS, kinds.ID_TYPES]


@pytest.mark.parametrize("table", TABLES)
def test_every_code_leads_back_to_its_word(table):
    for word, code in table.items():
        assert word_of(table, code) == word


def test_the_three_kinds_and_their_words():
    assert [kind.zh for kind in Kind] == ["职称", "职业资格", "博士后"]
    assert [Kind.from_zh(kind.zh) for kind in Kind] == list(Kind)


def test_documents_with_citizen_numbers_are_known_documents():
    assert kinds.ID_TYPES.keys() >= kinds.CITIZEN_NUMBERED
    assert kinds.CITIZEN_CARD in kinds.CITIZEN_NUMBERED


def test_the_tables_cannot_be_changed():
    with pytest.raises(TypeError):
        kinds.WAYS["收买"] = "bribe"
