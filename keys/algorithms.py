"""Public keys of our three algorithms: parsed once, named by their thumbprint, able to verify and nothing else.

ES256 signs credentials and lists, Ed25519 and ML-DSA-44 sign checkpoints. One key has one algorithm, for life. Nothing
here decides whether a key may be trusted.
"""

from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.b64 import b64u
from keys.errors import AlgorithmNotAllowed, PublicKeyInvalid, SignatureInvalid
from keys.strictjson import dumps


class Algorithm(StrEnum):
    """What we sign with, by its JOSE name (RFC 7518 §3.4, RFC 9864, RFC 9964)."""

    ES256 = "ES256"
    ED25519 = "Ed25519"
    ML_DSA_44 = "ML-DSA-44"


P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PUBLIC_BYTES: Final = {Algorithm.ES256: 65, Algorithm.ED25519: 32, Algorithm.ML_DSA_44: 1312}

PublicHandle = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | mldsa.MLDSA44PublicKey

_ORDER = P256_ORDER.to_bytes(32, "big")
_ZERO = bytes(32)
_ES256 = ec.ECDSA(SHA256())
_ES256_DIGEST = ec.ECDSA(Prehashed(SHA256()))

# The y coordinates of the eight Ed25519 points of small order; under such a key signatures fit many messages.
_SMALL_ORDER = frozenset(
    {
        (0).to_bytes(32, "little"),
        (1).to_bytes(32, "little"),
        (2**255 - 20).to_bytes(32, "little"),
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    }
)
_FIELD_25519 = 2**255 - 19


class PublicKey:
    """An immutable public key. Two are equal when algorithm and bytes are.

    `raw` is the uncompressed point (65 bytes) for ES256, 32 bytes for Ed25519, 1,312 for ML-DSA-44; `thumbprint` the
    RFC 7638 SHA-256 thumbprint, `kid` its base64url, `kid8` its first 8 bytes.
    """

    __slots__ = ("_handle", "algorithm", "kid", "kid8", "raw", "thumbprint")

    algorithm: Algorithm
    raw: bytes
    thumbprint: bytes
    kid: str
    kid8: bytes
    _handle: Any

    def __init__(self, handle: PublicHandle) -> None:
        """Wrap a parsed key; bytes from outside come in through `from_raw` or `keys.jwk.from_jwk`.

        Raises PublicKeyInvalid for a key of another kind or curve.
        """
        algorithm, raw = _described(handle)
        thumbprint = sha256(dumps(public_members(algorithm, raw))).digest()
        values = (handle, algorithm, b64u(thumbprint), thumbprint[:8], raw, thumbprint)
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)

    @classmethod
    def from_raw(cls, algorithm: Algorithm, raw: bytes) -> "PublicKey":
        """Return the key with these bytes, in the shape that `raw` has. Raises PublicKeyInvalid."""
        if len(raw) != PUBLIC_BYTES[algorithm]:
            raise PublicKeyInvalid(algorithm=algorithm.value)
        try:
            return cls(_parsed(algorithm, raw))
        except ValueError:
            raise PublicKeyInvalid(algorithm=algorithm.value) from None

    def verify(self, signature: bytes, message: bytes) -> None:
        """Return when `signature` is this key's over `message`, else raise SignatureInvalid.

        ES256 signatures are r || s of exactly 64 bytes with 0 < r, s < n (RFC 7518 §3.4). (r, n - s) verifies too:
        identity is therefore always taken from what was signed, never from the signature.
        """
        try:
            if self.algorithm is Algorithm.ES256:
                self._handle.verify(_der(signature), message, _ES256)
            else:
                self._handle.verify(signature, message)
        except InvalidSignature:
            raise SignatureInvalid(kid=self.kid) from None

    def verify_digest(self, signature: bytes, digest: bytes) -> None:
        """Like `verify` for ES256, over a SHA-256 digest (32 bytes) whose message the caller never sees.

        Raises AlgorithmNotAllowed for a key of another algorithm.
        """
        if self.algorithm is not Algorithm.ES256:
            raise AlgorithmNotAllowed(alg=self.algorithm.value)
        try:
            self._handle.verify(_der(signature), digest, _ES256_DIGEST)
        except (InvalidSignature, ValueError):  # ValueError: not 32 bytes of digest
            raise SignatureInvalid(kid=self.kid) from None

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(name)

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.algorithm is other.algorithm and self.raw == other.raw

    def __hash__(self) -> int:
        return hash((self.algorithm, self.raw))

    def __repr__(self) -> str:
        return f"PublicKey({self.algorithm.value}, {self.kid})"


def public_members(algorithm: Algorithm, raw: bytes) -> dict[str, str]:
    """Return the JWK members that RFC 7638 §3.2 hashes, in their order, for the bytes of a public key.

    Ed25519 after RFC 8037 §2, ML-DSA-44 (kty AKP) after RFC 9964.
    """
    if algorithm is Algorithm.ES256:
        return {"crv": "P-256", "kty": "EC", "x": b64u(raw[1:33]), "y": b64u(raw[33:65])}
    if algorithm is Algorithm.ED25519:
        return {"crv": "Ed25519", "kty": "OKP", "x": b64u(raw)}
    return {"alg": algorithm.value, "kty": "AKP", "pub": b64u(raw)}


def _described(handle: PublicHandle) -> tuple[Algorithm, bytes]:
    if isinstance(handle, ed25519.Ed25519PublicKey):
        return Algorithm.ED25519, handle.public_bytes_raw()
    if isinstance(handle, mldsa.MLDSA44PublicKey):
        return Algorithm.ML_DSA_44, handle.public_bytes_raw()
    if isinstance(handle.curve, ec.SECP256R1):
        return Algorithm.ES256, handle.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    raise PublicKeyInvalid(algorithm=handle.curve.name)


def _parsed(algorithm: Algorithm, raw: bytes) -> PublicHandle:
    if algorithm is Algorithm.ES256:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    if algorithm is Algorithm.ML_DSA_44:
        return mldsa.MLDSA44PublicKey.from_public_bytes(raw)
    y = raw[:31] + bytes((raw[31] & 0x7F,))
    if y in _SMALL_ORDER or int.from_bytes(y, "little") >= _FIELD_25519:
        raise PublicKeyInvalid(algorithm=algorithm.value)
    return ed25519.Ed25519PublicKey.from_public_bytes(raw)


def _der(signature: bytes) -> bytes:
    # By hand, because it stands in every verification: half the cost of encode_dss_signature with its two big integers.
    r, s = signature[:32], signature[32:]
    if len(signature) != 64 or not (_ZERO < r < _ORDER and _ZERO < s < _ORDER):
        raise InvalidSignature
    r, s = r.lstrip(b"\0"), s.lstrip(b"\0")
    r = b"\0" + r if r[0] > 0x7F else r
    s = b"\0" + s if s[0] > 0x7F else s
    return b"\x30%c\x02%c%b\x02%c%b" % (len(r) + len(s) + 4, len(r), r, len(s), s)
