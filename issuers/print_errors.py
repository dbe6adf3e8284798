"""Why a certificate is not printed, beside what can go wrong with any page (`web.print_errors`)."""

from web.print_errors import PrintError


class FieldTooLong(PrintError):
    """A text that would break the page. Params: field, length, limit."""

    code = "issuers.field_too_long"


class QrTextInvalid(PrintError):
    """Empty, not ASCII, or more than a QR code at level M can hold."""

    code = "issuers.qr_text_invalid"


class AttachmentInvalid(PrintError):
    """The document or the proof is empty, not UTF-8 text, or over its size limit. Params: name."""

    code = "issuers.attachment_invalid"
