"""JWS (RFC 7515) in one strict profile above PyJWT: ES256, a thumbprint as kid, a typ that the caller names.

PyJWT signs and verifies through our own algorithm object; before it sees a byte, this profile has refused what it would
let pass: other header members, duplicate JSON members, other spellings of base64, a wrong typ, any other algorithm.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import ECAlgorithm
from jwt.api_jws import PyJWS

from keys.algorithms import Algorithm, PublicKey
from keys.b64 import unb64u, unb64u_ascii
from keys.errors import (
    AlgorithmNotAllowed,
    Base64NotCanonical,
    HeaderNotAllowed,
    JwsMalformed,
    KidMalformed,
    KidMismatch,
    SignatureInvalid,
    SignerRepeated,
    ThresholdNotMet,
    TooLarge,
    TypWrong,
)
from keys.signer import Signer
from keys.strictjson import dumps, loads

MAX_SIGNATURES: Final = 16
_MAX_HEADER: Final = 512
_MEMBERS = frozenset({"alg", "typ", "kid"})


class _DeterministicES256(ECAlgorithm):
    """PyJWT's ES256 with our keys: RFC 6979 signatures, any Signer, exactly 64 bytes."""

    def prepare_key(self, key: Any) -> Any:
        return key

    def sign(self, msg: bytes, key: Any) -> bytes:
        signature: bytes = key.sign(msg)
        return signature

    def verify(self, msg: bytes, key: Any, sig: bytes) -> bool:
        try:
            key.verify(sig, msg)
        except SignatureInvalid:
            return False
        return True


_JWS = PyJWS(algorithms=[])
_JWS.register_algorithm("ES256", _DeterministicES256(SHA256, SECP256R1))
_ES256 = _JWS.get_algorithm_by_name("ES256")


@dataclass(frozen=True, slots=True)
class Jws:
    """One signature over one payload, as read and not yet verified; `signing_input` is the ASCII header.payload."""

    header: Mapping[str, str]
    kid: str
    payload: bytes
    signature: bytes
    signing_input: bytes

    def verify(self, key: PublicKey) -> None:
        """Return when the signature is `key`'s. Raises KidMismatch, AlgorithmNotAllowed or SignatureInvalid."""
        if key.kid != self.kid:
            raise KidMismatch(kid=self.kid, key=key.kid)
        _require_es256(key)
        if not _ES256.verify(self.signing_input, key, self.signature):
            raise SignatureInvalid(kid=self.kid)


@dataclass(frozen=True, slots=True)
class GeneralJws:
    """A payload with one or more signatures (RFC 7515 §7.2.1), as read and not yet verified."""

    payload: bytes
    signatures: tuple[Jws, ...]

    def verified_by(self, keys: Iterable[PublicKey]) -> frozenset[str]:
        """Return the kids of those `keys` that really signed; a key counts once, however often it stands there."""
        by_kid = {key.kid: key for key in keys}
        return frozenset(one.kid for one in self.signatures if one.kid in by_kid and _holds(one, by_kid[one.kid]))

    def require(self, keys: Iterable[PublicKey], threshold: int) -> None:
        """Return when at least `threshold` (one or more) different `keys` signed, else raise ThresholdNotMet."""
        have = len(self.verified_by(keys))
        if have < max(threshold, 1):
            raise ThresholdNotMet(have=have, need=threshold)


def sign_compact(payload: bytes, signer: Signer, *, typ: str) -> str:
    """Return the compact JWS; its header holds alg, kid and typ only. Raises AlgorithmNotAllowed unless ES256."""
    key = signer.public_key
    _require_es256(key)
    signing_key: Any = signer
    return _JWS.encode(payload, signing_key, "ES256", headers={"typ": typ, "kid": key.kid})


def read_compact(token: str | bytes, *, typ: str, max_bytes: int = 65536) -> Jws:
    """Return the parts of a compact JWS without verifying it.

    Raises TooLarge, JwsMalformed, Base64NotCanonical, the errors of `strictjson`, HeaderNotAllowed,
    AlgorithmNotAllowed, TypWrong or KidMalformed.
    """
    raw = _ascii(token, max_bytes)
    parts = raw.split(b".")
    if len(parts) != 3:
        raise JwsMalformed(reason="parts")
    return _read(parts[0], parts[1], unb64u_ascii(parts[1]), parts[2], typ)


def sign_general(payload: bytes, signers: Sequence[Signer], *, typ: str) -> bytes:
    """Return the general JSON serialization with one signature by each of `signers`, in their order.

    Raises SignerRepeated when two of them hold the same key.
    """
    if not 1 <= len(signers) <= MAX_SIGNATURES:
        raise JwsMalformed(reason="signatures")
    _require_different([signer.public_key.kid for signer in signers])
    tokens = [sign_compact(payload, signer, typ=typ).split(".") for signer in signers]
    return _general(tokens[0][1], [(protected, signature) for protected, _, signature in tokens])


def add_signature(data: bytes, signer: Signer, *, typ: str, max_bytes: int = 1 << 20) -> bytes:
    """Return the document with one more signature: how a second custodian signs what the first one sent.

    The caller shows the payload to the custodian first. Raises what `read_general` does, and SignerRepeated.
    """
    document = read_general(data, typ=typ, max_bytes=max_bytes)
    _require_different([*(one.kid for one in document.signatures), signer.public_key.kid])
    if len(document.signatures) == MAX_SIGNATURES:
        raise JwsMalformed(reason="signatures")
    whole = loads(data, max_bytes=max_bytes)
    protected, _, signature = sign_compact(document.payload, signer, typ=typ).split(".")
    signatures = [(one["protected"], one["signature"]) for one in whole["signatures"]]
    return _general(whole["payload"], [*signatures, (protected, signature)])


def read_general(data: bytes, *, typ: str, max_bytes: int = 1 << 20) -> GeneralJws:
    """Return the payload and the signatures (1 to 16) of a general JSON serialization without verifying them.

    Raises the errors of `read_compact`; unprotected headers and other members are JwsMalformed.
    """
    whole = loads(data, max_bytes=max_bytes, max_depth=4)
    payload64 = _text_members(whole, {"payload"}, {"signatures"})["payload"]
    listed = whole["signatures"]
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_SIGNATURES:
        raise JwsMalformed(reason="signatures")
    payload = unb64u(payload64)
    members = [_text_members(one, {"protected", "signature"}, set()) for one in listed]
    parts = [(_to_ascii(one["protected"]), _to_ascii(one["signature"])) for one in members]
    ascii64 = payload64.encode("ascii")
    return GeneralJws(payload, tuple(_read(header, ascii64, payload, signature, typ) for header, signature in parts))


def _read(header64: bytes, payload64: bytes, payload: bytes, signature64: bytes, typ: str) -> Jws:
    header = _header(header64, typ)
    signature = unb64u_ascii(signature64)
    if len(signature) != 64:
        raise JwsMalformed(reason="signature length")
    return Jws(header, header["kid"], payload, signature, header64 + b"." + payload64)


# All tokens of one key have the same header: parse it once. Both arguments are bounded, and errors are not kept.
def _header(header64: bytes, typ: str) -> Mapping[str, str]:
    if len(header64) > _MAX_HEADER:
        raise TooLarge(limit=_MAX_HEADER, size=len(header64))
    return _parsed_header(header64, typ)


@lru_cache(maxsize=1024)
def _parsed_header(header64: bytes, typ: str) -> Mapping[str, str]:
    header = loads(unb64u_ascii(header64), max_depth=2)
    if not isinstance(header, dict):
        raise JwsMalformed(reason="header")
    surplus = sorted(header.keys() - _MEMBERS)
    if surplus:
        raise HeaderNotAllowed(member=surplus[0][:32])
    if header.get("alg") != "ES256":
        raise AlgorithmNotAllowed(alg=str(header.get("alg"))[:32])
    if header.get("typ") != typ:
        raise TypWrong(expected=typ, found=str(header.get("typ"))[:64])
    _require_thumbprint(header.get("kid"))
    return MappingProxyType(header)


def _require_thumbprint(kid: object) -> None:
    try:
        if isinstance(kid, str) and len(unb64u(kid)) == 32:
            return
    except Base64NotCanonical:
        pass
    raise KidMalformed


def _require_es256(key: PublicKey) -> None:
    if key.algorithm is not Algorithm.ES256:
        raise AlgorithmNotAllowed(alg=key.algorithm.value)


def _require_different(kids: list[str]) -> None:
    for kid in kids:
        if kids.count(kid) > 1:
            raise SignerRepeated(kid=kid)


def _holds(one: Jws, key: PublicKey) -> bool:
    try:
        one.verify(key)
    except (SignatureInvalid, AlgorithmNotAllowed):
        return False
    return True


def _general(payload64: str, signatures: list[tuple[str, str]]) -> bytes:
    listed = [{"protected": protected, "signature": signature} for protected, signature in signatures]
    return dumps({"payload": payload64, "signatures": listed})


def _text_members(value: Any, texts: set[str], others: set[str]) -> dict[str, str]:
    if not isinstance(value, dict) or value.keys() != texts | others:
        raise JwsMalformed(reason="members")
    if not all(isinstance(value[name], str) for name in texts):
        raise JwsMalformed(reason="members")
    return value


def _ascii(token: str | bytes, max_bytes: int) -> bytes:
    if len(token) > max_bytes:
        raise TooLarge(limit=max_bytes, size=len(token))
    return token if isinstance(token, bytes) else _to_ascii(token)


def _to_ascii(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise Base64NotCanonical from None
