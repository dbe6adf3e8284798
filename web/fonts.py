"""The font of the printed page: where it lies, which characters it has, and a refusal for those it has not."""

from __future__ import annotations

import functools
import unicodedata
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTCollection, TTFont, TTLibError

from web.print_errors import FontMissing, MissingGlyph, UnprintableCharacter

FAMILY: Final = "Noto Sans CJK SC"


def font_folder() -> Path:
    """The folder of the package that carries the font. Raises FontMissing."""
    return _font_file().parent


def require_printable(text: str, field: str) -> None:
    """Refuse a text the page could not show whole: no empty box, no invisible or reordering character.

    Raises UnprintableCharacter for control, format, surrogate, unassigned and private-use characters and line breaks,
    MissingGlyph for characters without a glyph; both name the code point and `field`. A typesetter alone would print
    the page with a hole and say nothing.
    """
    doubtful = set(text) - _printable()
    for character in sorted(doubtful):
        code_point = f"U+{ord(character):04X}"
        if unicodedata.category(character) in _UNPRINTABLE:
            raise UnprintableCharacter(code_point=code_point, field=field)
        raise MissingGlyph(character=character, code_point=code_point, field=field)


def printable(text: str) -> bool:
    """Say whether the page can show the whole text. Raises FontMissing."""
    return set(text) <= _printable()


_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@functools.cache
def _printable() -> frozenset[str]:
    characters = map(chr, _code_points())
    return frozenset(one for one in characters if unicodedata.category(one) not in _UNPRINTABLE)


def _code_points() -> list[int]:
    path = _font_file()
    try:
        with TTCollection(path, lazy=True) as collection:
            return next(list(font.getBestCmap()) for font in collection.fonts if _family(font) == FAMILY)
    except (OSError, TTLibError, StopIteration) as error:
        raise FontMissing(family=FAMILY) from error


def _family(font: TTFont) -> str:
    return str(font["name"].getDebugName(1))


def _font_file() -> Path:
    try:
        import noto_cjk_sans_otc
    except ImportError as error:
        raise FontMissing(family=FAMILY) from error
    return Path(noto_cjk_sans_otc.FONT_PATH)
