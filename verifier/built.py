"""The verifier that runs in the browser, as the build left it in static/app: what the page loads, and how it is sent.

The build (browser/build.mjs) is no part of the sources. Where it is missing the page works by its server alone.
"""

import json
import re
from dataclasses import dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Any, Final

from flask import Response, abort, request

FOREVER: Final = "public, max-age=31536000, immutable"
ADDRESS: Final = "/static/app/"
"""Where the app serves the scripts; it stands at the root of its host."""
ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
"""How a file may lie there, the smallest first."""
KINDS: Final = {".js": "text/javascript; charset=utf-8", ".wasm": "application/wasm"}
READER_POLICY: Final = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
"""The Content-Security-Policy of the one worker that reads pictures, in WebAssembly. No page may run any."""
_READER: Final = re.compile(r"reader-[0-9A-Z]+\.js")


@dataclass(frozen=True, slots=True)
class BrowserBuild:
    """The module that the page loads, its Subresource Integrity, what it imports, and the sentences by language."""

    entry: str
    integrity: str
    needed: tuple[str, ...]
    words: dict[str, str] = field(default_factory=dict)

    def preloads(self, lang: str) -> tuple[str, ...]:
        """The files that the module asks for at once in one language: named on the page, they come side by side."""
        return (*self.needed, *([self.words[lang]] if lang in self.words else []))


def read_build() -> BrowserBuild | None:
    """Return what the build left, None where nothing was built."""
    manifest = _folder().joinpath("manifest.json")
    if not manifest.is_file():
        return None
    held: dict[str, Any] = json.loads(manifest.read_text("utf-8"))
    return BrowserBuild(held["entry"], held["integrity"], tuple(held["needed"]), held["words"])


def read_worker() -> str:
    """Return the service worker as it was built, without the list of what it keeps."""
    return _folder().joinpath("worker").joinpath("worker.js").read_text("utf-8")


def built_file(name: str) -> Response:
    """GET /static/app/<name>: one script or WebAssembly, compressed as the browser takes it.

    Its name is its content's, so it never changes.
    """
    kind = KINDS.get(PurePosixPath(name).suffix)
    if kind is None or not _folder().joinpath(name).is_file():
        abort(404)
    response = Response(content_type=kind)
    if _READER.fullmatch(name):
        response.headers["Content-Security-Policy"] = READER_POLICY
    coding = next(
        (each for each in ENCODINGS if _takes(each[0]) and _folder().joinpath(name + each[1]).is_file()), None
    )
    if coding is not None:
        response.headers["Content-Encoding"] = coding[0]
    response.data = _folder().joinpath(name + (coding[1] if coding else "")).read_bytes()
    response.headers["Cache-Control"] = FOREVER
    response.headers["Vary"] = "Accept-Encoding"
    return response


def _takes(coding: str) -> bool:
    return bool(request.accept_encodings.quality(coding) > 0)


def _folder() -> Traversable:
    return resources.files("verifier").joinpath("static").joinpath("app")
