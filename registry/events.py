"""Says why a status changed and since when, and answers what the status was on a given day.

A status entry in the log commits to a salted hash of the detail; the detail is sealed by the issuing body and can be
erased without touching the log. Event files hold 4,096 slots each, in log order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from keys import cbor
from keys.algorithms import PublicKey
from keys.cose import Sign1, read1, sign1
from keys.errors import KeysError
from keys.signer import Signer
from registry import entries
from registry.errors import (
    DetailErased,
    DetailForged,
    EventInvalid,
    EventsInconsistent,
    RegistryError,
    TransitionRefused,
)
from registry.merkle import leaf_hash, root_of
from registry.statuslist import ENDED, SUPERSEDED, SUSPENDED, VALID

DETAIL_AAD: Final = b"hallmark/status/1"
SLOTS_PER_FILE: Final = 4096
FILES_PER_LIST: Final = 32
SALT_BYTES: Final = 16
MAX_FILE_BYTES: Final = 1 << 24
_MAX_RECORD_BYTES = 0xFFFF
_MAX_TEXT = 500
_MAX_TIME = (1 << 40) - 1


@dataclass(frozen=True, slots=True)
class Event:
    """What an event does: the status it sets, the statuses it may follow, and whether the time before it still stands."""

    status: int
    follows: frozenset[int]
    past_stands: bool = True


_LIVE = frozenset({VALID, SUSPENDED, SUPERSEDED})
EVENTS: Final[Mapping[str, Event]] = MappingProxyType(
    {
        "rescinded": Event(ENDED, _LIVE, past_stands=False),
        "cancelled": Event(ENDED, _LIVE),
        "revoked": Event(ENDED, _LIVE),
        "transferred": Event(ENDED, _LIVE),
        "suspended": Event(SUSPENDED, frozenset({VALID})),
        "reinstated": Event(VALID, frozenset({SUSPENDED})),
        "superseded": Event(SUPERSEDED, frozenset({VALID, SUSPENDED})),
    }
)
# Where a detail was erased the new status still tells the event, except for the four that end a certificate.
_EVENT_OF_STATUS = {VALID: "reinstated", SUSPENDED: "suspended", SUPERSEDED: "superseded"}


def allowed(old: int, new: int) -> bool:
    """Tell whether any event leads from one status to the other. 1 is final; 1 to 0 is issuing, not an event."""
    return any(event.status == new and old in event.follows for event in EVENTS.values())


@dataclass(frozen=True, slots=True)
class Detail:
    """Why a status changed: event, reason, deciding authority, document number, and the successor's number if superseded.

    Raises EventInvalid for an unknown event, a text over 500 characters, or a successor where none belongs.
    """

    event: str
    reason: str
    authority: str
    document_no: str
    successor: str | None = None

    def __post_init__(self) -> None:
        texts = (self.event, self.reason, self.authority, self.document_no, self.successor or "")
        if self.event not in EVENTS or any(len(text) > _MAX_TEXT for text in texts):
            raise EventInvalid(reason="detail", event=self.event[:40])
        if (self.event == "superseded") != bool(self.successor):
            raise EventInvalid(reason="successor", event=self.event)


@dataclass(frozen=True, slots=True)
class OpenedDetail:
    """A sealed detail as read, with the slot and time it was sealed for. The signature is not verified yet."""

    detail: Detail
    list: int
    index: int
    effective_at: int
    sealed: Sign1

    def verify(self, key: PublicKey) -> None:
        """Check the body's signature; raises DetailForged."""
        try:
            self.sealed.verify(key, DETAIL_AAD)
        except KeysError as error:
            raise DetailForged(reason=error.code) from error


def seal_detail(detail: Detail, *, list_no: int, index: int, effective_at: int, signer: Signer) -> bytes:
    """Return the detail as COSE_Sign1 of the body that owns the slot, bound to slot and time."""
    payload = [list_no, index, effective_at, *_texts(detail)]
    return sign1(cbor.encode(payload), signer, external_aad=DETAIL_AAD)


def _texts(detail: Detail) -> list[str | None]:
    return [detail.event, detail.reason, detail.authority, detail.document_no, detail.successor]


def open_detail(sealed: bytes) -> OpenedDetail:
    """Read a sealed detail; raises EventInvalid. Verifies nothing: call `verify` with the body's key."""
    try:
        sign1_read = read1(sealed)
        items = cbor.decode(sign1_read.payload)
    except KeysError as error:
        raise EventInvalid(reason=error.code) from error
    if not isinstance(items, list) or len(items) != 8 or not _are_counts(items[:3]):
        raise EventInvalid(reason="detail")
    if not all(isinstance(text, str) for text in items[3:7]) or not isinstance(items[7], str | None):
        raise EventInvalid(reason="detail")
    return OpenedDetail(Detail(*items[3:]), items[0], items[1], items[2], sign1_read)


def _are_counts(items: Iterable[object]) -> bool:
    return all(type(item) is int and 0 <= item <= _MAX_TIME for item in items)


def commitment(salt: bytes, sealed: bytes) -> bytes:
    """Return what the log holds of a detail: SHA-256(salt || sealed), with a random salt of 16 bytes.

    Raises EventInvalid on a salt of another length.
    """
    if len(salt) != SALT_BYTES:
        raise EventInvalid(reason="salt length")
    return sha256(salt + sealed).digest()


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One status entry of the log with its detail, or without where the detail was erased (salt and detail None).

    What exists fits together: the entry is a status entry and commits to the detail. Raises EventInvalid, DetailForged.
    """

    log_index: int
    entry: bytes
    salt: bytes | None
    detail: bytes | None
    change: entries.StatusEntry = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        try:
            change = entries.decode(self.entry)
        except RegistryError as error:
            raise EventInvalid(reason=error.code) from error
        if not isinstance(change, entries.StatusEntry) or (self.salt is None) != (self.detail is None):
            raise EventInvalid(reason="record")
        if self.detail is not None and commitment(self.salt or b"", self.detail) != change.commitment:
            raise DetailForged(reason="not what the log committed to", log_index=self.log_index)
        object.__setattr__(self, "change", change)

    @property
    def slot(self) -> int:
        """The slot's index in its status list."""
        return self.change.index

    def opened(self) -> OpenedDetail | None:
        """Return the detail, checked to speak of this entry's slot, status and time; None where it was erased.

        Raises EventInvalid or DetailForged.
        """
        if self.detail is None:
            return None
        opened, change = open_detail(self.detail), self.change
        if (opened.list, opened.index, opened.effective_at) != (change.list, change.index, change.effective_at):
            raise DetailForged(reason="detail of another change", log_index=self.log_index)
        if EVENTS[opened.detail.event].status != change.new:
            raise DetailForged(reason="event does not set this status", log_index=self.log_index)
        return opened


def encode_events(records: Sequence[EventRecord]) -> bytes:
    """Return one event file: records of one list and one block of 4,096 slots, in log order. Raises EventInvalid."""
    _require_one_block(records)
    packed = [cbor.encode([r.log_index, r.entry, r.salt, r.detail]) for r in records]
    if any(len(record) > _MAX_RECORD_BYTES for record in packed):
        raise EventInvalid(reason="record too long")
    return b"".join(len(record).to_bytes(2, "big") + record for record in packed)


def decode_events(data: bytes) -> tuple[EventRecord, ...]:
    """Return the records of an event file; raises EventInvalid or DetailForged."""
    if len(data) > MAX_FILE_BYTES:
        raise EventInvalid(reason="file too long", limit=MAX_FILE_BYTES)
    records = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise EventInvalid(reason="file cut short")
        records.append(_record(data[start:at]))
    _require_one_block(records)
    return tuple(records)


def _record(packed: bytes) -> EventRecord:
    try:
        items: Any = cbor.decode(packed, max_bytes=_MAX_RECORD_BYTES)
    except KeysError as error:
        raise EventInvalid(reason=error.code) from error
    if not isinstance(items, list) or len(items) != 4 or not _are_counts(items[:1]) or not isinstance(items[1], bytes):
        raise EventInvalid(reason="record")
    if not all(isinstance(item, bytes | None) for item in items[2:]):
        raise EventInvalid(reason="record")
    return EventRecord(*items)


def _require_one_block(records: Sequence[EventRecord]) -> None:
    if len({(record.change.list, record.slot // SLOTS_PER_FILE) for record in records}) > 1:
        raise EventInvalid(reason="records of several files")
    if any(a.log_index >= b.log_index for a, b in pairwise(records)):
        raise EventInvalid(reason="records out of log order")


def events_root(files: Mapping[int, bytes]) -> bytes:
    """Return the RFC 6962 root over a list's 32 event files, block 0 first; an absent file counts as empty."""
    return root_of([leaf_hash(files.get(block, b"")) for block in range(FILES_PER_LIST)])


@dataclass(frozen=True, slots=True)
class StateAt:
    """A slot's status at a moment and the event that set it: `since` in UNIX seconds; all None where nothing happened.

    `event` and `detail` are also None where the detail was erased and the status alone does not tell the event.
    """

    status: int
    event: str | None = None
    since: int | None = None
    detail: Detail | None = None


def state_at(records: Sequence[EventRecord], at: int | None) -> StateAt:
    """Return one issued slot's state at `at` (UNIX seconds), or its present one for None; `records` in log order.

    A rescinded certificate was never valid; otherwise the latest entry counts whose effect had begun. Raises
    EventsInconsistent when the records are not one unbroken chain from "valid", EventInvalid or DetailForged for a bad
    detail, DetailErased when an erased detail leaves open whether the certificate was ever valid.
    """
    _require_chain(records)
    state = StateAt(VALID)
    for record in records:
        told = _told(record)
        event = EVENTS[told.event] if told.event else None
        if at is None or record.change.effective_at <= at or (event and not event.past_stands):
            state = told
        elif event is None:
            raise DetailErased(log_index=record.log_index)
    return state


def _told(record: EventRecord) -> StateAt:
    opened, change = record.opened(), record.change
    if opened is None:
        return StateAt(change.new, _EVENT_OF_STATUS.get(change.new), change.effective_at)
    return StateAt(change.new, opened.detail.event, change.effective_at, opened.detail)


def _require_chain(records: Sequence[EventRecord]) -> None:
    status, last, slot = VALID, -1, None
    for record in records:
        change = record.change
        here = (change.list, change.index)
        if record.log_index <= last or slot not in (None, here) or change.old != status:
            raise EventsInconsistent(log_index=record.log_index)
        if not allowed(change.old, change.new):
            raise TransitionRefused(old=change.old, new=change.new)
        status, last, slot = change.new, record.log_index, here
