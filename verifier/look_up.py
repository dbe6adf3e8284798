"""Look-up by number and name: the issuing body's sealed token, checked like any other, or `no_record`; the same for every guess."""

from dataclasses import dataclass
from typing import Any, Final

from flask import Response, render_template, request
from werkzeug.exceptions import UnsupportedMediaType

from credentials.names import mask
from keys.strictjson import dumps
from verifier.api import body_of as checked_body
from verifier.asking import admit
from verifier.comparing import MAX_TYPED
from verifier.elsewhere import elsewhere
from verifier.handed_in import end_of_day
from verifier.json_body import day_in, members_of
from verifier.pages import verdict_page
from verifier.ports import plugged
from verifier.rates import LOOKUP
from verifier.submission import Answer, answer_text
from verifier.verdict import Result, Verdict
from web.messages import LANGUAGES, say
from web.metrics import answered
from web.problem import Refusal

MAX_JSON: Final = 8_000
"""Bytes of the whole body."""


@dataclass(frozen=True, slots=True)
class Found:
    """The answer, and the sealed token that it was given for; None for `no_record`."""

    answer: Answer
    token: str | None


def find(number: object, name: object, at: str = "") -> Found:
    """Ask the issuing body for the certificate, and check what it hands out as of the day `at` ("" for now).

    Raises Refusal for what is missing or too long, or where this verifier can ask nobody; QuestionError.
    """
    match = plugged().ports.record_match
    if match is None:
        raise Refusal("lookup.not_offered")
    if not isinstance(number, str) or not isinstance(name, str) or not number.strip() or not name.strip():
        raise Refusal("lookup.both_needed")
    if max(len(number), len(name)) > MAX_TYPED:
        raise Refusal("lookup.too_long", limit=MAX_TYPED)
    if at:
        end_of_day(
            at, plugged().ports.clock()
        )  # refused before anybody is asked, or the refusal would tell of a record
    token = match(number, name)
    if token is None:
        return Found(Answer(Verdict(Result.NO_RECORD, checked_at=plugged().ports.clock()), "", ""), None)
    return Found(answer_text(token, at), token)


def look_up() -> Response:
    """POST /api/v1/lookups: the verdict's JSON with the token it is about; `no_record` has the same body for every guess."""
    admit(LOOKUP)
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    given = members_of(frozenset({"number", "name", "at"}), "lookup.member_unknown", MAX_JSON)
    found = find(given.get("number"), given.get("name"), day_in(given))
    answered("lookup", found.answer.verdict.result)
    return Response(dumps(body_of(found)), content_type="application/json")


def body_of(found: Found) -> dict[str, Any]:
    """The verdict with the name masked, the token, what this site covers and where else to ask."""
    told = checked_body(found.answer)
    if told["credential"] is not None:
        told["credential"]["holder"]["name"] = mask(told["credential"]["holder"]["name"])
    coverage = {lang: say("lookup.coverage", lang) for lang in LANGUAGES}
    return {**told, "token": found.token, "coverage": coverage, "elsewhere": _elsewhere()}


def _elsewhere() -> list[dict[str, str]]:
    by_language = zip(*(elsewhere(lang) for lang in LANGUAGES), strict=True)
    return [
        {"address": told[0][1], **dict(zip(LANGUAGES, (what for what, _ in told), strict=True))} for told in by_language
    ]


def form_page() -> str:
    """GET /lookup: the form, or that this site cannot ask the issuing bodies."""
    return render_template("lookup.html", offered=plugged().ports.record_match is not None)


def form_answer() -> str:
    """POST /lookup: the verdict page, its name and number masked: who looks up has no paper to compare."""
    admit(LOOKUP)
    found = find(request.form.get("number"), request.form.get("name"), request.form.get("at", ""))
    return verdict_page(found.answer, fragment=False, looked_up=True)
