"""Takes a list's content apart into entries by id, so that two versions can be compared and one can be shown. Pure.

Strict for the lists that we know: content that its own reader refuses is refused here.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from registry.catalogue import Catalogue
from registry.published.differences import Fields, Sections
from registry.recognition.entries import RecognitionList, is_recognition
from registry.trust import TrustList

_OWN_ID: Final = ("id", "code", "name")


def sections_of(name: str, content: Mapping[str, Any], shards: Mapping[int, bytes] | None = None) -> Sections:
    """Return the entries of a list's content by section and id; `shards` are the trust list's.

    Raises TrustInvalid, CatalogueInvalid, RecognitionInvalid.
    """
    if name == "trust":
        return _trust(TrustList.from_manifest(content, shards or {}))
    if name == "catalogue":
        Catalogue.from_content(content)
        return _catalogue(content)
    if is_recognition(name):
        RecognitionList.from_content(content)
    return _plain(content)


def _trust(trust: TrustList) -> Sections:
    names = {body.code: body.name for body in trust.bodies}
    bodies = [body.to_members() for body in trust.bodies]
    authorities = [{"body": names[each.body_code], **each.to_members()} for each in trust.authorities]
    keys = [
        {"kid": key.public_key.kid, "body": names[key.body_code], "body_code": key.body_code, "state": str(key.state),
         "opened": key.opened, "closed": key.closed, "boundary": key.boundary}
        for key in trust.keys
    ]  # fmt: skip
    scope = ("body_code", "committee", "series", "specialty", "level")
    return {
        "bodies": _by(sorted(bodies, key=lambda row: str(row["code"])), lambda row: str(row["code"])),
        "authorities": _by(_sorted(authorities, scope), lambda row: " · ".join(str(row[each]) for each in scope)),
        "keys": _by(sorted(keys, key=lambda row: str(row["kid"])), lambda row: str(row["kid"])),
    }


def _sorted(rows: list[dict[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [str(row[name]) for name in names])


def _catalogue(content: Mapping[str, Any]) -> Sections:
    series, titles, specialties = [], [], []
    for row in content["series"]:
        series.append(_without(row, "titles", "specialties"))
        titles += [{"series": row["name"], **title} for title in row["titles"]]
        specialties += [{"series": row["name"], **each} for each in row["specialties"]]
    return {
        "general": {"catalogue": _without(content, "series", "qualifications")},
        "series": _by(series, lambda row: str(row["code"])),
        "titles": _by(titles, lambda row: f"{row['series']} · {row['level']} · {row['name']}"),
        "specialties": _by(specialties, lambda row: str(row["code"])),
        "qualifications": _by(content["qualifications"], lambda row: str(row["name"])),
    }


def _plain(content: Mapping[str, Any]) -> Sections:
    """Any other content: each list of objects is a section, everything else stands under "general"."""
    sections: dict[str, Mapping[str, Fields]] = {}
    general: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            sections[name] = _by([_flat(row) for row in value], _own_id)
        else:
            general.update(_flat({name: value}))
    return {"general": {"list": general}, **sections} if general else sections


def _own_id(row: Fields) -> str:
    return next((str(row[name]) for name in _OWN_ID if name in row), "")


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Objects inside an entry become members with dotted names; lists stay."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat.update({f"{name}.{inner}": deep for inner, deep in _flat(value).items()})
        else:
            flat[name] = value
    return flat


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _by(rows: Iterable[Mapping[str, Any]], identify: Callable[[Mapping[str, Any]], str]) -> dict[str, Fields]:
    """By id; a second entry of the same id is told apart by its number."""
    found: dict[str, Fields] = {}
    for row in rows:
        entry_id, number = identify(row), 1
        while (key := entry_id if number == 1 else f"{entry_id} #{number}") in found:
            number += 1
        found[key] = row
    return found
