"""What makes the page stay on the phone: the service worker with the list of what it keeps, the web manifest, the icons.

The worker is one script with the page's build: any change of page, scripts, style or words is another script, which the
browser finds at its next visit. The header `X-Shell` on the page says which build a server has.
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, cast

from flask import Response, abort, current_app, render_template, request

from verifier.built import ADDRESS, BrowserBuild, read_worker
from verifier.ports import plugged
from web.language import language
from web.messages import LANGUAGES, say

SHELL: Final = "hallmark-shell"
HEADER: Final = "X-Shell"
NO_STORE_BUT_ASK: Final = "no-cache"
ICONS: Final = (("icon-192.png", "192x192"), ("icon-512.png", "512x512"))
COLOUR: Final = "#f7f5f0"


@dataclass(frozen=True, slots=True)
class Shell:
    """The digest of a build, and the script that keeps it."""

    build: str
    script: str


def worker() -> Response:
    """GET /worker.js: the service worker; 404 where the page does not check in the browser."""
    shell = shell_here()
    if shell is None:
        abort(404)
    return _asked_each_time(Response(shell.script, content_type="text/javascript; charset=utf-8"))


def manifest() -> Response:
    """GET /manifest.webmanifest: name, colours and icons of the installed page, in the language of the address."""
    lang = language()
    told = {
        "id": "/",
        "name": say("page.site", lang),
        "short_name": say("web.site_name", lang),
        "lang": {"zh": "zh-CN", "en": "en"}[lang],
        "start_url": f"/?lang={lang}",
        "scope": "/",
        "display": "standalone",
        "background_color": COLOUR,
        "theme_color": COLOUR,
        "icons": [_icon(name, sizes) for name, sizes in ICONS],
    }
    return _asked_each_time(Response(_json(told), content_type="application/manifest+json; charset=utf-8"))


def _icon(name: str, sizes: str) -> dict[str, str]:
    return {"src": _asset(f"static/{name}"), "sizes": sizes, "type": "image/png", "purpose": "any maskable"}


def shell_here() -> Shell | None:
    """Return the build that this app serves, worked out once; None where there is nothing to keep."""
    if not current_app.jinja_env.globals["browser_build"]:
        return None
    known = current_app.extensions
    if SHELL not in known:
        known[SHELL] = _made()
    return cast("Shell", known[SHELL])


def _made() -> Shell:
    """The worker's script: what it keeps, then what it does."""
    pages = {f"/?lang={lang}": sha256(_page(lang)).hexdigest() for lang in LANGUAGES}
    kept = {"pages": pages, "files": _files(), "outdated": _outdated()}
    build = sha256((_json(kept) + read_worker()).encode()).hexdigest()[:16]
    return Shell(build, f"self.SHELL = {_json({'build': build, **kept})};\n{read_worker()}")


def _page(lang: str) -> bytes:
    """The first page as it is sent for its own address."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  a nested context needs the app itself
    with app.app_context(), app.test_request_context(f"/?lang={lang}", base_url=f"https://{plugged().settings.host}"):
        return render_template("first.html").encode()


def _files() -> list[str]:
    """Every address that the page loads by itself, in both languages; each carries its content's digest."""
    build = cast("BrowserBuild", current_app.jinja_env.globals["browser_build"])
    scripts = {build.entry, *build.needed, *build.words.values()}
    return [_asset("site.css"), _asset("static/scan.js"), *sorted(f"{ADDRESS}{name}" for name in scripts)]


def _asset(path: str) -> str:
    return cast("str", current_app.jinja_env.globals["asset"](path))  # type: ignore[operator]


def _outdated() -> str:
    said = "".join(f'<p lang="{lang}">{say("page.offline.outdated", lang)}</p>' for lang in LANGUAGES)
    title = say("page.site", "zh")
    return f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title><h1>{title}</h1>{said}'


def _asked_each_time(response: Response) -> Response:
    response.headers["Cache-Control"] = NO_STORE_BUT_ASK
    response.add_etag()
    return cast("Response", response.make_conditional(request))


def _json(told: Any) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
