"""Names as offices deliver them: rare characters, private-use code points, dots, spaces, other scripts."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.errors import (
    CredentialsError,
    FieldInvalid,
    NameCharacter,
    NameEmpty,
    NameFormula,
    NamePrivateUse,
    NameTooLong,
)
from credentials.names import has_rare_character, is_normal, mask, normalise
from credentials.private_use import FORMAL, formal, is_private_use

GOOD = [
    "欧阳建国", "张三", "王䶮", "㼆䶮", "张𬱖玥", "𫖯", "〇〇", "阿卜杜拉·买买提", "Nguyễn Thị Hương", "O'Brien-Smith Jr.",
    "Ærøskøbing Łukasz", "ئابدۇللا مەمەت", "བཀྲ་ཤིས".replace("་", " "), "Müller", "ROSSI MARIA CHIARA", "한지민",
]  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_good_names_stay_as_they_are(name):
    composed = unicodedata.normalize("NFC", name)
    assert normalise(composed).value == composed
    assert normalise(composed).changes == ()
    assert is_normal(composed)


@pytest.mark.parametrize(
    ("written", "normal", "changes"),
    [
        ("张　 伟", "张伟", ("spaces",)),
        ("　李四 ", "李四", ("trimmed",)),
        ("李四\r\n", "李四", ("trimmed",)),
        ("王\ue863", "王䶮", ("made_formal",)),
        ("阿卜杜拉・买买提", "阿卜杜拉·买买提", ("dots",)),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提", ("dots",)),
        ("阿卜杜拉‧买买提", "阿卜杜拉·买买提", ("dots",)),
        ("阿卜杜拉 · 买买提", "阿卜杜拉·买买提", ("spaces",)),
        (unicodedata.normalize("NFD", "Nguyễn Thị Hương"), "Nguyễn Thị Hương", ("composed",)),
        ("Nguyễn  Thị　Hương", "Nguyễn Thị Hương", ("spaces",)),
        ("ＬＩ Ｍｉｎｇ", "LI Ming", ("width",)),
        ("O’Brien", "O'Brien", ("punctuation",)),
        ("李\u200b四\ufeff", "李四", ("invisible",)),
        ("\uf900", "豈", ("composed",)),
    ],
)
def test_what_is_normalised_and_said_to_be(written, normal, changes):
    result = normalise(written)
    assert result.value == normal
    assert result.changes == tuple(f"credentials.name_{change}" for change in changes)
    assert not is_normal(written)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", NameEmpty),
        (" 　", NameEmpty),
        ('=HYPERLINK("http://x.example","张三")', NameFormula),
        ("+1", NameFormula),
        ("-张三", NameFormula),
        ("@张三", NameFormula),
        ("张\x00三", NameCharacter),
        ("张\x1b[31m三", NameCharacter),
        ("张\u202e三", NameCharacter),
        ("张\t三<b>", NameCharacter),
        ("萧?宇", NameCharacter),
        ("萧□宇", NameCharacter),
        ("张3", NameCharacter),
        ("·张", NameCharacter),
        ("\u0301张", NameCharacter),
        ("张\ud800", NameCharacter),
        ("王\ue500", NamePrivateUse),
        ("王\U000f0000", NamePrivateUse),
        ("长" * 101, NameTooLong),
        ("长" * 1_000_000, NameTooLong),
        (None, FieldInvalid),
        (5, FieldInvalid),
    ],
)
def test_what_is_no_name_is_refused(name, error):
    with pytest.raises(error):
        normalise(name)


def test_an_unknown_private_use_character_is_named():
    with pytest.raises(NamePrivateUse) as refusal:
        normalise("王小\ue500")
    assert refusal.value.params == {"codepoint": "U+E500", "position": 3}


@settings(deadline=None, max_examples=500)
@given(st.text(st.characters() | st.sampled_from(" 　·・•‧'-.张王李䶮𬱖\ue863\ue500eé\u0301"), max_size=40))
def test_normalising_ends_and_never_raises_anything_else(text):
    try:
        once = normalise(text)
    except CredentialsError:
        return
    assert normalise(once.value) == type(once)(once.value, ())
    assert unicodedata.is_normalized("NFC", once.value)
    assert is_normal(once.value)


# private use -------------------------------------------------------------------------------------------------------

MOVED = {
    0xE81E: 0x9FB4, 0xE826: 0x9FB5, 0xE82B: 0x9FB6, 0xE82C: 0x9FB7, 0xE832: 0x9FB8, 0xE843: 0x9FB9, 0xE854: 0x9FBA,
    0xE864: 0x9FBB, 0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE831: 0x215D7, 0xE83B: 0x2298F, 0xE855: 0x241FE,
    0xE863: 0x4DAE, 0xE7C7: 0x1E3F, 0xE7C8: 0x01F9,
    0xE78D: 0xFE10, 0xE78E: 0xFE12, 0xE78F: 0xFE11, 0xE790: 0xFE13, 0xE791: 0xFE14, 0xE792: 0xFE15, 0xE793: 0xFE16,
    0xE794: 0xFE17, 0xE795: 0xFE18, 0xE796: 0xFE19,
}  # fmt: skip


def test_the_moves_of_gb18030_2005_and_2022():
    assert {point: ord(formal(chr(point))) for point in MOVED} == MOVED


def test_the_table_agrees_with_the_codec_where_the_codec_knows():
    """FE50 to FEA0 lie on U+E815 to U+E864 in order; Python's gb18030 codec gives most of them their formal place."""
    trails = [trail for trail in range(0x50, 0xA1) if trail != 0x7F]
    known = {0xE815 + place: bytes((0xFE, trail)).decode("gb18030") for place, trail in enumerate(trails)}
    agreed = {point: character for point, character in known.items() if not is_private_use(character)}
    assert len(agreed) == 66
    assert {point: FORMAL[point] for point in agreed} == agreed
    described = bytes.fromhex("".join(f"a9{trail:02x}" for trail in range(0x89, 0x96))).decode("gb18030")
    assert "".join(FORMAL[0xE7E7 + place] for place in range(13)) == described


def test_no_two_private_use_characters_become_one_and_none_stays_private():
    assert len(set(FORMAL.values())) == len(FORMAL)
    assert not any(is_private_use(character) for character in FORMAL.values())
    assert all(is_private_use(chr(point)) for point in FORMAL)


# masks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"), ("张𬱖玥", "张*玥"), ("张建国", "张*国"), ("欧阳建国", "欧阳*"), ("欧阳锋", "欧阳*"), ("东方", "东*"), ("王", "*"),
        ("阿卜杜拉·买买提", "阿*"), ("Nguyễn Thị Hương", "N*"), ("㼆䶮", "㼆*"), ("爱新觉罗溥仪", "爱新觉罗*"), ("", "*"),
    ],
)  # fmt: skip
def test_masks(name, masked):
    assert mask(name) == masked


@given(st.text(st.sampled_from("张王李欧阳建国䶮𬱖"), min_size=2, max_size=10))
def test_a_mask_always_hides_something(name):
    assert len(mask(name).replace("*", "")) < len(name)


def test_rare_characters_are_pointed_out():
    assert [has_rare_character(name) for name in ("欧阳建国", "王䶮", "张𬱖玥", "Nguyễn")] == [False, True, True, False]
