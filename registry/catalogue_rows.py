"""Reads the rows of the catalogue: series with their titles and specialties, qualifications. Strict; pure."""

from dataclasses import dataclass, replace
from typing import Any, Final

from registry.errors import CatalogueInvalid
from registry.windows import Days, Window, window_of

LEVELS: Final = ("正高级", "副高级", "中级", "助理级", "员级")
JUNIOR: Final = "初级"
CATEGORIES: Final = frozenset({"准入类", "水平评价类"})

_WHEN: Final = frozenset({"valid_from", "valid_to", "policy_no"})
_MAX_TEXT: Final = 100


@dataclass(frozen=True, slots=True)
class Named:
    """The name of a title at one level, or of a specialty (level None): when it stands, and by which document.

    `branch` tells titles of one level apart where a series has several kinds of posts.
    """

    name: str
    level: str | None
    window: Window
    policy_no: str | None = None
    branch: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A title series: code, Chinese and English name, when it stands, its title names of all times, its specialties."""

    code: str
    name: str
    name_en: str
    window: Window
    policy_no: str | None
    titles: tuple[Named, ...]
    specialties: tuple[Named, ...]

    def has_level(self, level: str) -> bool:
        """Tell whether the series has or had this level; 初级 counts where it has 助理级 or 员级."""
        meant = LEVELS[3:] if level == JUNIOR else (level,)
        return any(title.level in meant for title in self.titles)

    def names_at(self, level: str) -> tuple[Named, ...]:
        """Return the titles of one level, in their order."""
        return tuple(title for title in self.titles if title.level == level)

    def on(self, day: Days) -> "Series":
        """Return the series with the titles and specialties that were in force."""
        titles = tuple(each for each in self.titles if each.window.covers(day))
        return replace(self, titles=titles, specialties=tuple(s for s in self.specialties if s.window.covers(day)))


@dataclass(frozen=True, slots=True)
class Qualification:
    """A qualification: category, who answers for it, whether practice needs a registration as well, its levels, and the
    title it counts as (None where none is known).
    """

    name: str
    name_en: str
    category: str
    authority: str
    registration_required: bool
    levels: tuple[str, ...]
    mapped_title: str | None
    window: Window
    policy_no: str | None


def read_series(row: Any) -> Series:
    """Read one row of `series`; raises CatalogueInvalid."""
    members = _members(row, {"code", "name", "name_en", "titles", "specialties"}, _WHEN)
    code, name, name_en = (_text(members[each], "series") for each in ("code", "name", "name_en"))
    titles = tuple(_title(each, name) for each in _list(members["titles"], name))
    specialties = tuple(_specialty(each, name) for each in _list(members["specialties"], name))
    _require(bool(titles), "title names", name)
    _require_once([(each.name, each.level, each.window) for each in titles], name)
    _require_once([(each.code, each.window) for each in specialties], name)
    return Series(code, name, name_en, _window(members, name), _policy(members), titles, specialties)


def _title(row: Any, series: str) -> Named:
    members = _members(row, {"name", "level"}, _WHEN | {"branch"})
    _require(isinstance(members["level"], str) and members["level"] in LEVELS, "level", series)
    branch = None if "branch" not in members else _text(members["branch"], "branch")
    name = _text(members["name"], "title name")
    return Named(name, members["level"], _window(members, name), _policy(members), branch)


def _specialty(row: Any, series: str) -> Named:
    members = _members(row, {"code", "name"}, _WHEN)
    name = _text(members["name"], series)
    return Named(name, None, _window(members, name), _policy(members), code=_text(members["code"], name))


def read_qualification(row: Any) -> Qualification:
    """Read one row of `qualifications`; raises CatalogueInvalid."""
    names = {"name", "name_en", "category", "authority", "registration_required", "levels", "mapped_title"}
    members = _members(row, names, _WHEN)
    name, name_en, authority = (_text(members[each], "qualification") for each in ("name", "name_en", "authority"))
    _require(isinstance(members["category"], str) and members["category"] in CATEGORIES, "category", name)
    _require(isinstance(members["registration_required"], bool), "registration_required", name)
    levels = tuple(_text(level, name) for level in _list(members["levels"], name))
    mapped = members["mapped_title"]
    return Qualification(
        name,
        name_en,
        members["category"],
        authority,
        members["registration_required"],
        levels,
        None if mapped is None else _text(mapped, name),
        _window(members, name),
        _policy(members),
    )


def _members(row: Any, must: set[str], may: frozenset[str]) -> dict[str, Any]:
    if not isinstance(row, dict) or not must <= row.keys() <= must | may:
        raise CatalogueInvalid(reason="members")
    return row


def _window(members: dict[str, Any], name: str) -> Window:
    try:
        return window_of(members.get("valid_from"), members.get("valid_to"))
    except ValueError:
        raise CatalogueInvalid(reason="dates", name=name) from None


def _policy(members: dict[str, Any]) -> str | None:
    policy_no = members.get("policy_no")
    return None if policy_no is None else _text(policy_no, "policy_no")


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= _MAX_TEXT:
        raise CatalogueInvalid(reason="text", name=what)
    return value


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise CatalogueInvalid(reason="no list", name=name)
    return value


def _require(holds: bool, reason: str, name: str) -> None:
    if not holds:
        raise CatalogueInvalid(reason=reason, name=name)


def _require_once(keys: list[Any], name: str) -> None:
    _require(len(set(keys)) == len(keys), "stands twice", name)
