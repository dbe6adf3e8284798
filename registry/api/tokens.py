"""Gives out access tokens for proven assertions, and tells whose a token is (RFC 6749 §4.4, RFC 6750).

A token is 32 random bytes that mean nothing by themselves; only their digest is stored, so a stolen database opens nothing.
Whether the client is still allowed is asked on every request (docs/adr: access tokens are opaque).
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy import Engine, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from registry.api import journal
from registry.api.assertion import Assertion, prove, read_assertion
from registry.api.clients import ACTIVE, SCOPES, Client, find_client
from registry.api.refusals import ClientNotProven, ScopeRefused, TokenInvalid
from registry.stored import storing
from registry.tables import API_ASSERTION, API_TOKEN
from web.database import reading, writing

SECONDS: Final = 600
"""How long a token lives."""

_TOKEN = select(API_TOKEN.c.client_id, API_TOKEN.c.scopes, API_TOKEN.c.expires_at).where(
    API_TOKEN.c.digest == bindparam("digest")
)


@dataclass(frozen=True, slots=True)
class Granted:
    """A fresh token, for whom, and for what."""

    token: str
    client_id: str
    scopes: tuple[str, ...]


class TokenDesk:
    """The tokens of one registry, whose addresses (its own and its token endpoint's) are the `audiences`."""

    def __init__(self, engine: Engine, audiences: Collection[str], clock: Callable[[], int]) -> None:
        self._engine = engine
        self._audiences = audiences
        self._clock = clock

    def grant(self, assertion: str, scope: str | None) -> Granted:
        """Return a token for a client that proves itself; without `scope`, for all it may do.

        Raises ClientNotProven, also for an assertion that was used before, and ScopeRefused.
        """
        now, presented = self._clock(), read_assertion(assertion)
        with reading(self._engine) as connection:
            client = find_client(connection, presented.client_id)
        if client is None or client.state != ACTIVE:
            raise ClientNotProven("the client is not known, or disabled")
        proven = prove(presented, client.key, self._audiences, now)
        scopes = _granted(client, scope)
        token = secrets.token_urlsafe(32)
        self._store(client, proven, scopes, token, now)
        return Granted(token, client.client_id, scopes)

    def _store(self, client: Client, proven: Assertion, scopes: tuple[str, ...], token: str, now: int) -> None:
        """Remember the assertion as used and the token's digest, and forget what has expired."""
        digest = sha256(token.encode()).digest()
        used = {"client_id": client.client_id, "jti": proven.jti, "expires_at": proven.expires_at}
        given = {"digest": digest, "client_id": client.client_id, "scopes": " ".join(scopes)}
        with storing(), writing(self._engine) as connection:
            journal.lock(connection)
            for table in (API_ASSERTION, API_TOKEN):
                connection.execute(table.delete().where(table.c.expires_at < now))
            try:
                connection.execute(insert(API_ASSERTION), used)
            except IntegrityError:
                raise ClientNotProven("this jti was used before") from None
            connection.execute(insert(API_TOKEN), given | {"expires_at": now + SECONDS})
            journal.note(connection, now, client.actor, "token", digest[:16].hex(), " ".join(scopes))

    def client_of(self, token: str) -> tuple[Client, tuple[str, ...]]:
        """Return the client whose token this is, still allowed at this moment, and the token's scopes. Raises TokenInvalid."""
        digest = sha256(token.encode("utf-8", "surrogateescape")).digest()
        with reading(self._engine) as connection:
            row = connection.execute(_TOKEN, {"digest": digest}).one_or_none()
            client = None if row is None else find_client(connection, row.client_id)
        if row is None or client is None or client.state != ACTIVE or row.expires_at <= self._clock():
            raise TokenInvalid
        return client, tuple(row.scopes.split())


def _granted(client: Client, scope: str | None) -> tuple[str, ...]:
    wanted = client.scopes if scope is None else tuple(scope.split(" "))
    if not wanted or not set(wanted) <= set(client.scopes):
        raise ScopeRefused("scope: any of " + " ".join(SCOPES) + ", as far as this client was given them")
    return tuple(one for one in SCOPES if one in wanted)
