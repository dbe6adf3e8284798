"""How keys introduce themselves: signed requests in which every key that is named proves that somebody holds it.

An enrolment request carries a body's credential key and the key of its API client, signed by both; it travels by file, and
the operator compares the thumbprints over another channel before believing whose they are. A succession carries a new
credential key, signed by it and by the one that vouches for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from keys.algorithms import Algorithm, PublicKey
from keys.errors import KeysError
from keys.jwk import from_jwk, to_jwk
from keys.jws import read_general, sign_general
from keys.signer import Signer
from keys.strictjson import dumps, loads
from registry.api.refusals import IntroductionInvalid

ENROLMENT: Final = "hallmark-enrolment+json"
SUCCESSION: Final = "hallmark-succession+json"
MAX_BYTES: Final = 8192
MAX_AGE: Final = 300
"""Seconds for which a succession may be presented; clocks may differ by as much."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a body asks: its code, the registry it means, its credential key and its client's key, when it asked."""

    body_code: str
    registry: str
    credential: PublicKey
    client: PublicKey
    asked_at: int


@dataclass(frozen=True, slots=True)
class Succession:
    """A new credential key of a body, and the thumbprint (kid) of the key that vouches for it."""

    body_code: str
    key: PublicKey
    vouching: str


def request_enrolment(body_code: str, registry: str, *, credential: Signer, client: Signer, now: int) -> bytes:
    """Return the signed request that a joining body hands to the registry's operator."""
    keys = {"credential": to_jwk(credential.public_key), "client": to_jwk(client.public_key)}
    payload = {"body": body_code, "registry": registry, **keys, "asked_at": now}
    return sign_general(dumps(payload), [credential, client], typ=ENROLMENT)


def open_enrolment(data: bytes) -> Enrolment:
    """Return a request whose two keys have both signed it. Raises IntroductionInvalid."""
    payload, signed_by = _opened(data, ENROLMENT, {"body", "registry", "credential", "client", "asked_at"})
    credential, client = _key(payload["credential"]), _key(payload["client"])
    if credential == client or not signed_by([credential, client]):
        raise IntroductionInvalid(defect="unsigned")
    texts = (payload["body"], payload["registry"])
    if not all(isinstance(text, str) and 0 < len(text) <= 200 and text.isprintable() for text in texts):
        raise IntroductionInvalid(defect="member")
    if type(payload["asked_at"]) is not int:
        raise IntroductionInvalid(defect="member")
    return Enrolment(*texts, credential, client, payload["asked_at"])


def vouch(body_code: str, key: Signer, old: Signer, now: int) -> bytes:
    """Return the document by which the active key `old` introduces `key` as another key of the same body."""
    payload = {"body": body_code, "key": to_jwk(key.public_key), "vouching": old.public_key.kid, "asked_at": now}
    return sign_general(dumps(payload), [old, key], typ=SUCCESSION)


def open_succession(data: bytes, keys: Mapping[str, PublicKey], now: int) -> Succession:
    """Return a succession that the new key and one of the body's active `keys` (by kid) signed. Raises IntroductionInvalid."""
    payload, signed_by = _opened(data, SUCCESSION, {"body", "key", "vouching", "asked_at"})
    key, old = _key(payload["key"]), keys.get(str(payload["vouching"]))
    if old is None or old == key or not signed_by([old, key]):
        raise IntroductionInvalid(defect="unsigned")
    if type(payload["asked_at"]) is not int or abs(now - payload["asked_at"]) > MAX_AGE:
        raise IntroductionInvalid(defect="age")
    return Succession(str(payload["body"]), key, old.kid)


def _opened(data: bytes, typ: str, members: set[str]) -> tuple[dict[str, Any], Any]:
    try:
        document = read_general(data, typ=typ, max_bytes=MAX_BYTES)
        payload = loads(document.payload, max_bytes=MAX_BYTES, max_depth=4)
    except KeysError as error:
        raise IntroductionInvalid(defect="form") from error
    if not isinstance(payload, dict) or payload.keys() != members:
        raise IntroductionInvalid(defect="member")

    def signed_by(keys: list[PublicKey]) -> bool:
        return document.verified_by(keys) == {key.kid for key in keys}

    return payload, signed_by


def _key(jwk: Any) -> PublicKey:
    try:
        key = from_jwk(jwk)
    except (KeysError, AttributeError, TypeError) as error:
        raise IntroductionInvalid(defect="key") from error
    if key.algorithm is not Algorithm.ES256:
        raise IntroductionInvalid(defect="key")
    return key
