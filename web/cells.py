"""Keeps a cell's text from becoming a formula in the reader's spreadsheet program, and gives the text back exactly. Pure.

A spreadsheet program takes a cell for a formula when it begins with = + - @ (full-width as well, under a Chinese input
method), with TAB, CR or LF, or with these behind invisible characters. Such a cell is written with an apostrophe before
it; `from_safe` takes exactly that apostrophe away again.
"""

import re
from typing import Final

APOSTROPHE: Final = "'"
LEADERS: Final = "=+-@＝＋－＠﹢﹣﹦﹫−"
BREAKS: Final = "\t\r\n"
INVISIBLE: Final = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"

_RISKY = re.compile(rf"[{BREAKS}']|[\s\x00-\x1f\x7f{INVISIBLE}]*[{re.escape(LEADERS)}]")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def is_formula_like(text: str) -> bool:
    """Say whether some spreadsheet program might run this cell as a formula."""
    return not text.startswith(APOSTROPHE) and _RISKY.match(text) is not None


def to_safe(text: str) -> str:
    """Return the text as it may stand in a cell; no spreadsheet program takes the answer for a formula."""
    return APOSTROPHE + text if _RISKY.match(text) else text


def from_safe(text: str) -> str:
    """Undo `to_safe`; a text that `to_safe` cannot have written is returned as it is."""
    return text[1:] if text.startswith(APOSTROPHE) and _RISKY.match(text, 1) else text


def to_xstring(text: str) -> str:
    """Return the text as ST_Xstring (ECMA-376 part 1, 22.9.2.19): what XML cannot carry becomes ``_xHHHH_``."""
    return _UNWRITABLE.sub(_escape, text)


def from_xstring(text: str) -> str:
    """Undo `to_xstring`; other ``_xHHHH_`` that a person typed stay as they are."""
    return _ESCAPED.sub(_unescape, text) if "_x" in text else text


def _escape(match: re.Match[str]) -> str:
    found = match[0]
    return f"_x{ord(found):04X}_" if len(found) == 1 else "_x005F_" + found[1:]


def _unescape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character == "_" or _UNWRITABLE.fullmatch(character) else match[0]
