"""The list of API clients: which key asks for which body, and for what. A client acts for one body and no other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, bindparam, insert, select, update

from keys.algorithms import Algorithm, PublicKey
from keys.jwk import from_jwk, to_jwk
from keys.strictjson import dumps, loads
from registry.api import journal
from registry.api.journal import OPERATOR, Actor
from registry.api.refusals import ClientExists, ClientUnknown
from registry.enrolment import find_key
from registry.refusals import KeyTaken, KeyUnfit
from registry.stored import storing
from registry.tables import API_CLIENT, API_TOKEN
from web.database import reading, writing

SCOPES: Final = ("issue", "status", "keys")
"""What a client may be allowed: reserve and append; change statuses; introduce and retire the body's keys."""
ACTIVE, DISABLED = "active", "disabled"

_SELECT = select(*(API_CLIENT.c[name] for name in ("client_id", "body_code", "jwk", "scopes", "state", "added_at")))
_BY_ID = _SELECT.where(API_CLIENT.c.client_id == bindparam("client_id"))


@dataclass(frozen=True, slots=True)
class Client:
    """One client; its id is the RFC 7638 thumbprint of the key that it was listed with."""

    client_id: str
    body_code: str
    key: PublicKey
    scopes: tuple[str, ...]
    state: str
    added_at: int

    @property
    def actor(self) -> Actor:
        """As whom the journal names it."""
        return Actor(self.client_id, self.body_code)


class ClientList:
    """The clients of one registry. Each change is one transaction with its row in the journal."""

    def __init__(self, engine: Engine, clock: Callable[[], int]) -> None:
        self._engine = engine
        self._clock = clock

    def add(self, body_code: str, key: PublicKey, scopes: Sequence[str] = SCOPES) -> Client:
        """List a new client. Raises ClientExists, KeyUnfit for other than ES256, KeyTaken for a key that seals certificates."""
        if key.algorithm is not Algorithm.ES256:
            raise KeyUnfit(algorithm=key.algorithm.value, body=body_code)
        kept = tuple(scope for scope in SCOPES if scope in scopes)
        client = Client(key.kid, body_code, key, kept, ACTIVE, self._clock())
        row = {"client_id": key.kid, "body_code": body_code, "jwk": dumps(to_jwk(key)), "scopes": " ".join(kept)}
        with storing(), writing(self._engine) as connection:
            journal.lock(connection)
            if find_client(connection, key.kid) is not None:
                raise ClientExists(client=key.kid)
            if find_key(connection, key.thumbprint) is not None:
                raise KeyTaken(kid=key.kid)
            connection.execute(insert(API_CLIENT), row | {"state": ACTIVE, "added_at": client.added_at})
            journal.note(connection, client.added_at, Actor(OPERATOR, body_code), "client", key.kid, " ".join(kept))
        return client

    def disable(self, client_id: str) -> None:
        """Refuse the client from this moment on, for good, tokens in hand included. Raises ClientUnknown."""
        now = self._clock()
        with storing(), writing(self._engine) as connection:
            journal.lock(connection)
            client = find_client(connection, client_id)
            if client is None:
                raise ClientUnknown(client=client_id)
            mine = API_CLIENT.c.client_id == client_id
            connection.execute(update(API_CLIENT).where(mine).values(state=DISABLED, disabled_at=now))
            connection.execute(API_TOKEN.delete().where(API_TOKEN.c.client_id == client_id))
            journal.note(connection, now, Actor(OPERATOR, client.body_code), "disable", client_id, DISABLED)

    def listed(self) -> list[Client]:
        """Return every client that was ever listed, oldest first."""
        with reading(self._engine) as connection:
            return [_client(row) for row in connection.execute(_SELECT.order_by(API_CLIENT.c.added_at))]


def find_client(connection: Connection, client_id: str) -> Client | None:
    """Return the client with this id, or None."""
    row = connection.execute(_BY_ID, {"client_id": client_id}).one_or_none()
    return None if row is None else _client(row)


def _client(row: Row[Any]) -> Client:
    client_id, body_code, jwk, scopes, state, added_at = row
    return Client(client_id, body_code, from_jwk(loads(bytes(jwk))), tuple(scopes.split()), state, added_at)
