"""Reads a request's JSON body strictly: within its size, one object, known members only."""

from typing import Any

from flask import request

from keys.errors import KeysError, TooLarge
from keys.strictjson import loads
from verifier.errors import DayMalformed
from web.problem import Refusal


def members_of(known: frozenset[str], otherwise: str, max_bytes: int) -> dict[str, Any]:
    """The body as one object with `known` members only; `otherwise` is the refusal's code for others.

    Raises Refusal. Members are not looked into.
    """
    request.max_content_length = max_bytes
    try:
        value = loads(request.get_data(cache=False), max_bytes=max_bytes, max_depth=4)
    except TooLarge:
        raise Refusal("api.text_too_long") from None
    except KeysError:
        raise Refusal("api.json_malformed") from None
    if not isinstance(value, dict):
        raise Refusal("api.not_an_object")
    if not value.keys() <= known:
        raise Refusal(otherwise)
    return value


def day_in(members: dict[str, Any]) -> str:
    """Return the member `at`, "" where it is absent. Raises DayMalformed for "" and for what is no text."""
    if "at" not in members:
        return ""
    at = members["at"]
    if not isinstance(at, str) or not at:
        raise DayMalformed(day="")
    return at
