"""Says a list's entries and differences in words: sections, members and values, in one language."""

from typing import Any, Final

from registry.published.differences import Change
from web.messages import MessageMissing, say

SIGNS: Final = {"added": "+", "removed": "−", "changed": "~"}
NOTHING: Final = "—"


def section_word(section: str, lang: str) -> str:
    """Return what a section is called; its own name where it has none."""
    return _word(f"lists.section.{section}", section, lang)


def field_word(name: str, lang: str) -> str:
    """Return what a member is called; its own name where it has none."""
    return _word(f"lists.field.{name}", name, lang)


def shown(value: Any, lang: str) -> str:
    """Return a member's value as a person reads it, on one line."""
    if value is None or value == []:
        return NOTHING
    if isinstance(value, bool):
        return say("lists.yes" if value else "lists.no", lang)
    if isinstance(value, list):
        return ("、" if lang == "zh" else ", ").join(shown(each, lang) for each in value)
    if isinstance(value, dict):
        return " · ".join(f"{field_word(name, lang)} {shown(each, lang)}" for name, each in value.items())
    return str(value)


def line(change: Change, lang: str) -> str:
    """Return one difference as one line of plain text."""
    head = f"{SIGNS[change.kind]} {section_word(change.section, lang)} {change.id}"
    return f"{head}: {'; '.join(_field(change, at, lang) for at in range(len(change.fields)))}"


def _field(change: Change, at: int, lang: str) -> str:
    field = change.fields[at]
    name = field_word(field.name, lang)
    if change.kind == "changed":
        return f"{name} {shown(field.old, lang)} → {shown(field.new, lang)}"
    return f"{name} {shown(field.new if change.kind == 'added' else field.old, lang)}"


def _word(code: str, otherwise: str, lang: str) -> str:
    try:
        return say(code, lang)
    except MessageMissing:
        return otherwise
