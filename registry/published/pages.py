"""The pages about published lists: which there are, what one says on a day, its versions, what changed between two.

Made from published files alone: what a reader sees here is what every verifier is given.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask, Response, current_app, redirect, render_template, request
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as AnyResponse

from keys.errors import KeysError
from keys.roots import Roots
from registry.errors import EvidenceMissing, RegistryError
from registry.published import answers
from registry.published.asked import Asked, asked, asked_category, asked_version, spoken
from registry.published.differences import Sections, differences
from registry.published.history import Edition, History
from registry.published.reading import PublishedLists
from registry.published.views import catalogue_view, columns_of, recognition_view, trust_view
from registry.published.wording import field_word, section_word, shown
from registry.recognition.entries import is_recognition
from web.language import asked_language, language
from web.messages import MessageMissing, say
from web.problem import ErrorTable, Refusal

ERRORS: Final[ErrorTable] = {
    "lists.unknown": 404,
    "lists.section_unknown": 404,
    "lists.version_unknown": 404,
    "lists.date_unreadable": 400,
    "lists.category_unknown": 400,
    "lists.unreadable": 503,
}
_EXTENSION: Final = "published-lists"
_FIRST: Final = ("trust", "catalogue")
_NAME: Final = re.compile("[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class ListPages:
    """What the pages are told: whom to trust, the time (UNIX seconds), and whether all this is a test."""

    trusted: Roots
    clock: Callable[[], int]
    test: bool = False


@dataclass(frozen=True, slots=True)
class _Room:
    folder: Path
    lists: PublishedLists
    clock: Callable[[], int]


class _ListName(BaseConverter):
    """A list's name in an address; anything else (lists/NAME.json, …) is for the folder."""

    regex = _NAME.pattern


def add_pages(app: Flask, folder: Path, told: ListPages) -> None:
    """Add the pages about the lists in the published `folder`."""

    def read(path: str) -> bytes | None:
        file = folder / path
        return file.read_bytes() if file.is_file() else None

    app.extensions[_EXTENSION] = _Room(folder, PublishedLists(read, told.trusted), told.clock)
    app.jinja_env.globals.update(address=_address, turned=_turned, spoken=spoken, shown=_shown, title=list_title)
    app.jinja_env.globals.update(field=_field, section=_section, is_test=told.test)
    app.url_map.converters["list_name"] = _ListName
    app.add_url_rule("/", "home", _home)
    app.add_url_rule("/lists/", "lists", overview)
    app.add_url_rule("/lists/<list_name:name>/", "list", list_page)
    app.add_url_rule("/lists/<list_name:name>/diff", "list_diff", diff_page)
    app.add_url_rule("/lists/<list_name:name>/diff.json", "list_diff_json", diff_answer)
    app.add_url_rule("/lists/<list_name:name>/as-of.json", "list_as_of", as_of_answer)
    app.add_url_rule("/lists/<list_name:name>/versions.json", "list_versions", versions_answer)
    app.add_url_rule("/lists/<list_name:name>/<list_name:section>.csv", "list_csv", csv_answer)


# pages --------------------------------------------------------------------------------------------------------------


def _home() -> AnyResponse:
    """GET /: the lists are what there is to read here."""
    return redirect(_address("/lists/"), 302)


def overview() -> str:
    """GET /lists/: each list with the version in force and the one that waits."""
    room, question = _room(), asked(_room().clock())
    names = [file.stem for file in (room.folder / "lists").glob("*.json") if _NAME.fullmatch(file.stem)]
    names.sort(key=lambda name: (name not in _FIRST, name != _FIRST[0], name))
    found = [(history, question.edition(history)) for history in map(_history, names)]
    return render_template("lists/overview.html", found=found)


def list_page(name: str) -> str:
    """GET /lists/NAME/: what the list says today, on a day, or in one version; and all its versions."""
    history, question = _history(name), asked(_room().clock())
    edition = question.edition(history)
    if "version" in request.args:
        edition = asked_version(history, "version", history.newest.published.version)
    view = {} if edition is None else _view(edition, question)
    current = Asked(None, None, question.today, question.now).edition(history)
    return render_template(
        "lists/list.html",
        history=history,
        edition=edition,
        question=question,
        current=current,
        kind=_kind(name),
        **view,
    )


def diff_page(name: str) -> str:
    """GET /lists/NAME/diff: what changed between two versions, entry by entry."""
    history = _history(name)
    old, new = _compared(history)
    changes = differences(_sections(old), _sections(new))
    grouped: dict[str, list[Any]] = {}
    for change in changes:
        grouped.setdefault(change.section, []).append(change)
    counts = answers.diff_json(old, new, changes)["counts"]
    return render_template("lists/diff.html", history=history, old=old, new=new, grouped=grouped, counts=counts)


def _view(edition: Edition, question: Asked) -> dict[str, Any]:
    """What the list's own kind of page shows of a version."""
    this, everything = edition.published, question.on is None
    sections = _sections(edition)
    match _kind(this.name):
        case "catalogue":
            return catalogue_view(this.content, question.day, everything=everything)
        case "trust":
            return trust_view(sections, question.day, everything=everything)
        case "recognition":
            return recognition_view(this.content, question.day, everything=everything, category=asked_category())
    return {"sections": {name: (columns_of(entries), entries) for name, entries in sections.items()}}


def _kind(name: str) -> str:
    return "recognition" if is_recognition(name) else name if name in {"trust", "catalogue"} else "other"


# for programs -------------------------------------------------------------------------------------------------------


def diff_answer(name: str) -> Response:
    """GET /lists/NAME/diff.json: the differences between two versions."""

    def made() -> Response:
        old, new = _compared(_history(name))
        return answers.json_response(answers.diff_json(old, new, differences(_sections(old), _sections(new))))

    return answers.for_programs(made, ERRORS)


def as_of_answer(name: str) -> Response:
    """GET /lists/NAME/as-of.json: the version that governed a day, with its entries."""

    def made() -> Response:
        history, question = _history(name), asked(_room().clock())
        edition = question.edition(history)
        sections = None if edition is None else _sections(edition)
        return answers.json_response(answers.as_of_json(history, question, edition, sections))

    return answers.for_programs(made, ERRORS)


def versions_answer(name: str) -> Response:
    """GET /lists/NAME/versions.json: all versions, without their content."""
    return answers.for_programs(lambda: answers.json_response(answers.versions_json(_history(name))), ERRORS)


def csv_answer(name: str, section: str) -> Response:
    """GET /lists/NAME/SECTION.csv: one section of the version in force, or of `version`, as a table."""

    def made() -> Response:
        history, question = _history(name), asked(_room().clock())
        edition = question.edition(history) or history.newest
        if "version" in request.args:
            edition = asked_version(history, "version", history.newest.published.version)
        entries = _sections(edition).get(section)
        if entries is None:
            raise Refusal("lists.section_unknown", name=name)
        response = Response(answers.csv_of(entries), content_type="text/csv; charset=utf-8")
        filename = f"{name}-{edition.published.version}-{section}.csv"
        response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
        return response

    return answers.for_programs(made, ERRORS)


# what they share ----------------------------------------------------------------------------------------------------


def _room() -> _Room:
    room: _Room = current_app.extensions[_EXTENSION]
    return room


def _history(name: str) -> History:
    """All versions of a list. Raises Refusal for a list that is not there or does not hold."""
    try:
        return _room().lists.history(name)
    except EvidenceMissing:
        raise Refusal("lists.unknown", name=name) from None
    except (RegistryError, KeysError) as error:
        raise Refusal("lists.unreadable", name=name, defect=error.code) from error


def _sections(edition: Edition) -> Sections:
    try:
        return _room().lists.sections(edition.published)
    except (RegistryError, KeysError) as error:
        raise Refusal("lists.unreadable", name=edition.published.name, defect=error.code) from error


def _compared(history: History) -> tuple[Edition, Edition]:
    """The two versions that the address names; by default the newest and the one before it."""
    newest = history.newest.published.version
    new = asked_version(history, "to", newest)
    return asked_version(history, "from", max(new.published.version - 1, 1)), new


def _address(path: str, **query: object) -> str:
    """An address inside this app, with what is asked and the language that the reader chose by hand."""
    given = {name: value for name, value in query.items() if value not in (None, "")}
    chosen = asked_language()
    if chosen and "lang" not in given:
        given["lang"] = chosen
    return request.script_root + path + (f"?{urlencode(given)}" if given else "")


def _turned(lang: str) -> str:
    """This very page in the other language."""
    return _address(request.path, **{**request.args.to_dict(), "lang": lang})


def _shown(value: Any) -> str:
    return shown(value, language())


def _field(name: str) -> str:
    return field_word(name, language())


def _section(name: str) -> str:
    return section_word(name, language())


def list_title(name: str) -> str:
    """Return what a list is called: the trust list, the catalogue, a jurisdiction's list; its own name otherwise."""
    for code in (f"lists.title.{name}", "lists.title.recognition" if is_recognition(name) else ""):
        try:
            return say(code, language(), name=name.removeprefix("recognition-").upper())
        except MessageMissing:
            continue
    return name
