"""Rules for the person in a row: name, identity document, and the facts that stay in the issuer's ledger. Pure."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from credentials.errors import CredentialsError
from credentials.identifiers import birth_date, citizen_number, identity_tail
from credentials.kinds import CITIZEN_CARD, ID_TYPES
from credentials.model import Holder
from credentials.names import has_rare_character, normalise
from issuers.columns import BIRTH, EMPLOYER, ID_NUMBER, ID_TYPE, NAME, SEX
from issuers.reading import Reading, tidy
from issuers.written_dates import read_date
from web.sheets.sheet import Severity

RESIDENCE_PERMIT: Final = "港澳台居民居住证"
FOREIGNER_CARD: Final = "外国人永久居留身份证"
ID_TYPE_ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "身份证": CITIZEN_CARD,
        "中华人民共和国居民身份证": CITIZEN_CARD,
        "二代身份证": CITIZEN_CARD,
        "普通护照": "护照",
        "外国护照": "护照",
        "中国护照": "护照",
        "台胞证": "台湾居民来往大陆通行证",
        "回乡证": "港澳居民来往内地通行证",
        "港澳居民居住证": RESIDENCE_PERMIT,
        "台湾居民居住证": RESIDENCE_PERMIT,
        "外国人永久居留证": FOREIGNER_CARD,
    }
)
SEXES: Final = frozenset({"男", "女"})

_DOCUMENT = re.compile(r"[0-9A-Z]{5,20}")
_FOREIGNER_OLD = re.compile(r"[A-Z]{3}[0-9]{12}")
_BUILT_LIKE_CITIZENS: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType(
    {
        CITIZEN_CARD: lambda number: number[:2] not in ("81", "82", "83") and number[0] != "9",
        RESIDENCE_PERMIT: lambda number: number[:2] in ("81", "82", "83"),
        FOREIGNER_CARD: lambda number: number[0] == "9",
    }
)


@dataclass(frozen=True, slots=True)
class PersonalFacts:
    """What the ledger keeps of a person, encrypted and erasable, and no certificate shows. Never logged: no repr."""

    id_type: str
    identity_number: str = field(repr=False)
    birth: str | None = field(repr=False)
    employer: str | None = field(repr=False)
    sex: str | None = field(repr=False)

    def as_text(self) -> dict[str, str]:
        """Return the known facts as texts by name; `from_text` is its way back."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}

    @classmethod
    def from_text(cls, facts: Mapping[str, str]) -> "PersonalFacts":
        """Return the facts that `as_text` wrote; names it does not know are passed over."""
        optional = (facts.get("birth"), facts.get("employer"), facts.get("sex"))
        return cls(facts["id_type"], facts["identity_number"], *optional)


@dataclass(frozen=True, slots=True)
class Person:
    """A person as far as a row tells: what the certificate bears, and what stays in the ledger."""

    holder: Holder
    facts: PersonalFacts


def read_person(reading: Reading) -> Person | None:
    """Return the person of a row, or None where the notes now refuse the row. Every cell is judged, not only the first."""
    name = _name(reading)
    id_type = reading.word(ID_TYPE, ID_TYPES, aliases=ID_TYPE_ALIASES)
    number = _number(reading, id_type) if id_type else None
    if name is None or id_type is None or number is None:
        return None
    tail = reading.made(ID_NUMBER, lambda: identity_tail(number))
    holder = reading.made(NAME, lambda: Holder(name, id_type, tail)) if tail else None
    if holder is None:
        return None
    like_citizens = id_type in _BUILT_LIKE_CITIZENS and len(number) == 18
    birth = _birth(reading, number if like_citizens else None)
    facts = PersonalFacts(id_type, number, birth, _employer(reading), _sex(reading, number if like_citizens else None))
    return Person(holder, facts)


def _name(reading: Reading) -> str | None:
    written = reading.cell(NAME)
    normal = reading.made(NAME, lambda: normalise(written)) if written is not None else None
    if normal is None:
        return None
    for code in normal.changes:
        reading.note(NAME, code, {"value": normal.value}, Severity.NORMALISED)
    if normal.changes and has_rare_character(normal.value):
        reading.note(NAME, "issuers.name_rare_character", {"value": normal.value}, Severity.WARNING)
    return normal.value


def _number(reading: Reading, id_type: str) -> str | None:
    written = reading.cell(ID_NUMBER)
    if written is None:
        return None
    plain = re.sub(r"[\s\-]+", "", unicodedata.normalize("NFKC", written)).upper()
    if id_type in _BUILT_LIKE_CITIZENS and not (id_type == FOREIGNER_CARD and _FOREIGNER_OLD.fullmatch(plain)):
        number = _citizen(reading, id_type, plain)
    else:
        number = plain if _DOCUMENT.fullmatch(plain) else None
        if number is None:
            reading.note(ID_NUMBER, "issuers.id_number_malformed", {"id_type": id_type})
    if number is not None and number != written:
        reading.note(ID_NUMBER, "issuers.id_number_normalised", severity=Severity.NORMALISED)
    return number


def _citizen(reading: Reading, id_type: str, plain: str) -> str | None:
    number = _checked(reading, plain)
    if number is None:
        return None
    if not _BUILT_LIKE_CITIZENS[id_type](number):
        reading.note(ID_NUMBER, "issuers.id_type_differs", {"id_type": id_type})
        return None
    if birth_date(number) > reading.today:
        reading.note(ID_NUMBER, "issuers.birth_in_future")
        return None
    return number


def _checked(reading: Reading, plain: str) -> str | None:
    """Check the number; a spreadsheet keeps 15 digits and writes 000 for the rest, which one time in eleven even fits."""
    rounded = len(plain) == 18 and plain.endswith("000")
    try:
        number = citizen_number(plain)
    except CredentialsError as refusal:
        reading.note(ID_NUMBER, "issuers.digits_lost" if rounded else refusal.code, refusal.params)
        return None
    if rounded:
        reading.note(ID_NUMBER, "issuers.digits_doubtful", severity=Severity.WARNING)
    return number


def _birth(reading: Reading, number: str | None) -> str | None:
    """Return the birth date: the identity number's where it has one; a differing column is pointed out, not believed."""
    written = reading.raw(BIRTH)
    stated = read_date(written).date if written.strip() else None
    if written.strip() and stated is None:
        reading.note(BIRTH, "issuers.birth_unreadable", severity=Severity.WARNING)
    if number is None:
        return None if stated is None else str(stated)
    born = birth_date(number)
    if stated is not None and not stated.first_day() <= born <= stated.last_day():
        reading.note(BIRTH, "issuers.birth_differs", severity=Severity.WARNING)
    return born.isoformat()


def _sex(reading: Reading, number: str | None) -> str | None:
    written = reading.raw(SEX).strip()
    if written not in SEXES:
        if written:
            reading.note(SEX, "issuers.sex_unknown", severity=Severity.WARNING)
        return None
    if number is not None and (int(number[16]) % 2 == 1) != (written == "男"):
        reading.note(SEX, "issuers.sex_differs", severity=Severity.WARNING)
    return written


def _employer(reading: Reading) -> str | None:
    return tidy(reading.raw(EMPLOYER))[:200] or None
