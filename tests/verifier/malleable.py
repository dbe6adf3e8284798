"""Other spellings of a sealed token: what anybody can make of it without its key."""

import zlib
from base64 import urlsafe_b64encode

from credentials.dictionary import DICTIONARIES
from keys import cbor
from keys.algorithms import P256_ORDER
from keys.b64 import b64u, unb64u
from keys.signer import Signer
from keys.strictjson import dumps, loads


def mirrored(signature: bytes) -> bytes:
    """(r, n - s): the second signature that verifies, which needs no key."""
    s = int.from_bytes(signature[32:], "big")
    return signature[:32] + (P256_ORDER - s).to_bytes(32, "big")


def with_mirrored_signature(token: bytes) -> bytes:
    """The QR token with its other signature."""
    protected, unprotected, payload, signature = cbor.decode(token)
    return cbor.encode([protected, unprotected, payload, mirrored(signature)])


def document_with_mirrored_signature(document: str) -> str:
    """The document with its other signature."""
    head, payload, signature = document.split(".")
    return f"{head}.{payload}.{b64u(mirrored(unb64u(signature)))}"


def digits_of(body: bytes) -> str:
    """The digits of any DEFLATE body, version 1."""
    return str(int.from_bytes(b"\x01\x01" + body, "big"))


def deflated(token: bytes, *, level: int = 9, dictionary: bool = True) -> bytes:
    """The token packed in another way than ours."""
    zdict = {"zdict": DICTIONARIES[1]} if dictionary else {}
    stream = zlib.compressobj(level, zlib.DEFLATED, -15, **zdict)
    return stream.compress(token) + stream.flush()


def jws(header: object, payload: bytes, signer: Signer | None) -> str:
    """A compact JWS with any header, signed over its own bytes; no signature without a signer."""
    head = header if isinstance(header, bytes) else dumps(header)
    signing_input = f"{b64u(head)}.{b64u(payload)}"
    return f"{signing_input}.{b64u(signer.sign(signing_input.encode())) if signer else ''}"


def header_of(document: str) -> dict[str, str]:
    """The protected header of a document."""
    header: dict[str, str] = loads(unb64u(document.partition(".")[0]))
    return header


def payload_of(document: str) -> bytes:
    """The payload bytes of a document."""
    return unb64u(document.split(".")[1])


def padded(part: str) -> str:
    """Base64url as some libraries accept it: with the padding that RFC 7515 leaves out."""
    return urlsafe_b64encode(unb64u(part)).decode()
