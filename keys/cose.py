"""COSE_Sign1 (RFC 9052 §4.2) in one strict form: untagged, ES256, an 8-byte kid, nothing unprotected.

The form leaves no choice in a single byte of its framing, so reading compares bytes instead of decoding them. What the
payload says is the caller's business.
"""

from dataclasses import dataclass
from typing import Final

from keys.algorithms import PublicKey
from keys.cbor import decode
from keys.errors import (
    AlgorithmNotAllowed,
    CborMalformed,
    CoseHeaderNotAllowed,
    CoseMalformed,
    CoseTagged,
    KeysError,
    KidMismatch,
    TooLarge,
)
from keys.signer import Signer

MAX_BYTES: Final = 4096

# array(4), bytes(13), {1: -7, 4: bytes(8)} ... then an empty map, the payload, bytes(64).
_START = bytes.fromhex("844da201260448")
_PROTECTED = _START[2:]
_EMPTY_MAP = 0xA0
_SIGNATURE_HEAD = b"\x58\x40"
_CONTEXT = b"\x84\x6aSignature1"


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1 as read, not yet verified: protected header bytes, its kid (8 bytes), payload, signature (64)."""

    protected: bytes
    kid8: bytes
    payload: bytes
    signature: bytes

    def sig_structure(self, external_aad: bytes) -> bytes:
        """Return the bytes that are signed (RFC 9052 §4.4)."""
        return sig_structure(self.protected, external_aad, self.payload)

    def verify(self, key: PublicKey, external_aad: bytes) -> None:
        """Return when the signature is `key`'s over this and `external_aad`.

        Raises KidMismatch when the token names another key, SignatureInvalid when the signature is wrong.
        """
        if key.kid8 != self.kid8:
            raise KidMismatch(kid=self.kid8.hex(), key=key.kid)
        key.verify(self.signature, sig_structure(self.protected, external_aad, self.payload))

    def verify_digest(self, key: PublicKey, digest: bytes) -> None:
        """`verify` for a caller who holds SHA-256 of this Sig_structure already. Raises as `verify`."""
        if key.kid8 != self.kid8:
            raise KidMismatch(kid=self.kid8.hex(), key=key.kid)
        key.verify_digest(self.signature, digest)


def sign1(payload: bytes, signer: Signer, *, external_aad: bytes) -> bytes:
    """Return the sealed bytes. Raises AlgorithmNotAllowed unless the key is ES256, TooLarge beyond 4,096 bytes."""
    key = signer.public_key
    if key.algorithm != "ES256":
        raise AlgorithmNotAllowed(alg=key.algorithm.value)
    protected = _PROTECTED + key.kid8
    signature = signer.sign(sig_structure(protected, external_aad, payload))
    sealed = b"\x84" + _bytes(protected) + b"\xa0" + _bytes(payload) + _bytes(signature)
    if len(sealed) > MAX_BYTES:
        raise TooLarge(limit=MAX_BYTES, size=len(sealed))
    return sealed


def read1(data: bytes) -> Sign1:
    """Return the parts of a sealed token without verifying it.

    Raises TooLarge beyond 4,096 bytes, CoseTagged, AlgorithmNotAllowed, CoseHeaderNotAllowed, or CoseMalformed for any
    other byte that `sign1` would not have written there.
    """
    size = len(data)
    if size > MAX_BYTES:
        raise TooLarge(limit=MAX_BYTES, size=size)
    if data[:7] != _START or size < 17 or data[15] != _EMPTY_MAP:
        raise _diagnosed(data)
    start, length = _head(data)
    end = start + length
    if data[end : end + 2] != _SIGNATURE_HEAD or size != end + 66:
        raise CoseMalformed(reason="length")
    return Sign1(data[2:15], data[7:15], data[start:end], data[end + 2 :])


def sig_structure(protected: bytes, external_aad: bytes, payload: bytes) -> bytes:
    """Return the Sig_structure of a COSE_Sign1 (RFC 9052 §4.4) for any protected header bytes."""
    return _CONTEXT + _bytes(protected) + _bytes(external_aad) + _bytes(payload)


def _bytes(value: bytes) -> bytes:
    size = len(value)
    if size < 24:
        return bytes((0x40 | size,)) + value
    if size < 1 << 8:
        return bytes((0x58, size)) + value
    if size < 1 << 16:
        return b"\x59" + size.to_bytes(2, "big") + value
    return b"\x5a" + size.to_bytes(4, "big") + value


def _head(data: bytes) -> tuple[int, int]:
    # The payload's byte string starts at 16: where its content starts, and how long it says it is.
    first = data[16]
    if 0x40 <= first < 0x58:
        return 17, first - 0x40
    if first == 0x58 and len(data) > 17 and data[17] >= 24:
        return 18, data[17]
    if first == 0x59 and len(data) > 18 and data[17]:
        return 19, data[17] << 8 | data[18]
    raise CoseMalformed(reason="payload")


def _diagnosed(data: bytes) -> KeysError:
    if data and 0xC0 <= data[0] < 0xE0:
        return CoseTagged(tag=data[:4].hex())
    try:
        whole = decode(data, max_bytes=MAX_BYTES)
        protected = decode(whole[0]) if whole[0] else {}
    except (CborMalformed, KeysError, TypeError, KeyError, IndexError):
        return CoseMalformed(reason="encoding")
    if not isinstance(whole, list) or len(whole) != 4 or not isinstance(protected, dict):
        return CoseMalformed(reason="structure")
    if protected.get(1, -7) != -7:
        return AlgorithmNotAllowed(alg=str(protected[1])[:16])
    return CoseHeaderNotAllowed(part="unprotected" if whole[1] else "protected")
