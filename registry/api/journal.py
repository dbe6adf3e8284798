"""The journal of the API: who did what, when, with what result, one row for each thing that really happened.

A row is written in the transaction of what it tells of, by whoever holds the log's head, so the rows have one order. Each
carries a digest over itself and the row before: a row that was changed or taken out of the middle shows. Nothing here is
ever updated or deleted.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from hashlib import sha256

from sqlalchemy import Connection, bindparam, insert, select

from keys.strictjson import dumps
from registry.api.refusals import JournalBroken
from registry.appending import Alongside
from registry.tables import API_JOURNAL, HEAD

OPERATOR = "operator"

_COLUMNS = ("seq", "at", "actor", "body_code", "act", "subject", "result")
_LAST = select(API_JOURNAL.c.seq, API_JOURNAL.c.digest).order_by(API_JOURNAL.c.seq.desc()).limit(1)
_KNOWN = select(API_JOURNAL.c.seq).where(
    *(API_JOURNAL.c[name] == bindparam(name) for name in ("actor", "act", "subject"))
)
_LOCK = select(HEAD.c.one).with_for_update()
_ADD = insert(API_JOURNAL)
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One row: `actor` is a client id or "operator", `subject` what it did `act` to, `result` where that stands."""

    seq: int
    at: int
    actor: str
    body_code: str
    act: str
    subject: str
    result: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does things, and for which body."""

    name: str
    body_code: str

    def noting(self, act: str, subject: str) -> Alongside:
        """Return what the recorder calls in its transaction to leave the row."""
        return lambda growth, result: note(growth.connection, growth.t, self, act, subject, result)


def note(  # noqa: PLR0913, PLR0917 - the columns of one row
    connection: Connection, now: int, actor: Actor, act: str, subject: str, result: str
) -> None:
    """Write one row; the same act on the same subject, asked for again, leaves no second one."""
    who = {"actor": actor.name, "act": act, "subject": subject}
    if connection.execute(_KNOWN, who).first() is not None:
        return
    last, digest = connection.execute(_LAST).tuples().one_or_none() or (0, bytes(32))
    line = Line(last + 1, now, actor.name, actor.body_code, act, subject, result[:200])
    row = dict(zip(_COLUMNS, astuple(line), strict=True))
    connection.execute(_ADD, {**row, "digest": _digest(digest, line)})


def lock(connection: Connection) -> None:
    """Wait for one's turn to write: the log's head is the journal's lock. SQLite has one writer anyway."""
    connection.execute(_LOCK)


def lines(connection: Connection, *, actor: str | None = None, after: int = 0) -> Iterator[Line]:
    """Yield the rows after `after` in their order, of one actor or all. Raises JournalBroken where the chain breaks.

    The chain is followed only when all rows are read from the first.
    """
    digest, whole = bytes(32), actor is None and after == 0
    query = select(*(API_JOURNAL.c[name] for name in _COLUMNS), API_JOURNAL.c.digest).order_by(API_JOURNAL.c.seq)
    if actor is not None:
        query = query.where(API_JOURNAL.c.actor == actor)
    while rows := connection.execute(query.where(API_JOURNAL.c.seq > after).limit(_PAGE)).tuples().all():
        for *members, stored in rows:
            line = Line(*members)
            digest = _digest(digest, line)
            if whole and (stored != digest or line.seq != after + 1):
                raise JournalBroken(seq=line.seq)
            after = line.seq
            yield line


def of_subject(connection: Connection, actor: str, subject: str) -> list[Line]:
    """Return what `actor` did to `subject`, in order."""
    query = select(*(API_JOURNAL.c[name] for name in _COLUMNS)).order_by(API_JOURNAL.c.seq)
    mine = query.where(API_JOURNAL.c.actor == actor, API_JOURNAL.c.subject == subject)
    return [Line(*row) for row in connection.execute(mine)]


def _digest(before: bytes, line: Line) -> bytes:
    return sha256(before + dumps(astuple(line))).digest()
