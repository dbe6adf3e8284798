"""The verifier's web app: the routes, and which error leaves with which status."""

from collections.abc import Callable
from functools import cache
from typing import Final

from flask import Flask, Response

from keys.strictjson import dumps
from verifier import asking, built, installed, look_up, pages, reports
from verifier.bulk import page as bulk_page
from verifier.bulk.errors import BatchTooLong, BulkError
from verifier.errors import (
    AskedTooOften,
    FileTooLarge,
    KeyNotGood,
    KeyNotMeant,
    PictureKindUnknown,
    QuestionError,
    ReaderBusy,
    ReadingError,
    RecordsUnreachable,
    ReportBoxFull,
)
from verifier.operations import OPERATIONS, STREAMED
from verifier.ports import EXTENSION, Plugged, VerifierPorts, VerifierSettings
from verifier.receipts import served as receipts
from verifier.receipts.errors import ReceiptError, ReceiptsNotGiven
from web.factory import create_app as create_web_app
from web.problem import ErrorTable
from web.sheets.errors import SheetError

ERRORS: Final[ErrorTable] = {
    "form.nothing_given": 422,
    "form.two_given": 422,
    "api.json_malformed": 400,
    "api.not_an_object": 422,
    "api.member_unknown": 422,
    "api.text_missing": 422,
    "api.text_too_long": 413,
    "api.proof_malformed": 422,
    "api.proof_too_long": 413,
    "api.file_missing": 422,
    FileTooLarge: 413,
    PictureKindUnknown: 415,
    ReaderBusy: 503,
    "api.member_twice": 422,
    "api.typed_malformed": 422,
    "lookup.not_offered": 404,
    "lookup.both_needed": 422,
    "lookup.too_long": 422,
    "lookup.member_unknown": 422,
    "report.not_offered": 404,
    "report.kind_needed": 422,
    "report.too_long": 422,
    "report.nothing_told": 422,
    "report.evidence_too_large": 413,
    "report.evidence_kind": 415,
    ReportBoxFull: 503,
    RecordsUnreachable: 503,
    BatchTooLong: 413,
    BulkError: 422,
    SheetError: 422,
    ReceiptsNotGiven: 501,
    ReceiptError: 422,
    AskedTooOften: 429,
    KeyNotGood: 401,
    KeyNotMeant: 403,
    ReadingError: 422,
    QuestionError: 422,
}


def create_app(settings: VerifierSettings, ports: VerifierPorts) -> Flask:
    """Make the app; mount it at the root, as the address in every QR code is `HTTPS://<HOST>/#…`."""
    app = create_web_app(
        "verifier",
        max_body=settings.max_body,
        hosts=(settings.host, *settings.other_hosts),
        error_table=ERRORS,
        build=settings.build,
        layout="page.html",
        trusted_hops=settings.trusted_hops,
    )
    app.jinja_env.globals["settings"] = settings
    app.jinja_env.globals["browser_build"] = built.read_build() if settings.folder else None
    app.jinja_env.globals["looks_up"] = ports.record_match is not None
    app.jinja_env.globals["gives_receipts"] = ports.receipts is not None and ports.receipts.gives
    app.extensions[EXTENSION] = Plugged(settings, ports)
    app.extensions[asking.EXTENSION] = asking.Asking(settings.rates, ports.keys)
    app.add_url_rule("/", "first_page", pages.first_page)
    app.add_url_rule("/check", "check_again", pages.check_again)
    app.add_url_rule("/check", "check_form", pages.check_form, methods=["POST"])
    app.add_url_rule("/lookup", "look_up_form", look_up.form_page)
    app.add_url_rule("/lookup", "look_up_answer", look_up.form_answer, methods=["POST"])
    app.add_url_rule("/report", "report_form", reports.report_page)
    app.add_url_rule("/report", "report_fake", reports.report_fake, methods=["POST"])
    app.add_url_rule("/real", "real", reports.real_page)
    app.add_url_rule("/static/app/<name>", "built_file", built.built_file)
    app.add_url_rule("/worker.js", "worker", installed.worker)
    app.add_url_rule("/manifest.webmanifest", "manifest", installed.manifest)
    app.add_url_rule("/api", "programmers_page", pages.programmers_page)
    for operation in (*OPERATIONS, *STREAMED):
        app.add_url_rule(operation.path, operation.name, operation.view, methods=["POST"])
    app.add_url_rule("/api/v1/openapi.json", "openapi", _openapi(settings.build))
    app.add_url_rule("/bulk", "bulk_form", bulk_page.form_page)
    app.add_url_rule("/bulk", "bulk_upload", bulk_page.answer_upload, methods=["POST"])
    app.add_url_rule("/receipt", "give_receipt_form", receipts.give_form, methods=["POST"])
    return app


def _openapi(build: str) -> Callable[[], Response]:
    """The view of the document, which is written when it is first asked for: it needs a library that starts slowly."""

    @cache
    def document() -> bytes:
        from verifier.openapi import described

        return dumps(described(build, ERRORS))

    return lambda: Response(document(), content_type="application/json")


__all__ = ["VerifierPorts", "VerifierSettings", "create_app"]
