"""Compares two versions of a list: which entries were added, removed or changed, field by field. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Fields = Mapping[str, Any]
"""An entry: member → JSON value that is no object."""
Sections = Mapping[str, Mapping[str, Fields]]
"""A list's content: section → id → entry."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One member that reads otherwise; None where it did not stand there."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that differs. An added or removed one carries all its fields, as new or as old."""

    kind: Literal["added", "removed", "changed"]
    section: str
    id: str
    fields: tuple[FieldChange, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the change as the API says it."""
        fields = [{"name": each.name, "old": each.old, "new": each.new} for each in self.fields]
        return {"kind": self.kind, "section": self.section, "id": self.id, "fields": fields}


def differences(old: Sections, new: Sections) -> tuple[Change, ...]:
    """Return what must be done to `old` to have `new`, section by section in the order of `new`, then of `old`."""
    found: list[Change] = []
    for section in dict.fromkeys((*new, *old)):
        before, after = old.get(section, {}), new.get(section, {})
        for entry_id in dict.fromkeys((*after, *before)):
            change = _change(section, entry_id, before.get(entry_id), after.get(entry_id))
            if change is not None:
                found.append(change)
    return tuple(found)


def _change(section: str, entry_id: str, old: Fields | None, new: Fields | None) -> Change | None:
    before, after = old or {}, new or {}
    names = dict.fromkeys((*after, *before))
    fields = tuple(
        FieldChange(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    )
    if old is None:
        return Change("added", section, entry_id, fields)
    if new is None:
        return Change("removed", section, entry_id, fields)
    return Change("changed", section, entry_id, fields) if fields else None
