"""Why a page is not printed: one base, a code and parameters per leaf."""

from __future__ import annotations

from typing import ClassVar


class PrintError(Exception):
    """Base of the printing errors: `code` names the sentence in web/i18n, `params` fill its placeholders."""

    code: ClassVar[str] = "web.print_failed"

    def __init__(self, **params: object) -> None:
        self.params: dict[str, object] = params
        super().__init__(f"{self.code} {params}" if params else self.code)


class MissingGlyph(PrintError):
    """The font has no picture of a character. Params: character, code_point, field."""

    code = "web.missing_glyph"


class UnprintableCharacter(PrintError):
    """A control, format, surrogate or private-use character. Params: code_point, field."""

    code = "web.unprintable_character"


class TypesettingFailed(PrintError):
    """The typesetter refused; only a defect of ours leads here. Params: reason."""

    code = "web.typesetting_failed"


class FontMissing(PrintError):
    """The package that carries the font is not installed or holds no readable font. Params: family."""

    code = "web.font_missing"
