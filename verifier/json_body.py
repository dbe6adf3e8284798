"""Reads a request's JSON body strictly: within its size, one object, known members only."""

from typing import Any, Final

from flask import request

from keys.errors import KeysError, TooLarge
from keys.strictjson import loads
from verifier.errors import DayMalformed
from web.problem import Refusal

MAX_TEXT: Final = 16_000
"""Bytes of `text` in UTF-8."""
MAX_PROOF: Final = 32_000
"""Bytes of `proof` in UTF-8: a checkpoint with sixteen signatures and 63 hashes stays below."""
MAX_JSON: Final = 300_000
"""Bytes of the whole body: every character of `text` and `proof` may be written as an escape of six."""


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


def text_and_proof(members: dict[str, Any]) -> tuple[str, str]:
    """Return the members `text` and `proof` ("" where it is absent). Raises Refusal for what is missing, empty or too long."""
    text, proof = members.get("text"), members.get("proof", "")
    if not isinstance(text, str):
        raise Refusal("api.text_missing")
    if len(text.encode("utf-8")) > MAX_TEXT:
        raise Refusal("api.text_too_long")
    if not isinstance(proof, str) or ("proof" in members and not proof):
        raise Refusal("api.proof_malformed")
    if len(proof.encode("utf-8")) > MAX_PROOF:
        raise Refusal("api.proof_too_long")
    return text, proof


def day_in(members: dict[str, Any]) -> str:
    """Return the member `at`, "" where it is absent. Raises DayMalformed for "" and for what is no text."""
    if "at" not in members:
        return ""
    at = members["at"]
    if not isinstance(at, str) or not at:
        raise DayMalformed(day="")
    return at
