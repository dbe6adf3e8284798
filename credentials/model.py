"""The credential: what an issuing body says of a person, checked when it is made and unchangeable afterwards.

All texts are the Chinese words that stand on the certificate, in NFC. Where it ends: it knows no seal, no log and no
clock, and does not judge whether a body may award what it awards.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NoReturn
from uuid import UUID

from credentials.dates import PartialDate
from credentials.errors import FieldInvalid, WordUnknown
from credentials.identifiers import TAIL, LicenceIdentifier, is_credit_code, is_number
from credentials.kinds import CATEGORIES, LEVELS, STATION_KINDS, WAYS, Kind
from credentials.names import is_normal

MAX_TEXT: Final = 100
MAX_TIME: Final = 1 << 33  # the year 2242
MAX_STATUS_LIST: Final = (1 << 31) - 1
STATUS_SLOTS: Final = 1 << 17
# The version (4, random) and variant bits of a UUID (RFC 9562 §5.4), as UUID.int holds them.
_UUID_MASK: Final = (0xF << 76) | (0b11 << 62)
_UUID_V4: Final = (0x4 << 76) | (0b10 << 62)

# No control, bidirectional, invisible, private-use, surrogate or unassignable characters, no space at either end.
_BARRED = (
    "\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff"
    "\ud800-\udfff\ue000-\uf8ff\U000e0000-\U0010ffff"
)
_TEXT = re.compile(rf"[^\s{_BARRED}](?:[^\t\n\r\u3000{_BARRED}]{{0,{MAX_TEXT - 2}}}[^\s{_BARRED}])?")


@dataclass(frozen=True, slots=True)
class StatusRef:
    """Where the state of a credential stands: a status list and one of its 131,072 slots."""

    list: int
    index: int

    def __post_init__(self) -> None:
        _require_int("list", self.list, MAX_STATUS_LIST + 1)
        _require_int("index", self.index, STATUS_SLOTS)


@dataclass(frozen=True, slots=True)
class Holder:
    """A person: name in normal form and, where known, the kind of identity document with its last four characters."""

    name: str
    id_type: str | None = None
    id_tail: str | None = None

    def __post_init__(self) -> None:
        _require("holder.name", self.name, is_normal)
        if self.id_type is None and self.id_tail is None:
            return
        _require_text("holder.id_type", self.id_type)
        _require("holder.id_tail", self.id_tail, TAIL.fullmatch)


@dataclass(frozen=True, slots=True)
class Title:
    """A professional title (职称); `level` and `way` are words of `kinds.LEVELS` and `kinds.WAYS`."""

    name: str
    series: str
    specialty: str
    level: str
    way: str
    committee: str
    approval_no: str | None = None

    def __post_init__(self) -> None:
        texts = [self.name, self.series, self.specialty, self.committee]
        if not _are_texts(texts, self.approval_no):
            _name_the_bad_text(self, ("name", "series", "specialty", "committee"), ("approval_no",))
        _require_word("level", self.level, LEVELS)
        _require_word("way", self.way, WAYS)


@dataclass(frozen=True, slots=True)
class Qualification:
    """A qualification (职业资格); `category` is a word of `kinds.CATEGORIES`."""

    name: str
    specialty: str | None
    level: str | None
    category: str
    exam: str | None = None
    admin_no: str | None = None

    def __post_init__(self) -> None:
        if not _are_texts([self.name], self.specialty, self.level, self.exam, self.admin_no):
            _name_the_bad_text(self, ("name",), ("specialty", "level", "exam", "admin_no"))
        _require_word("category", self.category, CATEGORIES)


@dataclass(frozen=True, slots=True)
class Postdoc:
    """A completed postdoctoral stay (博士后); `station_kind` is a word of `kinds.STATION_KINDS`.

    A practice base always has a partner, and nobody completes before entering.
    """

    station: str
    station_kind: str
    discipline: str
    partner: str | None
    entered: PartialDate
    completed: PartialDate
    postdoc_no: str | None = None

    def __post_init__(self) -> None:
        if not _are_texts([self.station, self.discipline], self.partner, self.postdoc_no):
            _name_the_bad_text(self, ("station", "discipline"), ("partner", "postdoc_no"))
        _require_word("station_kind", self.station_kind, STATION_KINDS)
        _require_date("entered", self.entered)
        _require_date("completed", self.completed)
        if self.completed.surely_before(self.entered):
            raise FieldInvalid(field="completed")
        if self.partner is None and STATION_KINDS[self.station_kind] == "practice_base":
            raise FieldInvalid(field="partner")


Award = Title | Qualification | Postdoc
_KINDS: Final = {Title: Kind.TITLE, Qualification: Kind.QUALIFICATION, Postdoc: Kind.POSTDOC}


@dataclass(frozen=True, slots=True)
class Credential:
    """One certificate. `id` is a random UUID that stands nowhere in public; `number` is what people read aloud.

    `issuer` is the body's Chinese name; `issuer_code`, its credit code, is None when read from a QR code. `issued_at`
    and `expires_at` are UNIX seconds. Raises FieldInvalid or WordUnknown.
    """

    id: UUID
    number: str
    holder: Holder
    award: Award
    issuer: str
    issuer_code: str | None
    awarded_on: PartialDate
    status: StatusRef
    issued_at: int
    expires_at: int | None = None
    identifier: str | None = None
    """The identifier of GB/T 36904 whose serial is `number`; None where the body has none, and in a QR code."""

    def __post_init__(self) -> None:
        _require_parts(self)
        _require("number", self.number, is_number)
        _require_text("issuer", self.issuer)
        if self.issuer_code is not None:
            _require("issuer_code", self.issuer_code, is_credit_code)
        _require_int("issued_at", self.issued_at, MAX_TIME)
        if self.expires_at is not None:
            _require_int("expires_at", self.expires_at, MAX_TIME)
            if self.expires_at <= self.issued_at:
                raise FieldInvalid(field="expires_at")
        if self.identifier is not None:
            _require_identifier(self.identifier, self)

    @property
    def kind(self) -> Kind:
        """What is certified."""
        return _KINDS[type(self.award)]


def is_text(value: object) -> bool:
    """True for a text that may stand in a credential: 1 to 100 visible characters in NFC, no space at either end."""
    return isinstance(value, str) and len(value) <= MAX_TEXT and _is_text(value)


@lru_cache(maxsize=4096)
def _is_text(value: str) -> bool:
    # Bodies, series and titles come again and again; names of persons do not pass here.
    return _TEXT.fullmatch(value) is not None and unicodedata.is_normalized("NFC", value)


_PART = "\x1f"  # barred inside a text, and nothing composes with it: so joined texts can be judged in one go
_TEXTS = re.compile(f"{_TEXT.pattern}(?:{_PART}{_TEXT.pattern})*")


def _are_texts(texts: list[str], *optional: str | None) -> bool:
    """`is_text` for several at once, as reading a code does it a dozen times; `optional` ones may be None."""
    texts += [text for text in optional if text is not None]
    try:
        joined = _PART.join(texts)
    except TypeError:
        return False
    return _TEXTS.fullmatch(joined) is not None and unicodedata.is_normalized("NFC", joined)


def _name_the_bad_text(award: Award, required: Iterable[str], optional: Iterable[str]) -> NoReturn:
    for field in required:
        _require_text(field, getattr(award, field))
    for field in optional:
        _require_text_or_none(field, getattr(award, field))
    raise FieldInvalid(field="award")


def _require_parts(credential: Credential) -> None:
    if type(credential.id) is not UUID or credential.id.int & _UUID_MASK != _UUID_V4:
        raise FieldInvalid(field="id")
    if type(credential.holder) is not Holder:
        raise FieldInvalid(field="holder")
    if type(credential.award) not in _KINDS:
        raise FieldInvalid(field="award")
    if type(credential.status) is not StatusRef:
        raise FieldInvalid(field="status")
    _require_date("awarded_on", credential.awarded_on)


def _require(field: str, value: object, holds: Callable[[str], object]) -> None:
    if not isinstance(value, str) or not holds(value):
        raise FieldInvalid(field=field)


def _require_text(field: str, value: object) -> None:
    if not is_text(value):
        raise FieldInvalid(field=field)


def _require_text_or_none(field: str, value: object) -> None:
    if value is not None and not is_text(value):
        raise FieldInvalid(field=field)


def _require_word(field: str, value: object, words: Mapping[str, str]) -> None:
    if not isinstance(value, str) or value not in words:
        raise WordUnknown(field=field, value=str(value)[:40])


def _require_identifier(identifier: object, credential: Credential) -> None:
    """An identifier is of this number and this body, or it is none."""
    if not isinstance(identifier, str):
        raise FieldInvalid(field="identifier")
    parsed = LicenceIdentifier.parse(identifier)
    if (parsed.serial, parsed.issuer) != (credential.number, credential.issuer_code):
        raise FieldInvalid(field="identifier")


def _require_int(field: str, value: object, limit: int) -> None:
    if type(value) is not int or not 0 <= value < limit:
        raise FieldInvalid(field=field)


def _require_date(field: str, value: object) -> None:
    if type(value) is not PartialDate:
        raise FieldInvalid(field=field)
