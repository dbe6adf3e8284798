"""Answers whose key this is and what its body may award, from the published trust list.

The list travels as 256 shards by the first byte of the key id, under a manifest of their digests. Each shard brings its
keys, their bodies and those bodies' authorities, so one shard answers everything about one key. Signatures on the manifest
are `registry.lists`' business, log positions the verifier's.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeVar

from keys.algorithms import Algorithm, PublicKey
from keys.errors import KeysError
from keys.jwk import from_jwk, to_jwk
from keys.rotation import KeyState
from keys.strictjson import dumps, loads
from registry.errors import EvidenceMissing, TrustInvalid

SHARDS: Final = 256
MAX_SHARD_BYTES: Final = 8 << 20
# A caller may name a kind by its code or by the Chinese word that the trust list uses.
KINDS: Final[Mapping[str, str]] = MappingProxyType({"title": "职称", "qualification": "职业资格", "postdoc": "博士后"})

_TITLE = KINDS["title"]
_WORDS = frozenset(KINDS.values())
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_TEXT = 200
_MAX_INDEX = (1 << 53) - 1


class Days(Protocol):
    """A date that may be known only to the month or year: the earliest and the latest day it can mean."""

    def first_day(self) -> date:
        """Return the earliest day."""
        ...

    def last_day(self) -> date:
        """Return the latest day."""
        ...


@dataclass(frozen=True, slots=True)
class Body:
    """An issuing body: unified social credit code, names, and the kinds it may award (职称, 职业资格, 博士后)."""

    code: str
    name: str
    name_en: str
    kinds: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", _texts(self.kinds))
        _require(all(map(_is_text, (self.code, self.name, self.name_en))), "body", self.code)
        _require(_WORDS.issuperset(self.kinds), "kinds", self.code)


@dataclass(frozen=True, slots=True)
class Authority:
    """What one review committee of a body may award, and when: first and last day as YYYY-MM-DD, both included."""

    body_code: str
    committee: str
    series: str
    specialty: str
    level: str
    region: str
    filing_no: str
    valid_from: str
    valid_until: str
    days: tuple[date, date] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        texts = (self.body_code, self.committee, self.series, self.specialty, self.level, self.region, self.filing_no)
        _require(all(map(_is_text, texts)), "authority", self.committee)
        days = _day(self.valid_from), _day(self.valid_until)
        _require(days[0] <= days[1], "authority dates", self.committee)
        object.__setattr__(self, "days", days)


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A body's ES256 key and its place in the log.

    `opened` and `closed` are the log indices of its opening and closing entries; `boundary` stands with a compromised key
    alone: entries below it stand, all others fall.
    """

    public_key: PublicKey
    body_code: str
    opened: int
    closed: int | None = None
    boundary: int | None = None
    state: str = KeyState.ACTIVE

    def __post_init__(self) -> None:
        ends = (end for end in (self.closed, self.boundary) if end is not None)
        _require(
            all(type(n) is int and 0 <= n <= _MAX_INDEX for n in (self.opened, *ends)), "key index", self.body_code
        )
        _require(self.public_key.algorithm is Algorithm.ES256, "key algorithm", self.body_code)
        _require(_is_text(self.body_code) and self.state in _STATES, "key state", self.body_code)
        _require((self.state == KeyState.ACTIVE) == (self.closed is None), "key closing", self.body_code)
        _require((self.state == KeyState.COMPROMISED) == (self.boundary is not None), "key boundary", self.body_code)


_STATES = (KeyState.ACTIVE, KeyState.RETIRED, KeyState.COMPROMISED)


class TrustList:
    """Bodies, their authorities and their keys, whole or as far as shards are held. Immutable; look-ups cost O(1).

    Raises TrustInvalid for two keys with the same key id, two bodies with the same code or name, or a dangling reference.
    """

    def __init__(self, bodies: Iterable[Body], authorities: Iterable[Authority], keys: Iterable[IssuerKey]) -> None:
        self.bodies = tuple(bodies)
        self.authorities = tuple(authorities)
        self.keys = tuple(keys)
        self._held = frozenset(range(SHARDS))
        by_code = _unique((body.code, body) for body in self.bodies)
        _unique((body.name, body) for body in self.bodies)
        _require(all(a.body_code in by_code for a in self.authorities), "authority without body")
        _require(all(key.body_code in by_code for key in self.keys), "key without body")
        self._issuers = _unique((key.public_key.kid8, (key, by_code[key.body_code])) for key in self.keys)
        self._windows: dict[tuple[str | None, ...], tuple[tuple[date, date], ...]] = {}
        for a in self.authorities:
            scope = (a.body_code, a.committee, a.series, a.specialty, a.level)
            self._windows[scope] = (*self._windows.get(scope, ()), a.days)

    @classmethod
    def from_manifest(cls, content: Mapping[str, Any], shards: Mapping[int, bytes]) -> "TrustList":
        """Return the list as far as `shards` (first byte of the key id -> bytes) hold it.

        Each shard must have the digest that the manifest names. Raises TrustInvalid.
        """
        digests = content.get("shards")
        if not isinstance(digests, list) or len(digests) != SHARDS:
            raise TrustInvalid(reason="manifest")
        bodies: dict[Body, None] = {}
        authorities: dict[Authority, None] = {}
        keys: list[IssuerKey] = []
        for first_byte, shard in shards.items():
            _require(first_byte in range(SHARDS), "shard number")
            _require(sha256(shard).hexdigest() == digests[first_byte], "shard digest", f"{first_byte:02x}")
            read = _read_shard(shard, first_byte)
            bodies.update(dict.fromkeys(read[0]))
            authorities.update(dict.fromkeys(read[1]))
            keys.extend(read[2])
        trust = cls(bodies, authorities, keys)
        trust._held = frozenset(shards)
        return trust

    def issuer_of(self, kid8: bytes) -> tuple[IssuerKey, Body] | None:
        """Return the key with this id and the body that owns it, or None when nobody does.

        Raises EvidenceMissing when the shard that would say so is not held.
        """
        found = self._issuers.get(kid8)
        if found is None and kid8 and kid8[0] not in self._held:
            raise EvidenceMissing(shard=kid8[0])
        return found

    def coverage(  # noqa: PLR0913 - the whole scope of an award, each part by its name
        self,
        body: Body,
        kind: str,
        *,
        series: str | None = None,
        specialty: str | None = None,
        level: str | None = None,
        committee: str | None = None,
        on: Days,
    ) -> str | None:
        """Return None when `body` was authorised to award this on some day that `on` can mean, else the code why not.

        A title needs the named committee, organised by this body, with exactly this series, specialty and level, in force;
        a qualification or postdoc certificate needs the body's kind. `kind` is a code or its Chinese word.
        """
        word = KINDS.get(kind, kind)
        if word not in body.kinds:
            return "trust.kind_not_granted"
        if word != _TITLE:
            return None
        windows = self._windows.get((body.code, committee, series, specialty, level))
        if windows is None:
            return self._why_not(body, committee, series, specialty)
        first, last = on.first_day(), on.last_day()
        for begins, ends in windows:
            if begins <= last and first <= ends:
                return None
        return "trust.not_in_force"

    def _why_not(self, body: Body, committee: str | None, series: str | None, specialty: str | None) -> str:
        near = [a for a in self.authorities if (a.body_code, a.committee) == (body.code, committee)]
        if not near:
            return "trust.committee_unknown"
        near = [a for a in near if a.series == series]
        if not near:
            return "trust.scope_series"
        return "trust.scope_level" if any(a.specialty == specialty for a in near) else "trust.scope_specialty"

    def to_shards(self) -> dict[int, bytes]:
        """Return all 256 shards, each with its keys, their bodies, and those bodies' authorities."""
        keys: dict[int, list[IssuerKey]] = {first_byte: [] for first_byte in range(SHARDS)}
        for key in self.keys:
            keys[key.public_key.kid8[0]].append(key)
        return {first_byte: self._shard(held) for first_byte, held in keys.items()}

    def _shard(self, keys: list[IssuerKey]) -> bytes:
        codes = {key.body_code for key in keys}
        return dumps(
            {
                "keys": [_key_members(key) for key in sorted(keys, key=lambda key: key.public_key.kid8)],
                "bodies": [asdict(body) for body in self.bodies if body.code in codes],
                "authorities": [_authority_members(a) for a in self.authorities if a.body_code in codes],
            }
        )


def manifest_of(shards: Mapping[int, bytes]) -> dict[str, Any]:
    """Return the content of the published list "trust": the hex SHA-256 of each of the 256 shards, in order."""
    return {"shards": [sha256(shards[first_byte]).hexdigest() for first_byte in range(SHARDS)]}


def _key_members(key: IssuerKey) -> dict[str, Any]:
    return {
        "jwk": to_jwk(key.public_key),
        "body_code": key.body_code,
        "opened": key.opened,
        "closed": key.closed,
        "boundary": key.boundary,
        "state": str(key.state),
    }


def _authority_members(authority: Authority) -> dict[str, str]:
    return {name: getattr(authority, name) for name in Authority.__match_args__}


def _read_shard(shard: bytes, first_byte: int) -> tuple[list[Body], list[Authority], list[IssuerKey]]:
    try:
        whole = loads(shard, max_bytes=MAX_SHARD_BYTES)
        keys = [_read_key(members) for members in _rows(whole, "keys")]
    except KeysError as error:
        raise TrustInvalid(reason=error.code) from error
    _require(all(key.public_key.kid8[0] == first_byte for key in keys), "key in another's shard")
    bodies = [Body(**_members(each, set(Body.__match_args__))) for each in _rows(whole, "bodies")]
    authorities = [Authority(**_members(each, set(Authority.__match_args__))) for each in _rows(whole, "authorities")]
    return bodies, authorities, keys


def _read_key(members: Any) -> IssuerKey:
    read = _members(members, {"jwk", "body_code", "opened", "closed", "boundary", "state"})
    _require(isinstance(read["jwk"], dict), "jwk")
    return IssuerKey(from_jwk(read["jwk"]), **{name: value for name, value in read.items() if name != "jwk"})


def _rows(whole: Any, name: str) -> list[Any]:
    rows = _members(whole, {"keys", "bodies", "authorities"})[name]
    _require(isinstance(rows, list), name)
    return list(rows)


def _members(value: Any, names: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != names:
        raise TrustInvalid(reason="members")
    return value


_K = TypeVar("_K")
_V = TypeVar("_V")


def _unique(pairs: Iterable[tuple[_K, _V]]) -> dict[_K, _V]:
    found: dict[_K, _V] = {}
    for key, value in pairs:
        _require(key not in found, "twice", key)
        found[key] = value
    return found


def _require(holds: bool, reason: str, what: object = None) -> None:
    if not holds:
        raise TrustInvalid(reason=reason, what=str(what)[:80])


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_TEXT


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list | tuple) or not all(map(_is_text, values)):
        raise TrustInvalid(reason="kinds")
    return tuple(values)


def _day(text: object) -> date:
    try:
        if isinstance(text, str) and _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise TrustInvalid(reason="date", what=str(text)[:40])
