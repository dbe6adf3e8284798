"""The web app of the API for issuers: tokens, the operations of `registry.api.routes`, the OpenAPI document and its page.

Every request of a client goes through one door: address not too suspicious, token good, client still allowed, scope given,
not too often, body strict. Which error leaves with which status stands here, as in every room.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flask import Flask, Response, current_app, render_template, request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from keys.errors import KeysError, TooLarge
from keys.strictjson import dumps, loads
from registry.api import refusals as own
from registry.api import schemas
from registry.api.assertion import KIND
from registry.api.clients import Client
from registry.api.desk import IssuersDesk
from registry.api.limiting import Limits, Rates
from registry.api.openapi import described
from registry.api.refusals import (
    AskedTooOften,
    ClientNotProven,
    GrantUnknown,
    OAuthRefusal,
    RequestInvalid,
    ScopeMissing,
    TokenInvalid,
    TokenMissing,
)
from registry.api.routes import MEGABYTES_16, ROUTES, Ask, Route
from registry.api.statuses import ERRORS
from registry.api.tokens import SECONDS, TokenDesk
from web.factory import create_app as create_web_app

_HOME: Final = __name__.removesuffix(".app")
"""The package whose templates these are."""
_PATH: Final = {"batch": schemas.BATCH, "kid": schemas.KID}


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Under which names the app answers, how many proxies stand in front, and how often one may ask."""

    hosts: tuple[str, ...]
    trusted_hops: int = 0
    rates: Rates = field(default_factory=Rates)
    build: str = ""


@dataclass(frozen=True, slots=True)
class _Plugged:
    desk: IssuersDesk
    tokens: TokenDesk
    limits: Limits


def create_app(settings: ApiSettings, desk: IssuersDesk, tokens: TokenDesk) -> Flask:
    """Make the app; mount it at the root of the registry's host."""
    app = create_web_app(
        _HOME,
        max_body=MEGABYTES_16,
        hosts=settings.hosts,
        error_table=ERRORS,
        build=settings.build,
        trusted_hops=settings.trusted_hops,
        tell_params=True,
    )
    app.extensions[_HOME] = _Plugged(desk, tokens, Limits(settings.rates))
    for route in ROUTES:
        options: dict[str, Any] = {"methods": [route.method], "provide_automatic_options": False}
        app.add_url_rule(route.path, route.name, _view(route), **options)
    document = dumps(described(settings.build))
    app.add_url_rule("/api/v1/token", "token", _token, methods=["POST"], provide_automatic_options=False)
    app.add_url_rule("/api/v1/openapi.json", "openapi", lambda: Response(document, content_type="application/json"))
    app.add_url_rule("/", "readable", _readable)
    return app


def _plugged() -> _Plugged:
    plugged: _Plugged = current_app.extensions[_HOME]
    return plugged


# --- one door --------------------------------------------------------------------------------------------------------


def _view(route: Route) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        client = _client(route.scope)
        for name, text in path.items():
            if not _PATH[name].fullmatch(text):
                raise RequestInvalid(member=name)
        given = _body(route) if route.method in {"PUT", "POST"} else _query(route)
        answer = route.answer(Ask(_plugged().desk, client, path, given))
        return Response(dumps(answer), content_type="application/json")

    return view


def _client(scope: str) -> Client:
    """The client whose token came with this request. Raises TokenMissing, TokenInvalid, ScopeMissing, AskedTooOften."""
    limits, address = _plugged().limits, _address()
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise TokenMissing
    limits.require_trusted(address)
    try:
        client, scopes = _plugged().tokens.client_of(token.strip())
    except TokenInvalid:
        limits.failed(address)
        raise
    limits.client_asks(client.client_id)
    if scope and scope not in scopes:
        raise ScopeMissing(scope)
    return client


def _address() -> str:
    return request.remote_addr or "?"


def _body(route: Route) -> Mapping[str, Any]:
    if route.takes is None:
        return {}
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    request.max_content_length = route.max_body
    try:
        whole = loads(request.get_data(cache=False), max_bytes=route.max_body, max_depth=8)
    except TooLarge:
        raise
    except KeysError as error:
        raise own.JsonRefused(defect=error.code) from error
    return _loaded(route.takes, whole)


def _query(route: Route) -> Mapping[str, Any]:
    if any(len(values) > 1 for _, values in request.args.lists()):
        raise RequestInvalid(member="query")
    given = {name: value for name, value in request.args.items() if name != "lang"}
    return _loaded(route.takes, given) if route.takes is not None else {}


def _loaded(schema: type[Schema], whole: Any) -> Mapping[str, Any]:
    if not isinstance(whole, dict):
        raise RequestInvalid(member="body")
    try:
        loaded: Mapping[str, Any] = schema().load(whole)
    except ValidationError as error:
        raise RequestInvalid(member=_first(error.messages)) from None
    return loaded


def _first(messages: Any) -> str:
    """The place of the first defect, as `submissions.3.qr`."""
    steps = []
    while isinstance(messages, dict) and messages:
        step, messages = next(iter(messages.items()))
        steps.append(str(step)[:40])
    return ".".join(steps)[:120]


# --- tokens ----------------------------------------------------------------------------------------------------------


def _token() -> Response:
    """RFC 6749 §4.4 with a client assertion (RFC 7523 §2.2); errors as RFC 6749 §5.2, too many as a problem."""
    limits, address = _plugged().limits, _address()
    limits.token_asked(address)
    try:
        granted = _plugged().tokens.grant(*_asked_for())
    except OAuthRefusal as refusal:
        if isinstance(refusal, ClientNotProven):
            limits.failed(address)
        told = {"error": refusal.error, "error_description": refusal.why}
        return Response(dumps(told), refusal.status, content_type="application/json")
    limits.token_given(granted.client_id)
    scope = " ".join(granted.scopes)
    answer = {"access_token": granted.token, "token_type": "Bearer", "expires_in": SECONDS, "scope": scope}
    return Response(dumps(answer), content_type="application/json", headers={"Pragma": "no-cache"})


def _asked_for() -> tuple[str, str | None]:
    """The assertion and the scope. Raises OAuthRefusal."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise OAuthRefusal("the body must be application/x-www-form-urlencoded")
    if any(len(values) > 1 for _, values in request.form.lists()):
        raise OAuthRefusal("a parameter stands twice")
    form = request.form
    if "grant_type" not in form:
        raise OAuthRefusal("grant_type is missing")
    if form["grant_type"] != "client_credentials":
        raise GrantUnknown("only client_credentials")
    if form.get("client_assertion_type") != KIND or "client_assertion" not in form:
        raise ClientNotProven(f"client_assertion with client_assertion_type {KIND} is needed")
    if request.authorization is not None:
        raise OAuthRefusal("a client proves itself in one way only")
    return form["client_assertion"], form.get("scope") or None


def _readable() -> str:
    """The table of the API for people."""
    return render_template("api.html", routes=ROUTES, example=AskedTooOften.code)
