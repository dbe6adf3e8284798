"""Seals and opens receipts: a compact JWS, ES256, typ `receipt+jwt`, under a key of the purpose `receipt`. Pure."""

from typing import Final

from keys.b64 import unb64u
from keys.errors import KeysError, SignatureInvalid
from keys.jws import read_compact, sign_compact
from keys.roots import Roots
from keys.rotation import Purpose
from keys.signer import Signer
from keys.strictjson import dumps, loads
from verifier.receipts.claims import CheckReceipt, from_claims, to_claims
from verifier.receipts.errors import (
    ReceiptAltered,
    ReceiptFromFuture,
    ReceiptMalformed,
    ReceiptSignerUnknown,
)

TYP: Final = "receipt+jwt"
MAX_BYTES: Final = 64 * 1024
LEEWAY: Final = 300
"""Seconds that the clock of the one who signed may go ahead of ours."""
_MAX_HEADER: Final = 512


def seal_receipt(receipt: CheckReceipt, signer: Signer) -> str:
    """Return the compact JWS over the receipt's claims."""
    return sign_compact(dumps(to_claims(receipt)), signer, typ=TYP)


def open_receipt(text: str, roots: Roots, now: int) -> CheckReceipt:
    """Return what a genuine receipt says; it is genuine when a key that `roots` names for receipts signed it.

    Raises ReceiptMalformed, ReceiptSignerUnknown, ReceiptAltered, ReceiptFromFuture; never anything else for any text.
    """
    try:
        token = read_compact(text.strip(), typ=TYP, max_bytes=MAX_BYTES)
    except KeysError as defect:
        raise ReceiptMalformed(member=defect.code) from None
    named = roots.key_set(Purpose.RECEIPT)
    key = next((each for each in named.keys if each.kid == token.kid), None)
    if key is None or named.threshold > 1:  # a compact JWS has one signature
        raise ReceiptSignerUnknown(kid=token.kid)
    try:
        token.verify(key)
    except SignatureInvalid:
        raise ReceiptAltered from None
    return _believed(token.payload, roots, now)


def _believed(payload: bytes, roots: Roots, now: int) -> CheckReceipt:
    """What was signed, read strictly: our own key signs nothing else, but a reader of ours must not trip over it."""
    try:
        receipt = from_claims(loads(payload, max_bytes=MAX_BYTES, max_depth=5))
    except KeysError as defect:
        raise ReceiptMalformed(member=defect.code) from None
    if receipt.test is not roots.test:
        raise ReceiptMalformed(member="test")
    if receipt.issued_at > now + LEEWAY:
        raise ReceiptFromFuture(iat=receipt.issued_at)
    return receipt


def is_receipt(text: str) -> bool:
    """Say whether `text` calls itself a receipt: three parts whose header has our typ. Proves nothing."""
    text = text.strip()
    header, _, rest = text.partition(".")
    if not 0 < len(header) <= _MAX_HEADER or rest.count(".") != 1 or len(text) > MAX_BYTES:
        return False
    try:
        read = loads(unb64u(header), max_depth=2)
    except KeysError:
        return False
    return isinstance(read, dict) and read.get("typ") == TYP
