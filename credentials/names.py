"""Names of persons: one normal form for what forms and files deliver, and the mask under which lists show them."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from credentials.errors import (
    FieldInvalid,
    NameCharacter,
    NameEmpty,
    NameFormula,
    NamePrivateUse,
    NameTooLong,
)
from credentials.private_use import formal, is_private_use

MAX_CHARACTERS: Final = 100
MIDDLE_DOT: Final = "·"

# Han characters of all blocks, from now and from later Unicode versions than this Python's; 〇 is written in names.
_HAN = "〇\u3400-\u4dbf\u4e00-\u9fff\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24\ufa27-\ufa29\U00020000-\U0002fffd\U00030000-\U0003fffd"
_PLAIN = re.compile(rf"[{_HAN}]{{1,{MAX_CHARACTERS}}}")
_IS_HAN = re.compile(rf"[{_HAN}]")
_FORMULA = frozenset("=+-@|%＝＋－＠")
_ALLOWED = frozenset(" -'." + MIDDLE_DOT)

_SPACE = r"[ \t\r\n\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+"
_SPACES = re.compile(_SPACE)
_EDGES = re.compile(rf"^{_SPACE}|{_SPACE}$")
_SPACE_IN_HAN = re.compile(rf"(?<=[{_HAN}{MIDDLE_DOT}]) (?=[{_HAN}{MIDDLE_DOT}])")
_SPACE_AT_DOT = re.compile(rf" ?{MIDDLE_DOT} ?")
# Middle dots that people type where they mean ·, and the invisible marks that copying from web pages brings along.
_DOTS = str.maketrans(
    dict.fromkeys("\u2022\u2027\u2219\u22c5\u30fb\uff65\u0387\u16eb\u2e33\u25cf\u2024\ua78f", MIDDLE_DOT)
)
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad]")
_FULL_WIDTH = {point: point - 0xFEE0 for point in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF07, 0xFF0E)}
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u02b9": "'", "\u2010": "-", "\u2011": "-"})

_UNHEARD = re.compile(f"[ \\-'.{MIDDLE_DOT}]")
# A character of GB 18030 that old systems lack, and what documents bear in its place: 䶮 is the short form of 龑.
_VARIANTS: Final = str.maketrans({"龑": "䶮"})

# Compound surnames, with at least one character of a given name after them.
_COMPOUND = re.compile(
    "(?:爱新觉罗|叶赫那拉|欧阳|太史|端木|上官|司马|东方|独孤|南宫|万俟|闻人|夏侯|诸葛|尉迟|公羊|赫连|澹台|皇甫|"
    "宗政|濮阳|公冶|太叔|申屠|公孙|慕容|仲孙|钟离|长孙|宇文|司徒|鲜于|司空|闾丘|子车|亓官|司寇|巫马|公西|颛孙|"
    "壤驷|公良|漆雕|乐正|宰父|谷梁|拓跋|夹谷|轩辕|令狐|段干|百里|呼延|东郭|南门|羊舌|微生|梁丘|左丘|东门|西门|"
    "南荣|第五|歐陽|司馬|諸葛|尉遲|東方|獨孤|鍾離|長孫|鮮于|閭丘|軒轅|叱干|贺兰|纳兰|完颜|耶律|淳于|单于|即墨|"
    "哥舒)(?=.)"
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """A name in normal form, and the codes of what was changed to get there, in the order of the changes."""

    value: str
    changes: tuple[str, ...]


def normalise(name: str) -> Normalised:
    """Return the normal form of a name: NFC, formal code points, one kind of dot and space, no space between Han.

    Raises NameEmpty, NameTooLong, NameFormula, NamePrivateUse or NameCharacter. Normalising twice changes nothing.
    """
    if not isinstance(name, str):
        raise FieldInvalid(field="name")
    if _PLAIN.fullmatch(name):
        return Normalised(name, ())
    if len(name) > 4 * MAX_CHARACTERS:
        raise NameTooLong(length=len(name), limit=MAX_CHARACTERS)
    value = name
    changes: list[str] = []
    for code, step in _STEPS:
        changed = step(value)
        if changed != value:
            changes.append(code)
            value = changed
    _require_name(value)
    return Normalised(value, tuple(changes))


def is_normal(name: str) -> bool:
    """True when `name` is a name in normal form. Never raises for text."""
    if _PLAIN.fullmatch(name):
        return True
    try:
        return normalise(name).value == name
    except (NameEmpty, NameTooLong, NameFormula, NameCharacter, NamePrivateUse):
        return False


def matching(name: str) -> str | None:
    """Return the form in which two spellings of one name are equal; None for what cannot be a name.

    Case, spaces, middle dots, hyphens and apostrophes do not count, nor which of its variants a rare character is typed in.
    Other characters do: 王莉 and 王丽 are two people, and a stranger is never told that he came near.
    """
    try:
        normal = normalise(name).value
    except (FieldInvalid, NameEmpty, NameTooLong, NameFormula, NameCharacter, NamePrivateUse):
        return None
    return _UNHEARD.sub("", normal.translate(_VARIANTS).casefold()) or None


def mask(name: str) -> str:
    """Return the masked name for lists and notices: 张*, 张*玥, 欧阳*; other scripts keep their first letter.

    A compound surname stands alone, since with it the last character would say too much.
    """
    if not _PLAIN.fullmatch(name):
        return f"{name[:1]}*"
    if compound := _COMPOUND.match(name):
        return f"{compound[0]}*"
    if len(name) == 1:
        return "*"
    return f"{name[0]}*{name[-1] if len(name) > 2 else ''}"


def has_rare_character(name: str) -> bool:
    """True when a Han character lies outside the 20,902 that every old system has: worth a hint to compare closely."""
    return any(_IS_HAN.fullmatch(character) and not "\u4e00" <= character <= "\u9fa5" for character in name)


def _spaces(name: str) -> str:
    single = _SPACES.sub(" ", name)
    return _SPACE_AT_DOT.sub(MIDDLE_DOT, _SPACE_IN_HAN.sub("", single)) if " " in single else single


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


# The order matters: formal code points before NFC, dots before the spaces around them, the ends last.
_STEPS: Final[tuple[tuple[str, Callable[[str], str]], ...]] = (
    ("credentials.name_made_formal", formal),
    ("credentials.name_width", lambda name: name.translate(_FULL_WIDTH)),
    ("credentials.name_punctuation", lambda name: name.translate(_APOSTROPHES)),
    ("credentials.name_invisible", lambda name: _INVISIBLE.sub("", name)),
    ("credentials.name_composed", _composed),
    ("credentials.name_dots", lambda name: name.translate(_DOTS)),
    ("credentials.name_trimmed", lambda name: _EDGES.sub("", name)),
    ("credentials.name_spaces", _spaces),
)


def _require_name(name: str) -> None:
    if not name:
        raise NameEmpty
    if len(name) > MAX_CHARACTERS:
        raise NameTooLong(length=len(name), limit=MAX_CHARACTERS)
    if name[0] in _FORMULA:
        raise NameFormula(character=name[0])
    for position, character in enumerate(name, 1):
        if not _may_stand(character):
            point = f"U+{ord(character):04X}"
            refusal = NamePrivateUse if is_private_use(character) else NameCharacter
            raise refusal(codepoint=point, position=position)
    if unicodedata.category(name[0])[0] != "L" and not _IS_HAN.match(name):
        raise NameCharacter(codepoint=f"U+{ord(name[0]):04X}", position=1)


def _may_stand(character: str) -> bool:
    return character in _ALLOWED or unicodedata.category(character)[0] in "LM" or _IS_HAN.match(character) is not None
