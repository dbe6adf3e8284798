"""The same answers for programs: JSON of a version, of a day, of a difference, and tables as CSV."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from flask import Response

from registry import paths
from registry.errors import RegistryError
from registry.published.asked import Asked
from registry.published.differences import Change, Fields
from registry.published.history import Edition, History
from registry.published.views import columns_of
from registry.published.wording import shown
from web.cells import to_safe
from web.language import language
from web.problem import ErrorTable, Refusal, problem_of

_KINDS = ("added", "removed", "changed")


def described(edition: Edition) -> dict[str, Any]:
    """Return what a version is, without its content. Times are UNIX seconds."""
    this = edition.published
    return {
        "version": this.version,
        "published": this.published,
        "effective": this.effective,
        "expires": this.expires,
        "digest": this.digest.hex(),
        "log_index": edition.log_index,
        "logged_at": edition.logged_at,
        "signers": list(edition.signers),
        "path": paths.list_version_path(this.name, this.version),
    }


def versions_json(history: History) -> dict[str, Any]:
    """Return all versions of a list, and from when to when each governs."""
    versions = []
    for edition in history.editions:
        governs = history.governs(edition.published.version)
        versions.append({**described(edition), "governs": None if governs is None else list(governs)})
    return {"name": history.name, "versions": versions}


def as_of_json(history: History, asked: Asked, edition: Edition | None, sections: Any) -> dict[str, Any]:
    """Return the version that governed the day asked about, with its entries; null where none did."""
    question = {
        name: None if day is None else day.isoformat() for name, day in (("on", asked.on), ("known", asked.known))
    }
    return {
        "name": history.name,
        "asked": question,
        "version": None if edition is None else described(edition),
        "sections": sections,
    }


def diff_json(old: Edition, new: Edition, changes: tuple[Change, ...]) -> dict[str, Any]:
    """Return the differences between two versions."""
    return {
        "name": new.published.name,
        "from": described(old),
        "to": described(new),
        "counts": {kind: sum(each.kind == kind for each in changes) for kind in _KINDS},
        "changes": [each.to_json() for each in changes],
    }


def csv_of(entries: dict[str, Fields] | Any) -> bytes:
    """Return a section as CSV in UTF-8 with a mark, one row an entry; no cell is a formula."""
    columns = columns_of(entries)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([to_safe(name) for name in columns])
    for entry in entries.values():
        writer.writerow([to_safe(_cell(entry.get(name))) for name in columns])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    return "" if value is None or value == [] else shown(value, "zh")


def json_response(value: Any) -> Response:
    """Return a value as JSON that anybody's page may read."""
    response = Response(json.dumps(value, ensure_ascii=False, indent=1) + "\n", content_type="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def for_programs(make: Callable[[], Response], table: ErrorTable) -> Response:
    """Return what `make` returns; a refusal is a problem in JSON, whatever the browser would rather have."""
    try:
        return make()
    except (Refusal, RegistryError) as error:
        problem = problem_of(error, table)
        if problem is None:
            raise
        return problem.respond(language())
