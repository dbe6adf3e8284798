"""Signs and opens the published lists: trust, catalogue, recognition. One mechanism for all of them.

A list is versioned, dated twice, names its predecessor's digest, expires, and counts only under a threshold of publishers'
signatures. What its content means is the business of `registry.trust`, `registry.catalogue` and others.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from keys.errors import KeysError
from keys.jws import GeneralJws, read_general, sign_general
from keys.roots import KeySet
from keys.rotation import Purpose
from keys.signer import Signer
from keys.strictjson import dumps, loads
from registry.errors import (
    ListExpired,
    ListForked,
    ListInvalid,
    ListNotEffective,
    ListRolledBack,
    ListUnsigned,
)

TYP = "hallmark-list+json"
MAX_LIST_BYTES = 8 << 20

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MAX_NUMBER = (1 << 53) - 1


def purpose_of(name: str) -> Purpose:
    """Return whose signatures a published list needs: only the trust list has publishers of its own."""
    return Purpose.TRUST if name == "trust" else Purpose.CATALOGUE


@dataclass(frozen=True, slots=True)
class PublishedList:
    """One version of a list. Times are UNIX seconds; `prev` is the digest of the version before, None for the first.

    `content` is JSON and must not be changed once it stands here. Raises ListInvalid.
    """

    name: str
    version: int
    prev: bytes | None
    published: int
    effective: int
    expires: int
    content: dict[str, Any]

    def __post_init__(self) -> None:
        numbers = (self.version, self.published, self.effective, self.expires)
        if not _is_name(self.name) or not all(map(_is_number, numbers)) or not isinstance(self.content, dict):
            raise ListInvalid(reason="member", name=str(self.name)[:40])
        first = self.version == 1 and self.prev is None
        if not first and (self.version < 2 or self.prev is None or len(self.prev) != 32):
            raise ListInvalid(reason="version or prev", name=self.name)
        if self.published >= self.expires or self.effective >= self.expires:
            raise ListInvalid(reason="dates", name=self.name)

    def payload(self) -> bytes:
        """Return the one JSON spelling that is signed."""
        return dumps(
            {
                "name": self.name,
                "version": self.version,
                "prev": None if self.prev is None else self.prev.hex(),
                "published": self.published,
                "effective": self.effective,
                "expires": self.expires,
                "content": self.content,
            }
        )

    @property
    def digest(self) -> bytes:
        """SHA-256 of the payload: what the log entry holds and the next version names. Costs a hash of the whole list."""
        return sha256(self.payload()).digest()


def seal_list(published: PublishedList, signers: Sequence[Signer]) -> bytes:
    """Return the list as a general JWS with one signature of each publisher."""
    return sign_general(published.payload(), signers, typ=TYP)


def open_list(
    data: bytes, keys: KeySet, *, name: str, now: int | None, previous: PublishedList | None = None
) -> PublishedList:
    """Verify a published list under the threshold of `keys` and return it.

    With `now`, raises ListExpired and ListNotEffective. With `previous`, the newest version seen so far, raises
    ListRolledBack for an older one, and ListForked for another list of the same version or a successor that does not name
    it. Otherwise raises ListUnsigned or ListInvalid.
    """
    try:
        jws = read_general(data, typ=TYP, max_bytes=MAX_LIST_BYTES)
    except KeysError as error:
        raise ListInvalid(reason=error.code, name=name) from error
    _require_signed(jws, keys, name)
    opened = read_payload(jws.payload, name)
    if now is not None:
        _require_current(opened, now)
    if previous is not None:
        require_succession(previous, opened)
    return opened


def _require_signed(jws: GeneralJws, keys: KeySet, name: str) -> None:
    try:
        jws.require(keys.keys, keys.threshold)
    except KeysError as error:
        raise ListUnsigned(name=name, **error.params) from error


def list_digest(data: bytes) -> bytes:
    """Return SHA-256 of the payload inside a sealed list, the digest its log entry holds. Raises ListInvalid."""
    try:
        return sha256(read_general(data, typ=TYP, max_bytes=MAX_LIST_BYTES).payload).digest()
    except KeysError as error:
        raise ListInvalid(reason=error.code) from error


def peek_list(data: bytes, *, name: str) -> PublishedList:
    """Read a sealed list without verifying who signed it. Raises ListInvalid."""
    try:
        payload = read_general(data, typ=TYP, max_bytes=MAX_LIST_BYTES).payload
    except KeysError as error:
        raise ListInvalid(reason=error.code, name=name) from error
    return read_payload(payload, name)


def in_force(newest_first: Iterable[PublishedList], at: int, *, first: int) -> int:
    """Return the version that counts at a moment: the highest that is in effect, the version `first` when none is.

    A later version takes the place of all earlier ones from its own effective date on, whatever theirs are.
    """
    return next((each.version for each in newest_first if each.effective <= at), first)


def require_succession(previous: PublishedList, newer: PublishedList) -> None:
    """Raise unless `newer` is `previous` again or may follow it; a gap of several versions cannot be followed and passes."""
    if newer.version < previous.version:
        raise ListRolledBack(name=newer.name, version=newer.version, seen=previous.version)
    same = newer.version == previous.version and newer.digest != previous.digest
    next_one = newer.version == previous.version + 1 and newer.prev != previous.digest
    if same or next_one or newer.name != previous.name:
        raise ListForked(name=newer.name, version=newer.version)


def _require_current(opened: PublishedList, now: int) -> None:
    if opened.expires <= now:
        raise ListExpired(name=opened.name, version=opened.version, expires=opened.expires)
    if opened.effective > now:
        raise ListNotEffective(name=opened.name, version=opened.version, effective=opened.effective)


def read_payload(payload: bytes, name: str) -> PublishedList:
    """Read what is signed, in its one canonical form. Raises ListInvalid."""
    try:
        members = loads(payload, max_bytes=MAX_LIST_BYTES)
    except KeysError as error:
        raise ListInvalid(reason=error.code, name=name) from error
    if not isinstance(members, dict) or members.keys() != _MEMBERS or members["name"] != name:
        raise ListInvalid(reason="members", name=name)
    opened = PublishedList(**{**members, "prev": _prev(members)})
    if opened.payload() != payload:
        raise ListInvalid(reason="not in canonical form", name=name)
    return opened


_MEMBERS = {"name", "version", "prev", "published", "effective", "expires", "content"}


def _prev(members: Mapping[str, Any]) -> bytes | None:
    prev = members["prev"]
    if prev is None:
        return None
    if not isinstance(prev, str) or not _DIGEST.fullmatch(prev):
        raise ListInvalid(reason="prev")
    return bytes.fromhex(prev)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MAX_NUMBER
