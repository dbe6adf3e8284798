"""The ledger of one or more issuing bodies: stores sealed bytes before they are registered, and releases what is proven.

Contract: each public method is one durable transaction or one snapshot read. Bytes stored by `store_sealed` are never made
again; a batch goes SEALED -> RELEASED and nowhere else. The audit row of a release stands in the release's transaction.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import BigInteger, Engine, String, bindparam, delete, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from issuers.personal import Vault
from issuers.records import RELEASED, SEALED, Account, PlannedChange, Record, SealedCertificate
from issuers.refusals import AlreadyUnderWay, LedgerUnreadable, NumberUnknown
from issuers.tables import AUDIT, BATCH, CERTIFICATE, CHANGE, PERSONAL
from registry.contract import StatusChange
from web.database import reading, writing

_STREAMED: Final = {"yield_per": 1000}  # or psycopg would hold the whole answer in memory

# Built once: building and compiling them costs more than the store needs to run them.
_POSITION = CERTIFICATE.c.place + bindparam("first", type_=BigInteger)
_STATE = select(BATCH.c.state).where(BATCH.c.id == bindparam("of"))
_RELEASE = (
    update(CERTIFICATE)
    .where(CERTIFICATE.c.batch == bindparam("of"))
    .values(state=RELEASED, log_index=_POSITION, released_at=bindparam("now"))
)
_NOTE_RELEASE = insert(AUDIT).from_select(
    ["at", "actor", "act", "subject", "log_index"],
    select(
        bindparam("now", type_=BigInteger),
        bindparam("by", type_=String),
        literal("release"),
        CERTIFICATE.c.number,
        _POSITION,
    ).where(CERTIFICATE.c.batch == bindparam("of")),
)
_CLOSE = update(BATCH).where(BATCH.c.id == bindparam("of")).values(state=RELEASED)


class Ledger:
    """The issuers' store; personal data goes through the vault."""

    def __init__(self, engine: Engine, vault: Vault, *, actor: str) -> None:
        """`actor` is who the audit rows name."""
        self.engine = engine
        self._vault = vault
        self._actor = actor

    def already_issued(self, source_keys: Iterable[bytes]) -> dict[bytes, str]:
        """Return source key -> certificate number for those of `source_keys` that stand in the ledger."""
        wanted = list(source_keys)
        found: dict[bytes, str] = {}
        with reading(self.engine) as connection:
            for start in range(0, len(wanted), 500):
                query = select(CERTIFICATE.c.source_key, CERTIFICATE.c.number)
                chosen = query.where(CERTIFICATE.c.source_key.in_(wanted[start : start + 500]))
                found.update({row.source_key: row.number for row in connection.execute(chosen)})
        return found

    def store_sealed(
        self, batch: str, kind: str, source: str, certificates: Sequence[SealedCertificate], now: int
    ) -> None:
        """Store a batch's sealed bytes durably, all or nothing; raise `AlreadyUnderWay` when a source key is taken."""
        head = {"id": batch, "kind": kind, "source": source, "signer": certificates[0].body_code, "state": SEALED}
        rows = [_row(batch, place, each) for place, each in enumerate(certificates)]
        locked = [self._lock(each) for each in certificates]
        try:
            with writing(self.engine) as connection:
                connection.execute(insert(BATCH), {**head, "created_at": now, "count": len(rows)})
                connection.execute(insert(CERTIFICATE), rows)
                connection.execute(insert(PERSONAL), locked)
        except IntegrityError:
            raise AlreadyUnderWay from None

    def _lock(self, certificate: SealedCertificate) -> dict[str, object]:
        facts = json.dumps(certificate.facts, ensure_ascii=False).encode()
        sealed = len(certificate.token).to_bytes(2, "big") + certificate.token + certificate.document.encode("ascii")
        lock = self._vault.lock
        return {"id": certificate.id, "facts": lock(certificate.id, facts), "sealed": lock(certificate.id, sealed)}

    def unreleased(self) -> list[str]:
        """Return the ids of batches whose bytes are stored and not yet released, oldest first."""
        with reading(self.engine) as connection:
            query = select(BATCH.c.id).where(BATCH.c.state == SEALED).order_by(BATCH.c.created_at, BATCH.c.id)
            return list(connection.scalars(query))

    def sealed_of(self, batch: str) -> list[SealedCertificate]:
        """Return a batch's certificates in their order, from the stored bytes."""
        with reading(self.engine) as connection:
            query = (
                select(CERTIFICATE, PERSONAL.c.sealed.label("locked"), PERSONAL.c.facts.label("locked_facts"))
                .join(PERSONAL, PERSONAL.c.id == CERTIFICATE.c.id)
                .where(CERTIFICATE.c.batch == batch)
                .order_by(CERTIFICATE.c.place)
            )
            return [self._unlock(row) for row in connection.execute(query)]

    def _unlock(self, row: Any) -> SealedCertificate:
        token, document = self._bytes(row.id, row.locked)
        facts = json.loads(self._vault.unlock(row.id, row.locked_facts))
        return SealedCertificate(
            row.id, row.number, row.source_key, row.row, row.kind, row.body_code, row.issued_at, row.list, row.index,
            token, document, facts,
        )  # fmt: skip

    def _bytes(self, certificate_id: bytes, locked: bytes) -> tuple[bytes, str]:
        data = self._vault.unlock(certificate_id, locked)
        size = int.from_bytes(data[:2], "big")
        return data[2 : 2 + size], data[2 + size :].decode("ascii")

    def release(self, batch: str, first_log_index: int, now: int) -> None:
        """Release a proven batch: log indices, states and one audit row per certificate in one transaction; idempotent."""
        with writing(self.engine) as connection:
            if connection.scalar(_STATE, {"of": batch}) != SEALED:
                return
            told = {"of": batch, "first": first_log_index, "now": now, "by": self._actor}
            connection.execute(_RELEASE, told)
            connection.execute(_NOTE_RELEASE, told)
            connection.execute(_CLOSE, {"of": batch})

    def record(self, number: str) -> Record:
        """Return a released certificate's record; raise `NumberUnknown`."""
        with reading(self.engine) as connection:
            row = connection.execute(
                select(CERTIFICATE).where(CERTIFICATE.c.number == number, CERTIFICATE.c.released_at.is_not(None))
            ).first()
        if row is None:
            raise NumberUnknown(number=number)
        return _record(row)

    def number_at(self, list_no: int, index: int) -> str | None:
        """Return the number of the released certificate in a status slot, None when it is none of this ledger's."""
        here = (CERTIFICATE.c.list == list_no) & (CERTIFICATE.c.index == index) & CERTIFICATE.c.released_at.is_not(None)
        with reading(self.engine) as connection:
            return connection.scalar(select(CERTIFICATE.c.number).where(here))

    def records(self, *, batch: str | None = None, kind: str | None = None) -> Iterator[Record]:
        """Yield released certificates in order of issue, of one batch or kind or all."""
        query = select(CERTIFICATE).where(CERTIFICATE.c.released_at.is_not(None)).order_by(CERTIFICATE.c.log_index)
        if batch is not None:
            query = query.where(CERTIFICATE.c.batch == batch)
        if kind is not None:
            query = query.where(CERTIFICATE.c.kind == kind)
        with reading(self.engine) as connection, connection.execute(query, execution_options=_STREAMED) as rows:
            for row in rows:
                yield _record(row)

    def sealed_bytes(self, number: str) -> tuple[bytes, str]:
        """Return the QR token (COSE bytes) and the document of a released certificate; raise `NumberUnknown`."""
        record = self.record(number)
        with reading(self.engine) as connection:
            locked = connection.scalar(select(PERSONAL.c.sealed).where(PERSONAL.c.id == record.id))
        if locked is None:
            raise NumberUnknown(number=number)
        return self._bytes(record.id, locked)

    def locked_token(self, number: str) -> tuple[bytes, bytes] | None:
        """Return id and ciphertext of a released certificate's sealed bytes, None where there is none; one snapshot read."""
        query = select(CERTIFICATE.c.id, PERSONAL.c.sealed).join(PERSONAL, PERSONAL.c.id == CERTIFICATE.c.id)
        named = (CERTIFICATE.c.number == number) & CERTIFICATE.c.released_at.is_not(None)
        with reading(self.engine) as connection:
            row = connection.execute(query.where(named & PERSONAL.c.sealed.is_not(None))).first()
        return None if row is None else (row.id, row.sealed)

    def lock_token(self, certificate_id: bytes, token: bytes) -> bytes:
        """Return the ciphertext that `unlock_token` opens, of a token that stands in no ledger."""
        return self._vault.lock(certificate_id, len(token).to_bytes(2, "big") + token)

    def unlock_token(self, certificate_id: bytes, locked: bytes) -> bytes:
        """Return the QR token (COSE bytes) in a ciphertext; raise `LedgerUnreadable`."""
        return self._bytes(certificate_id, locked)[0]

    def plan_change(self, planned: PlannedChange, now: int) -> None:
        """Store status changes durably before the registry is asked, so that a crash is mended by asking again."""
        changes = [_written(*each) for each in zip(planned.numbers, planned.changes, strict=True)]
        row = {"batch": planned.batch, "event": planned.event, "successor": planned.successor, "asked_at": now}
        with writing(self.engine) as connection:
            connection.execute(insert(CHANGE), {**row, "changes": json.dumps(changes).encode()})

    def planned_changes(self) -> list[PlannedChange]:
        """Return the changes that were planned and neither noted nor dropped, oldest first."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(CHANGE).order_by(CHANGE.c.asked_at, CHANGE.c.batch)).all()
        return [_planned(row) for row in rows]

    def under_way(self) -> frozenset[str]:
        """Return the numbers of the certificates whose status is being changed."""
        return frozenset(number for planned in self.planned_changes() for number in planned.numbers)

    def drop_change(self, batch: str) -> None:
        """Forget a planned change that the registry refused."""
        with writing(self.engine) as connection:
            connection.execute(delete(CHANGE).where(CHANGE.c.batch == batch))

    def note_change(self, planned: PlannedChange, log_indices: Sequence[int], now: int) -> None:
        """Record status changes that the registry has logged, with their audit rows; what is noted already is left alone."""
        audit = [
            {"at": now, "actor": self._actor, "act": planned.event, "subject": number, "log_index": log_index}
            for number, log_index in zip(planned.numbers, log_indices, strict=True)
        ]
        values: dict[str, object] = {"state": planned.event}
        if planned.successor is not None:
            values["successor"] = planned.successor
        with writing(self.engine) as connection:
            if not connection.execute(delete(CHANGE).where(CHANGE.c.batch == planned.batch)).rowcount:
                return
            for number in planned.numbers:
                connection.execute(update(CERTIFICATE).where(CERTIFICATE.c.number == number).values(values))
            connection.execute(insert(AUDIT), audit)

    def accounts(self) -> Iterator[Account]:
        """Yield every certificate, released or not, in the order of lists and slots, with its count of release rows."""
        releases = select(AUDIT.c.subject, func.count().label("releases")).where(AUDIT.c.act == "release")
        counted = releases.group_by(AUDIT.c.subject).subquery()
        query = (
            select(
                *(CERTIFICATE.c[name] for name in ("id", "number", "list", "index", "log_index", "state")),
                BATCH.c.state.label("batch_state"),
                func.coalesce(counted.c.releases, 0).label("releases"),
                PERSONAL.c.sealed.label("locked"),
            )
            .join(BATCH, BATCH.c.id == CERTIFICATE.c.batch)
            .outerjoin(PERSONAL, PERSONAL.c.id == CERTIFICATE.c.id)
            .outerjoin(counted, counted.c.subject == CERTIFICATE.c.number)
            .order_by(CERTIFICATE.c.list, CERTIFICATE.c.index)
        )
        with reading(self.engine) as connection, connection.execute(query, execution_options=_STREAMED) as rows:
            for row in rows:
                yield self._account(row)

    def _account(self, row: Any) -> Account:
        sealed, unreadable = None, False
        try:
            sealed = None if row.locked is None else self._bytes(row.id, row.locked)
        except (LedgerUnreadable, UnicodeDecodeError):
            unreadable = True
        return Account(
            row.number, row.list, row.index, row.log_index, row.state, row.batch_state, row.releases, sealed, unreadable
        )

    def changes(self) -> Iterator[tuple[str, int, int]]:
        """Yield (event, list, index) of every status change that was ever noted, oldest first."""
        query = (
            select(AUDIT.c.act, CERTIFICATE.c.list, CERTIFICATE.c.index)
            .join(CERTIFICATE, CERTIFICATE.c.number == AUDIT.c.subject)
            .where(AUDIT.c.act != "release", AUDIT.c.log_index.is_not(None))
            .order_by(AUDIT.c.log_index)
        )
        with reading(self.engine) as connection:
            yield from connection.execute(query).tuples()

    def size(self) -> int:
        """Return how many certificates stand in the ledger, released or not."""
        with reading(self.engine) as connection:
            return connection.scalar(select(func.count()).select_from(CERTIFICATE)) or 0

    def counts(self) -> dict[str, int]:
        """Return how many certificates stand in each state, and how many audit rows say "release"."""
        with reading(self.engine) as connection:
            states = connection.execute(select(CERTIFICATE.c.state, func.count()).group_by(CERTIFICATE.c.state))
            counted = dict(states.tuples().all())
            released = select(func.count()).select_from(AUDIT).where(AUDIT.c.act == "release")
            counted["audit_release"] = connection.scalar(released) or 0
        return counted


def _row(batch: str, place: int, certificate: SealedCertificate) -> dict[str, object]:
    return {
        "id": certificate.id,
        "number": certificate.number,
        "source_key": certificate.source_key,
        "batch": batch,
        "place": place,
        "row": certificate.row,
        "kind": certificate.kind,
        "body_code": certificate.body_code,
        "issued_at": certificate.issued_at,
        "state": SEALED,
        "list": certificate.list,
        "index": certificate.index,
    }


def _record(row: Any) -> Record:
    return Record(
        row.id, row.number, row.kind, row.body_code, row.batch, row.row, row.list, row.index, row.log_index, row.state,
        row.successor,
    )  # fmt: skip


def _written(number: str, change: StatusChange) -> dict[str, object]:
    members = asdict(change)
    return {**members, "number": number, "salt": change.salt.hex(), "detail": change.detail.hex()}


def _planned(row: Any) -> PlannedChange:
    """The reverse of `_written` for a whole row."""
    written = json.loads(row.changes)
    numbers = tuple(each.pop("number") for each in written)
    changes = tuple(
        StatusChange(
            **{**each, "salt": bytes.fromhex(each["salt"]), "detail": bytes.fromhex(each["detail"])},
        )
        for each in written
    )
    return PlannedChange(row.batch, row.event, row.successor, numbers, changes)
