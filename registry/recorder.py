"""The registry as issuers and the operator use it, in process: reserve, append, prove, change, enrol, publish lists.

Every call is one transaction, idempotent by its batch id, durable when it returns; all or nothing. Signatures are verified
before the writer's place is taken, so that nobody waits for elliptic curves, and what may have changed since is looked at
again inside.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from keys.algorithms import PublicKey
from keys.errors import SignatureInvalid
from keys.roots import KeySet, Roots
from registry import enrolment, listing
from registry.contract import Appended, Changed, SlotRun, StatusChange, Submission
from registry.enrolment import EnrolledKey
from registry.entries import CredentialEntry, decode
from registry.log import Growth, Head, Log, require_head, stored_bodies, tile_reader
from registry.proving import RangeProver
from registry.refusals import (
    BatchConflict,
    BatchInvalid,
    NotRetrievable,
    SlotNotReserved,
    SlotTaken,
    SubmissionForged,
    SubmissionInvalid,
)
from registry.statuses import NO_EVENTS, Asked, ListBook, read_changes, require_owner
from registry.statuslist import SLOTS, StatusArray
from registry.tables import APPEND_BATCH, CHANGE_BATCH, CHECKPOINT, SLOT, SLOT_RUN, STATUS_LIST
from web.database import reading

MAX_BATCH: Final = 10_000
MAX_ID: Final = 200
_LENGTHS: Final = (8, 32, 64, 32, 64)

# Statements are built once: building and compiling them costs more than SQLite needs to run them.
_RUNS = (
    select(SLOT_RUN.c.list, SLOT_RUN.c.first, SLOT_RUN.c.count)
    .where(SLOT_RUN.c.batch == bindparam("batch"))
    .order_by(SLOT_RUN.c.list, SLOT_RUN.c.first)
)
_NEWEST_LIST = select(STATUS_LIST.c.no, STATUS_LIST.c.used).order_by(STATUS_LIST.c.no.desc()).limit(1)
_USE = update(STATUS_LIST).where(STATUS_LIST.c.no == bindparam("list_no")).values(used=bindparam("now_used"))
_NOTE = select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == bindparam("size"))
_ADD_RUN, _ADD_SLOT, _ADD_LIST = insert(SLOT_RUN), insert(SLOT), insert(STATUS_LIST)
_ADD_BATCH = {table: insert(table) for table in (APPEND_BATCH, CHANGE_BATCH)}
_BATCH = {
    table: select(table.c.digest, table.c.first_index, table.c.count, table.c.size).where(
        table.c.batch == bindparam("batch")
    )
    for table in (APPEND_BATCH, CHANGE_BATCH)
}


class Recorder:
    """The registry over one log. Threads and processes may share the database; each process has its own Recorder.

    `operators` are the keys under which the operator may change any slot's status (keys.roots: purpose "status").
    """

    def __init__(self, log: Log, *, operators: KeySet | None = None) -> None:
        self._log = log
        self._operators = operators
        self._proven_keys: set[EnrolledKey] = set()

    # issuing --------------------------------------------------------------------------------------------------------

    def reserve(self, batch: str, count: int) -> list[SlotRun]:
        """Give out `count` slots in contiguous runs, which read "never issued" until entries fill them.

        The same batch and count get the same runs again. Raises BatchInvalid, BatchConflict and what `Log.growing` raises.
        """
        _require_batch(batch, count)
        with self._log.growing() as growth:
            runs = _runs(growth.connection, batch) or _give_out(growth.connection, batch, count)
            if (reserved := sum(run.count for run in runs)) != count:
                raise BatchConflict(batch=batch, reserved=reserved, asked=count)
            return runs

    def append(self, batch: str, submissions: Sequence[Submission]) -> Appended:
        """Log a batch of sealed certificates and open their slots, in one transaction; a batch is appended once.

        Both ES256 signatures of each must verify under an active enrolled key and each slot must be reserved by this
        batch, or nothing happens at all. Raises SubmissionInvalid, SubmissionForged, KeyUnknown, KeyNotActive,
        SlotNotReserved, SlotTaken, BatchConflict, BatchInvalid and what `Log.growing` raises.
        """
        _require_batch(batch, len(submissions))
        asked = _digest_of_submissions(submissions)
        keys = self._verified(batch, submissions)
        with self._log.growing() as growth:
            answer = _answered(growth.connection, APPEND_BATCH, batch, asked)
            if answer is None:
                first, t = self._append(growth, batch, asked, submissions, keys), growth.t
        if answer is None:
            return Appended(first, len(submissions), t, growth.head.note)
        first, count, size = answer
        return self._as_answered(first, count, size)

    def prove(self, first_index: int, count: int, size: int) -> list[list[bytes]]:
        """Return inclusion proofs of `count` entries from `first_index` in the tree of `size` leaves.

        Raises NotRetrievable beyond the committed log.
        """
        with reading(self._log.engine) as connection:
            held = require_head(connection).size
            if count > MAX_BATCH or not 0 <= first_index <= first_index + count <= size <= held:
                raise NotRetrievable(first=first_index, count=count, size=size)
            prover = RangeProver(size, tile_reader(connection))
            return [prover.proof(index) for index in range(first_index, first_index + count)]

    def head(self) -> Head:
        """Return the newest committed head with its signed checkpoint. Raises NotFounded."""
        return self._log.head()

    # statuses -------------------------------------------------------------------------------------------------------

    def change_status(self, change: StatusChange, batch: str) -> Changed:
        """Log one status change; as `change_statuses`."""
        return self.change_statuses(batch, [change])

    def change_statuses(self, batch: str, changes: Sequence[StatusChange]) -> Changed:
        """Log status changes and set their slots, in one transaction, in the order given.

        Each detail must be sealed by an active key of the body whose certificate the slot holds, or by an operator's.
        Raises EventInvalid, DetailForged, DetailMismatch, KeyUnknown, KeyNotActive, NotTheOwner, SlotNotIssued,
        TransitionRefused, EffectiveLater, BatchConflict, BatchInvalid and what `Log.growing` raises.
        """
        _require_batch(batch, len(changes))
        asked = _digest_of_changes(changes)
        with reading(self._log.engine) as connection:
            known = connection.execute(_BATCH[CHANGE_BATCH], {"batch": batch}).first() is not None
            opened = [] if known else read_changes(connection, changes, self._operators)
        with self._log.growing() as growth:
            answer = _answered(growth.connection, CHANGE_BATCH, batch, asked)
            if answer is None:
                first = _change(growth, opened, len(changes))
                _note_batch(growth, CHANGE_BATCH, batch, asked, (first, len(changes)))
        if answer is None:
            return Changed(tuple(range(first, first + len(changes))), growth.head.note)
        first, count, size = answer
        return Changed(tuple(range(first, first + count)), self._as_answered(first, count, size).checkpoint)

    def erase_detail(self, log_index: int) -> Head:
        """Forget why the status change at `log_index` was made; the log keeps the fact and the salted hash."""
        with self._log.growing() as growth:
            book = ListBook(growth)
            book.erase(log_index)
            book.close()
        return growth.head

    # keys and lists -------------------------------------------------------------------------------------------------

    def enrol(self, body_code: str, key: PublicKey, *, replaces: bytes | None = None) -> int:
        """Open an ES256 key for a body; return the log index that opens it. Asking again for the same key is harmless.

        With `replaces`, a thumbprint, that key of the same body retires in the same commit. Raises KeyUnfit, KeyTaken.
        """
        with self._log.growing() as growth:
            known = enrolment.find_key(growth.connection, key.thumbprint)
            if known is not None and (known.body_code, known.state) == (body_code, enrolment.ACTIVE):
                return known.opened
            return enrolment.enrol(growth, body_code, key, replaces=replaces).opened

    def retire(self, thumbprint: bytes) -> EnrolledKey:
        """Close an active key: it seals nothing more, what it sealed stands. Raises KeyUnknown, KeyNotActive."""
        with self._log.growing() as growth:
            return enrolment.retire(growth, thumbprint)

    def compromise(self, thumbprint: bytes, boundary: int) -> EnrolledKey:
        """Break a key off at `boundary` (see `boundary_before`). Raises KeyUnknown, KeyNotActive, KeyUnfit."""
        with self._log.growing() as growth:
            return enrolment.compromise(growth, thumbprint, boundary)

    def boundary_before(self, lost_at: int) -> int:
        """Return the size of the largest cosigned checkpoint at or before `lost_at` (UNIX seconds), 0 for none."""
        with reading(self._log.engine) as connection:
            return enrolment.boundary_before(connection, lost_at)

    def enrolled_keys(self) -> list[EnrolledKey]:
        """Return every key ever enrolled, in the order of the log."""
        with reading(self._log.engine) as connection:
            return enrolment.all_keys(connection)

    def publish_roots(self, data: bytes) -> int:
        """Record the next version of the roots document; return its log index. Raises KeysError, VersionOutOfOrder."""
        with self._log.growing() as growth:
            return listing.publish_roots(growth, data, self._log.identity)

    def publish_trust_shards(self, version: int, shards: Mapping[int, bytes]) -> None:
        """Keep the shards of a trust list until its manifest is published under the same version."""
        with self._log.growing() as growth:
            listing.keep_shards(growth.connection, version, shards)

    def publish_list(self, data: bytes) -> int:
        """Record the next version of a published list; return its log index. Raises ListInvalid, ListUnsigned, …"""
        with self._log.growing() as growth:
            return listing.publish_list(growth, data)

    def roots(self) -> Roots:
        """Return the newest roots document. Raises NotRetrievable."""
        with reading(self._log.engine) as connection:
            return listing.newest_roots(connection)

    # ----------------------------------------------------------------------------------------------------------------

    def _verified(self, batch: str, submissions: Sequence[Submission]) -> dict[bytes, EnrolledKey]:
        """Verify every signature; return the keys used, by kid8. A batch that is known is not verified again."""
        with reading(self._log.engine) as connection:
            if connection.execute(_BATCH[APPEND_BATCH], {"batch": batch}).first() is not None:
                return {}
            keys = {kid8: enrolment.key_of_kid8(connection, kid8) for kid8 in {each.kid8 for each in submissions}}
        for key in keys.values():
            key.require_active()
        for each in submissions:
            public_key = keys[each.kid8].public_key
            try:
                public_key.verify_digest(each.qr_signature, each.qr)
                public_key.verify_digest(each.doc_signature, each.doc)
            except SignatureInvalid as error:
                raise SubmissionForged(list=each.list, index=each.index, kid=public_key.kid) from error
        return keys

    def _require_open(self, growth: Growth, key: EnrolledKey) -> None:
        """Look again, now that nobody else can write, at what was read before."""
        present = enrolment.key_of_kid8(growth.connection, key.public_key.kid8)
        present.require_active()
        if present not in self._proven_keys:  # the log only grows, so what it has proven once stays proven
            enrolment.require_opened(growth, present)
            self._proven_keys.add(present)

    def _append(
        self,
        growth: Growth,
        batch: str,
        asked: bytes,
        submissions: Sequence[Submission],
        keys: Mapping[bytes, EnrolledKey],
    ) -> int:
        for key in keys.values():
            self._require_open(growth, key)
        _require_reserved(_runs(growth.connection, batch), submissions)
        first, rows = growth.next_index, []
        for each in submissions:
            if each.kid8 not in keys:
                raise SubmissionForged(list=each.list, index=each.index, kid=each.kid8.hex())
            index = growth.add(CredentialEntry(growth.t, each.kid8, each.list, each.index, each.qr, each.doc))
            rows.append({"list": each.list, "index": each.index, "log_index": index, "kid8": each.kid8})
        book = ListBook(growth)
        for number, group in groupby(sorted((each.list, each.index) for each in submissions), lambda slot: slot[0]):
            book.issue(number, (slot for _, slot in group))
        book.close()
        growth.connection.execute(_ADD_SLOT, rows)
        _note_batch(growth, APPEND_BATCH, batch, asked, (first, len(submissions)))
        return first

    def _as_answered(self, first: int, count: int, size: int) -> Appended:
        with reading(self._log.engine) as connection:
            t = decode(stored_bodies(connection, first, first + 1)[0]).t
            note: bytes = connection.execute(_NOTE, {"size": size}).scalar_one()
        return Appended(first, count, t, note)


def _require_batch(batch: str, count: int) -> None:
    if not 0 < len(batch) <= MAX_ID or not batch.isprintable():
        raise BatchInvalid(batch=batch[:MAX_ID], count=count)
    if not 0 < count <= MAX_BATCH:
        raise BatchInvalid(batch=batch, count=count, limit=MAX_BATCH)


def _digest_of_submissions(submissions: Sequence[Submission]) -> bytes:
    """One hash of everything that was asked: the same id with other content is another request."""
    seen = sha256()
    for each in submissions:
        if (len(each.kid8), len(each.qr), len(each.qr_signature), len(each.doc), len(each.doc_signature)) != _LENGTHS:
            raise SubmissionInvalid(list=each.list, index=each.index)
        slot = b"%d,%d" % (each.list, each.index)
        seen.update(slot + each.kid8 + each.qr + each.qr_signature + each.doc + each.doc_signature)
    return seen.digest()


def _digest_of_changes(changes: Sequence[StatusChange]) -> bytes:
    seen = sha256()
    for each in changes:
        numbers = b"%d,%d,%d,%d,%d," % (each.list, each.index, each.new, each.effective_at, len(each.detail))
        seen.update(numbers + each.salt + each.detail)
    return seen.digest()


def _answered(connection: Connection, table: Table, batch: str, asked: bytes) -> tuple[int, int, int] | None:
    row = connection.execute(_BATCH[table], {"batch": batch}).one_or_none()
    if row is None:
        return None
    digest, first, count, size = row
    if digest != asked:
        raise BatchConflict(batch=batch)
    return first, count, size


def _change(growth: Growth, opened: Sequence[Asked], count: int) -> int:
    book, first = ListBook(growth), growth.next_index
    if len(opened) != count:
        raise NotRetrievable(count=count)
    for each in opened:
        require_owner(growth, each)
        book.change(each.change, each.detail)
    book.close()
    return first


def _note_batch(growth: Growth, table: Table, batch: str, asked: bytes, run: tuple[int, int]) -> None:
    row = {"batch": batch, "digest": asked, "first_index": run[0], "count": run[1], "size": growth.next_index}
    growth.connection.execute(_ADD_BATCH[table], row)


def _runs(connection: Connection, batch: str) -> list[SlotRun]:
    return [SlotRun(*row) for row in connection.execute(_RUNS, {"batch": batch})]


def _give_out(connection: Connection, batch: str, count: int) -> list[SlotRun]:
    """Take the next free slots, opening a new list where the present one is used up."""
    number, used = connection.execute(_NEWEST_LIST).tuples().one_or_none() or (-1, SLOTS)
    runs = []
    while count:
        if used == SLOTS:
            number, used = number + 1, 0
            connection.execute(_ADD_LIST, _fresh_list(number))
        taken = min(count, SLOTS - used)
        connection.execute(_ADD_RUN, {"list": number, "first": used, "count": taken, "batch": batch})
        connection.execute(_USE, {"list_no": number, "now_used": used + taken})
        runs.append(SlotRun(number, used, taken))
        count, used = count - taken, used + taken
    return runs


def _fresh_list(number: int) -> dict[str, object]:
    array = StatusArray.fresh()
    row: dict[str, object] = {"no": number, "version": 0, "used": 0, "log_index": None}
    return row | {"array": bytes(array), "digest": array.digest, "events_root": NO_EVENTS}


def _require_reserved(runs: Sequence[SlotRun], submissions: Sequence[Submission]) -> None:
    reserved = {run.list: range(run.first, run.first + run.count) for run in runs}  # one run per list and batch
    seen: set[tuple[int, int]] = set()
    for each in submissions:
        if each.index not in reserved.get(each.list, ()):
            raise SlotNotReserved(list=each.list, index=each.index)
        if (each.list, each.index) in seen:
            raise SlotTaken(list=each.list, index=each.index)
        seen.add((each.list, each.index))
