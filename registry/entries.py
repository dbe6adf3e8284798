"""Spells the five kinds of log entry as deterministic CBOR arrays whose first item is their type.

No personal data and no free text stands in any of them. One kind, one length, one encoding: `decode(encode(e)) == e`,
and bytes that `encode` would not have written are refused.
"""

from collections.abc import Callable
from dataclasses import dataclass

from keys import cbor
from keys.errors import KeysError
from registry.errors import EntryInvalid

MAX_ENTRY_BYTES = 1024
_MAX_TIME = (1 << 40) - 1
_MAX_NUMBER = (1 << 32) - 1
_MAX_SIZE = (1 << 63) - 1
_MAX_STATUS = 3
_LAST_SLOT = (1 << 17) - 1
_ACTIONS = frozenset({"enrol", "rotate", "retire", "compromise"})


@dataclass(frozen=True, slots=True)
class CredentialEntry:
    """`[1, t, kid8, list, index, qr, doc]`: a certificate was issued.

    `t` is registry time in seconds, (list, index) its status slot, `qr` and `doc` the SHA-256 digests of its two forms.
    """

    t: int
    kid8: bytes
    list: int
    index: int
    qr: bytes
    doc: bytes

    def items(self) -> tuple[object, ...]:
        """Return the entry's items, its type first."""
        return (1, self.t, self.kid8, self.list, self.index, self.qr, self.doc)

    def is_sound(self) -> bool:
        """Tell whether every item has the type and range of its place. Nearly every entry is one of these: written out."""
        return (
            type(self.t) is type(self.list) is type(self.index) is int
            and type(self.kid8) is type(self.qr) is type(self.doc) is bytes
            and 0 <= self.t <= _MAX_TIME
            and 0 <= self.list <= _MAX_NUMBER
            and 0 <= self.index <= _LAST_SLOT
            and len(self.kid8) == 8
            and len(self.qr) == len(self.doc) == 32
        )


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """`[2, t, list, index, old, new, effective_at, commitment]`: a slot changed from status `old` to `new`.

    `commitment` is SHA-256(salt || sealed detail), see `registry.events`.
    """

    t: int
    list: int
    index: int
    old: int
    new: int
    effective_at: int
    commitment: bytes

    def items(self) -> tuple[object, ...]:
        """Return the entry's items, its type first."""
        return (2, self.t, self.list, self.index, self.old, self.new, self.effective_at, self.commitment)

    def is_sound(self) -> bool:
        """Tell whether every item has the type and range of its place."""
        statuses = _upto(self.old, _MAX_STATUS) and _upto(self.new, _MAX_STATUS) and self.old != self.new
        when = _upto(self.effective_at, _MAX_TIME)
        return statuses and when and _in_slot(self.t, self.list, self.index) and _digests(self.commitment)


@dataclass(frozen=True, slots=True)
class ListEntry:
    """`[3, t, name, version, digest, extra]`: the content of a published list changed.

    For status list n: name "status/n", digest = SHA-256 of the uncompressed array, extra = root of the event files.
    For other lists: digest = SHA-256 of the signed payload, extra = b"".
    """

    t: int
    name: str
    version: int
    digest: bytes
    extra: bytes

    def items(self) -> tuple[object, ...]:
        """Return the entry's items, its type first."""
        return (3, self.t, self.name, self.version, self.digest, self.extra)

    def is_sound(self) -> bool:
        """Tell whether every item has the type and range of its place."""
        versioned = _upto(self.t, _MAX_TIME) and _upto(self.version, _MAX_NUMBER) and _named(self.name)
        return versioned and _digests(self.digest) and (_sized(self.extra, 0) or _sized(self.extra, 32))


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """`[4, t, action, body_code, thumbprint, boundary]`: a body's key was enrolled, rotated, retired or compromised.

    `boundary` stands with "compromise" alone: the size of the largest cosigned checkpoint at or before the loss.
    """

    t: int
    action: str
    body_code: str
    thumbprint: bytes
    boundary: int | None

    def items(self) -> tuple[object, ...]:
        """Return the entry's items, its type first."""
        return (4, self.t, self.action, self.body_code, self.thumbprint, self.boundary)

    def is_sound(self) -> bool:
        """Tell whether every item has the type and range of its place."""
        acted = _upto(self.t, _MAX_TIME) and type(self.action) is str and self.action in _ACTIONS
        bounded = _upto(self.boundary, _MAX_SIZE) if self.action == "compromise" else self.boundary is None
        return acted and bounded and _named(self.body_code) and _digests(self.thumbprint)


@dataclass(frozen=True, slots=True)
class RootsEntry:
    """`[5, t, version, digest]`: a new version of the roots document; digest = SHA-256 of its signed payload."""

    t: int
    version: int
    digest: bytes

    def items(self) -> tuple[object, ...]:
        """Return the entry's items, its type first."""
        return (5, self.t, self.version, self.digest)

    def is_sound(self) -> bool:
        """Tell whether every item has the type and range of its place."""
        return _upto(self.t, _MAX_TIME) and _upto(self.version, _MAX_NUMBER) and _digests(self.digest)


Entry = CredentialEntry | StatusEntry | ListEntry | KeyEntry | RootsEntry


def encode(entry: Entry) -> bytes:
    """Return the entry's bytes, whose leaf hash the log holds. Raises EntryInvalid on an item out of range."""
    if not entry.is_sound():
        raise EntryInvalid(reason="item", kind=type(entry).__name__)
    return cbor.encode_ordered(entry.items())  # a sound entry is flat: no map whose keys had to be put in order


def decode(body: bytes) -> Entry:
    """Return the entry that `body` spells. Raises EntryInvalid for anything that `encode` would not have written."""
    try:
        items = cbor.decode(body, max_bytes=MAX_ENTRY_BYTES)
    except KeysError as error:
        raise EntryInvalid(reason="encoding") from error
    if not isinstance(items, list) or not items or type(items[0]) is not int:
        raise EntryInvalid(reason="form")
    kind, length = _KINDS.get(items[0], (None, 0))
    if kind is None or len(items) != length:
        raise EntryInvalid(reason="type or length")
    entry = kind(*items[1:])
    if not entry.is_sound():
        raise EntryInvalid(reason="item", kind=type(entry).__name__)
    return entry


_KINDS: dict[int, tuple[Callable[..., Entry], int]] = {
    1: (CredentialEntry, 7),
    2: (StatusEntry, 8),
    3: (ListEntry, 6),
    4: (KeyEntry, 6),
    5: (RootsEntry, 4),
}


def _upto(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


def _sized(value: object, length: int) -> bool:
    return type(value) is bytes and len(value) == length


def _digests(*values: object) -> bool:
    return all(_sized(value, 32) for value in values)


def _named(value: object) -> bool:
    return type(value) is str and 0 < len(value) <= 64 and value.isascii() and value.isprintable()


def _in_slot(t: object, list_number: object, index: object) -> bool:
    return _upto(t, _MAX_TIME) and _upto(list_number, _MAX_NUMBER) and _upto(index, _LAST_SLOT)
