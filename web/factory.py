"""How every Flask app of ours is made: security headers, limits, host check, languages, errors, a log without content."""

import hashlib
import logging
import secrets
import time
import traceback
from collections.abc import Mapping, Sequence
from importlib import resources
from types import MappingProxyType
from typing import Any, Final, cast

from flask import Flask, Response, current_app, g, render_template, request
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import RoutingException

from web.gzipped import gzipped
from web.jsonlog import FIELDS
from web.language import HTML_LANG, asked_language, language, other_language
from web.messages import LANGUAGES, say
from web.metrics import Observe, observer
from web.problem import ErrorTable, Problem, Refusal, problem_of

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
)
MAX_FORM_TEXT: Final = 128 * 1024
"""Bytes of all text fields of a form together: a sealed document has about 3 kB and may have 64."""
MAX_FORM_PARTS: Final = 8
STATIC_MAX_AGE: Final = 86_400
"""Seconds; addresses of static files carry a digest of the content, so a new build is a new address."""

ACCESS_LOG: Final = logging.getLogger("hallmark.access")
ERROR_LOG: Final = logging.getLogger("hallmark.error")
_OBSERVE: Final = "hallmark.observe"
KNOWN_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def create_app(  # noqa: PLR0913  keyword-only, and each is one line of the app's promise
    name: str,
    *,
    max_body: int,
    hosts: Sequence[str],
    error_table: ErrorTable,
    build: str = "",
    layout: str = "layout.html",
    trusted_hops: int = 0,
    tell_params: bool = False,
) -> Flask:
    """Make the app of the room `name`, which brings `templates/` and `static/`.

    `max_body` is bytes. `hosts` are the names under which the app answers; any other Host header gets 400. `error_table`
    gives the HTTP status of the room's errors, by class or code; what it does not name leaves as 500, without detail.
    `layout` is the template that the error page extends: the room's own, where it has one. `trusted_hops` is how many
    reverse proxies stand in front: so many entries of X-Forwarded-For are believed, counted from the end, and no more.
    `tell_params` adds an error's parameters to problem+json, for clients that raise the same error on their side.
    Promises: no cookie is set, no log line holds a body, a query, an unmatched path or an error's text.
    """
    app = Flask(name, static_folder="static", template_folder="templates")
    app.config.from_mapping(
        MAX_CONTENT_LENGTH=max_body,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_TEXT,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        TRUSTED_HOSTS=list(hosts),
        SEND_FILE_MAX_AGE_DEFAULT=STATIC_MAX_AGE,
        PROPAGATE_EXCEPTIONS=False,
        TELL_PARAMS=tell_params,
        TRUSTED_HOPS=trusted_hops,
    )
    if trusted_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted_hops, x_proto=trusted_hops)  # type: ignore[method-assign]
    app.extensions[_OBSERVE] = observer(name)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    _set_templates(app, build, layout)
    _set_errors(app, error_table)
    app.before_request(_start)
    app.after_request(_finish)
    app.add_url_rule("/healthz", "healthz", _healthz)
    app.add_url_rule("/site.css", "site_css", _site_css)
    return app


# --- templates -------------------------------------------------------------------------------------------------------


def _set_templates(app: Flask, build: str, layout: str) -> None:
    """Escape everything, whatever a template is called, and fail on a name that does not exist."""
    env = app.jinja_env
    env.autoescape = True
    env.undefined = StrictUndefined
    env.loader = ChoiceLoader([*([app.jinja_loader] if app.jinja_loader else []), FileSystemLoader(str(_home()))])
    env.globals.update(build=build, layout=layout, link=_link, asset=_Assets(app).address, say=_say_here)
    app.context_processor(_language_names)


def _home() -> Any:
    """The folder of this room, where layout.html and site.css stand."""
    return resources.files("web")


def _language_names() -> dict[str, Any]:
    lang = language()
    return {"lang": lang, "html_lang": HTML_LANG[lang], "other_lang": other_language(lang)}


def _say_here(code: str, **params: object) -> str:
    """`say` in the language of this request."""
    return say(code, language(), **params)


def _link(path: str, lang: str | None = None) -> str:
    """An address inside this app, wherever it is mounted; keeps the language that the reader chose by hand."""
    chosen = lang or asked_language()
    return request.script_root + path + (f"?lang={chosen}" if chosen else "")


class _Assets:
    """Addresses of static files with a digest of their content, worked out once per file."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._digests: dict[str, str] = {}

    def address(self, path: str) -> str:
        """`path` is "site.css" or "static/…"."""
        if path not in self._digests:
            self._digests[path] = hashlib.sha256(self._bytes(path)).hexdigest()[:12]
        return f"{request.script_root}/{path}?v={self._digests[path]}"

    def _bytes(self, path: str) -> bytes:
        if path == "site.css":
            return _site_css_bytes()
        with self._app.open_resource(path) as file:
            return cast("bytes", file.read())


# --- routes that every app has ---------------------------------------------------------------------------------------


def _healthz() -> Response:
    """Alive: says nothing about evidence or stores."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


def _site_css_bytes() -> bytes:
    return cast("bytes", _home().joinpath("site.css").read_bytes())


def _site_css() -> Response:
    """The style that all apps share."""
    response = Response(_site_css_bytes(), content_type="text/css; charset=utf-8")
    response.cache_control.public = True
    response.cache_control.max_age = STATIC_MAX_AGE
    response.add_etag()
    return cast("Response", gzipped(response).make_conditional(request))


# --- errors ----------------------------------------------------------------------------------------------------------


def _set_errors(app: Flask, table: ErrorTable) -> None:
    """One door for every error: known ones by the table, the rest as 500 with an incident number."""

    def answer(error: Exception) -> Any:
        if isinstance(error, RoutingException) and isinstance(error, HTTPException):
            return error  # a redirect of the router is no error
        return _shown_somehow(problem_of(error, table) or _unexpected(error))

    app.register_error_handler(Exception, answer)


def _shown_somehow(problem: Problem) -> Response:
    """Show `problem`; when even that fails (a broken template or catalogue), say so in one bare line."""
    try:
        return show(problem)
    except Exception as defect:  # noqa: BLE001  the last door: whatever comes here must leave with our headers, not a trace
        _unexpected(defect)
        return Response("500 系统故障 internal error\n", 500, content_type="text/plain; charset=utf-8")


def show(problem: Problem) -> Response:
    """Answer with `problem`: problem+json for programs, a page in plain words for people."""
    lang = language()
    if _is_program():
        return problem.respond(lang, tell_params=current_app.config["TELL_PARAMS"])
    page = render_template("error.html", problem=problem, sentence=problem.sentence(lang))
    return Response(page, problem.status, problem.headers, content_type="text/html; charset=utf-8")


def _is_program() -> bool:
    """Programs ask under /api/ or prefer JSON to HTML."""
    accepts = request.accept_mimetypes
    best = accepts.best_match(["text/html", "application/json", "application/problem+json"], default="text/html")
    return request.path.startswith("/api/") or best != "text/html"


def _unexpected(error: Exception) -> Problem:
    """Log a defect under an incident number: where, never with which words, as an error's text may hold a name."""
    incident = secrets.token_hex(6)
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    ERROR_LOG.error("incident %s %s at %s", incident, type(error).__qualname__, where)
    return Problem(500, "web.internal", {"incident": incident}, incident=incident)


# --- every request ---------------------------------------------------------------------------------------------------


def _start() -> None:
    """Start the clock; hold plain forms to the limit of text, which werkzeug counts for multipart forms only."""
    g.started = time.perf_counter()
    _warn_of_proxies()
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = MAX_FORM_TEXT


def _warn_of_proxies() -> None:
    """Say once, at the first request that came through a proxy nobody told us of: all its clients look like one."""
    config = current_app.config
    if not config["TRUSTED_HOPS"] and "X-Forwarded-For" in request.headers and not config.get("WARNED_OF_PROXIES"):
        config["WARNED_OF_PROXIES"] = True
        ERROR_LOG.warning("%s", " · ".join(say("web.proxy_not_configured", lang) for lang in LANGUAGES))


def _finish(response: Response) -> Response:
    """Put the headers on, say the language, keep dynamic answers out of caches, write one line of log."""
    for header, value in SECURITY_HEADERS.items():
        response.headers.setdefault(header, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
        response.headers.setdefault("Content-Language", HTML_LANG[language()])
        response.vary.add("Accept-Language")
    _log(response.status_code)
    return response


def _log(status: int) -> None:
    """Method, the route's pattern (never the path that was typed), status, milliseconds."""
    method = request.method if request.method in KNOWN_METHODS else "other"
    route = request.url_rule.rule if request.url_rule else "-"
    took = (time.perf_counter() - g.started) * 1000 if "started" in g else 0.0
    told = {"app": current_app.name, "method": method, "route": route, "status": status, "ms": round(took, 1)}
    ACCESS_LOG.info("%s %s %d %.1fms", method, route, status, took, extra={FIELDS: told})
    observe: Observe | None = current_app.extensions[_OBSERVE]
    if observe is not None:
        observe(method, route, status, took / 1000)


__all__ = ["Refusal", "create_app", "show"]
