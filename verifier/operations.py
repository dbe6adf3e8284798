"""The table of the API for checks: app, OpenAPI document, readable page and tests are made from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import Response
from marshmallow import Schema

from verifier import api, look_up, schemas
from verifier.bulk import served as bulk
from verifier.rates import LOOKUP, VERIFY
from verifier.receipts import served as receipts


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what it takes as JSON or as a form with a file, what it gives, and the codes it refuses with."""

    name: str
    path: str
    scope: str
    view: Callable[[], Response]
    takes: type[Schema]
    gives: type[Schema]
    refusals: tuple[str, ...]
    form: type[Schema] | None = None


@dataclass(frozen=True, slots=True)
class Streamed:
    """One operation whose body or answer is no JSON object: the media types it takes and gives, and its refusals."""

    name: str
    path: str
    scope: str
    view: Callable[[], Response]
    takes: str
    gives: tuple[str, ...]
    refusals: tuple[str, ...]


_JSON: Final = ("api.json_malformed", "api.not_an_object", "api.text_too_long")
_DAY: Final = ("verifier.day_malformed", "verifier.day_in_future")
_FILE: Final = (
    "api.file_missing", "api.member_twice", "verifier.file_empty", "verifier.file_too_large", "verifier.picture_kind_unknown",
    "verifier.too_many_codes", "verifier.several_certificates", "verifier.reader_busy",
)  # fmt: skip
_PROOF: Final = ("api.proof_malformed", "api.proof_too_long")

OPERATIONS: Final = (
    Operation(
        "verify", "/api/v1/verifications", VERIFY, api.verify, schemas.VerificationAsked, schemas.Verdict,
        (*_JSON, "api.member_unknown", "api.text_missing", "api.typed_malformed", "form.nothing_given", *_PROOF, *_DAY, *_FILE),
        schemas.FileAsked,
    ),
    Operation(
        "look_up", "/api/v1/lookups", LOOKUP, look_up.look_up, schemas.LookupAsked, schemas.LookupVerdict,
        (*_JSON, "lookup.member_unknown", "lookup.both_needed", "lookup.too_long", "lookup.not_offered", *_DAY,
         "verifier.records_unreachable"),
    ),
)  # fmt: skip

STREAMED: Final = (
    Streamed(
        "verify_batch", "/api/v1/verifications:batch", VERIFY, bulk.verify_batch, bulk.NDJSON, (bulk.NDJSON,),
        ("verifier.batch_empty", "verifier.batch_too_long"),
    ),
    Streamed(
        "give_receipt", "/api/v1/receipts", VERIFY, receipts.give, "application/json", (receipts.JWT_TYPE, receipts.PDF_TYPE),
        (*_JSON, "api.member_unknown", "api.text_missing", "form.nothing_given", *_PROOF, *_DAY, "verifier.receipts_not_given"),
    ),
)  # fmt: skip
"""Described in docs/bulk.md and docs/receipts.md."""
