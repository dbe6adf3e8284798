"""The verifier's pages: the first page with its two forms, the verdict, and the page for programmers."""

from flask import Response, make_response, redirect, render_template, request

from verifier.asking import admit
from verifier.comparing import MAX_TYPED, Typed
from verifier.elsewhere import elsewhere
from verifier.facts import facts, standing
from verifier.installed import HEADER, shell_here
from verifier.ports import plugged
from verifier.rates import VERIFY
from verifier.receipts.sealing import is_receipt
from verifier.receipts.served import desk, receipt_page
from verifier.submission import Answer, answer_file, answer_text, compare, uploaded
from verifier.verdict import EXIT_STATUS, Result
from verifier.wording import (
    advice,
    ages,
    clock_time,
    evidence,
    headline,
    lead,
    sentence,
    since,
    spoken_day,
    steps,
    tone,
)
from web.gzipped import gzipped
from web.language import language
from web.metrics import answered
from web.problem import Refusal


def first_page() -> Response:
    """GET /: what this is, how to know that it is the real site, and the two forms. Names no certificate."""
    response = gzipped(make_response(render_template("first.html")))
    shell = shell_here()
    if shell is not None:
        response.headers[HEADER] = shell.build
    return response


def check_again() -> Response:
    """GET /check: a reload or a bookmark of an answer; the answer is not kept, so back to the start."""
    target = request.script_root + "/" + (f"?lang={language()}" if "lang" in request.args else "")
    return make_response(redirect(target, 303))


def check_form() -> str:
    """POST /check: a form with `text` or `file`, and perhaps `at`. With `?fragment`, only the inside of <main>."""
    admit(VERIFY)
    return verdict_page(_submitted(), fragment="fragment" in request.args)


def verdict_page(answer: Answer, *, fragment: bool, looked_up: bool = False) -> str:
    """The verdict in words, colour and shape; what the certificate says; what was checked; what to do.

    Who `looked_up` the certificate sees the name masked, and is not offered its text.
    """
    verdict, lang = answer.verdict, language()
    if plugged().ports.receipts is not None and is_receipt(answer.text):
        return receipt_page(desk().opened(answer.text), fragment=fragment)
    answered("lookup" if looked_up else "page", verdict.result)
    return render_template(
        "_verdict.html" if fragment else "verdict.html",
        answer=answer,
        verdict=verdict,
        tone=tone(verdict),
        headline=headline(verdict, lang),
        lead=lead(verdict, lang),
        since=since(verdict, lang),
        advice=advice(verdict, lang),
        warnings=[sentence(each, lang) for each in verdict.warnings],
        facts=facts(verdict, masked=looked_up),
        looked_up=looked_up,
        elsewhere=elsewhere(lang) if verdict.result is Result.NO_RECORD else (),
        standing=standing(verdict),
        steps=steps(verdict, lang),
        ages=ages(verdict, lang),
        evidence=evidence(verdict, lang),
        asked=spoken_day(verdict.asked_at, lang) if verdict.asked_at is not None else None,
        checked=clock_time(verdict.checked_at),
    )


def programmers_page() -> str:
    """GET /api: how to ask by program, in one screen."""
    from verifier import operations  # which names views of this module's neighbours

    results = [(result, EXIT_STATUS[result]) for result in Result]
    return render_template("api.html", results=results, operations=operations.OPERATIONS, streamed=operations.STREAMED)


def _submitted() -> Answer:
    """The form's one text or one file. A field that was left empty counts as absent.

    `proof` stands there when an answer is asked for again in the other language.
    """
    text, at, data = request.form.get("text", ""), request.form.get("at", ""), uploaded()
    proof = request.form.get("proof", "")
    if text.strip() and data is not None:
        raise Refusal("form.two_given")
    answer = answer_text(text, at, proof) if data is None else answer_file(data, at)
    return compare(answer, Typed(request.form.get("number", "")[:MAX_TYPED], request.form.get("name", "")[:MAX_TYPED]))
