"""Describes issuing bodies, what their committees may award, and their keys; reads and writes them as trust shards.

A shard is one JSON file with keys, their bodies, and those bodies' authorities. Look-ups stand in `registry.trust`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from keys.algorithms import Algorithm, PublicKey
from keys.errors import KeysError
from keys.jwk import from_jwk, to_jwk
from keys.rotation import KeyState
from keys.strictjson import dumps, loads
from registry.errors import TrustInvalid
from registry.windows import Window

MAX_SHARD_BYTES: Final = 8 << 20
# A caller may name a kind by its code or by the Chinese word that the trust list uses.
KINDS: Final[Mapping[str, str]] = MappingProxyType({"title": "职称", "qualification": "职业资格", "postdoc": "博士后"})

_WORDS = frozenset(KINDS.values())
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_TEXT = 200
_MAX_INDEX = (1 << 53) - 1


@dataclass(frozen=True, slots=True)
class Suspension:
    """Days on which a body or a committee may award nothing (`last` None: until further notice), and the document that
    says so. What was awarded before stands.
    """

    first: str
    last: str | None
    document_no: str
    window: Window = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        last = None if self.last is None else _day(self.last)
        object.__setattr__(self, "window", Window(_day(self.first), last))
        require(self.window.is_sound and _is_text(self.document_no), "suspension", self.first)

    def to_members(self) -> dict[str, str | None]:
        """Return the suspension as a shard spells it."""
        return {"first": self.first, "last": self.last, "document_no": self.document_no}


@dataclass(frozen=True, slots=True)
class Body:
    """An issuing body: unified social credit code, names, the kinds it may award (职称, 职业资格, 博士后), and when not."""

    code: str
    name: str
    name_en: str
    kinds: tuple[str, ...]
    suspended: tuple[Suspension, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", _texts(self.kinds))
        object.__setattr__(self, "suspended", tuple(self.suspended))
        require(all(map(_is_text, (self.code, self.name, self.name_en))), "body", self.code)
        require(_WORDS.issuperset(self.kinds), "kinds", self.code)

    def to_members(self) -> dict[str, Any]:
        """Return the body as a shard spells it; `suspended` stands there only where it says something."""
        members = {"code": self.code, "name": self.name, "name_en": self.name_en, "kinds": list(self.kinds)}
        return members | _suspended_members(self.suspended)


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
    suspended: tuple[Suspension, ...] = ()
    days: tuple[date, date] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        texts = (self.body_code, self.committee, self.series, self.specialty, self.level, self.region, self.filing_no)
        require(all(map(_is_text, texts)), "authority", self.committee)
        object.__setattr__(self, "suspended", tuple(self.suspended))
        days = _day(self.valid_from), _day(self.valid_until)
        require(days[0] <= days[1], "authority dates", self.committee)
        object.__setattr__(self, "days", days)

    def to_members(self) -> dict[str, Any]:
        """Return the authority as a shard spells it; `suspended` stands there only where it says something."""
        return {name: getattr(self, name) for name in _AUTHORITY} | _suspended_members(self.suspended)


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
        require(all(type(n) is int and 0 <= n <= _MAX_INDEX for n in (self.opened, *ends)), "key index", self.body_code)
        require(self.public_key.algorithm is Algorithm.ES256, "key algorithm", self.body_code)
        require(_is_text(self.body_code) and self.state in _STATES, "key state", self.body_code)
        require((self.state == KeyState.ACTIVE) == (self.closed is None), "key closing", self.body_code)
        require((self.state == KeyState.COMPROMISED) == (self.boundary is not None), "key boundary", self.body_code)


_BODY = ("code", "name", "name_en", "kinds")
_AUTHORITY = (
    "body_code", "committee", "series", "specialty", "level", "region", "filing_no", "valid_from", "valid_until",
)  # fmt: skip
_STATES = (KeyState.ACTIVE, KeyState.RETIRED, KeyState.COMPROMISED)


def write_shard(keys: Iterable[IssuerKey], bodies: Iterable[Body], authorities: Iterable[Authority]) -> bytes:
    """Return one shard; keys in the order of their ids, the rest as given."""
    return dumps(
        {
            "keys": [_key_members(key) for key in sorted(keys, key=lambda key: key.public_key.kid8)],
            "bodies": [body.to_members() for body in bodies],
            "authorities": [authority.to_members() for authority in authorities],
        }
    )


def read_shard(shard: bytes) -> tuple[list[IssuerKey], list[Body], list[Authority]]:
    """Return what one shard holds; raises TrustInvalid."""
    try:
        whole = loads(shard, max_bytes=MAX_SHARD_BYTES)
        keys = [_read_key(members) for members in _rows(whole, "keys")]
    except KeysError as error:
        raise TrustInvalid(reason=error.code) from error
    bodies = [Body(**_with_suspensions(each, _BODY)) for each in _rows(whole, "bodies")]
    authorities = [Authority(**_with_suspensions(each, _AUTHORITY)) for each in _rows(whole, "authorities")]
    return keys, bodies, authorities


def _key_members(key: IssuerKey) -> dict[str, Any]:
    return {
        "jwk": to_jwk(key.public_key),
        "body_code": key.body_code,
        "opened": key.opened,
        "closed": key.closed,
        "boundary": key.boundary,
        "state": str(key.state),
    }


def _suspended_members(suspended: Iterable[Suspension]) -> dict[str, Any]:
    listed = [each.to_members() for each in suspended]
    return {"suspended": listed} if listed else {}


def _with_suspensions(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(row, dict) or "suspended" not in row:
        return _members(row, set(names))
    members = _members(row, {*names, "suspended"})
    require(isinstance(members["suspended"], list) and members["suspended"] != [], "suspended")
    each = [Suspension(**_members(one, {"first", "last", "document_no"})) for one in members["suspended"]]
    return {**members, "suspended": tuple(each)}


def _read_key(members: Any) -> IssuerKey:
    read = _members(members, {"jwk", "body_code", "opened", "closed", "boundary", "state"})
    require(isinstance(read["jwk"], dict), "jwk")
    return IssuerKey(from_jwk(read["jwk"]), **{name: value for name, value in read.items() if name != "jwk"})


def _rows(whole: Any, name: str) -> list[Any]:
    rows = _members(whole, {"keys", "bodies", "authorities"})[name]
    require(isinstance(rows, list), name)
    return list(rows)


def _members(value: Any, names: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != names:
        raise TrustInvalid(reason="members")
    return value


def require(holds: bool, reason: str, what: object = None) -> None:
    """Raise TrustInvalid unless it holds."""
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
