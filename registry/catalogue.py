"""Says which titles and qualifications exist: 27 title series with their levels and names, qualifications with category.

Reads the content of the published list "catalogue" (shipped as `registry/data/catalogue.json`). A name it does not know is
a remark, not a refusal: names are added by specialty and old ones live on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from registry.errors import CatalogueInvalid

LEVELS: Final = ("正高级", "副高级", "中级", "助理级", "员级")
JUNIOR: Final = "初级"  # what older papers say where 助理级 or 员级 is meant
CATEGORIES: Final = frozenset({"准入类", "水平评价类"})
WARNINGS: Final = frozenset({"catalogue.unknown_name", "catalogue.unknown_qualification"})
"""The codes that let a certificate pass with a remark; every other code refuses it."""


@dataclass(frozen=True, slots=True)
class Series:
    """A title series: code, Chinese name, title names of each level it has, and names of former times that still stand."""

    code: str
    name: str
    levels: Mapping[str, frozenset[str]]
    former: Mapping[str, frozenset[str]]

    def levels_of(self, title_name: str) -> frozenset[str]:
        """Return the levels at which this title name stands in the series, or ever stood."""
        rows = (*self.levels.items(), *self.former.items())
        return frozenset(level for level, names in rows if title_name in names)

    def has_level(self, level: str) -> bool:
        """Tell whether the series has this level; 初级 counts where it has 助理级 or 员级."""
        return any(each in self.levels or each in self.former for each in _meant(level))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All series and qualifications by their Chinese names."""

    all_series: Mapping[str, Series]
    categories: Mapping[str, str]

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> "Catalogue":
        """Read the content of the published list; raises CatalogueInvalid."""
        series = [_series(row) for row in _rows(content, "series")]
        qualifications = [_qualification(row) for row in _rows(content, "qualifications")]
        by_name = {each.name: each for each in series}
        categories = dict(qualifications)
        if len(by_name) != len(series) or len(categories) != len(qualifications):
            raise CatalogueInvalid(reason="a name stands twice")
        return cls(MappingProxyType(by_name), MappingProxyType(categories))

    def series(self, name: str) -> Series | None:
        """Return the series of this Chinese name, or None."""
        return self.all_series.get(name)

    def check(self, series: str, level: str, title_name: str) -> str | None:
        """Return None when the title exists so, else catalogue.unknown_series, .level_mismatch or .unknown_name.

        `level_mismatch`: the series has no such level, or has this title at another one. `unknown_name` is a warning.
        """
        found = self.series(series)
        if found is None:
            return "catalogue.unknown_series"
        stands_at = found.levels_of(title_name)
        if not found.has_level(level) or (stands_at and stands_at.isdisjoint(_meant(level))):
            return "catalogue.level_mismatch"
        return None if stands_at else "catalogue.unknown_name"

    def category_of(self, qualification: str) -> str | None:
        """Return the category (准入类 or 水平评价类) of a qualification, or None when the catalogue does not know it."""
        return self.categories.get(qualification)

    def check_qualification(self, name: str, category: str) -> str | None:
        """Return None when the qualification is of this category, else catalogue.unknown_qualification (a warning) or
        catalogue.category_mismatch.
        """
        known = self.category_of(name)
        if known is None:
            return "catalogue.unknown_qualification"
        return None if known == category else "catalogue.category_mismatch"


def _meant(level: str) -> tuple[str, ...]:
    return LEVELS[3:] if level == JUNIOR else (level,)


def _series(row: Any) -> Series:
    if not isinstance(row, dict) or not {"code", "name", "levels"} <= row.keys() <= {
        "code",
        "name",
        "levels",
        "former",
    }:
        raise CatalogueInvalid(reason="series")
    if not isinstance(row["code"], str) or not isinstance(row["name"], str) or not row["name"]:
        raise CatalogueInvalid(reason="series name")
    return Series(row["code"], row["name"], _levels(row["levels"]), _levels(row.get("former", {})))


def _levels(value: Any) -> Mapping[str, frozenset[str]]:
    if not isinstance(value, dict) or not value.keys() <= set(LEVELS):
        raise CatalogueInvalid(reason="level")
    for names in value.values():
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise CatalogueInvalid(reason="title names")
    return MappingProxyType({level: frozenset(names) for level, names in value.items()})


def _qualification(row: Any) -> tuple[str, str]:
    if not isinstance(row, dict) or row.keys() != {"name", "category"} or not isinstance(row["name"], str):
        raise CatalogueInvalid(reason="qualification")
    if not isinstance(row["category"], str) or row["category"] not in CATEGORIES:
        raise CatalogueInvalid(reason="category", name=row["name"])
    return row["name"], row["category"]


def _rows(content: Mapping[str, Any], name: str) -> list[Any]:
    rows = content.get(name)
    if not isinstance(rows, list):
        raise CatalogueInvalid(reason="member", name=name)
    return rows
