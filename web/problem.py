"""Errors that leave a server: one code, one status, said in both languages as problem+json (RFC 9457) or as a page."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from flask import Response
from werkzeug.exceptions import HTTPException, SecurityError

from web.language import HTML_LANG, Lang
from web.messages import MessageMissing, say

ErrorTable = Mapping[type[Exception] | str, int]
"""From an error class, or the stable code of one, to the HTTP status it leaves with. A code goes before its class."""

CODE_OF_STATUS: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "web.bad_request",
        404: "web.not_found",
        405: "web.method_not_allowed",
        413: "web.too_large",
        414: "web.address_too_long",
        415: "web.media_type_not_taken",
        422: "web.content_refused",
        429: "web.too_many",
        431: "web.headers_too_large",
        500: "web.internal",
        503: "web.unavailable",
    }
)
"""What the framework's own errors are called here; any other 4xx is a bad request, any other 5xx internal."""


class Refusal(Exception):
    """A view declines a request: a stable code and the parameters of its sentence. The table knows the status."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as it leaves: HTTP status, stable code, parameters of its sentence, headers, incident number of a 500."""

    status: int
    code: str
    params: Mapping[str, object] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    incident: str | None = None

    def sentence(self, lang: Lang) -> str:
        """What a person reads. A code whose sentence is missing still gets one: that of its status."""
        try:
            return say(self.code, lang, **self.params)
        except MessageMissing:
            return say(_code_of(self.status), lang, **self.params)

    def to_json(self, lang: Lang) -> dict[str, object]:
        """The members of RFC 9457 §3.1, with `code` and the sentence in both languages as extensions."""
        answer: dict[str, object] = {
            "type": f"urn:hallmark:problem:{self.code}",
            "title": _phrase(self.status),
            "status": self.status,
            "detail": self.sentence(lang),
            "code": self.code,
            "message": {"zh": self.sentence("zh"), "en": self.sentence("en")},
        }
        if self.incident:
            answer["instance"] = f"urn:hallmark:incident:{self.incident}"
        return answer

    def respond(self, lang: Lang, *, tell_params: bool = False) -> Response:
        """The whole answer for a program; `tell_params` adds `params`, so that a client can raise the same error."""
        members = self.to_json(lang)
        if tell_params and self.status < 500:
            members["params"] = {name: value for name, value in self.params.items() if isinstance(value, str | int)}
        body = json.dumps(members, ensure_ascii=False)
        response = Response(body, self.status, self.headers, content_type="application/problem+json")
        response.content_language.add(HTML_LANG[lang])
        return response


def problem_of(error: Exception, table: ErrorTable) -> Problem | None:
    """Return the problem that `error` is for the outside, None when the table does not know it (a defect of ours).

    An error may bring `headers` of its own, pairs of name and value, such as WWW-Authenticate or Retry-After.
    """
    if isinstance(error, HTTPException):
        return _of_framework(error)
    code = getattr(error, "code", None)
    if not isinstance(code, str):
        return None
    status = table.get(code) or next((table[kind] for kind in type(error).__mro__ if kind in table), None)
    if status is None:
        return None
    return Problem(status, code, dict(getattr(error, "params", {})), headers=tuple(getattr(error, "headers", ())))


def _of_framework(error: HTTPException) -> Problem:
    """Name one of Flask's own errors; its text is dropped, as it may repeat what was sent."""
    if isinstance(error, SecurityError):
        return Problem(400, "web.host_not_allowed")
    status = error.code or 500
    kept = tuple((name, value) for name, value in error.get_headers() if name in {"Allow", "Retry-After"})
    return Problem(status, _code_of(status), headers=kept)


def _code_of(status: int) -> str:
    """The code of a status; unknown ones fall to the general name of their hundred."""
    return CODE_OF_STATUS.get(status) or ("web.bad_request" if status < 500 else "web.internal")


def _phrase(status: int) -> str:
    """The status in HTTP's own words, as RFC 9457 §4.2.1 wants where the type is no page."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
