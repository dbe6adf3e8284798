"""The private-use code points of GBK and GB 18030-2000 whose characters have formal code points today.

Old systems still export them, and a name that holds one is shown as an empty box anywhere else. Sources: the double-byte
rows A6D9, A8BC, A8BF, A989 and FE50 to FEA0 of GB 18030-2000, and the moves that GB 18030-2005 and -2022 made. Where a
row has a Python codec mapping (`gb18030`), a test holds this table against it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# FE50 to FEA0 lie on U+E815 to U+E864 in order: 80 radicals and rare characters.
_FE50: Final = (
    "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱䎬⺻䏝䓖䙡䙌龹"
    "䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻"
)
# A6D9 to A6F3: vertical punctuation, on U+E78D to U+E796.
_A6D9: Final = "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19"
# A989 to A995: the ideographic variation indicator and the description characters, on U+E7E7 to U+E7F3.
_A989: Final = "〾⿰⿱⿲⿳⿴⿵⿶⿷⿸⿹⿺⿻"

_ROWS: Final = ((0xE815, _FE50), (0xE78D, _A6D9), (0xE7E7, _A989), (0xE7C7, "ḿǹ"))

FORMAL: Final[Mapping[int, str]] = MappingProxyType(
    {first + offset: character for first, row in _ROWS for offset, character in enumerate(row)}
)


def formal(text: str) -> str:
    """Return `text` with every known private-use character in its formal place; others stay as they are."""
    return text.translate(FORMAL)


def is_private_use(character: str) -> bool:
    """True for the three private-use areas of Unicode."""
    point = ord(character)
    return 0xE000 <= point <= 0xF8FF or 0xF0000 <= point <= 0xFFFFD or 0x100000 <= point <= 0x10FFFD
