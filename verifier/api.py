"""POST /api/v1/verifications: the same check for programs, strict about its input, 200 for every answer (docs/api.md)."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from keys.strictjson import dumps
from verifier.asking import admit
from verifier.comparing import MAX_TYPED, Typed
from verifier.json_body import MAX_JSON, MAX_PROOF, day_in, members_of, text_and_proof
from verifier.ports import plugged
from verifier.rates import VERIFY
from verifier.receipts.sealing import is_receipt
from verifier.submission import Answer, answer_file, answer_text, compare, uploaded
from verifier.verdict import Verdict
from verifier.wording import headline, lead
from web.metrics import answered
from web.problem import Refusal

MEMBERS: Final = frozenset({"text", "at", "proof", "number", "name"})


def verify() -> Response:
    """Answer one verification with the verdict's JSON, or raise the refusal of a malformed request."""
    admit(VERIFY)
    if request.mimetype == "application/json":
        answer = _from_json()
    elif request.mimetype == "multipart/form-data":
        answer = _from_file()
    else:
        raise UnsupportedMediaType
    answered("api", answer.verdict.result)
    return Response(dumps(body_of(answer)), content_type="application/json")


def body_of(answer: Answer) -> dict[str, Any]:
    """The verdict as JSON with its headline and sentence in both languages."""
    verdict = answer.verdict
    message = {"zh": _said(verdict, "zh"), "en": _said(verdict, "en")}
    compared = None if answer.compared is None else dict(answer.compared)
    told = {**verdict.to_json(), "compared": compared, "message": message}
    desk = plugged().ports.receipts
    if desk is not None and is_receipt(answer.text):
        told["receipt"] = desk.opened(answer.text).to_json()
    return told


def _said(verdict: Verdict, lang: str) -> str:
    """Headline and sentence as one line."""
    stop = "：" if lang == "zh" else ": "
    return headline(verdict, lang) + stop + lead(verdict, lang)


def _from_json() -> Answer:
    members = members_of(MEMBERS, "api.member_unknown", MAX_JSON)
    text, proof = text_and_proof(members)
    return compare(answer_text(text, day_in(members), proof), _typed(members))


def _typed(members: Mapping[str, Any]) -> Typed:
    """What to compare the certificate with; each a text of moderate length."""
    number, name = members.get("number", ""), members.get("name", "")
    if not isinstance(number, str) or not isinstance(name, str) or max(len(number), len(name)) > MAX_TYPED:
        raise Refusal("api.typed_malformed", limit=MAX_TYPED)
    return Typed(number, name)


def _from_file() -> Answer:
    if set(request.form) - {"at", "number", "name"} or set(request.files) - {"file", "proof"}:
        raise Refusal("api.member_unknown")
    if any(len(given) > 1 for fields in (request.form, request.files) for _, given in fields.lists()):
        raise Refusal("api.member_twice")
    data = uploaded()
    if data is None:
        raise Refusal("api.file_missing")
    proof = uploaded("proof")
    if proof is not None and len(proof) > MAX_PROOF:
        raise Refusal("api.proof_too_long")
    return compare(answer_file(data, request.form.get("at", ""), proof), _typed(request.form))
