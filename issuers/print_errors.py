"""Why a certificate is not printed: one base, a code and parameters per leaf."""

from __future__ import annotations

from typing import ClassVar


class PrintError(Exception):
    """Base of the printing errors: `code` names the sentence in web/i18n, `params` fill its placeholders."""

    code: ClassVar[str] = "issuers.print_failed"

    def __init__(self, **params: object) -> None:
        self.params: dict[str, object] = params
        super().__init__(f"{self.code} {params}" if params else self.code)


class MissingGlyph(PrintError):
    """The font has no picture of a character. Params: character, code_point, field."""

    code = "issuers.missing_glyph"


class UnprintableCharacter(PrintError):
    """A control, format, surrogate or private-use character. Params: code_point, field."""

    code = "issuers.unprintable_character"


class FieldTooLong(PrintError):
    """A text that would break the page. Params: field, length, limit."""

    code = "issuers.field_too_long"


class QrTextInvalid(PrintError):
    """Empty, not ASCII, or more than a QR code at level M can hold."""

    code = "issuers.qr_text_invalid"


class AttachmentInvalid(PrintError):
    """The document or the proof is empty, not UTF-8 text, or over its size limit. Params: name."""

    code = "issuers.attachment_invalid"


class TypesettingFailed(PrintError):
    """The typesetter refused; only a defect of ours leads here. Params: reason."""

    code = "issuers.typesetting_failed"


class FontMissing(PrintError):
    """The package that carries the font is not installed or holds no readable font."""

    code = "issuers.font_missing"
