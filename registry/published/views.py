"""Puts a list's content into the shape in which its page shows it: series by level, bodies with their committees, entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.catalogue import LEVELS, Catalogue, Named, Series
from registry.published.differences import Fields, Sections
from registry.recognition.entries import CATEGORIES, RecognitionList
from registry.windows import OneDay, Window, window_of


@dataclass(frozen=True, slots=True)
class NameShown:
    """A title name or specialty: its branch, when it stands, and whether it did on the day that is shown."""

    name: str
    branch: str | None
    window: Window
    stands: bool


@dataclass(frozen=True, slots=True)
class SeriesShown:
    """One series: the names of each level (empty where it has none), and its specialties."""

    code: str
    name: str
    name_en: str
    levels: tuple[tuple[str, tuple[NameShown, ...]], ...]
    specialties: tuple[NameShown, ...]


def catalogue_view(content: Mapping[str, Any], on: date, *, everything: bool) -> dict[str, Any]:
    """Return what the catalogue's page shows; with `everything` also what does not stand on the day `on`."""
    catalogue = Catalogue.from_content(content)
    series = [_series(each, on, everything) for each in catalogue.all_series.values()]
    qualifications = [
        each for each in catalogue.qualifications.values() if everything or each.window.covers(OneDay(on))
    ]
    return {"levels": LEVELS, "series": series, "qualifications": qualifications, "grade": catalogue.grade}


def _series(series: Series, on: date, everything: bool) -> SeriesShown:
    def shown(names: Sequence[Named]) -> tuple[NameShown, ...]:
        found = [NameShown(each.name, each.branch, each.window, each.window.covers(OneDay(on))) for each in names]
        return tuple(each for each in found if everything or each.stands)

    levels = tuple((level, shown(series.names_at(level))) for level in LEVELS)
    return SeriesShown(series.code, series.name, series.name_en, levels, shown(series.specialties))


@dataclass(frozen=True, slots=True)
class BodyShown:
    """A body with its committees' authorities and its keys, as members."""

    body: Fields
    authorities: tuple[Fields, ...]
    keys: tuple[Fields, ...]


def trust_view(sections: Sections, on: date, *, everything: bool) -> dict[str, Any]:
    """Return what the trust list's page shows: each body with what it may award; on one day only what it may then."""
    authorities = [row for row in sections["authorities"].values() if everything or _window(row).covers(OneDay(on))]
    bodies = [
        BodyShown(
            body,
            tuple(row for row in authorities if row["body_code"] == code),
            tuple(row for row in sections["keys"].values() if row["body_code"] == code),
        )
        for code, body in sections["bodies"].items()
    ]
    return {"bodies": bodies}


def _window(row: Fields) -> Window:
    return window_of(row["valid_from"], row["valid_until"])


def recognition_view(content: Mapping[str, Any], on: date, *, everything: bool, category: str | None) -> dict[str, Any]:
    """Return what a recognition list's page shows; with a `category` only its entries."""
    listed = RecognitionList.from_content(content)
    standing = listed.entries if everything else listed.as_of(on)
    entries = [each for each in standing if category is None or category in each.categories]
    counts = {each: sum(each in entry.categories for entry in standing) for each in CATEGORIES}
    return {"listed": listed, "entries": entries, "counts": counts, "category": category}


def columns_of(entries: Mapping[str, Fields]) -> tuple[str, ...]:
    """Return every member that some entry has, in the order in which they are met."""
    return tuple(dict.fromkeys(name for entry in entries.values() for name in entry))
