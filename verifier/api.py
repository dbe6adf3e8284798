"""POST /api/v1/verifications: the same check for programs, strict about its input, 200 for every answer (docs/api.md)."""

from typing import Any, Final

from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from keys.errors import KeysError, TooLarge
from keys.strictjson import dumps, loads
from verifier.asking import admit
from verifier.errors import DayMalformed
from verifier.rates import VERIFY
from verifier.submission import Answer, answer_file, answer_text, uploaded
from verifier.verdict import Verdict
from verifier.wording import headline, lead
from web.problem import Refusal

MAX_TEXT: Final = 16_000
"""Bytes of `text` in UTF-8."""
MAX_PROOF: Final = 32_000
"""Bytes of `proof` in UTF-8: a checkpoint with sixteen signatures and 63 hashes stays below."""
MAX_JSON: Final = 300_000
"""Bytes of the whole body: every character of `text` and `proof` may be written as an escape of six."""
MEMBERS: Final = frozenset({"text", "at", "proof"})


def verify() -> Response:
    """Answer one verification with the verdict's JSON, or raise the refusal of a malformed request."""
    admit(VERIFY)
    if request.mimetype == "application/json":
        answer = _from_json()
    elif request.mimetype == "multipart/form-data":
        answer = _from_file()
    else:
        raise UnsupportedMediaType
    return Response(dumps(body_of(answer)), content_type="application/json")


def body_of(answer: Answer) -> dict[str, Any]:
    """The verdict as JSON with its headline and sentence in both languages."""
    verdict = answer.verdict
    message = {"zh": _said(verdict, "zh"), "en": _said(verdict, "en")}
    return {**verdict.to_json(), "message": message}


def _said(verdict: Verdict, lang: str) -> str:
    """Headline and sentence as one line."""
    stop = "：" if lang == "zh" else ": "
    return headline(verdict, lang) + stop + lead(verdict, lang)


def _from_json() -> Answer:
    request.max_content_length = MAX_JSON
    members = _members(request.get_data(cache=False))
    text, at, proof = members["text"], members.get("at", ""), members.get("proof", "")
    if not isinstance(text, str):
        raise Refusal("api.text_missing")
    if len(text.encode("utf-8")) > MAX_TEXT:
        raise Refusal("api.text_too_long")
    if not isinstance(at, str) or ("at" in members and not at):
        raise DayMalformed(day="")
    if not isinstance(proof, str) or ("proof" in members and not proof):
        raise Refusal("api.proof_malformed")
    if len(proof.encode("utf-8")) > MAX_PROOF:
        raise Refusal("api.proof_too_long")
    return answer_text(text, at, proof)


def _members(data: bytes) -> dict[str, Any]:
    """The body as one object with known members only."""
    try:
        value = loads(data, max_bytes=MAX_JSON, max_depth=4)
    except TooLarge:
        raise Refusal("api.text_too_long") from None
    except KeysError:
        raise Refusal("api.json_malformed") from None
    if not isinstance(value, dict):
        raise Refusal("api.not_an_object")
    if not value.keys() <= MEMBERS:
        raise Refusal("api.member_unknown")
    if "text" not in value:
        raise Refusal("api.text_missing")
    return value


def _from_file() -> Answer:
    if set(request.form) - {"at"} or set(request.files) - {"file", "proof"}:
        raise Refusal("api.member_unknown")
    data = uploaded()
    if data is None:
        raise Refusal("api.file_missing")
    proof = uploaded("proof")
    if proof is not None and len(proof) > MAX_PROOF:
        raise Refusal("api.proof_too_long")
    return answer_file(data, request.form.get("at", ""), proof)
