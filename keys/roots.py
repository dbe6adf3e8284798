"""The root of trust: which hosts, which log, which witnesses and which keys count, in signed and numbered versions.

Version n+1 needs the threshold of version n's custodians and its own, so that custodians can change and nobody else can
change anything. The first version ships with the software.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from keys.algorithms import Algorithm, PublicKey
from keys.errors import (
    JwkInvalid,
    PublicKeyInvalid,
    RootsExpired,
    RootsKeyReused,
    RootsMalformed,
    RootsNotFollowing,
    RootsRollback,
    RootsSkipped,
)
from keys.jwk import from_jwk, to_jwk
from keys.jws import MAX_SIGNATURES, read_general, sign_general
from keys.rotation import Purpose
from keys.signer import Signer
from keys.strictjson import dumps, loads

TYP: Final = "hallmark-roots+json"
MAX_BYTES: Final = 1 << 18

PURPOSES: Final = (Purpose.TRUST, Purpose.STATUS, Purpose.CATALOGUE, Purpose.RECEIPT, Purpose.BUNDLE)

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?")
# C2SP signed-note: a key name has no white space and no plus sign.
_NAME = re.compile(r"[!-*,-~]{1,128}")
_MOST = 64


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys of which `threshold` must sign together. Raises RootsMalformed when that cannot be, or for other than ES256."""

    keys: tuple[PublicKey, ...]
    threshold: int

    def __post_init__(self) -> None:
        """Refuse thresholds out of range, repeated keys, and more keys than one document can carry signatures."""
        _require(len(set(self.keys)) == len(self.keys) <= MAX_SIGNATURES, "keys")
        _require(all(key.algorithm is Algorithm.ES256 for key in self.keys), "keys")
        _require(_is_number(self.threshold) and 1 <= self.threshold <= len(self.keys), "threshold")


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """The transparency log: its origin (C2SP tlog-checkpoint) and the two keys that sign its checkpoints."""

    origin: str
    ed25519: PublicKey
    ml_dsa_44: PublicKey

    def __post_init__(self) -> None:
        """Refuse names that a note cannot carry and keys of the wrong algorithm."""
        _require(_NAME.fullmatch(self.origin) is not None, "origin")
        _require(self.ed25519.algorithm is Algorithm.ED25519, "ed25519")
        _require(self.ml_dsa_44.algorithm is Algorithm.ML_DSA_44, "ml_dsa_44")


@dataclass(frozen=True, slots=True)
class Witness:
    """One who cosigns checkpoints (C2SP tlog-cosignature) under a name and key of his own."""

    name: str
    ed25519: PublicKey

    def __post_init__(self) -> None:
        """Refuse names that a note cannot carry and keys of the wrong algorithm."""
        _require(_NAME.fullmatch(self.name) is not None, "name")
        _require(self.ed25519.algorithm is Algorithm.ED25519, "ed25519")


@dataclass(frozen=True, slots=True)
class Roots:
    """One version of the root of trust. Times are UNIX seconds; `test` roots never lead to real ones or back.

    `hosts` are the lower-case hosts whose QR codes are ours; `purposes` has one KeySet for trust, status, catalogue,
    receipt and bundle. Raises RootsMalformed, or RootsKeyReused when a key stands in two places.
    """

    version: int
    issued: int
    expires: int
    test: bool
    hosts: tuple[str, ...]
    log: LogIdentity
    witnesses: tuple[Witness, ...]
    witness_threshold: int
    custodians: KeySet
    purposes: Mapping[Purpose, KeySet]

    def __post_init__(self) -> None:
        """Check the whole document against itself."""
        object.__setattr__(self, "purposes", MappingProxyType({one: self.purposes[one] for one in self.purposes}))
        _require(_is_number(self.version) and 1 <= self.version < 1 << 32, "version")
        _require(_is_number(self.issued) and self.issued >= 0, "issued")
        _require(_is_number(self.expires) and self.issued < self.expires < 1 << 40, "expires")
        _require_hosts(self.hosts)
        _require_witnesses(self)
        _require(self.purposes.keys() == set(PURPOSES), "purposes")
        _require_one_place_each(_all_keys(self))

    def require_fresh(self, now: int) -> None:
        """Return while the document has not expired, else raise RootsExpired."""
        if now >= self.expires:
            raise RootsExpired(version=self.version, expires=self.expires)

    def key_set(self, purpose: Purpose) -> KeySet:
        """Return the keys that sign for `purpose`; the custodians for ROOTS. Raises RootsMalformed for others."""
        if purpose is Purpose.ROOTS:
            return self.custodians
        _require(purpose in self.purposes, "purposes")
        return self.purposes[purpose]


def seal_roots(roots: Roots, signers: Sequence[Signer]) -> bytes:
    """Return the signed document (general JWS); further custodians sign it by `keys.jws.add_signature`."""
    return sign_general(to_json(roots), signers, typ=TYP)


def open_roots(data: bytes, *, trusted: Roots | None) -> Roots:
    """Return the document's content when it is signed as it must be. Expiry is `require_fresh`'s question.

    With `trusted` None (only for the document that ships with the software) its own custodians must reach its own
    threshold. Else it must also be exactly the next version and reach the threshold of `trusted`.
    Raises RootsRollback, RootsSkipped, RootsNotFollowing, ThresholdNotMet, RootsMalformed, RootsKeyReused, or what
    `read_general` raises.
    """
    document = read_general(data, typ=TYP, max_bytes=MAX_BYTES)
    roots = from_json(document.payload)
    if trusted is not None:
        _require_next(roots, trusted)
        document.require(trusted.custodians.keys, trusted.custodians.threshold)
    document.require(roots.custodians.keys, roots.custodians.threshold)
    return roots


def walk(trusted: Roots, documents: Iterable[bytes], now: int) -> Roots:
    """Follow newer documents, in order and without gap, from `trusted` to the last; that one must be fresh at `now`.

    Versions in between may have expired. Raises what `open_roots` raises, and RootsExpired.
    """
    for data in documents:
        trusted = open_roots(data, trusted=trusted)
    trusted.require_fresh(now)
    return trusted


def roots_digest(data: bytes) -> bytes:
    """Return the SHA-256 of a sealed document's payload: what the log records. Unverified; raises like `read_general`."""
    return sha256(read_general(data, typ=TYP, max_bytes=MAX_BYTES).payload).digest()


def to_json(roots: Roots) -> bytes:
    """Return the payload of a roots document: what the custodians read before they sign."""
    return dumps(
        {
            "version": roots.version,
            "issued": roots.issued,
            "expires": roots.expires,
            "test": roots.test,
            "hosts": list(roots.hosts),
            "log": {
                "origin": roots.log.origin,
                "ed25519": to_jwk(roots.log.ed25519),
                "ml_dsa_44": to_jwk(roots.log.ml_dsa_44),
            },
            "witnesses": [{"name": one.name, "ed25519": to_jwk(one.ed25519)} for one in roots.witnesses],
            "witness_threshold": roots.witness_threshold,
            "custodians": _key_set_to_json(roots.custodians),
            "purposes": {purpose.value: _key_set_to_json(roots.purposes[purpose]) for purpose in PURPOSES},
        }
    )


def from_json(payload: bytes) -> Roots:
    """Return what `to_json` was given. Raises RootsMalformed, RootsKeyReused or the errors of `strictjson`."""
    whole = loads(payload, max_bytes=MAX_BYTES, max_depth=6)
    names = "version issued expires test hosts log witnesses witness_threshold custodians purposes"
    members = _members(whole, names, "document")
    _require(isinstance(members["test"], bool), "test")
    purposes = _members(members["purposes"], " ".join(PURPOSES), "purposes")
    return Roots(
        version=members["version"],
        issued=members["issued"],
        expires=members["expires"],
        test=members["test"],
        hosts=_texts(members["hosts"], "hosts"),
        log=_log_from_json(members["log"]),
        witnesses=tuple(_witness_from_json(one) for one in _listed(members["witnesses"], "witnesses")),
        witness_threshold=members["witness_threshold"],
        custodians=_key_set_from_json(members["custodians"]),
        purposes={purpose: _key_set_from_json(purposes[purpose.value]) for purpose in PURPOSES},
    )


def _key_set_to_json(keys: KeySet) -> dict[str, Any]:
    return {"keys": [to_jwk(key) for key in keys.keys], "threshold": keys.threshold}


def _key_set_from_json(value: Any) -> KeySet:
    members = _members(value, "keys threshold", "keys")
    return KeySet(tuple(_key(one) for one in _listed(members["keys"], "keys")), members["threshold"])


def _log_from_json(value: Any) -> LogIdentity:
    members = _members(value, "origin ed25519 ml_dsa_44", "log")
    (origin,) = _texts([members["origin"]], "origin")
    return LogIdentity(origin, _key(members["ed25519"]), _key(members["ml_dsa_44"]))


def _witness_from_json(value: Any) -> Witness:
    members = _members(value, "name ed25519", "witnesses")
    (name,) = _texts([members["name"]], "name")
    return Witness(name, _key(members["ed25519"]))


def _key(value: Any) -> PublicKey:
    _require(isinstance(value, dict), "key")
    try:
        return from_jwk(value)
    except (JwkInvalid, PublicKeyInvalid):
        raise RootsMalformed(member="key") from None


def _members(value: Any, names: str, member: str) -> dict[str, Any]:
    _require(isinstance(value, dict) and value.keys() == set(names.split()), member)
    members: dict[str, Any] = value
    return members


def _listed(value: Any, member: str) -> list[Any]:
    _require(isinstance(value, list) and len(value) <= _MOST, member)
    listed: list[Any] = value
    return listed


def _texts(value: Any, member: str) -> tuple[str, ...]:
    listed = _listed(value, member)
    _require(all(isinstance(one, str) for one in listed), member)
    return tuple(listed)


def _is_number(value: object) -> bool:
    return type(value) is int  # true is an int to isinstance


def _require(holds: bool, member: str) -> None:
    if not holds:
        raise RootsMalformed(member=member)


def _require_hosts(hosts: tuple[str, ...]) -> None:
    _require(1 <= len(hosts) <= _MOST and len(set(hosts)) == len(hosts), "hosts")
    _require(all(_HOST.fullmatch(host) for host in hosts), "hosts")


def _require_witnesses(roots: Roots) -> None:
    names = {roots.log.origin, *(one.name for one in roots.witnesses)}
    _require(len(names) == len(roots.witnesses) + 1, "witnesses")
    threshold = roots.witness_threshold
    _require(_is_number(threshold) and 1 <= threshold <= len(roots.witnesses), "witness_threshold")


def _all_keys(roots: Roots) -> Iterator[PublicKey]:
    yield roots.log.ed25519
    yield roots.log.ml_dsa_44
    yield from (one.ed25519 for one in roots.witnesses)
    for key_set in (roots.custodians, *roots.purposes.values()):
        yield from key_set.keys


def _require_one_place_each(keys: Iterable[PublicKey]) -> None:
    seen: set[PublicKey] = set()
    for key in keys:
        if key in seen:
            raise RootsKeyReused(kid=key.kid)
        seen.add(key)


def _require_next(roots: Roots, trusted: Roots) -> None:
    if roots.version <= trusted.version:
        raise RootsRollback(version=roots.version, trusted=trusted.version)
    if roots.version > trusted.version + 1:
        raise RootsSkipped(version=roots.version, trusted=trusted.version)
    if roots.test != trusted.test:
        raise RootsNotFollowing(member="test")
    if roots.issued < trusted.issued:
        raise RootsNotFollowing(member="issued")
