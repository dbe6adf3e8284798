"""Every way in which a credential, its fields or its sealed forms can fail, one class and one stable code each.

Errors carry a code and parameters, no sentences: the sentences stand in `web/i18n/credentials.json`.
"""

from typing import ClassVar


class CredentialsError(Exception):
    """Base of everything that this room raises; `params` holds what the sentence for `code` names."""

    code: ClassVar[str] = "credentials.error"

    def __init__(self, **params: object) -> None:
        self.params: dict[str, object] = params
        said = " ".join(f"{name}={value}" for name, value in params.items())
        super().__init__(f"{self.code} {said}".rstrip())


# reading a sealed form ---------------------------------------------------------------------------------------------


class NotOurs(CredentialsError):
    """Not one of our forms at all: a foreign address, a text, another number; params: reason."""

    code = "credentials.not_ours"


class Damaged(CredentialsError):
    """In our form, but it fails to inflate, to parse or to hold together: damaged or altered; params: reason."""

    code = "credentials.damaged"


class UnknownVersion(CredentialsError):
    """In our form, of a version that this software does not know yet; params: version."""

    code = "credentials.unknown_version"


# making a sealed form ----------------------------------------------------------------------------------------------


class HostUnfit(CredentialsError):
    """A host name that cannot stand in a QR code of version 11: too long, or not plain ASCII; params: host, limit."""

    code = "credentials.host_unfit"


class TokenTooLarge(CredentialsError):
    """The credential says more than a QR code of ours may hold; params: size, limit."""

    code = "credentials.token_too_large"


class IssuerCodeMissing(CredentialsError):
    """A document form must name its issuer by credit code, and this credential has none."""

    code = "credentials.issuer_code_missing"


# the parts of a credential -----------------------------------------------------------------------------------------


class FieldInvalid(CredentialsError):
    """A field is empty, too long, of the wrong type or holds characters that may not stand there; params: field."""

    code = "credentials.field_invalid"


class WordUnknown(CredentialsError):
    """A field that takes one of a few words holds another; params: field, value."""

    code = "credentials.word_unknown"


class ClaimsInvalid(CredentialsError):
    """Signed content that is not exactly what we would write for any credential; params: claim."""

    code = "credentials.claims_invalid"


class DateInvalid(CredentialsError):
    """Not a date as YYYY, YYYY-MM or YYYY-MM-DD that the calendar has; params: value."""

    code = "credentials.date_invalid"


class NameEmpty(CredentialsError):
    """A name without any letter."""

    code = "credentials.name_empty"


class NameTooLong(CredentialsError):
    """A name of more characters than a name may have; params: length, limit."""

    code = "credentials.name_too_long"


class NameFormula(CredentialsError):
    """A name that a spreadsheet would run as a formula; params: character."""

    code = "credentials.name_formula"


class NameCharacter(CredentialsError):
    """A name with a character that stands in no name; params: codepoint, position (from 1)."""

    code = "credentials.name_character"


class NamePrivateUse(CredentialsError):
    """A name with a private-use character whose formal code point is not known; params: codepoint, position."""

    code = "credentials.name_private_use"


class IdentityNumberMalformed(CredentialsError):
    """Not 17 digits and a digit or X (GB 11643), or of no region; no params, for the number is personal."""

    code = "credentials.identity_number_malformed"


class IdentityNumberDate(CredentialsError):
    """The birth date inside an identity number does not exist; params: date."""

    code = "credentials.identity_number_date"


class IdentityNumberCheck(CredentialsError):
    """The last character of an identity number does not fit the others."""

    code = "credentials.identity_number_check"


class IdentityTailMissing(CredentialsError):
    """A document number too short to show its last four characters."""

    code = "credentials.identity_tail_missing"


class CreditCodeInvalid(CredentialsError):
    """Not a unified social credit code (GB 32100): length, letters or check character; params: value."""

    code = "credentials.credit_code_invalid"


class CertificateIdentifierInvalid(CredentialsError):
    """Not an electronic certificate identifier (GB/T 36904), or its check character does not fit; params: value."""

    code = "credentials.certificate_identifier_invalid"


class NumberInvalid(CredentialsError):
    """Not one of our certificate numbers: length, letters or check character; params: value."""

    code = "credentials.number_invalid"
