"""What the API for checks takes and gives, for the OpenAPI document; names and words come from the code that decides."""

from typing import Any, Final

from marshmallow import fields, validate

from verifier.comparing import MAX_TYPED
from verifier.verdict import EXIT_STATUS, REASONS, Outcome, Result, Step
from web.openapi import Both, Strict, Whole

MAX_INTEGER: Final = (1 << 53) - 1


def _moment(**options: Any) -> Whole:
    options.setdefault("metadata", {"description": "UNIX seconds"})
    return Whole(-MAX_INTEGER, MAX_INTEGER, **options)


def _text(**options: Any) -> fields.String:
    return fields.String(required=True, **options)


def _one_of(words: Any, **options: Any) -> fields.String:
    return _text(validate=validate.OneOf([str(word) for word in words]), **options)


def _day() -> fields.String:
    pattern = validate.Regexp(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    return fields.String(validate=pattern, metadata={"description": "the day asked about, YYYY-MM-DD in China"})


def _typed(what: str) -> fields.String:
    told = {"description": f"the {what} as it stands on the paper, to be compared"}
    return fields.String(validate=validate.Length(max=MAX_TYPED), metadata=told)


class VerificationAsked(Strict):
    """One text to check."""

    text = fields.String(
        required=True,
        validate=validate.Length(1, 16_000),
        metadata={"description": "content of the QR code, or `vc+jwt`"},
    )
    at = _day()
    proof = fields.String(
        validate=validate.Length(1, 32_000), metadata={"description": "the `tlog-proof` that came with it"}
    )
    number = _typed("number")
    name = _typed("holder's name")


class ReceiptAsked(Strict):
    """One text to check and to give a receipt of."""

    text = fields.String(required=True, validate=validate.Length(1, 16_000))
    at = _day()
    proof = fields.String(validate=validate.Length(1, 32_000))


class FileAsked(Strict):
    """One file to check: PNG, JPEG, WebP, PDF or text."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})
    proof = fields.Raw(metadata={"type": "string", "format": "binary"})
    at = _day()
    number = _typed("number")
    name = _typed("holder's name")


class LookupAsked(Strict):
    """Number and name of a certificate."""

    number = fields.String(required=True, validate=validate.Length(1, MAX_TYPED))
    name = fields.String(required=True, validate=validate.Length(1, MAX_TYPED))
    at = _day()


class Issuer(Strict):
    """Who issued it, as the trust list names it."""

    name = _text()
    name_en = _text(allow_none=True)


class Found(Strict):
    """What one step found."""

    step = Whole(min(Step), max(Step))
    outcome = _one_of(Outcome)
    code = _text()
    params = fields.Dict(required=True)


class Compared(Strict):
    """What was typed and what the seal says: the same, different, or null for what was not typed."""

    number = fields.Boolean(required=True, allow_none=True)
    name = fields.Boolean(required=True, allow_none=True)


class Holder(Strict):
    """The holder, as on the certificate."""

    name = _text()
    id_type = _text(allow_none=True)
    id_tail = _text(allow_none=True)


class Slot(Strict):
    """Where its status stands."""

    list = Whole(0, MAX_INTEGER)
    index = Whole(0, MAX_INTEGER)


class CredentialShown(Strict):
    """What the certificate says; `award` depends on `kind`."""

    number = _text()
    kind = _one_of(["title", "qualification", "postdoc"])
    holder = fields.Nested(Holder, required=True)
    award = fields.Dict(required=True)
    issuer = _text(metadata={"description": "the name in the certificate; `issuer` beside it is the trust list's"})
    issuer_code = _text(allow_none=True)
    awarded_on = _text()
    status = fields.Nested(Slot, required=True)
    issued_at = _moment()
    expires_at = _moment(allow_none=True)
    identifier = _text(allow_none=True)


class Verdict(Strict):
    """The answer to one check. Read `result`, not the HTTP status."""

    result = _one_of(Result)
    exit = Whole(0, max(EXIT_STATUS.values()))
    reason = _text(allow_none=True, validate=validate.OneOf([*REASONS, None]))
    since = _moment(allow_none=True)
    successor = _text(allow_none=True)
    form = _text(allow_none=True)
    issuer = fields.Nested(Issuer, required=True, allow_none=True)
    credential = fields.Nested(CredentialShown, required=True, allow_none=True)
    findings = fields.List(fields.Nested(Found), required=True)
    warnings = fields.List(fields.Nested(Found), required=True)
    ages = fields.Dict(required=True, metadata={"description": "seconds, by kind of evidence"})
    evidence = fields.Dict(required=True, metadata={"description": "what the answer rests on (docs/api.md)"})
    asked_at = _moment(allow_none=True)
    checked_at = _moment()
    test = fields.Boolean(required=True)
    compared = fields.Nested(Compared, required=True, allow_none=True)
    message = fields.Nested(Both, required=True)


class Site(Strict):
    """Somebody else who keeps books of certificates."""

    address = _text()
    zh = _text()
    en = _text()


class LookupVerdict(Verdict):
    """The answer to a look-up: the verdict with the name masked, and the token it is about."""

    token = _text(
        allow_none=True, metadata={"description": "the text of the QR code, to check yourself; null for no_record"}
    )
    coverage = fields.Nested(Both, required=True)
    elsewhere = fields.List(fields.Nested(Site), required=True)
