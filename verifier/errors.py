"""What can go wrong while reading what a person hands in: one base, a code and parameters per leaf."""

from __future__ import annotations

from typing import ClassVar


class VerifierError(Exception):
    """Base of the room's errors: `code` names the sentence in web/i18n, `params` fill its placeholders."""

    code: ClassVar[str] = "verifier.error"

    def __init__(self, **params: object) -> None:
        self.params: dict[str, object] = params
        super().__init__(f"{self.code} {params}" if params else self.code)


class ReadingError(VerifierError):
    """The file could not be read; it says nothing about a certificate."""

    code = "verifier.reading_failed"


class FileTooLarge(ReadingError):
    """More bytes than the limit. Params: size_mb, limit_mb."""

    code = "verifier.file_too_large"


class PictureKindUnknown(ReadingError):
    """The first bytes are neither PNG nor JPEG nor WebP."""

    code = "verifier.picture_kind_unknown"


class PictureTooLarge(ReadingError):
    """The header promises more pixels than the limit. Params: width, height, limit_mpx."""

    code = "verifier.picture_too_large"


class PictureUnreadable(ReadingError):
    """A picture by its first bytes, but truncated, broken or not what its header says."""

    code = "verifier.picture_unreadable"


class NoCodeFound(ReadingError):
    """The picture or PDF was read, and no QR code (nor attached credential) is in it."""

    code = "verifier.no_code_found"


class PdfUnreadable(ReadingError):
    """Not a PDF, or broken."""

    code = "verifier.pdf_unreadable"


class PdfLocked(ReadingError):
    """The PDF wants a password."""

    code = "verifier.pdf_locked"


class PdfTooLong(ReadingError):
    """More pages than the limit. Params: pages, limit."""

    code = "verifier.pdf_too_long"


class ReadingTooCostly(ReadingError):
    """The reader's child process met its limit of memory, processor or time."""

    code = "verifier.reading_too_costly"


class ReaderBusy(ReadingError):
    """All reader processes were taken for too long: try again."""

    code = "verifier.reader_busy"


class FileEmpty(ReadingError):
    """Not one byte."""

    code = "verifier.file_empty"


class TooManyCodes(ReadingError):
    """More codes in one file than a certificate can carry. Params: limit."""

    code = "verifier.too_many_codes"


class SeveralCertificates(ReadingError):
    """Two certificates in one file: which one is meant is for the person to say."""

    code = "verifier.several_certificates"


class QuestionError(VerifierError):
    """The question itself makes no sense."""

    code = "verifier.question_invalid"


class DayMalformed(QuestionError):
    """Not a calendar day as YYYY-MM-DD. Params: day."""

    code = "verifier.day_malformed"


class DayInFuture(QuestionError):
    """The day asked about has not begun. Params: day."""

    code = "verifier.day_in_future"


class AskingError(VerifierError):
    """Who asks may not, or not so often; it says nothing about a certificate."""

    code = "verifier.asking_refused"
    headers: tuple[tuple[str, str], ...] = ()


class RecordsUnreachable(AskingError):
    """The issuing bodies' records cannot be asked at the moment."""

    code = "verifier.records_unreachable"


class ReportBoxFull(AskingError):
    """The operator's box takes no more reports at the moment."""

    code = "verifier.report_box_full"


class AskedTooOften(AskingError):
    """More questions than this address or this key may ask. Params: seconds to wait."""

    code = "verifier.asked_too_often"

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds=seconds)
        self.headers = (("Retry-After", str(seconds)),)


class KeyNotGood(AskingError):
    """The API key is unknown or was revoked (RFC 6750 §3.1)."""

    code = "verifier.key_not_good"

    def __init__(self) -> None:
        super().__init__()
        self.headers = (("WWW-Authenticate", 'Bearer realm="hallmark", error="invalid_token"'),)


class KeyNotMeant(AskingError):
    """The API key is for something else (RFC 6750 §3.1). Params: scope."""

    code = "verifier.key_not_meant"

    def __init__(self, scope: str) -> None:
        super().__init__(scope=scope)
        challenge = f'Bearer realm="hallmark", error="insufficient_scope", scope="{scope}"'
        self.headers = (("WWW-Authenticate", challenge),)
