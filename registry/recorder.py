"""The registry as issuers and the operator use it, in process: reserve, append, prove, change, enrol, publish lists.

Every call is one transaction, idempotent by its batch id, durable when it returns; all or nothing. What a caller must
write with it (`alongside`) is written when something really happened, in that transaction. Signatures are verified
before the writer's place is taken, so that nobody waits for elliptic curves, and what may have changed since is looked at
again inside.
"""

from collections.abc import Mapping, Sequence

from keys.algorithms import PublicKey
from keys.errors import SignatureInvalid
from keys.roots import KeySet, Roots
from registry import enrolment, listing
from registry.appending import (
    Alongside,
    CheckedBatch,
    Outcome,
    Placed,
    Reservation,
    append_each,
    reserve_each,
)
from registry.batches import (
    MAX_BATCH,
    Answer,
    answered,
    digest_of_changes,
    digest_of_submissions,
    is_known,
    note_batch,
    require_batch,
)
from registry.contract import Appended, Changed, SlotRun, StatusChange, Submission
from registry.enrolment import EnrolledKey
from registry.errors import RegistryError
from registry.log import Growth, Log
from registry.proving import RangeProver
from registry.refusals import NotRetrievable, SubmissionForged
from registry.statuses import Asked, ListBook, read_changes, require_owner
from registry.stored import Head, require_head, tile_reader
from registry.tables import APPEND_BATCH, CHANGE_BATCH


class Recorder:
    """The registry over one log. Threads and processes may share the database; each process has its own Recorder.

    `operators` are the keys under which the operator may change any slot's status (keys.roots: purpose "status").
    """

    def __init__(self, log: Log, *, operators: KeySet | None = None) -> None:
        self._log = log
        self._operators = operators
        self._keys: dict[bytes, EnrolledKey] = {}

    # issuing --------------------------------------------------------------------------------------------------------

    def reserve(self, batch: str, count: int, *, alongside: Alongside | None = None) -> list[SlotRun]:
        """Give out `count` slots in contiguous runs, which read "never issued" until entries fill them.

        The same batch and count get the same runs again. Raises BatchInvalid, BatchConflict and what `Log.growing` raises.
        """
        require_batch(batch, count)
        (runs,) = self.serve([Reservation(batch, count, alongside)])
        if isinstance(runs, RegistryError):
            raise runs
        assert isinstance(runs, list)
        return runs

    def append(self, batch: str, submissions: Sequence[Submission], *, alongside: Alongside | None = None) -> Appended:
        """Log a batch of sealed certificates and open their slots, in one transaction; a batch is appended once.

        Both ES256 signatures of each must verify under an active enrolled key and each slot must be reserved by this
        batch, or nothing happens at all. Raises SubmissionInvalid, SubmissionForged, KeyUnknown, KeyNotActive,
        SlotNotReserved, SlotTaken, BatchConflict, BatchInvalid and what `Log.growing` raises.
        """
        (answer,) = self.serve([self.checked(batch, submissions, alongside=alongside)])
        if isinstance(answer, RegistryError):
            raise answer
        assert isinstance(answer, Appended)
        return answer

    def checked(
        self, batch: str, submissions: Sequence[Submission], *, alongside: Alongside | None = None
    ) -> CheckedBatch:
        """Verify what needs no lock: lengths and every signature. Raises as `append`."""
        require_batch(batch, len(submissions))
        asked = digest_of_submissions(submissions)
        return CheckedBatch(batch, submissions, asked, self._verified(batch, submissions), alongside)

    def serve(self, asked: Sequence[Reservation | CheckedBatch]) -> list[list[SlotRun] | Appended | RegistryError]:
        """Reserve and append for several callers in one transaction; one answer or refusal for each, in order.

        No batch id may stand twice in either kind. Raises what `Log.growing` raises, and then nothing has happened.
        """
        reservations = [each for each in asked if isinstance(each, Reservation)]
        batches = [each for each in asked if isinstance(each, CheckedBatch)]
        with self._log.growing() as growth:
            runs = iter(reserve_each(growth, reservations))
            outcomes = iter(append_each(growth, batches))
        return [
            next(runs) if isinstance(each, Reservation) else _answer(growth, next(outcomes), len(each.submissions))
            for each in asked
        ]

    def prove(self, first_index: int, count: int, size: int) -> list[list[bytes]]:
        """Return inclusion proofs of `count` entries from `first_index` in the tree of `size` leaves.

        Raises NotRetrievable beyond the committed log.
        """
        with self._log.looking() as connection:
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

    def change_statuses(
        self, batch: str, changes: Sequence[StatusChange], *, alongside: Alongside | None = None
    ) -> Changed:
        """Log status changes and set their slots, in one transaction, in the order given.

        Each detail must be sealed by an active key of the body whose certificate the slot holds, or by an operator's.
        Raises EventInvalid, DetailForged, DetailMismatch, KeyUnknown, KeyNotActive, NotTheOwner, SlotNotIssued,
        TransitionRefused, EffectiveLater, BatchConflict, BatchInvalid and what `Log.growing` raises.
        """
        require_batch(batch, len(changes))
        asked = digest_of_changes(changes)
        with self._log.looking() as connection:
            known = is_known(connection, CHANGE_BATCH, batch)
            opened = [] if known else read_changes(connection, changes, self._operators)
        with self._log.growing() as growth:
            answer = answered(growth.connection, CHANGE_BATCH, batch, asked)
            if answer is None:
                first = _change(growth, opened, len(changes))
                note_batch(growth, CHANGE_BATCH, batch, asked, first=first, count=len(changes))
                if alongside is not None:
                    alongside(growth, f"log {first}+{len(changes)}")
        answer = answer or Answer(first, len(changes), growth.t, growth.head.note)
        return Changed(tuple(range(answer.first, answer.first + answer.count)), answer.note)

    def erase_detail(self, log_index: int) -> Head:
        """Forget why the status change at `log_index` was made; the log keeps the fact and the salted hash."""
        with self._log.growing() as growth:
            book = ListBook(growth)
            book.erase(log_index)
            book.close()
        return growth.head

    # keys and lists -------------------------------------------------------------------------------------------------

    def enrol(
        self, body_code: str, key: PublicKey, *, replaces: bytes | None = None, alongside: Alongside | None = None
    ) -> int:
        """Open an ES256 key for a body; return the log index that opens it. Asking again for the same key is harmless.

        With `replaces`, a thumbprint, that key of the same body retires in the same commit. Raises KeyUnfit, KeyTaken.
        """
        with self._log.growing() as growth:
            known = enrolment.find_key(growth.connection, key.thumbprint)
            if known is not None and (known.body_code, known.state) == (body_code, enrolment.ACTIVE):
                return known.opened
            opened = enrolment.enrol(growth, body_code, key, replaces=replaces).opened
            if alongside is not None:
                alongside(growth, f"log {opened}+1")
        return opened

    def retire(self, thumbprint: bytes, *, alongside: Alongside | None = None) -> EnrolledKey:
        """Close an active key: it seals nothing more, what it sealed stands. Raises KeyUnknown, KeyNotActive."""
        with self._log.growing() as growth:
            retired = enrolment.retire(growth, thumbprint)
            if alongside is not None:
                alongside(growth, f"log {retired.closed}+1")
        return retired

    def compromise(self, thumbprint: bytes, boundary: int) -> EnrolledKey:
        """Break a key off at `boundary` (see `boundary_before`). Raises KeyUnknown, KeyNotActive, KeyUnfit."""
        with self._log.growing() as growth:
            return enrolment.compromise(growth, thumbprint, boundary)

    def boundary_before(self, lost_at: int) -> int:
        """Return the size of the largest cosigned checkpoint at or before `lost_at` (UNIX seconds), 0 for none."""
        with self._log.looking() as connection:
            return enrolment.boundary_before(connection, lost_at)

    def enrolled_keys(self) -> list[EnrolledKey]:
        """Return every key ever enrolled, in the order of the log."""
        with self._log.looking() as connection:
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
        with self._log.looking() as connection:
            return listing.newest_roots(connection)

    # ----------------------------------------------------------------------------------------------------------------

    def _verified(self, batch: str, submissions: Sequence[Submission]) -> Mapping[bytes, EnrolledKey]:
        """Verify every signature; return the keys by kid8. A batch known already is answered, not verified again.

        A key seen before is not read again: whether it is still open is asked inside the transaction anyway.
        """
        wanted = {each.kid8 for each in submissions}
        keys = {kid8: self._keys[kid8] for kid8 in wanted if kid8 in self._keys}
        if len(keys) < len(wanted):
            with self._log.looking() as connection:
                if is_known(connection, APPEND_BATCH, batch):
                    return {}
                keys |= {kid8: enrolment.key_of_kid8(connection, kid8) for kid8 in wanted - keys.keys()}
        for each in submissions:
            public_key = keys[each.kid8].public_key
            try:
                public_key.verify_digest(each.qr_signature, each.qr)
                public_key.verify_digest(each.doc_signature, each.doc)
            except SignatureInvalid as error:
                raise SubmissionForged(list=each.list, index=each.index, kid=public_key.kid) from error
        self._keys.update(keys)
        return keys


def _answer(growth: Growth, outcome: Outcome, count: int) -> Appended | RegistryError:
    if isinstance(outcome, RegistryError):
        return outcome
    if isinstance(outcome, Placed):
        return Appended(outcome.first, count, growth.t, growth.head.note)
    return Appended(outcome.first, outcome.count, outcome.t, outcome.note)


def _change(growth: Growth, opened: Sequence[Asked], count: int) -> int:
    book, first = ListBook(growth), growth.next_index
    if len(opened) != count:
        raise NotRetrievable(count=count)
    for each in opened:
        require_owner(growth, each)
        book.change(each.change, each.detail)
    book.close()
    return first
