"""Writes the verifier's OpenAPI 3.1 document from the table of operations, the schemas and the table of statuses."""

from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from verifier import errors
from verifier.bulk import errors as bulk_errors
from verifier.operations import OPERATIONS, STREAMED, Operation, Streamed
from verifier.receipts import errors as receipt_errors
from verifier.schemas import ReceiptAsked
from web.messages import say
from web.openapi import json_answer, named, problem
from web.problem import ErrorTable

_ALWAYS: Final = {
    400: ["web.bad_request", "web.host_not_allowed"],
    401: ["verifier.key_not_good"],
    403: ["verifier.key_not_meant"],
    413: ["web.too_large"],
    415: ["web.media_type_not_taken"],
    429: ["verifier.asked_too_often"],
}


def described(version: str, table: ErrorTable) -> dict[str, Any]:
    """Return the document; `version` is the software's, `table` gives the status of every refusal."""
    spec = APISpec(
        title="Hallmark 印信: checks",
        version=version or "0",
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=named)],
        info={"description": f"{say('verifier_api.lead', 'en')}\n\n{say('verifier_api.lead', 'zh')}"},
    )
    spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    for operation in OPERATIONS:
        spec.path(path=operation.path, operations={"post": _operation(operation, table)})
    for streamed in STREAMED:
        spec.path(path=streamed.path, operations={"post": _streamed(streamed, table)})
    return spec.to_dict()


def _streamed(operation: Streamed, table: ErrorTable) -> dict[str, Any]:
    """A body or an answer that no JSON schema describes as a whole."""
    text = {"schema": {"type": "string"}}
    asked = {"schema": ReceiptAsked} if operation.takes == "application/json" else text
    return {
        **_told(operation),
        "requestBody": {"required": True, "content": {operation.takes: asked}},
        "responses": {
            "200": {"description": "OK", "content": dict.fromkeys(operation.gives, text)},
            **_refusals(operation, table),
        },
    }


def _told(operation: Operation | Streamed) -> dict[str, Any]:
    return {
        "operationId": operation.name,
        "summary": say(f"verifier_api.{operation.name}", "en"),
        "description": say(f"verifier_api.{operation.name}", "zh"),
        "security": [{}, {"key": []}],
    }


def _operation(operation: Operation, table: ErrorTable) -> dict[str, Any]:
    content = {"application/json": {"schema": operation.takes}}
    if operation.form is not None:
        content["multipart/form-data"] = {"schema": operation.form}
    return {
        **_told(operation),
        "requestBody": {"required": True, "content": content},
        "responses": {"200": json_answer(operation.gives, "OK"), **_refusals(operation, table)},
    }


def _refusals(operation: Operation | Streamed, table: ErrorTable) -> dict[str, Any]:
    """Every status other than 200, and the codes under it."""
    codes = {status: list(found) for status, found in _ALWAYS.items()}
    for code in operation.refusals:
        codes.setdefault(status_of(code, table), []).append(code)
    return {str(status): problem(status, found) for status, found in sorted(codes.items())}


def status_of(code: str, table: ErrorTable) -> int:
    """The HTTP status of a code, named by itself or by its error class."""
    if code in table:
        return table[code]
    raised = {**vars(errors), **vars(bulk_errors), **vars(receipt_errors)}
    kinds = [each for each in raised.values() if isinstance(each, type) and getattr(each, "code", "") == code]
    return next(table[kind] for kind in kinds[0].__mro__ if kind in table)
