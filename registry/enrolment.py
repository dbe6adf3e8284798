"""Enrols, rotates, retires and breaks off issuer keys: a log entry for each step, and a row that must agree with it.

Whether a body may award anything is the trust list's question. Here stands only whose key is whose, and from which log
position to which. A row that somebody wrote by hand opens no door: the entry that opened the key is proven first.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from keys.algorithms import Algorithm, PublicKey
from keys.errors import KeysError
from keys.jwk import from_jwk, to_jwk
from keys.strictjson import dumps, loads
from registry.entries import KeyEntry
from registry.log import Growth
from registry.refusals import KeyNotActive, KeyRowForged, KeyTaken, KeyUnfit, KeyUnknown
from registry.tables import CHECKPOINT, ISSUER_KEY

ACTIVE, RETIRED, COMPROMISED = "active", "retired", "compromised"

_COLUMNS = ("jwk", "body_code", "state", "opened", "closed", "boundary", "thumbprint")
_SELECT = select(*(ISSUER_KEY.c[name] for name in _COLUMNS))
_BY_KID8 = _SELECT.where(ISSUER_KEY.c.kid8 == bindparam("kid8"))
_BY_THUMBPRINT = _SELECT.where(ISSUER_KEY.c.thumbprint == bindparam("thumbprint"))


@dataclass(frozen=True, slots=True)
class EnrolledKey:
    """An issuer's key: whose it is, its state, and the log indices of the entries that opened and closed it."""

    public_key: PublicKey
    body_code: str
    state: str
    opened: int
    closed: int | None
    boundary: int | None

    def require_active(self) -> None:
        """Return while the key may seal, else raise KeyNotActive."""
        if self.state != ACTIVE:
            raise KeyNotActive(kid=self.public_key.kid, state=self.state)


def enrol(growth: Growth, body_code: str, key: PublicKey, *, replaces: bytes | None = None) -> EnrolledKey:
    """Open `key` for the body; with `replaces` (a thumbprint) the body's old key is retired by the same commit.

    Raises KeyUnfit for other than ES256, KeyTaken when the key or its first eight bytes are known already.
    """
    if key.algorithm is not Algorithm.ES256 or not 0 < len(body_code) <= 64:
        raise KeyUnfit(algorithm=key.algorithm.value, body=body_code)
    if growth.connection.execute(_BY_KID8, {"kid8": key.kid8}).one_or_none() is not None:
        raise KeyTaken(kid=key.kid)
    if replaces is not None:
        _require_same_body(key_of_thumbprint(growth.connection, replaces), body_code)
        retire(growth, replaces)
    action = "enrol" if replaces is None else "rotate"
    opened = growth.add(KeyEntry(growth.t, action, body_code, key.thumbprint, None))
    row = {"thumbprint": key.thumbprint, "kid8": key.kid8, "body_code": body_code, "jwk": dumps(to_jwk(key))}
    growth.connection.execute(ISSUER_KEY.insert(), row | {"state": ACTIVE, "opened": opened})
    return EnrolledKey(key, body_code, ACTIVE, opened, None, None)


def retire(growth: Growth, thumbprint: bytes) -> EnrolledKey:
    """Close an active key: it seals nothing from here on, what it sealed stands. Raises KeyUnknown, KeyNotActive."""
    key = key_of_thumbprint(growth.connection, thumbprint)
    key.require_active()
    closed = growth.add(KeyEntry(growth.t, "retire", key.body_code, thumbprint, None))
    return _closed(growth, key, RETIRED, closed, None)


def compromise(growth: Growth, thumbprint: bytes, boundary: int) -> EnrolledKey:
    """Break a key off: entries below `boundary` (a tree size) stand, all others of this key fall.

    `boundary` is the size of the largest cosigned checkpoint at or before the loss (`boundary_before`). Raises
    KeyUnknown, KeyNotActive when it is compromised already, KeyUnfit for a boundary beyond the log.
    """
    key = key_of_thumbprint(growth.connection, thumbprint)
    if key.state == COMPROMISED:
        raise KeyNotActive(kid=key.public_key.kid, state=key.state)
    if not 0 <= boundary <= growth.head.size:
        raise KeyUnfit(boundary=boundary, size=growth.head.size)
    entry = growth.add(KeyEntry(growth.t, "compromise", key.body_code, thumbprint, boundary))
    return _closed(growth, key, COMPROMISED, entry if key.closed is None else key.closed, boundary)


def boundary_before(connection: Connection, lost_at: int) -> int:
    """Return the size of the largest checkpoint that a witness had cosigned at or before `lost_at` (UNIX seconds), or 0."""
    query = select(func.max(CHECKPOINT.c.size)).where(CHECKPOINT.c.cosigned_at <= lost_at)
    return connection.execute(query).scalar() or 0


def key_of_kid8(connection: Connection, kid8: bytes) -> EnrolledKey:
    """Return the key whose thumbprint begins with `kid8`. Raises KeyUnknown, KeyRowForged."""
    return _read(connection.execute(_BY_KID8, {"kid8": kid8}).one_or_none(), kid8)


def find_key(connection: Connection, thumbprint: bytes) -> EnrolledKey | None:
    """Return the key with this thumbprint (32 bytes), None when it was never enrolled. Raises KeyRowForged."""
    row = connection.execute(_BY_THUMBPRINT, {"thumbprint": thumbprint}).one_or_none()
    return None if row is None else _read(row, thumbprint)


def key_of_thumbprint(connection: Connection, thumbprint: bytes) -> EnrolledKey:
    """Return the key with this thumbprint (32 bytes). Raises KeyUnknown, KeyRowForged."""
    return _read(connection.execute(_BY_THUMBPRINT, {"thumbprint": thumbprint}).one_or_none(), thumbprint)


def all_keys(connection: Connection) -> list[EnrolledKey]:
    """Return every key ever enrolled, in the order of the log."""
    rows = connection.execute(_SELECT.order_by(ISSUER_KEY.c.opened)).all()
    return [_read(row, row[-1]) for row in rows]


def require_opened(growth: Growth, key: EnrolledKey) -> None:
    """Raise KeyRowForged unless the log itself, proven under its signed head, says that this key is this body's."""
    entry = growth.proven(key.opened)
    if not isinstance(entry, KeyEntry) or entry.action not in {"enrol", "rotate"}:
        raise KeyRowForged(kid=key.public_key.kid, index=key.opened)
    if (entry.body_code, entry.thumbprint) != (key.body_code, key.public_key.thumbprint):
        raise KeyRowForged(kid=key.public_key.kid, index=key.opened)


def _read(row: Row[Any] | None, asked: bytes) -> EnrolledKey:
    if row is None:
        raise KeyUnknown(kid=asked.hex())
    jwk, *rest, thumbprint = row
    try:
        key = _parsed(bytes(jwk))
    except KeysError as error:
        raise KeyRowForged(kid=asked.hex()) from error
    if key.thumbprint != thumbprint or not key.thumbprint.startswith(asked):
        raise KeyRowForged(kid=asked.hex())
    return EnrolledKey(key, *rest)


@lru_cache(maxsize=4096)
def _parsed(jwk: bytes) -> PublicKey:
    """Parse a stored JWK once: parsing costs more than verifying with the result."""
    return from_jwk(loads(jwk))


def _closed(growth: Growth, key: EnrolledKey, state: str, closed: int, boundary: int | None) -> EnrolledKey:
    change = update(ISSUER_KEY).where(ISSUER_KEY.c.thumbprint == key.public_key.thumbprint)
    growth.connection.execute(change.values(state=state, closed=closed, boundary=boundary))
    return EnrolledKey(key.public_key, key.body_code, state, key.opened, closed, boundary)


def _require_same_body(old: EnrolledKey, body_code: str) -> None:
    if old.body_code != body_code:
        raise KeyUnfit(body=body_code, owner=old.body_code)
