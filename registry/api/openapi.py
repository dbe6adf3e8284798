"""Writes the OpenAPI 3.1 document from the table of operations and the schemas that read requests."""

from http import HTTPStatus
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import fields

from registry.api import schemas
from registry.api.clients import SCOPES
from registry.api.refusals import AskedTooOften, ScopeMissing, TokenInvalid, TokenMissing
from registry.api.routes import ANY, ROUTES, Route
from registry.api.statuses import ERRORS
from registry.errors import RegistryError
from web.messages import say
from web.openapi import PROBLEM, Problem, json_answer, named, problem

_PATH: Final = {"batch": schemas.BATCH.pattern, "kid": schemas.KID.pattern}


def described(version: str) -> dict[str, Any]:
    """Return the document; `version` is the software's."""
    plugin = MarshmallowPlugin(schema_name_resolver=named)
    spec = APISpec(
        title="Hallmark 印信: API for issuers",
        version=version or "0",
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": f"{say('issuer_api.lead', 'en')}\n\n{say('issuer_api.lead', 'zh')}"},
    )
    converter: OpenAPIConverter | None = plugin.converter
    assert converter is not None
    converter.add_attribute_function(_bytes)  # type: ignore[no-untyped-call]  # as the library has it
    scopes = {scope: say(f"issuer_api.scope.{scope}", "en") for scope in SCOPES}
    flows = {"clientCredentials": {"tokenUrl": "/api/v1/token", "scopes": scopes}}
    spec.components.security_scheme("client", {"type": "oauth2", "flows": flows})
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        path = route.path.replace("<", "{").replace(">", "}")
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    paths["/api/v1/token"] = {"post": _token_operation()}
    for path, operations in paths.items():
        spec.path(path=path, operations=operations)
    return spec.to_dict()


def _bytes(_converter: OpenAPIConverter, field: fields.Field[Any], **_: Any) -> dict[str, Any]:
    return field.to_json_schema() if isinstance(field, schemas.Bytes) else {}


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": say(f"issuer_api.{route.name}", "en"),
        "description": say(f"issuer_api.{route.name}", "zh"),
        "security": [{"client": [route.scope] if route.scope else []}],
        "parameters": [_path_parameter(name) for name in _PATH if f"<{name}>" in route.path],
        "responses": {"200": json_answer(route.gives, "OK"), **_refusals(route)},
    }
    if route.takes is not None and route.method == "GET":
        operation["parameters"].append({"in": "query", "schema": route.takes})
    elif route.takes is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": route.takes}}}
    return operation


def _path_parameter(name: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": f"^{_PATH[name]}$"}
    return {"in": "path", "name": name, "required": True, "schema": schema}


def _refusals(route: Route) -> dict[str, Any]:
    """Every status other than 200 that the operation can answer with, and the codes under it."""
    codes: dict[int, list[str]] = {400: ["web.bad_request", "web.host_not_allowed"], 503: ["registry.busy"]}
    refusals: tuple[type[RegistryError], ...] = (TokenMissing, TokenInvalid, AskedTooOften, *route.refusals)
    for refusal in refusals:
        codes.setdefault(_status(refusal), []).append(refusal.code)
    if route.scope != ANY:
        codes.setdefault(403, []).append(ScopeMissing.code)
    if route.takes is not None or "<" in route.path:
        codes.setdefault(422, []).append("registry.request_invalid")
    if "<" in route.path:
        codes.setdefault(404, []).append("web.not_found")
    if route.takes is not None and route.method != "GET":
        codes[400].append("registry.json_refused")
        codes |= {413: ["web.too_large", "keys.too_large"], 415: ["web.media_type_not_taken"]}
    return {str(status): problem(status, found) for status, found in sorted(codes.items())}


def _status(refusal: type[RegistryError]) -> int:
    return next(ERRORS[kind] for kind in refusal.__mro__ if kind in ERRORS)


def _token_operation() -> dict[str, Any]:
    refused = {str(status): json_answer(schemas.TokenRefused, HTTPStatus(status).phrase) for status in (400, 401)}
    refused["400"]["content"][PROBLEM] = {"schema": Problem}
    return {
        "operationId": "token",
        "summary": say("issuer_api.token", "en"),
        "description": say("issuer_api.token", "zh"),
        "security": [],
        "requestBody": {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": schemas.TokenAsked}},
        },
        "responses": {
            "200": json_answer(schemas.Token, "OK"),
            **refused,
            "413": problem(413, ["web.too_large"]),
            "429": problem(429, [AskedTooOften.code]),
            "503": problem(503, ["registry.busy"]),
        },
    }
