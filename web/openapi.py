"""What the OpenAPI documents of all rooms share: strict schemas, the schema of a problem, and how answers are described."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate

PROBLEM: Final = "application/problem+json"
_DIGITS: Final = re.compile(r"[0-9]{1,16}")
_HEADERS: Final = {401: ("WWW-Authenticate", "string"), 429: ("Retry-After", "integer")}


class Strict(Schema):
    """Refuses members that it does not name."""

    class Meta:
        """marshmallow's place for it."""

        unknown = RAISE


class Whole(fields.Integer):
    """A whole number in a range; in a query (`text`) as one to sixteen digits."""

    def __init__(self, low: int, high: int, *, text: bool = False, **options: Any) -> None:
        options.setdefault("required", True)
        super().__init__(strict=not text, validate=validate.Range(low, high), **options)
        self.text = text

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if self.text and not (isinstance(value, str) and _DIGITS.fullmatch(value)):
            raise ValidationError("digits")
        return super()._deserialize(value, attr, data, **kwargs)


class Both(Strict):
    """A sentence in both languages."""

    zh = fields.String(required=True)
    en = fields.String(required=True)


class Problem(Strict):
    """Any other error (RFC 9457); `code` is stable, `params` are what its sentence names."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = Whole(400, 599)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    message = fields.Nested(Both, required=True)
    params = fields.Dict()
    instance = fields.String()


def named(schema: Any) -> str:
    """The name of a schema in the document: that of its class."""
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__


def problem(status: int, codes: Iterable[str]) -> dict[str, Any]:
    """An answer that is a problem, with the codes that it can have."""
    answer: dict[str, Any] = {
        "description": f"{HTTPStatus(status).phrase}: " + ", ".join(f"`{code}`" for code in codes),
        "content": {PROBLEM: {"schema": Problem}},
    }
    if status in _HEADERS:
        name, kind = _HEADERS[status]
        answer["headers"] = {name: {"required": True, "schema": {"type": kind}}}
    return answer


def json_answer(schema: type[Schema], description: str) -> dict[str, Any]:
    """An answer in JSON."""
    return {"description": description, "content": {"application/json": {"schema": schema}}}
