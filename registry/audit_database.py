"""The audit's view of a database: its log, and every row of every table held against what the log amounts to."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice, pairwise

from sqlalchemy import BigInteger, Connection, Engine, Integer, LargeBinary, String, Table, func, select

from keys.algorithms import PublicKey
from keys.errors import KeysError
from keys.jwk import from_jwk
from keys.roots import Roots
from keys.strictjson import loads
from registry import listing, paths
from registry.api.journal_audit import audit_journal
from registry.audit_parts import (
    check_events,
    check_published,
    check_shards,
    compare_array,
    operators_of,
    roots_of_all_times,
)
from registry.batches import MAX_BATCH
from registry.errors import RegistryError
from registry.events import FILES_PER_LIST, EventRecord
from registry.merkle import leaf_hash, root_of
from registry.replay import Replay, ReplayedKey
from registry.statuses import NO_EVENTS, event_file, file_hashes
from registry.stored import read_head
from registry.tables import (
    APPEND_BATCH,
    CHANGE_BATCH,
    CHECKPOINT,
    ENTRY,
    EVENT,
    HEAD,
    ISSUER_KEY,
    METADATA,
    PUBLISHED,
    SLOT,
    SLOT_RUN,
    STATUS_LIST,
    TILE,
)
from web.database import reading

_CHUNK = 1024
_TYPES = {LargeBinary: "blob", Integer: "integer", BigInteger: "integer", String: "text"}
_NAMED = 20
_STREAMED = {"yield_per": 1000}  # or psycopg would hold the whole answer in memory


class DatabaseSource:
    """One snapshot of a registry's database, as `registry.audit.Source`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def opened(cls, engine: Engine) -> "Iterator[DatabaseSource]":
        """Open a snapshot: writers go on meanwhile and are not seen."""
        with reading(engine) as connection:
            yield cls(connection)

    def checkpoint(self) -> bytes | None:
        """Return the head's note."""
        head = read_head(self._connection)
        return None if head is None else head.note

    def bodies(self, size: int) -> Iterator[bytes | None]:
        """Yield entry bodies in order, None at the first gap."""
        for first in range(0, size, _CHUNK):
            end = min(first + _CHUNK, size)
            query = select(ENTRY.c.idx, ENTRY.c.body).where(ENTRY.c.idx >= first, ENTRY.c.idx < end)
            rows = self._connection.execute(query.order_by(ENTRY.c.idx)).all()
            for wanted, (index, body) in enumerate(rows, start=first):
                if index != wanted:
                    break
                yield bytes(body)
            if len(rows) != end - first:
                yield None

    def tile(self, level: int, n: int, width: int) -> bytes | None:
        """Return a stored tile."""
        query = select(TILE.c.body).where(TILE.c.level == level, TILE.c.n == n)
        found: bytes | None = self._connection.execute(query).scalar()
        return None if found is None else found[: 32 * width]

    def signed_roots(self) -> Iterator[tuple[int, bytes]]:
        """Yield every checkpoint ever signed."""
        query = select(CHECKPOINT.c.size, CHECKPOINT.c.note).order_by(CHECKPOINT.c.size).limit(_CHUNK)
        page = self._connection.execute(query).tuples().all()
        while page:
            yield from page
            page = self._connection.execute(query.where(CHECKPOINT.c.size > page[-1][0])).tuples().all()

    def sound(self, replay: Replay) -> bool:
        """Name columns that hold a value of another type, as only SQLite lets somebody write it."""
        if self._connection.dialect.name != "sqlite":
            return True
        for table in METADATA.sorted_tables:
            for column in table.columns:
                allowed = (_TYPES[type(column.type)], *(("null",) if column.nullable else ()))
                odd = func.typeof(column).not_in(allowed)
                if found := self._connection.execute(select(func.count()).select_from(table).where(odd)).scalar():
                    replay.find("row_type", table=table.name, column=column.name, rows=found)
        return not replay.findings

    def compare(self, replay: Replay, roots: Roots) -> None:
        """Hold every row against the replay."""
        keys = self._keys(replay)
        self._head(replay, roots)
        self._slots(replay)
        self._runs(replay)
        self._status_lists(replay)
        chain = self._chain(roots)
        self._events(replay, keys, operators_of(chain))
        self._batches(replay)
        audit_journal(self._connection, replay)
        self._published(replay, chain)

    def _chain(self, roots: Roots) -> Sequence[Roots]:
        """The recorded roots documents that lead to `roots`."""
        recorded = select(PUBLISHED.c.version, PUBLISHED.c.data).where(PUBLISHED.c.name == listing.ROOTS)
        rows = self._connection.execute(recorded)
        documents = {paths.roots_path(version): bytes(data) for version, data in rows}
        return roots_of_all_times(documents.get, roots)

    def _head(self, replay: Replay, roots: Roots) -> None:
        columns = (HEAD.c.origin, HEAD.c.size, HEAD.c.root, HEAD.c.t, HEAD.c.note)
        origin, size, root, t, note = self._connection.execute(select(*columns)).one()
        signed = bytes(note).split(b"\n")[1:3]  # `_audit` has opened it
        told = origin == roots.log.origin and signed == [b"%d" % size, b64encode(root)]
        if not told or (replay.size and t != replay.t):
            replay.find("head_row", size=size, t=t)
        newest = select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == size)
        if size and self._connection.execute(newest).scalar() != note:
            replay.find("checkpoint_row", size=size)
        beyond = (
            select(ENTRY.c.idx).where((ENTRY.c.idx >= size) | (ENTRY.c.idx < 0)).order_by(ENTRY.c.idx).limit(_NAMED)
        )
        for index in self._connection.execute(beyond).scalars():
            replay.find("entry_beyond_head", index=index)

    def _keys(self, replay: Replay) -> dict[bytes, PublicKey]:
        keys: dict[bytes, PublicKey] = {}
        columns = ("thumbprint", "kid8", "jwk", "body_code", "opened", "state", "closed", "boundary")
        for thumbprint, kid8, jwk, *life in self._connection.execute(select(*(ISSUER_KEY.c[name] for name in columns))):
            try:
                key = from_jwk(loads(jwk))
            except KeysError:
                replay.find("key_row", kid=kid8.hex())
                continue
            keys[key.kid8] = key
            if (key.thumbprint, key.kid8) != (thumbprint, kid8) or replay.keys.get(thumbprint) != ReplayedKey(*life):
                replay.find("key_row", kid=kid8.hex())
        for thumbprint in replay.keys.keys() - {key.thumbprint for key in keys.values()}:
            replay.find("key_row_missing", kid=thumbprint[:8].hex())
        return keys

    def _slots(self, replay: Replay) -> None:
        rows = 0
        for number, slot, log_index, kid8 in self._connection.execute(
            select(SLOT.c.list, SLOT.c.index, SLOT.c.log_index, SLOT.c.kid8), execution_options=_STREAMED
        ):
            held = replay.lists.get(number)
            if held is None or not 0 <= slot < len(held.filled_by) or held.filled_by[slot] != log_index:
                replay.find("slot_row", list=number, slot=slot, index=log_index)
                continue
            rows += 1
            if replay.sealer_of(number, slot) != kid8:
                replay.find("slot_row", list=number, slot=slot, index=log_index)
        if rows != replay.certificates:
            replay.find("slot_rows_missing", rows=rows, logged=replay.certificates)

    def _runs(self, replay: Replay) -> None:
        """Slots were given out in runs that do not overlap, and every certificate stands in one."""
        query = select(SLOT_RUN.c.list, SLOT_RUN.c.first, SLOT_RUN.c.count).order_by(SLOT_RUN.c.list, SLOT_RUN.c.first)
        runs = [(number, first, first + count) for number, first, count in self._connection.execute(query).tuples()]
        for (number, _, end), (following, first, _) in pairwise(runs):
            if number == following and first < end:
                replay.find("runs_overlap", list=number, slot=first)
        self._used(replay, {number: end for number, _, end in runs})
        for number, held in replay.lists.items():
            reserved = bytearray(len(held.filled_by))
            for _, first, end in (run for run in runs if run[0] == number):
                reserved[first:end] = b"\x01" * (end - first)
            for slot, log_index in enumerate(held.filled_by):
                if log_index >= 0 and not reserved[slot]:
                    replay.find("slot_unreserved", index=log_index, list=number, slot=slot)

    def _used(self, replay: Replay, ends: dict[int, int]) -> None:
        """The next run begins where the last one ends; a lower mark would give slots out twice."""
        for number, used in self._connection.execute(select(STATUS_LIST.c.no, STATUS_LIST.c.used)).tuples():
            if used != ends.get(number, 0):
                replay.find("slots_used", list=number, used=used, reserved=ends.get(number, 0))

    def _status_lists(self, replay: Replay) -> None:
        seen = set()
        columns = ("no", "array", "version", "log_index", "digest", "events_root")
        for number, array, version, log_index, digest, events_root in self._connection.execute(
            select(*(STATUS_LIST.c[name] for name in columns))
        ):
            seen.add(number)
            fresh = replay.lists.get(number)
            if fresh is None:
                if array != b"\x55" * len(array) or (version, log_index, events_root) != (0, None, NO_EVENTS):
                    replay.find("status_row", list=number)
                continue
            compare_array(replay, number, fresh, array, "array_differs")
            expected = (fresh.version, fresh.log_index, fresh.events_root or NO_EVENTS, sha256(fresh.packed).digest())
            if (version, log_index, events_root, digest) != expected:
                replay.find("status_row", list=number)
        for number in replay.lists.keys() - seen:
            replay.find("status_row", list=number)

    def _events(self, replay: Replay, keys: dict[bytes, PublicKey], operators: Sequence[PublicKey]) -> None:
        seen = check_events(replay, self._records(replay), keys, operators)
        for index in sorted(replay.events.keys() - seen):
            replay.find("event_missing", index=index)
        blocks = replay.event_blocks()
        for number, held in replay.lists.items():
            self._event_files(replay, number, sorted(blocks.get(number, ())), held.events_root or NO_EVENTS)

    def _event_files(self, replay: Replay, number: int, blocks: list[int], committed: bytes) -> None:
        expected = [leaf_hash(b"")] * FILES_PER_LIST
        try:
            for block in blocks:
                expected[block] = leaf_hash(event_file(self._connection, number, block, {}))
        except RegistryError as error:
            replay.find("events_root", list=number, defect=error.code)
            return
        if file_hashes(self._connection, number) != expected or root_of(expected) != committed:
            replay.find("events_root", list=number, defect="not what the log commits to")

    def _records(self, replay: Replay) -> Iterable[EventRecord]:
        query = select(EVENT.c.log_index, EVENT.c.list, EVENT.c.index, EVENT.c.salt, EVENT.c.detail, ENTRY.c.body)
        joined = query.join_from(EVENT, ENTRY, ENTRY.c.idx == EVENT.c.log_index, isouter=True)
        ordered = joined.order_by(EVENT.c.log_index)
        for log_index, number, slot, salt, detail, body in self._connection.execute(
            ordered, execution_options=_STREAMED
        ):
            try:
                record = EventRecord(log_index, body or b"", salt, detail)
            except RegistryError as error:
                replay.find("event_detail", index=log_index, defect=error.code)
                continue
            if (record.change.list, record.change.index) != (number, slot):
                replay.find("event_differs", index=log_index)
            yield record

    def _batches(self, replay: Replay) -> None:
        """As many certificates and status changes were asked for as were logged, each batch stands where it was answered."""
        tables = ((APPEND_BATCH, SLOT, replay.certificates), (CHANGE_BATCH, EVENT, len(replay.events)))
        for table, placed, logged in tables:
            rows = select(func.coalesce(func.sum(table.c.count), 0))
            if (asked := self._connection.execute(rows).scalar()) != logged:
                replay.find("batch_rows", table=table.name, asked=asked, logged=logged)
            for batch in islice(self._misplaced(table, placed), _NAMED):
                replay.find("batch_row", table=table.name, batch=batch)

    def _misplaced(self, table: Table, placed: Table) -> Iterator[str]:
        """Yield the batches that are not the next run of entries in the log, or were answered with no signed checkpoint."""
        columns = (table.c.batch, table.c.first_index, table.c.count, table.c.size)
        signed = select(CHECKPOINT.c.size).where(CHECKPOINT.c.size == table.c.size).exists()
        batches = select(*columns, signed).order_by(table.c.first_index)
        logged = select(placed.c.log_index).order_by(placed.c.log_index)
        entries = self._connection.execute(logged, execution_options=_STREAMED)
        with entries, self._connection.execute(batches, execution_options=_STREAMED) as rows:
            indices = entries.scalars()
            for batch, first, count, size, answered in rows:
                run = list(islice(indices, max(0, min(count, MAX_BATCH))))
                stands = len(run) == count > 0 and (run[0], run[-1]) == (first, first + count - 1)
                if not (stands and answered and first + count <= size):
                    yield batch

    def _published(self, replay: Replay, chain: Sequence[Roots]) -> None:
        seen = set()
        query = select(PUBLISHED.c.name, PUBLISHED.c.version, PUBLISHED.c.data, PUBLISHED.c.log_index)
        for name, version, data, log_index in self._connection.execute(query).all():
            seen.add((name, version))
            opened = check_published(replay, name, version, data, chain)
            if replay.published.get(name, {}).get(version, (None,))[0] != log_index:
                replay.find("list_not_logged", name=name, version=version)
            if opened is not None and name == listing.TRUST:
                check_shards(replay, opened, listing.read_shards(self._connection, version))
        for name, versions in replay.published.items():
            for version in versions:
                if (name, version) not in seen:
                    replay.find("list_missing", name=name, version=version)
