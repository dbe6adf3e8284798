"""Makes requests idempotent: a batch id stands for one content, and asking again gets the first answer again."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, Table, bindparam, insert, select

from registry.contract import StatusChange, Submission
from registry.entries import decode
from registry.log import Growth
from registry.refusals import BatchConflict, BatchInvalid, SubmissionInvalid
from registry.stored import stored_bodies
from registry.tables import APPEND_BATCH, CHANGE_BATCH, CHECKPOINT

MAX_BATCH: Final = 10_000
MAX_ID: Final = 200
_LENGTHS: Final = (8, 32, 64, 32, 64)

_ADD = {table: insert(table) for table in (APPEND_BATCH, CHANGE_BATCH)}
_FIND = {
    table: select(table.c.digest, table.c.first_index, table.c.count, table.c.size).where(
        table.c.batch == bindparam("batch")
    )
    for table in (APPEND_BATCH, CHANGE_BATCH)
}
_NOTE = select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == bindparam("size"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a batch was answered: its run of log indices, its time, and the checkpoint that covered it."""

    first: int
    count: int
    t: int
    note: bytes


def require_batch(batch: str, count: int) -> None:
    """Raise BatchInvalid for an id that is empty, long or unprintable, and for an empty or huge batch."""
    if not 0 < len(batch) <= MAX_ID or not batch.isprintable():
        raise BatchInvalid(batch=batch[:MAX_ID], count=count)
    if not 0 < count <= MAX_BATCH:
        raise BatchInvalid(batch=batch, count=count, limit=MAX_BATCH)


def digest_of_submissions(submissions: Sequence[Submission]) -> bytes:
    """Return one hash of everything that was asked. Raises SubmissionInvalid for a value of the wrong length."""
    seen = sha256()
    for each in submissions:
        if (len(each.kid8), len(each.qr), len(each.qr_signature), len(each.doc), len(each.doc_signature)) != _LENGTHS:
            raise SubmissionInvalid(list=each.list, index=each.index)
        slot = b"%d,%d," % (each.list, each.index)
        seen.update(slot + each.kid8 + each.qr + each.qr_signature + each.doc + each.doc_signature)
    return seen.digest()


def digest_of_changes(changes: Sequence[StatusChange]) -> bytes:
    """Return one hash of everything that was asked."""
    seen = sha256()
    for each in changes:
        numbers = (each.list, each.index, each.new, each.effective_at, len(each.salt), len(each.detail))
        seen.update(b"%d,%d,%d,%d,%d,%d," % numbers + each.salt + each.detail)
    return seen.digest()


def is_known(connection: Connection, table: Table, batch: str) -> bool:
    """Tell whether the batch was answered before."""
    return connection.execute(_FIND[table], {"batch": batch}).first() is not None


def answered(connection: Connection, table: Table, batch: str, asked: bytes) -> Answer | None:
    """Return the answer given before, None for a new batch. Raises BatchConflict when other content was asked then."""
    row = connection.execute(_FIND[table], {"batch": batch}).one_or_none()
    if row is None:
        return None
    digest, first, count, size = row
    if digest != asked:
        raise BatchConflict(batch=batch)
    (body,) = stored_bodies(connection, first, first + 1)
    return Answer(first, count, decode(body).t, connection.execute(_NOTE, {"size": size}).scalar_one())


def note_batch(  # noqa: PLR0913 - the columns of one row
    growth: Growth, table: Table, batch: str, asked: bytes, *, first: int, count: int
) -> None:
    """Remember what was asked and where the answer stands; the last thing of its transaction."""
    row = {"batch": batch, "digest": asked, "first_index": first, "count": count, "size": growth.next_index}
    growth.connection.execute(_ADD[table], row)
