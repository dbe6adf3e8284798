"""Keeps the status lists inside a transaction of the log: slots change, events are kept, one list entry per change.

Who may change what is decided here (the body that owns the slot, or the operator; the table of transitions), against what
the log proves, not against what a row says: a list whose stored array is not the logged one is refused before anything is
added to it, so a flipped bit can never be signed into the log by the next honest batch.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from keys.algorithms import PublicKey
from keys.roots import KeySet
from registry.contract import StatusChange
from registry.enrolment import EnrolledKey, key_of_kid8, require_opened
from registry.entries import CredentialEntry, ListEntry, StatusEntry
from registry.errors import TransitionRefused
from registry.events import (
    EVENTS,
    FILES_PER_LIST,
    SLOTS_PER_FILE,
    EventRecord,
    OpenedDetail,
    commitment,
    encode_events,
    events_root,
    open_detail,
)
from registry.log import Growth
from registry.merkle import leaf_hash, root_of
from registry.refusals import (
    ArrayDiffersFromLog,
    DetailMismatch,
    EffectiveLater,
    NotTheOwner,
    SlotNotIssued,
    SlotTaken,
    StoredBytesDiffer,
)
from registry.statuslist import ENDED, VALID, StatusArray
from registry.tables import ENTRY, EVENT, EVENT_FILE, SLOT, STATUS_LIST

LEEWAY_SECONDS: Final = 300
NO_EVENTS: Final = events_root({})
_NO_FILE = leaf_hash(b"")

_COLUMNS = ("no", "version", "array", "events_root", "log_index")
_LIST = select(*(STATUS_LIST.c[name] for name in _COLUMNS)).where(STATUS_LIST.c.no == bindparam("list_no"))
_MOVE_LIST = (
    update(STATUS_LIST)
    .where(STATUS_LIST.c.no == bindparam("list_no"))
    .values({name: bindparam(name) for name in ("version", "array", "digest", "events_root", "log_index")})
)
_SLOT = select(SLOT.c.log_index).where(SLOT.c.list == bindparam("list_no"), SLOT.c.index == bindparam("slot"))
_EVENTS = (
    select(EVENT.c.log_index, EVENT.c.salt, EVENT.c.detail, ENTRY.c.body)
    .join_from(EVENT, ENTRY, ENTRY.c.idx == EVENT.c.log_index, isouter=True)
    .where(EVENT.c.list == bindparam("list_no"), EVENT.c.index >= bindparam("first"), EVENT.c.index < bindparam("end"))
    .order_by(EVENT.c.log_index)
)
_FILES = select(EVENT_FILE.c.block, EVENT_FILE.c.leaf_hash).where(EVENT_FILE.c.list == bindparam("list_no"))


def list_name(number: int) -> str:
    """The name under which status list `number` stands in the log."""
    return f"status/{number}"


@dataclass(slots=True)
class StoredList:
    """A status list's row: content, version, and the log index of the entry that committed to it (None before the first)."""

    no: int
    version: int
    array: StatusArray
    events_root: bytes
    log_index: int | None
    changed_blocks: set[int] = field(default_factory=set)
    changed: bool = False


def read_list(connection: Connection, number: int) -> StoredList:
    """Return the stored row of a list. Raises SlotNotIssued when there is no such list. Proves nothing."""
    row = connection.execute(_LIST, {"list_no": number}).one_or_none()
    if row is None:
        raise SlotNotIssued(list=number)
    no, version, array, root, log_index = row
    if len(array) != len(bytes(StatusArray.fresh())):
        raise ArrayDiffersFromLog(list=number)
    return StoredList(no, version, StatusArray(array), root, log_index)


def require_logged(stored: StoredList, entry: ListEntry | None) -> None:
    """Raise ArrayDiffersFromLog unless `entry`, the newest proven one of this list, is the stored content's."""
    if entry is None:
        found, expected = (stored.version, stored.array.digest), (0, StatusArray.fresh().digest)
        if found != expected or stored.events_root != NO_EVENTS:
            raise ArrayDiffersFromLog(list=stored.no)
        return
    logged = (entry.name, entry.version, entry.digest, entry.extra)
    if logged != (list_name(stored.no), stored.version, stored.array.digest, stored.events_root):
        raise ArrayDiffersFromLog(list=stored.no, index=stored.log_index)


class ListBook:
    """The status lists that one transaction of the log looks at. `close` logs each changed one once."""

    def __init__(self, growth: Growth) -> None:
        self._growth = growth
        self._lists: dict[int, StoredList] = {}
        self._pending: dict[int, bytes] = {}

    def require_free(self, number: int, slots: Iterable[int]) -> None:
        """Raise SlotTaken for a slot that is not 1; that it is reserved is the caller's business. Changes nothing."""
        array = self._open(number).array
        for slot in slots:
            if array.get(slot) != ENDED:
                raise SlotTaken(list=number, index=slot)

    def issue(self, number: int, slots: Iterable[int]) -> None:
        """Open slots that `require_free` let pass: 1 becomes 0."""
        stored = self._open(number)
        stored.changed = True
        for slot in slots:
            stored.array.set(slot, VALID)

    def change(self, change: StatusChange, detail: OpenedDetail) -> int:
        """Log one status change with its event; return the log index. Raises TransitionRefused."""
        stored, event = self._open(change.list), EVENTS[detail.detail.event]
        old = stored.array.get(change.index)
        if old not in event.follows or event.status != change.new:
            raise TransitionRefused(list=change.list, index=change.index, old=old, new=change.new)
        stored.array.set(change.index, change.new)
        stored.changed = True
        self._touch(stored, change.index // SLOTS_PER_FILE)
        committed = commitment(change.salt, change.detail)
        growth = self._growth
        index = growth.add(
            StatusEntry(growth.t, change.list, change.index, old, change.new, change.effective_at, committed)
        )
        self._pending[index] = growth.bodies[-1]
        row = {"log_index": index, "list": change.list, "index": change.index}
        growth.connection.execute(EVENT.insert(), row | {"salt": change.salt, "detail": change.detail})
        return index

    def erase(self, log_index: int) -> None:
        """Forget the detail of one status change; the log keeps its salted hash. Raises SlotNotIssued."""
        growth = self._growth
        entry = growth.proven(log_index)
        if not isinstance(entry, StatusEntry):
            raise SlotNotIssued(index=log_index)
        stored = self._open(entry.list)
        stored.changed = True
        self._touch(stored, entry.index // SLOTS_PER_FILE)
        forget = update(EVENT).where(EVENT.c.log_index == log_index).values(salt=None, detail=None)
        growth.connection.execute(forget)

    def close(self) -> None:
        """Append one list entry per list changed here and store the lists; call last, once."""
        for stored in (each for each in self._lists.values() if each.changed):
            if stored.changed_blocks:
                stored.events_root = self._new_events_root(stored)
            stored.version += 1
            digest = stored.array.digest
            stored.log_index = self._growth.add(
                ListEntry(self._growth.t, list_name(stored.no), stored.version, digest, stored.events_root)
            )
            row = {"list_no": stored.no, "version": stored.version, "array": bytes(stored.array), "digest": digest}
            row |= {"events_root": stored.events_root, "log_index": stored.log_index}
            self._growth.connection.execute(_MOVE_LIST, row)

    def _open(self, number: int) -> StoredList:
        if number not in self._lists:
            stored = read_list(self._growth.connection, number)
            entry = None if stored.log_index is None else self._growth.proven(stored.log_index)
            if entry is not None and not isinstance(entry, ListEntry):
                raise ArrayDiffersFromLog(list=number, index=stored.log_index)
            require_logged(stored, entry)
            self._lists[number] = stored
        return self._lists[number]

    def _new_events_root(self, stored: StoredList) -> bytes:
        """Recompute the changed event files' hashes; the unchanged ones must still give the logged root."""
        connection = self._growth.connection
        hashes = file_hashes(connection, stored.no)
        if root_of(hashes) != stored.events_root:
            raise StoredBytesDiffer(what="event files", list=stored.no)
        for block in stored.changed_blocks:
            hashes[block] = leaf_hash(event_file(connection, stored.no, block, self._pending))
            connection.execute(EVENT_FILE.delete().where(EVENT_FILE.c.list == stored.no, EVENT_FILE.c.block == block))
            connection.execute(EVENT_FILE.insert(), {"list": stored.no, "block": block, "leaf_hash": hashes[block]})
        return root_of(hashes)

    def _touch(self, stored: StoredList, block: int) -> None:
        """Before an event file changes for the first time here, the stored one must be the one committed to."""
        if block in stored.changed_blocks:
            return
        present = leaf_hash(event_file(self._growth.connection, stored.no, block, {}))
        if present != file_hashes(self._growth.connection, stored.no)[block]:
            raise StoredBytesDiffer(what="event file", list=stored.no, block=block)
        stored.changed_blocks.add(block)


def file_hashes(connection: Connection, number: int) -> list[bytes]:
    """Return the stored leaf hashes of a list's 32 event files."""
    stored = dict(connection.execute(_FILES, {"list_no": number}).tuples().all())
    return [stored.get(block, _NO_FILE) for block in range(FILES_PER_LIST)]


def event_file(connection: Connection, number: int, block: int, pending: Mapping[int, bytes]) -> bytes:
    """Return one event file as stored, with `pending` entries (log index -> body) not yet in the log's table.

    Raises DetailForged or EventInvalid where a stored detail is not the one the log committed to.
    """
    first = block * SLOTS_PER_FILE
    rows = connection.execute(_EVENTS, {"list_no": number, "first": first, "end": first + SLOTS_PER_FILE})
    records = [
        EventRecord(index, pending.get(index) or body or b"", salt, detail) for index, salt, detail, body in rows
    ]
    return encode_events(records)


# Who may change a slot ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """One change with its detail opened and its signature verified, and the enrolled key it was made with.

    `key` is None where the operator signed.
    """

    change: StatusChange
    detail: OpenedDetail
    key: EnrolledKey | None


def read_changes(connection: Connection, changes: Sequence[StatusChange], operators: KeySet | None) -> list[Asked]:
    """Open every change's detail and verify its signature under the key it names.

    Raises EventInvalid, DetailMismatch, DetailForged, KeyUnknown, KeyNotActive. Needs no lock: what may change meanwhile
    is checked again by `require_owner`.
    """
    known = {key.kid8: key for key in operators.keys} if operators else {}
    return [_read_change(connection, change, known) for change in changes]


def _read_change(connection: Connection, change: StatusChange, operators: Mapping[bytes, PublicKey]) -> Asked:
    detail = open_detail(change.detail)
    if (detail.list, detail.index, detail.effective_at) != (change.list, change.index, change.effective_at):
        raise DetailMismatch(list=change.list, index=change.index)
    if EVENTS[detail.detail.event].status != change.new:
        raise DetailMismatch(list=change.list, index=change.index, event=detail.detail.event)
    key = None
    if (public_key := operators.get(detail.sealed.kid8)) is None:
        key = key_of_kid8(connection, detail.sealed.kid8)
        key.require_active()
        public_key = key.public_key
    detail.verify(public_key)
    return Asked(change, detail, key)


def require_owner(growth: Growth, asked: Asked) -> None:
    """Raise unless the slot holds a certificate of the body that signed the change, as the log proves it.

    Raises SlotNotIssued, NotTheOwner, KeyNotActive, KeyRowForged, EffectiveLater.
    """
    change, connection = asked.change, growth.connection
    if change.effective_at > growth.t + LEEWAY_SECONDS:
        raise EffectiveLater(list=change.list, index=change.index, effective_at=change.effective_at)
    log_index = connection.execute(_SLOT, {"list_no": change.list, "slot": change.index}).scalar()
    entry = None if log_index is None else growth.proven(log_index)
    if not isinstance(entry, CredentialEntry) or (entry.list, entry.index) != (change.list, change.index):
        raise SlotNotIssued(list=change.list, index=change.index)
    if asked.key is None:
        return
    present = key_of_kid8(connection, asked.key.public_key.kid8)
    present.require_active()
    require_opened(growth, present)
    owner = key_of_kid8(connection, entry.kid8)
    require_opened(growth, owner)
    if owner.body_code != present.body_code:
        raise NotTheOwner(list=change.list, index=change.index)
