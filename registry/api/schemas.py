"""The bodies and queries of the API, each declared once: what is read here is what the OpenAPI document says.

Strict: unknown members, numbers as text, base64url in any spelling but the canonical one are refused.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from keys.b64 import unb64u
from keys.errors import Base64NotCanonical
from registry.api.clients import SCOPES
from registry.batches import MAX_BATCH
from registry.statuslist import SLOTS
from web.openapi import Strict, Whole

MAX_PROOFS: Final = 2000
MAX_DETAIL: Final = 4096
MAX_INTEGER: Final = (1 << 53) - 1
BATCH: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
KID: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_LAST: Final = {0: "", 1: "[A-Za-z0-9_-][AQgw]", 2: "[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048]"}


class Bytes(fields.Field[bytes]):
    """Bytes in canonical base64url: exactly `length`, or 1 to `at_most`."""

    def __init__(self, length: int | None = None, *, at_most: int | None = None, **options: Any) -> None:
        super().__init__(required=True, **options)
        self.length, self.at_most = length, at_most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bytes:  # noqa: ARG002  # marshmallow's signature
        try:
            found = unb64u(value)
        except (Base64NotCanonical, AttributeError):
            raise ValidationError("base64url") from None
        if len(found) != self.length if self.length is not None else not 0 < len(found) <= (self.at_most or 0):
            raise ValidationError("length")
        return found

    def to_json_schema(self) -> dict[str, Any]:
        """The same, as JSON Schema."""
        if self.length is not None:
            whole = self.length // 3 * 4
            text = rf"^[A-Za-z0-9_-]{{{whole}}}{_LAST[self.length % 3]}$"
            return {"type": "string", "pattern": text, "contentEncoding": "base64url"}
        text = rf"^([A-Za-z0-9_-]{{4}})*({_LAST[1]}|{_LAST[2]})?$"
        most = -(-(self.at_most or 0) * 4 // 3)
        return {"type": "string", "pattern": text, "minLength": 2, "maxLength": most, "contentEncoding": "base64url"}


def _list() -> Whole:
    return Whole(0, (1 << 31) - 1, metadata={"description": "number of the status list"})


def _slot() -> Whole:
    return Whole(0, SLOTS - 1, metadata={"description": "slot in the list"})


class SlotRun(Strict):
    """A contiguous run of status slots."""

    list = _list()
    first = _slot()
    count = Whole(1, MAX_BATCH)


class Submission(Strict):
    """One sealed certificate as the registry sees it: two digests and the issuer's ES256 signatures over them."""

    kid8 = Bytes(8)
    list = _list()
    index = _slot()
    qr = Bytes(32)
    qr_signature = Bytes(64)
    doc = Bytes(32)
    doc_signature = Bytes(64)


class StatusChange(Strict):
    """One status change with its sealed detail (COSE_Sign1)."""

    list = _list()
    index = _slot()
    new = Whole(0, 3)
    effective_at = Whole(0, (1 << 40) - 1)
    salt = Bytes(16)
    detail = Bytes(at_most=MAX_DETAIL)


def _some(inner: type[Schema], most: int) -> Any:
    return fields.List(fields.Nested(inner), required=True, validate=validate.Length(1, most))


class ReservationAsked(Strict):
    """How many slots."""

    count = Whole(1, MAX_BATCH)


class Reservation(Strict):
    """The runs that the batch has."""

    runs = _some(SlotRun, MAX_BATCH)


class EntriesAsked(Strict):
    """Certificates to log."""

    submissions = _some(Submission, MAX_BATCH)


class Entries(Strict):
    """Where the batch stands in the log, the registry's time in its entries, and the checkpoint over it."""

    first_index = Whole(0, MAX_INTEGER)
    count = Whole(1, MAX_BATCH)
    t = Whole(0, MAX_INTEGER)
    checkpoint = fields.String(required=True)


class ChangesAsked(Strict):
    """Status changes to log, in this order."""

    changes = _some(StatusChange, MAX_BATCH)


class Changes(Strict):
    """The log indices of the changes, one after the other from `first_index`, and the checkpoint over them."""

    first_index = Whole(0, MAX_INTEGER)
    count = Whole(1, MAX_BATCH)
    checkpoint = fields.String(required=True)


class ProofsAsked(Strict):
    """Which entries, in the tree of which size."""

    first_index = Whole(0, MAX_INTEGER, text=True)
    count = Whole(1, MAX_PROOFS, text=True)
    size = Whole(1, MAX_INTEGER, text=True)


class Proofs(Strict):
    """One inclusion proof for each entry (RFC 9162 §2.1.3), the leaf's sibling first."""

    proofs = fields.List(fields.List(Bytes(32)), required=True)


class Head(Strict):
    """The newest committed state of the log."""

    size = Whole(0, MAX_INTEGER)
    root = Bytes(32)
    t = Whole(0, MAX_INTEGER)
    checkpoint = fields.String(required=True)


class Key(Strict):
    """One key of the body, and the log positions that opened and closed it."""

    kid = Bytes(32)
    state = fields.String(required=True, validate=validate.OneOf(["active", "retired", "compromised"]))
    opened = Whole(0, MAX_INTEGER)
    closed = Whole(0, MAX_INTEGER, allow_none=True)
    boundary = Whole(0, MAX_INTEGER, allow_none=True)
    jwk = fields.Dict(required=True)


class Keys(Strict):
    """Every key of the body, in the order of the log."""

    keys = fields.List(fields.Nested(Key), required=True)


class SuccessionAsked(Strict):
    """A general JWS, typ hallmark-succession+json, signed by an active key of the body and by the new one."""

    succession = Bytes(at_most=8192)


class BatchesAsked(Strict):
    """From where on, how many."""

    after = Whole(0, MAX_INTEGER, text=True, required=False, load_default=0)
    count = Whole(1, 1000, text=True, required=False, load_default=100)


class Act(Strict):
    """One thing that was done to a batch; `seq` is its place in the registry's journal."""

    seq = Whole(1, MAX_INTEGER)
    at = Whole(0, MAX_INTEGER)
    batch = fields.String(required=True)
    act = fields.String(required=True, validate=validate.OneOf(["reserve", "append", "change"]))
    result = fields.String(required=True)


class Acts(Strict):
    """Things done to batches, in order."""

    acts = fields.List(fields.Nested(Act), required=True)


class Token(Strict):
    """An access token (RFC 6749 §5.1)."""

    access_token = fields.String(required=True)
    token_type = fields.String(required=True, validate=validate.OneOf(["Bearer"]))
    expires_in = Whole(1, 3600)
    scope = fields.String(required=True)


class TokenAsked(Schema):
    """Client credentials with a signed assertion (RFC 6749 §4.4, RFC 7523 §2.2)."""

    grant_type = fields.String(required=True, validate=validate.OneOf(["client_credentials"]))
    client_assertion_type = fields.String(
        required=True, validate=validate.OneOf(["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"])
    )
    client_assertion = fields.String(required=True)
    client_id = fields.String(metadata={"description": "needs not be given; the assertion names the client"})
    scope = fields.String(metadata={"description": "any of " + " ".join(SCOPES) + "; default all that were granted"})


class TokenRefused(Strict):
    """An error of the token endpoint (RFC 6749 §5.2)."""

    error = fields.String(required=True)
    error_description = fields.String(required=True)
