"""Judges a client's assertion: that whoever asks for a token holds the client's key (RFC 7521 §4.2, RFC 7523 §3).

Strict above keys.jws: ES256, kid the key's thumbprint, typ `client-authentication+jwt` so that no token of another kind can
stand here, one audience, a short life. That an assertion is used once is for `registry.api.tokens` to remember.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from keys.algorithms import PublicKey
from keys.errors import KeysError
from keys.jws import Jws, read_compact, sign_compact
from keys.signer import Signer
from keys.strictjson import dumps, loads
from registry.api.refusals import ClientNotProven

TYP: Final = "client-authentication+jwt"
KIND: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_BYTES: Final = 4096
MAX_SECONDS: Final = 300
"""An assertion lives no longer than this."""
LEEWAY: Final = 30
"""Seconds by which two clocks may differ."""
MAX_JTI: Final = 100


@dataclass(frozen=True, slots=True)
class Assertion:
    """What was proven: the client, and the id under which this proof must not be used again until `expires_at`."""

    client_id: str
    jti: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Presented:
    """An assertion as read and not yet believed."""

    jws: Jws
    claims: dict[str, Any]

    @property
    def client_id(self) -> str:
        """Whom it claims to come from."""
        return str(self.claims["sub"])


def make_assertion(signer: Signer, client_id: str, audience: str, jti: str, now: int) -> str:
    """Return a fresh assertion of the client that holds `signer`."""
    claims = {"iss": client_id, "sub": client_id, "aud": audience, "jti": jti, "iat": now, "exp": now + 60}
    return sign_compact(dumps(claims), signer, typ=TYP)


def read_assertion(token: str) -> Presented:
    """Return the parts of an assertion. Raises ClientNotProven for anything but the one form."""
    try:
        jws = read_compact(token, typ=TYP, max_bytes=MAX_BYTES)
        claims = loads(jws.payload, max_bytes=MAX_BYTES, max_depth=4)
    except KeysError as error:
        raise ClientNotProven(f"malformed assertion: {error.code}") from error
    texts = ("iss", "sub", "jti")
    if not isinstance(claims, dict) or not all(isinstance(claims.get(name), str) for name in texts):
        raise ClientNotProven("iss, sub and jti are needed")
    if claims["iss"] != claims["sub"] or not 0 < len(claims["jti"]) <= MAX_JTI or not claims["jti"].isprintable():
        raise ClientNotProven("iss must be sub, jti 1 to 100 printable characters")
    return Presented(jws, claims)


def prove(presented: Presented, key: PublicKey, audiences: Collection[str], now: int) -> Assertion:
    """Return what the assertion proves under the client's `key`. Raises ClientNotProven."""
    try:
        presented.jws.verify(key)
    except KeysError as error:
        raise ClientNotProven("the assertion is not signed by this client's key") from error
    claims = presented.claims
    if claims.get("aud") not in [*audiences, *([one] for one in audiences)]:
        raise ClientNotProven("aud must be the registry's address, alone")
    expires = _time(claims, "exp", None)
    if not now - LEEWAY < expires <= now + MAX_SECONDS + LEEWAY:
        raise ClientNotProven("exp is past, or more than five minutes away")
    if max(_time(claims, "iat", now), _time(claims, "nbf", now)) > now + LEEWAY:
        raise ClientNotProven("iat or nbf lies in the future")
    return Assertion(presented.client_id, claims["jti"], expires + LEEWAY)


def _time(claims: dict[str, Any], name: str, default: int | None) -> int:
    value = claims.get(name, default)
    if type(value) is not int:
        raise ClientNotProven(f"{name} must be a whole number of seconds")
    return value
