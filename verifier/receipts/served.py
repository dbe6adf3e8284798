"""Receipts on the web: POST /receipt for the page, POST /api/v1/receipts for programs. Checks again, signs, keeps nothing."""

from flask import Response, render_template, request

from verifier.asking import admit
from verifier.json_body import MAX_JSON, day_in, members_of, text_and_proof
from verifier.ports import plugged
from verifier.rates import VERIFY
from verifier.receipts.desk import OpenedReceipt, ReceiptDesk
from verifier.receipts.errors import ReceiptsNotGiven
from verifier.receipts.printing import print_receipt
from verifier.receipts.wording import TONES, advice, headline, lead, lines
from verifier.submission import Answer, answer_text
from web.language import language

JWT_TYPE, PDF_TYPE = "application/receipt+jwt", "application/pdf"


def give_form() -> Response:
    """POST /receipt: the form under an answer, with `text`, perhaps `at` and `proof`, and `as` (pdf or jwt)."""
    admit(VERIFY)
    form = request.form
    answer = answer_text(form.get("text", ""), form.get("at", ""), form.get("proof", ""))
    return _given(answer, pdf=form.get("as", "pdf") != "jwt")


def give() -> Response:
    """POST /api/v1/receipts: `text`, perhaps `at` and `proof`; a PDF for who accepts that before the JWT."""
    admit(VERIFY)
    members = members_of(frozenset({"text", "at", "proof"}), "api.member_unknown", MAX_JSON)
    text, proof = text_and_proof(members)
    best = request.accept_mimetypes.best_match([JWT_TYPE, PDF_TYPE], default=JWT_TYPE)
    return _given(answer_text(text, day_in(members), proof), pdf=best == PDF_TYPE)


def receipt_page(opened: OpenedReceipt, *, fragment: bool) -> str:
    """What a receipt is and says, in words, colour and shape; never in the colour of a valid certificate."""
    lang = language()
    return render_template(
        "_receipt.html" if fragment else "receipt.html",
        opened=opened,
        tone=TONES[opened.state],
        headline=headline(opened, lang),
        lead=lead(opened, lang),
        advice=advice(opened, lang),
        told=lines(opened.receipt, lang) if opened.receipt else [],
    )


def desk() -> ReceiptDesk:
    """The desk of the current app. Raises ReceiptsNotGiven."""
    found = plugged().ports.receipts
    if found is None:
        raise ReceiptsNotGiven
    return found


def _given(answer: Answer, *, pdf: bool) -> Response:
    sealed = desk().receipt(answer.verdict, answer.text)
    content = print_receipt(sealed) if pdf else sealed.encode("ascii")
    response = Response(content, content_type=PDF_TYPE if pdf else JWT_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="receipt.{"pdf" if pdf else "jwt"}"'
    return response
