"""Answers whose key this is and what its body may award, from the published trust list.

The list travels as 256 shards by the first byte of the key id, under a manifest of their digests. Each shard brings its
keys, their bodies and those bodies' authorities, so one shard answers everything about one key. Signatures on the manifest
are `registry.lists`' business, log positions the verifier's.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import sha256
from typing import Any, Final, TypeVar

from registry.bodies import (
    KINDS,
    MAX_SHARD_BYTES,
    Authority,
    Body,
    IssuerKey,
    Suspension,
    read_shard,
    require,
    write_shard,
)
from registry.errors import EvidenceMissing, TrustInvalid
from registry.windows import Days, free_day

__all__ = [
    "KINDS", "MAX_SHARD_BYTES", "SHARDS", "Authority", "Body", "Days", "IssuerKey", "Suspension", "TrustList", "manifest_of",
]  # fmt: skip

SHARDS: Final = 256

_TITLE = KINDS["title"]
_K = TypeVar("_K")
_V = TypeVar("_V")


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
        require(all(a.body_code in by_code for a in self.authorities), "authority without body")
        require(all(key.body_code in by_code for key in self.keys), "key without body")
        self._issuers = _unique((key.public_key.kid8, (key, by_code[key.body_code])) for key in self.keys)
        self._windows: dict[tuple[str | None, ...], tuple[Authority, ...]] = {}
        for a in self.authorities:
            scope = (a.body_code, a.committee, a.series, a.specialty, a.level)
            self._windows[scope] = (*self._windows.get(scope, ()), a)

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
            require(first_byte in range(SHARDS), "shard number")
            require(sha256(shard).hexdigest() == digests[first_byte], "shard digest", f"{first_byte:02x}")
            its_keys, its_bodies, its_authorities = read_shard(shard)
            require(all(key.public_key.kid8[0] == first_byte for key in its_keys), "key in another's shard")
            bodies.update(dict.fromkeys(its_bodies))
            authorities.update(dict.fromkeys(its_authorities))
            keys.extend(its_keys)
        trust = cls(bodies, authorities, keys)
        trust._held = frozenset(shards)
        return trust

    def issuer_of(self, kid8: bytes) -> tuple[IssuerKey, Body] | None:
        """Return the key with this id and the body that owns it, or None when nobody does.

        Raises EvidenceMissing when the shard that would say so is not held.
        """
        found = self._issuers.get(kid8)
        if found is None and kid8 and kid8[0] not in self._held:
            raise EvidenceMissing(path=f"lists/trust/…/{kid8[0]:02x}.json")
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
        a qualification or postdoc certificate needs the body's kind. On no day may body or committee be suspended.
        `kind` is a code or its Chinese word.
        """
        word = KINDS.get(kind, kind)
        if word not in body.kinds:
            return "trust.kind_not_granted"
        if word != _TITLE:
            return _awarded_on((on.first_day(), on.last_day()), body.suspended)
        held = self._windows.get((body.code, committee, series, specialty, level))
        if held is None:
            return self._why_not(body, committee, series, specialty)
        first, last = on.first_day(), on.last_day()
        found: str | None = "trust.not_in_force"
        for each in held:
            begins, ends = each.days
            if begins <= last and first <= ends:
                found = _awarded_on((max(begins, first), min(ends, last)), (*body.suspended, *each.suspended))
                if found is None:
                    break
        return found

    def is_suspended(self, body: Body, committee: str | None, day: date) -> bool:
        """Tell whether on this day the body, or every authority of this committee of it, may award nothing."""
        if free_day(day, day, [each.window for each in body.suspended]) is None:
            return True
        held = [a for a in self.authorities if (a.body_code, a.committee) == (body.code, committee)]
        return bool(held) and all(free_day(day, day, [each.window for each in a.suspended]) is None for a in held)

    def _why_not(self, body: Body, committee: str | None, series: str | None, specialty: str | None) -> str:
        near = [a for a in self.authorities if (a.body_code, a.committee) == (body.code, committee)]
        if not near:
            return "trust.committee_unknown"
        near = [a for a in near if a.series == series]
        if not near:
            return "trust.scope_series"
        return "trust.scope_level" if any(a.specialty == specialty for a in near) else "trust.scope_specialty"

    def to_shards(self) -> dict[int, bytes]:
        """Return all 256 shards, each with its keys, their bodies, and those bodies' authorities.

        A body without a key can have signed nothing and stands in no shard.
        """
        keys: dict[int, list[IssuerKey]] = {first_byte: [] for first_byte in range(SHARDS)}
        for key in self.keys:
            keys[key.public_key.kid8[0]].append(key)
        return {first_byte: self._shard(held) for first_byte, held in keys.items()}

    def _shard(self, keys: list[IssuerKey]) -> bytes:
        codes = {key.body_code for key in keys}
        bodies = [body for body in self.bodies if body.code in codes]
        return write_shard(keys, bodies, [a for a in self.authorities if a.body_code in codes])


def manifest_of(shards: Mapping[int, bytes]) -> dict[str, Any]:
    """Return the content of the published list "trust": the hex SHA-256 of each of the 256 shards, in order.

    Raises TrustInvalid unless all are there.
    """
    require(shards.keys() == set(range(SHARDS)), "manifest")
    return {"shards": [sha256(shards[first_byte]).hexdigest() for first_byte in range(SHARDS)]}


def _awarded_on(days: tuple[date, date], suspended: Iterable[Suspension]) -> str | None:
    if not suspended:  # nearly always
        return None
    return "trust.suspended" if free_day(*days, [each.window for each in suspended]) is None else None


def _unique(pairs: Iterable[tuple[_K, _V]]) -> dict[_K, _V]:
    found: dict[_K, _V] = {}
    for key, value in pairs:
        require(key not in found, "twice", key)
        found[key] = value
    return found
