"""Records published lists and roots documents: signed by whom they must be, next in order, digest in the log.

What a list says is judged by those who signed it and those who read it; only the trust list's keys are held against the
keys enrolled here, because a verifier judges by the log positions it names.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, bindparam, select

from keys.errors import KeysError
from keys.jws import read_general
from keys.roots import MAX_BYTES, LogIdentity, Roots, open_roots
from keys.roots import TYP as ROOTS_TYP
from keys.strictjson import loads
from registry.enrolment import all_keys
from registry.entries import ListEntry, RootsEntry
from registry.errors import ListInvalid
from registry.lists import MAX_LIST_BYTES, TYP, PublishedList, open_list, peek_list, purpose_of
from registry.log import Growth
from registry.refusals import NotRetrievable, OtherLog, ShardsMissing, TrustDiffersFromLog, VersionOutOfOrder
from registry.tables import PUBLISHED, TRUST_SHARD
from registry.trust import SHARDS, TrustList

ROOTS: Final = "roots"
TRUST: Final = "trust"

_COLUMNS = (PUBLISHED.c.version, PUBLISHED.c.data, PUBLISHED.c.log_index)
_NEWEST = select(*_COLUMNS).where(PUBLISHED.c.name == bindparam("name")).order_by(PUBLISHED.c.version.desc()).limit(1)
_SHARDS = select(TRUST_SHARD.c.first_byte, TRUST_SHARD.c.body).where(TRUST_SHARD.c.version == bindparam("version"))


def publish_roots(growth: Growth, data: bytes, log: LogIdentity) -> int:
    """Record the next roots document; return its log index (the old one when it is the newest again).

    Raises KeysError when it does not follow the newest one, OtherLog when it names another log.
    """
    newest = _newest(growth.connection, ROOTS)
    if newest is not None and newest[1] == data:
        return newest[2]
    roots = open_roots(data, trusted=None if newest is None else newest_roots(growth.connection))
    if roots.log != log:
        raise OtherLog(found=roots.log.origin, expected=log.origin)
    if newest is None and roots.version != 1:
        raise VersionOutOfOrder(name=ROOTS, version=roots.version, expected=1)
    index = growth.add(RootsEntry(growth.t, roots.version, roots_digest(data)))
    _keep(growth.connection, ROOTS, roots.version, data, index)
    return index


def roots_digest(data: bytes) -> bytes:
    """Return SHA-256 of the signed payload, which the log entry holds."""
    return sha256(read_general(data, typ=ROOTS_TYP, max_bytes=MAX_BYTES).payload).digest()


def publish_list(growth: Growth, data: bytes) -> int:
    """Record the next version of a list; return its log index (the old one when it is the newest again).

    The version before may be signed by publishers of former times; what was recorded once is not judged again.

    Raises ListInvalid, ListUnsigned, ListForked, VersionOutOfOrder, NotRetrievable without roots; for a trust list also
    ShardsMissing, TrustInvalid, TrustDiffersFromLog.
    """
    connection, name = growth.connection, _name_in(data)
    keys = newest_roots(connection).key_set(purpose_of(name))
    newest = _newest(connection, name)
    if newest is not None and newest[1] == data:
        return newest[2]
    previous = None if newest is None else peek_list(newest[1], name=name)
    published = open_list(data, keys, name=name, now=None, previous=previous)
    if published.version != (newest[0] if newest else 0) + 1:
        raise VersionOutOfOrder(name=name, version=published.version, expected=(newest[0] if newest else 0) + 1)
    if name == TRUST:
        _require_trust(connection, published)
    index = growth.add(ListEntry(growth.t, name, published.version, published.digest, b""))
    _keep(connection, name, published.version, data, index)
    return index


def keep_shards(connection: Connection, version: int, shards: Mapping[int, bytes]) -> None:
    """Keep the 256 shards of trust list `version`; they replace what was kept before its manifest was published."""
    if shards.keys() != set(range(SHARDS)):
        raise ShardsMissing(version=version, have=len(shards))
    published = select(PUBLISHED.c.version).where(PUBLISHED.c.name == TRUST, PUBLISHED.c.version == version)
    if connection.execute(published).first() is not None:
        if read_shards(connection, version) != dict(shards):
            raise VersionOutOfOrder(name=TRUST, version=version, expected=version + 1)
        return
    connection.execute(TRUST_SHARD.delete().where(TRUST_SHARD.c.version == version))
    rows = [{"version": version, "first_byte": byte, "body": body} for byte, body in shards.items()]
    connection.execute(TRUST_SHARD.insert(), rows)


def read_shards(connection: Connection, version: int) -> dict[int, bytes]:
    """Return the shards of one version of the trust list, by first byte."""
    return dict(connection.execute(_SHARDS, {"version": version}).tuples().all())


def require_shards(data: bytes, shards: Mapping[int, bytes]) -> None:
    """Raise TrustInvalid or ShardsMissing unless these are the shards that a sealed trust list names. Opens no seal."""
    if shards.keys() != set(range(SHARDS)):
        raise ShardsMissing(version=0, have=len(shards))
    payload = read_general(data, typ=TYP, max_bytes=MAX_LIST_BYTES).payload
    TrustList.from_manifest(loads(payload, max_bytes=MAX_LIST_BYTES)["content"], shards)


def newest_roots(connection: Connection) -> Roots:
    """Return the newest roots document. Raises NotRetrievable before the first."""
    query = select(PUBLISHED.c.data).where(PUBLISHED.c.name == ROOTS).order_by(PUBLISHED.c.version)
    roots: Roots | None = None
    for data in connection.execute(query).scalars():
        roots = open_roots(data, trusted=roots)
    if roots is None:
        raise NotRetrievable(name=ROOTS)
    return roots


def _newest(connection: Connection, name: str) -> tuple[int, bytes, int] | None:
    row = connection.execute(_NEWEST, {"name": name}).one_or_none()
    return None if row is None else (row[0], bytes(row[1]), row[2])


def _keep(connection: Connection, name: str, version: int, data: bytes, index: int) -> None:
    row = {"name": name, "version": version, "data": data, "log_index": index}
    connection.execute(PUBLISHED.insert(), row)


def _name_in(data: bytes) -> str:
    """The list's name as the still unverified payload gives it; `open_list` then wants exactly this name signed."""
    try:
        name = loads(read_general(data, typ=TYP, max_bytes=MAX_LIST_BYTES).payload, max_bytes=MAX_LIST_BYTES)["name"]
    except (KeysError, KeyError, TypeError) as error:
        raise ListInvalid(reason="name") from error
    if not isinstance(name, str) or name == ROOTS or name.startswith("status"):
        raise ListInvalid(reason="name")
    return name


def _require_trust(connection: Connection, published: PublishedList) -> None:
    shards = read_shards(connection, published.version)
    if len(shards) != SHARDS:
        raise ShardsMissing(version=published.version, have=len(shards))
    enrolled = {key.public_key: key for key in all_keys(connection)}
    for key in TrustList.from_manifest(published.content, shards).keys:
        known = enrolled.get(key.public_key)
        if known is None or (known.body_code, known.opened) != (key.body_code, key.opened):
            raise TrustDiffersFromLog(kid=key.public_key.kid, body=key.body_code)
        if (known.state, known.closed, known.boundary) != (str(key.state), key.closed, key.boundary):
            raise TrustDiffersFromLog(kid=key.public_key.kid, body=key.body_code)
