"""Reads a list of recognised foreign qualifications: one published list for each jurisdiction that keeps one. Strict; pure.

Categories are A recognised, B in short supply, C comparable with a title, D mutual recognition. An entry whose class no
source states is a `sample` and must be shown as one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from registry.catalogue import LEVELS
from registry.errors import RecognitionInvalid
from registry.recognition.rules import RuleTable
from registry.windows import OneDay, Window, window_of

PREFIX: Final = "recognition-"
CATEGORIES: Final = ("A", "B", "C", "D")
GRADES: Final = frozenset({"stated", "sample"})

_JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3}){0,2}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_MAX_TEXT = 300
_MEMBERS = {"id", "countries", "industry", "zh", "en", "issuing_body", "categories", "equivalence", "evidence_required",
            "register_hint", "valid_from", "valid_to", "superseded_by", "grade", "source"}  # fmt: skip


def list_name(jurisdiction: str) -> str:
    """Return the name of the published list of a jurisdiction (ISO 3166-2, with a district behind it): CN-SH-PD."""
    return PREFIX + jurisdiction.lower()


def is_recognition(name: str) -> bool:
    """Tell whether a published list of this name is one of these."""
    return name.startswith(PREFIX)


@dataclass(frozen=True, slots=True)
class Equivalence:
    """The highest title that a holder may be recognised for, and on which conditions beyond the general rules."""

    series: str
    title: str
    max_level: str
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One foreign qualification. `countries` are ISO 3166 codes; `superseded_by` is the id of the entry that follows."""

    id: str
    countries: tuple[str, ...]
    industry: str
    zh: str
    en: str
    issuing_body: str
    categories: tuple[str, ...]
    equivalence: Equivalence | None
    evidence_required: tuple[str, ...]
    register_hint: str
    window: Window
    superseded_by: str | None
    grade: str
    source: str | None


@dataclass(frozen=True, slots=True)
class RecognitionList:
    """The list of one jurisdiction: its entries in order, what each category brings, and the rules of equivalence."""

    jurisdiction: str
    zh: str
    en: str
    edition: str
    benefits: Mapping[str, tuple[str, ...]]
    rules: RuleTable
    entries: tuple[Entry, ...]

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> "RecognitionList":
        """Read the content of a published list; raises RecognitionInvalid."""
        members = _members(content, {"jurisdiction", "zh", "en", "edition", "benefits", "rules", "entries"}, "list")
        jurisdiction = _matching(_JURISDICTION, members["jurisdiction"], "jurisdiction")
        zh, en, edition = (_text(members[name], name) for name in ("zh", "en", "edition"))
        entries = tuple(_entry(row) for row in _list(members["entries"], "entries"))
        ids = [each.id for each in entries]
        followed = {each.superseded_by for each in entries if each.superseded_by is not None}
        _require(len(set(ids)) == len(ids), "an id stands twice", "entries")
        _require(followed <= set(ids), "superseded by nothing", "entries")
        rules = RuleTable.from_content(members["rules"])
        return cls(jurisdiction, zh, en, edition, _benefits(members["benefits"]), rules, entries)

    def as_of(self, day: date) -> tuple[Entry, ...]:
        """Return the entries that stood on one day."""
        return tuple(each for each in self.entries if each.window.covers(OneDay(day)))

    def entry(self, entry_id: str) -> Entry | None:
        """Return an entry by its id, or None."""
        return next((each for each in self.entries if each.id == entry_id), None)


def _entry(row: Any) -> Entry:
    members = _members(row, _MEMBERS, "entry")
    entry_id = _matching(_ID, members["id"], "id")
    texts = {name: _text(members[name], entry_id) for name in ("industry", "zh", "en", "issuing_body", "register_hint")}
    categories = _texts(members["categories"], entry_id)
    _require(bool(categories) and set(categories) <= set(CATEGORIES), "categories", entry_id)
    _require(("C" in categories) == (members["equivalence"] is not None), "category C without equivalence", entry_id)
    countries = tuple(_matching(_COUNTRY, code, entry_id) for code in _list(members["countries"], entry_id))
    _require(isinstance(members["grade"], str) and members["grade"] in GRADES, "grade", entry_id)
    _require((members["grade"] == "stated") == (members["source"] is not None), "source", entry_id)
    return Entry(
        id=entry_id,
        countries=countries,
        **texts,
        categories=categories,
        equivalence=None if members["equivalence"] is None else _equivalence(members["equivalence"], entry_id),
        evidence_required=_texts(members["evidence_required"], entry_id),
        window=_window(members, entry_id),
        superseded_by=None if members["superseded_by"] is None else _text(members["superseded_by"], entry_id),
        grade=members["grade"],
        source=None if members["source"] is None else _text(members["source"], entry_id),
    )


def _equivalence(row: Any, entry_id: str) -> Equivalence:
    members = _members(row, {"series", "title", "max_level", "conditions"}, entry_id)
    _require(isinstance(members["max_level"], str) and members["max_level"] in LEVELS, "level", entry_id)
    series, title = _text(members["series"], entry_id), _text(members["title"], entry_id)
    return Equivalence(series, title, members["max_level"], _texts(members["conditions"], entry_id))


def _benefits(value: Any) -> Mapping[str, tuple[str, ...]]:
    members = value if isinstance(value, dict) else {"": None}
    _require(members.keys() <= set(CATEGORIES), "benefits", "benefits")
    return {category: _texts(each, "benefits") for category, each in members.items()}


def _window(members: Mapping[str, Any], entry_id: str) -> Window:
    try:
        return window_of(members["valid_from"], members["valid_to"])
    except ValueError:
        raise RecognitionInvalid(reason="dates", what=entry_id) from None


def _members(row: Any, names: set[str], what: str) -> Mapping[str, Any]:
    if not isinstance(row, dict) or row.keys() != names:
        raise RecognitionInvalid(reason="members", what=what)
    return row


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise RecognitionInvalid(reason="no list", what=what)
    return value


def _texts(value: object, what: str) -> tuple[str, ...]:
    return tuple(_text(each, what) for each in _list(value, what))


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= _MAX_TEXT:
        raise RecognitionInvalid(reason="text", what=what)
    return value


def _matching(pattern: re.Pattern[str], value: object, what: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise RecognitionInvalid(reason="text", what=what)
    return value


def _require(holds: bool, reason: str, what: str) -> None:
    if not holds:
        raise RecognitionInvalid(reason=reason, what=what)
