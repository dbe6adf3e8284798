"""Seal a credential in its two forms, and read either form back; reading judges the form, `verify` the signature.

Nothing is re-encoded for verifying: digests and signatures are over the bytes as sealed. Whom the key belongs to, and
whether the credential stands, is the verifier's business.
"""

from dataclasses import dataclass
from typing import Final, Literal

from credentials.claims import from_document, from_qr_payload, to_document, to_qr_payload
from credentials.digest import document_digest, qr_aad, qr_digest
from credentials.errors import CredentialsError, Damaged, NotOurs, TokenTooLarge
from credentials.model import Credential
from credentials.qrtext import VERSION, from_text
from keys.algorithms import PublicKey
from keys.b64 import unb64u
from keys.cose import Sign1, read1, sign1
from keys.errors import KeysError
from keys.jws import Jws, read_compact, sign_compact
from keys.signer import Signer
from keys.strictjson import dumps, loads

TYP: Final = "vc+jwt"
MAX_TEXT: Final = 65536
# However little it compresses, a token of this size can be printed: its digits stay under the 4,300 that are read.
MAX_SEALED: Final = 1536
_MAX_HEADER: Final = 4096


@dataclass(frozen=True, slots=True)
class Sealed:
    """Both sealed forms of one credential, each with the digest that is logged and the signature (64 bytes, r || s)."""

    token: bytes
    qr_digest: bytes
    qr_signature: bytes
    document: str
    document_digest: bytes
    document_signature: bytes
    kid8: bytes


@dataclass(frozen=True, slots=True)
class Presented:
    """A sealed form as read, not yet verified: `digest` is what the log must hold, `kid8` names the key.

    `host` is what the QR text named, None for bare digits and documents; it proves nothing.
    """

    form: Literal["qr", "document"]
    host: str | None
    kid8: bytes
    digest: bytes
    credential: Credential
    sealed: Sign1 | Jws

    def verify(self, key: PublicKey) -> None:
        """Return when `key` sealed this; raises KidMismatch, AlgorithmNotAllowed or SignatureInvalid (`keys.errors`)."""
        if isinstance(self.sealed, Jws):
            self.sealed.verify(key)
        else:
            self.sealed.verify_digest(key, self.digest)  # the digest is that of the bytes that were signed


def seal(credential: Credential, signer: Signer, *, registry_url: str) -> Sealed:
    """Return both sealed forms. The same credential and key give the same bytes (RFC 6979).

    Raises IssuerCodeMissing, TokenTooLarge beyond 1,536 bytes, or what the signer raises.
    """
    payload = to_qr_payload(credential)
    if len(payload) > MAX_SEALED - 100:
        raise TokenTooLarge(size=len(payload), limit=MAX_SEALED - 100)
    document = dumps(to_document(credential, registry_url=registry_url))
    token = sign1(payload, signer, external_aad=qr_aad(VERSION))
    compact = sign_compact(document, signer, typ=TYP)
    sealed = read1(token)
    return Sealed(
        token=token,
        qr_digest=qr_digest(sealed, VERSION),
        qr_signature=sealed.signature,
        document=compact,
        document_digest=document_digest(compact),
        document_signature=unb64u(compact.rpartition(".")[2]),
        kid8=sealed.kid8,
    )


def read(text: str) -> Presented:
    """Return what a person presents: a QR text, bare digits, or a document as compact JWS.

    Raises NotOurs, UnknownVersion or Damaged, and nothing else, whatever the text.
    """
    if len(text) > MAX_TEXT:
        raise NotOurs(reason="size")
    return read_document(text) if text.count(".") == 2 and "/" not in text else read_qr(text)


def read_qr(text: str) -> Presented:
    """Return the token in a QR text or in bare digits. Raises NotOurs, UnknownVersion or Damaged."""
    found = from_text(text)
    return read_token(found.cose, found.version, host=found.host)


def read_token(cose: bytes, version: int = VERSION, *, host: str | None = None) -> Presented:
    """Return the credential in the sealed bytes of a token. Raises Damaged."""
    try:
        sealed = read1(cose)
        credential = from_qr_payload(sealed.payload)
    except (KeysError, CredentialsError) as defect:
        raise Damaged(reason=defect.code) from defect
    return Presented("qr", host, sealed.kid8, qr_digest(sealed, version), credential, sealed)


def read_document(token: str) -> Presented:
    """Return the credential in a document (`vc+jwt`, compact). Raises NotOurs when it says it is something else, or Damaged."""
    token = token.strip()
    try:
        sealed = read_compact(token, typ=TYP, max_bytes=MAX_TEXT)
        credential = from_document(loads(sealed.payload, max_bytes=MAX_TEXT))
    except (KeysError, CredentialsError) as defect:
        if _says_it_is_ours(token):
            raise Damaged(reason=defect.code) from defect
        raise NotOurs(reason="form") from defect
    return Presented("document", None, unb64u(sealed.kid)[:8], document_digest(token), credential, sealed)


def _says_it_is_ours(token: str) -> bool:
    try:
        header = loads(unb64u(token[: _MAX_HEADER + 1].partition(".")[0]), max_bytes=_MAX_HEADER)
    except KeysError:
        return False
    return isinstance(header, dict) and header.get("typ") == TYP
