"""Numbers with check characters: identity numbers, credit codes, certificate identifiers, and our own numbers."""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final

from credentials.errors import (
    CertificateIdentifierInvalid,
    CreditCodeInvalid,
    IdentityNumberCheck,
    IdentityNumberDate,
    IdentityNumberMalformed,
    IdentityTailMissing,
    NumberInvalid,
)

# ISO 7064 MOD 37,36 ------------------------------------------------------------------------------------------------

_ALPHANUMERIC: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUE: Final = {character: value for value, character in enumerate(_ALPHANUMERIC)}


def check_character(text: str) -> str:
    """Return the ISO 7064 MOD 37,36 check character of a text of digits and capital letters (raises KeyError)."""
    product = 36
    for character in text:
        product = ((product + _VALUE[character]) % 36 or 36) * 2 % 37
    return _ALPHANUMERIC[(37 - product) % 36]


# our own number: 12 random characters and a check character, none of them I, L, O or U -----------------------------

NUMBER_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NUMBER = re.compile(f"[{NUMBER_ALPHABET}]{{13}}")
_RANDOM_BITS: Final = 60
_MAX_TYPED: Final = 64
_GAPS = re.compile(r"[\s\-\u00ad\u200b\u2010-\u2015\u2212]+")


def new_number(random_bytes: bytes) -> str:
    """Return the opaque certificate number that 8 or more random bytes stand for: 60 bits and a check character.

    The same bytes give the same number. Where the check character would be I, L, O or U the next value is drawn.
    Raises NumberInvalid for fewer bytes.
    """
    if len(random_bytes) < 8:
        raise NumberInvalid(value="")
    value = int.from_bytes(random_bytes[:8], "big") >> 4
    while True:
        body = "".join(NUMBER_ALPHABET[value >> shift & 31] for shift in range(_RANDOM_BITS - 5, -1, -5))
        check = check_character(body)
        if check in NUMBER_ALPHABET:
            return body + check
        value = (value + 1) % (1 << _RANDOM_BITS)


def check_number(text: str) -> str:
    """Return a certificate number as it stands on the certificate, from what a person typed.

    Full-width letters, small letters, spaces and dashes are taken, and an identifier of GB/T 36904 whose serial is one of
    our numbers. Raises NumberInvalid.
    """
    typed = _typed(text)
    if typed is not None and is_number(typed):
        return typed
    with suppress(CertificateIdentifierInvalid, TypeError):
        serial = LicenceIdentifier.parse(certificate_identifier(text)).serial
        if is_number(serial):
            return serial
    raise NumberInvalid(value=_shown(text))


def is_number(text: str) -> bool:
    """True for one of our certificate numbers exactly as printed, check character included."""
    return _NUMBER.fullmatch(text) is not None and check_character(text[:12]) == text[12]


def _typed(text: object) -> str | None:
    # What a person typed or a file holds, in normal form; None when it cannot be any of our numbers.
    if not isinstance(text, str) or len(text) > _MAX_TYPED:
        return None
    return _GAPS.sub("", unicodedata.normalize("NFKC", text)).upper()


def _shown(text: object) -> str:
    return str(text)[:_MAX_TYPED]


# GB 11643: citizen numbers, and the numbers built like them --------------------------------------------------------

_CITIZEN = re.compile(r"[1-9][0-9]{16}[0-9X]")
# The first two digits: provinces of GB/T 2260; 81, 82, 83 residents from Hong Kong, Macao and Taiwan; 9x foreigners.
_REGIONS = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[0-9]")
_CITIZEN_WEIGHTS: Final = tuple(pow(2, 17 - place, 11) for place in range(17))
_CITIZEN_CHECKS: Final = "10X98765432"


def citizen_number(text: str) -> str:
    """Return an 18-character identity number in normal form (GB 11643, ISO 7064 MOD 11-2).

    Takes mainland numbers, residence permits (81, 82, 83) and foreign permanent residents' cards (9…). Raises
    IdentityNumberMalformed, IdentityNumberDate (the birth date does not exist) or IdentityNumberCheck.
    """
    number = _typed(text)
    if number is None or not _CITIZEN.fullmatch(number) or not _REGIONS.match(number):
        raise IdentityNumberMalformed
    birth_date(number)
    total = sum(int(digit) * weight for digit, weight in zip(number, _CITIZEN_WEIGHTS, strict=False))
    if _CITIZEN_CHECKS[total % 11] != number[17]:
        raise IdentityNumberCheck
    return number


def birth_date(number: str) -> date:
    """Return the birth date inside an 18-character identity number. Raises IdentityNumberDate."""
    digits = number[6:14]
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise IdentityNumberDate(date=digits) from None
    if not 1850 <= born.year <= 2199:
        raise IdentityNumberDate(date=digits)
    return born


def identity_tail(id_no: str) -> str:
    """Return the last four characters of a document number of any kind, the only part of it that we ever seal.

    Raises IdentityTailMissing when it has fewer than five characters or another character than letters and digits there.
    """
    number = _typed(id_no)
    if number is None or len(number) < 5 or not TAIL.fullmatch(number[-4:]):
        raise IdentityTailMissing
    return number[-4:]


TAIL: Final = re.compile(r"[0-9A-Z]{4}")


# GB 32100: unified social credit codes -----------------------------------------------------------------------------

_CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_VALUE: Final = {character: value for value, character in enumerate(_CREDIT_ALPHABET)}
_CREDIT_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_CREDIT = re.compile(f"[{_CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{_CREDIT_ALPHABET}]{{10}}")


def credit_code(text: str) -> str:
    """Return a unified social credit code in normal form (GB 32100, MOD 31-3). Raises CreditCodeInvalid."""
    code = _typed(text)
    if code is None or not is_credit_code(code):
        raise CreditCodeInvalid(value=_shown(text))
    return code


def is_credit_code(code: str) -> bool:
    """True for a unified social credit code exactly as printed, check character included."""
    if not _CREDIT.fullmatch(code):
        return False
    total = sum(_CREDIT_VALUE[character] * weight for character, weight in zip(code, _CREDIT_WEIGHTS, strict=False))
    return _CREDIT_ALPHABET[-total % 31] == code[17]


# GB/T 36904: identifiers of electronic certificates ----------------------------------------------------------------

IDENTIFIER_ROOT: Final = "1.2.156.3005.2"
_TYPE_CODE = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
_IDENTIFIER = re.compile(
    r"1\.2\.156\.3005\.2\.([0-9A-Z]{21})\.([0-9A-Z]{18}|[0-9]{6})\.([0-9A-Z]{1,64})\.([0-9]{3})\.([0-9A-Z])"
)
_MAX_IDENTIFIER: Final = 160


@dataclass(frozen=True, slots=True)
class LicenceIdentifier:
    """An electronic certificate's identifier 电子证照标识: type, issuer, serial and version; the check character follows.

    `type_code` is the defining authority's credit code and three digits, `issuer` a credit code or six digits of a region,
    `serial` 1 to 64 digits and capitals, `version` 0 to 999. Raises CertificateIdentifierInvalid.
    """

    type_code: str
    issuer: str
    serial: str
    version: int

    def __post_init__(self) -> None:
        if not 0 <= self.version <= 999 or not is_type_code(self.type_code) or not _IDENTIFIER.fullmatch(str(self)):
            raise CertificateIdentifierInvalid(value=_shown(f"{self.type_code}.{self.issuer}.{self.serial}"))

    @classmethod
    def parse(cls, text: str) -> "LicenceIdentifier":
        """Return the identifier exactly as printed, check character included. Raises CertificateIdentifierInvalid."""
        form = _IDENTIFIER.fullmatch(text) if len(text) <= _MAX_IDENTIFIER else None
        if form is None or check_character("".join(form.groups()[:4])) != form[5]:
            raise CertificateIdentifierInvalid(value=_shown(text))
        return cls(form[1], form[2], form[3], int(form[4]))

    def __str__(self) -> str:
        parts = (self.type_code, self.issuer, self.serial, f"{self.version:03d}")
        try:
            check = check_character("".join(parts))
        except KeyError:
            raise CertificateIdentifierInvalid(value=_shown(".".join(parts))) from None
        return ".".join((IDENTIFIER_ROOT, *parts, check))


def is_type_code(text: object) -> bool:
    """True for a type code of GB/T 36904: the 18 characters of the authority that defined the type, and three digits."""
    return isinstance(text, str) and _TYPE_CODE.fullmatch(text) is not None


def certificate_identifier(text: str) -> str:
    """Return an electronic certificate identifier in normal form, from what a person typed or a file holds.

    Full-width letters and dots, small letters, spaces and dashes are taken. The check (ISO 7064 MOD 37,36) runs over type,
    issuer, serial and version, without dots and root. Raises CertificateIdentifierInvalid.
    """
    normal = _GAPS.sub("", unicodedata.normalize("NFKC", text[:_MAX_IDENTIFIER])).upper().replace("。", ".")
    try:
        return str(LicenceIdentifier.parse(normal if len(text) <= _MAX_IDENTIFIER else ""))
    except CertificateIdentifierInvalid:
        raise CertificateIdentifierInvalid(value=_shown(text)) from None
