"""Says which titles, specialties and qualifications exist, and from which day to which.

Reads the content of the published list "catalogue" (shipped as `registry/data/catalogue.json`, a sample). A name it does
not know is a remark, not a refusal: names are added by specialty. A name, series or specialty whose days are over, or have
not come, refuses a new certificate; certificates given in its days keep it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final, TypeVar

from registry.catalogue_rows import CATEGORIES, LEVELS, Named, Qualification, Series, read_qualification, read_series
from registry.errors import CatalogueInvalid
from registry.windows import Days, OneDay

__all__ = ["CATEGORIES", "JUNIOR", "LEVELS", "WARNINGS", "Catalogue", "Named", "Qualification", "Series"]

JUNIOR: Final = "初级"  # what older papers say where 助理级 or 员级 is meant
_Row = TypeVar("_Row", Series, Qualification)
WARNINGS: Final = frozenset({"catalogue.unknown_name", "catalogue.unknown_qualification"})
"""The codes that let a certificate pass with a remark; every other code refuses it."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All series and qualifications by their Chinese names."""

    edition: str
    grade: str
    all_series: Mapping[str, Series]
    qualifications: Mapping[str, Qualification]

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> "Catalogue":
        """Read the content of the published list; raises CatalogueInvalid."""
        if content.keys() != {"edition", "grade", "series", "qualifications"}:
            raise CatalogueInvalid(reason="members")
        if not isinstance(content["edition"], str) or content["grade"] not in {"stated", "sample"}:
            raise CatalogueInvalid(reason="edition or grade")
        series = [read_series(row) for row in _rows(content, "series")]
        qualifications = [read_qualification(row) for row in _rows(content, "qualifications")]
        _require_distinct(each.code for each in series)
        return cls(content["edition"], content["grade"], _by_name(series), _by_name(qualifications))

    def as_of(self, day: date) -> "Catalogue":
        """Return what was in force on one day."""
        on = OneDay(day)
        series = {name: each.on(on) for name, each in self.all_series.items() if each.window.covers(on)}
        qualifications = {name: each for name, each in self.qualifications.items() if each.window.covers(on)}
        return Catalogue(self.edition, self.grade, MappingProxyType(series), MappingProxyType(qualifications))

    def series(self, name: str) -> Series | None:
        """Return the series of this Chinese name, or None."""
        return self.all_series.get(name)

    def check(self, series: str, level: str, title_name: str, on: Days | None = None) -> str | None:
        """Return None when the title exists so, else the code why not.

        `catalogue.unknown_series`; `.level_mismatch`: the series has no such level, or has this title at another one;
        `.unknown_name`, a warning. With `on`, the day of award, also `.series_not_in_force` and `.name_not_in_force`:
        it exists, and on no day that `on` can mean.
        """
        found = self.series(series)
        if found is None:
            return "catalogue.unknown_series"
        if on is not None and not found.window.covers(on):
            return "catalogue.series_not_in_force"
        meant = _meant(level)
        named = [title for title in found.titles if title.name == title_name]
        here = [title for title in named if title.level in meant]
        if not found.has_level(level) or (named and not here):
            return "catalogue.level_mismatch"
        if on is not None and here and not any(title.window.covers(on) for title in here):
            return "catalogue.name_not_in_force"
        return None if here else "catalogue.unknown_name"

    def check_specialty(self, series: str, specialty: str, on: Days) -> str | None:
        """Return None when the series had this specialty on some day that `on` can mean, or publishes no directory.

        Else `catalogue.unknown_specialty` or `catalogue.specialty_not_in_force`.
        """
        found = self.series(series)
        if found is None or not found.specialties:
            return None
        named = [each for each in found.specialties if each.name == specialty]
        if not named:
            return "catalogue.unknown_specialty"
        return None if any(each.window.covers(on) for each in named) else "catalogue.specialty_not_in_force"

    def category_of(self, qualification: str) -> str | None:
        """Return the category (准入类 or 水平评价类) of a qualification, or None when the catalogue does not know it."""
        found = self.qualifications.get(qualification)
        return None if found is None else found.category

    def check_qualification(self, name: str, category: str, on: Days | None = None) -> str | None:
        """Return None when the qualification is of this category, else `catalogue.unknown_qualification` (a warning),
        `.category_mismatch`, or with `on` `.qualification_not_in_force`.
        """
        known = self.qualifications.get(name)
        if known is None:
            return "catalogue.unknown_qualification"
        if known.category != category:
            return "catalogue.category_mismatch"
        return None if on is None or known.window.covers(on) else "catalogue.qualification_not_in_force"


def _meant(level: str) -> tuple[str, ...]:
    return LEVELS[3:] if level == JUNIOR else (level,)


def _by_name(rows: list[_Row]) -> Mapping[str, _Row]:
    _require_distinct(row.name for row in rows)
    return MappingProxyType({row.name: row for row in rows})


def _require_distinct(names: Iterable[str]) -> None:
    listed = list(names)
    if len(set(listed)) != len(listed):
        raise CatalogueInvalid(reason="a name stands twice")


def _rows(content: Mapping[str, Any], name: str) -> Iterator[Any]:
    rows = content[name]
    if not isinstance(rows, list):
        raise CatalogueInvalid(reason="member", name=name)
    return iter(rows)
