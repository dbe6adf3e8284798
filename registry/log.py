"""Grows the log: one transaction for everything that belongs together, and a checkpoint only over bytes read back.

`Log.growing()` is the only way in. Inside the block the one writer's place is taken (`web.database.writing`) and the head's
row locked (PostgreSQL, also against other programs), so whoever is inside sees every earlier commit. At its end entries and tiles are stored, read back and hashed a
second way, the checkpoint is signed and verified, and all of it is committed; then the watermark is raised. Nothing may be
acknowledged before the block has ended. A kill at any moment leaves the state before or the state after, never between.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field
from threading import Lock
from typing import Final

from sqlalchemy import Connection, Engine, bindparam, insert, text, update

from keys.roots import LogIdentity
from keys.signer import Signer
from registry.checkpoint import Checkpoint, open_checkpoint, sign
from registry.entries import CredentialEntry, Entry, decode, encode
from registry.errors import EntryInvalid, EvidenceMissing, ProofInvalid, TileInvalid
from registry.logview import LogView
from registry.merkle import EMPTY_ROOT, leaf_hash
from registry.recompute import frontier_of, recheck
from registry.refusals import (
    Busy,
    DatabaseMoved,
    NotFounded,
    OlderThanWitnessed,
    OtherLog,
    StoredBytesDiffer,
)
from registry.respelling import require_meant
from registry.stored import SELECT_HEAD, Head, read_head, require_head, stored_bodies, stored_tile, storing, tile_reader
from registry.tables import CHECKPOINT, ENTRY, HEAD
from registry.tiles import grow, read_tails
from registry.watermark import Watermark
from web.database import BUSY_SECONDS, add_rows, reading, writing

_UPSERT_TILE = text(
    "INSERT INTO tile (level, n, body) VALUES (:level, :n, :body) ON CONFLICT (level, n) DO UPDATE SET body = excluded.body"
)
_LOCK_HEAD = SELECT_HEAD.with_for_update()  # SQLite ignores it: there the transaction itself is the lock
_MOVE_HEAD = update(HEAD).values({name: bindparam(name) for name in ("size", "root", "t", "note")})
_ADD_CHECKPOINT = insert(CHECKPOINT)
_KNOWN = 4096
MOVED: Final = "moved "
"""Stands before the origin in the head of a database whose log lives elsewhere now (`registry.moving`)."""


class Growth:
    """What one transaction adds. `t` is its one time, `next_index` where the next entry will stand."""

    def __init__(self, connection: Connection, head: Head, now: int, known: Mapping[int, Entry]) -> None:
        self.connection = connection
        self.head = head
        self.t = max(now, head.t)  # a clock that goes back does not take the log with it
        self.bodies: list[bytes] = []
        self.entries: list[Entry] = []
        self.learnt: dict[int, Entry] = {}
        self._known = known
        self._proofs = LogView(head.size, head.root, tile_reader(connection))
        self._old_size = head.size  # `head` becomes the new one at the end

    @property
    def next_index(self) -> int:
        """The log index of the next entry to be added."""
        return self._old_size + len(self.bodies)

    def add(self, entry: Entry) -> int:
        """Add one entry; return its log index."""
        index = self.next_index
        self.bodies.append(encode(entry))
        self.entries.append(entry)
        if not isinstance(entry, CredentialEntry):
            self.learnt[index] = entry
        return index

    def proven(self, index: int) -> Entry:
        """Return a stored entry, proven under the signed head this transaction began with. Raises StoredBytesDiffer."""
        if not 0 <= index < self.next_index:
            raise StoredBytesDiffer(what="entry", index=index)
        if index >= self._old_size:
            return decode(self.bodies[index - self._old_size])
        if index not in self._known and index not in self.learnt:
            self.learnt[index] = self._prove(index)
        return self._known.get(index) or self.learnt[index]

    def _prove(self, index: int) -> Entry:
        found = stored_bodies(self.connection, index, index + 1)
        try:
            if not found or self._proofs.leaf_hash(index) != leaf_hash(found[0]):
                raise StoredBytesDiffer(what="entry", index=index)
            return decode(found[0])
        except (ProofInvalid, TileInvalid, EvidenceMissing, EntryInvalid) as error:
            raise StoredBytesDiffer(what="entry", index=index) from error


@dataclass(frozen=True, slots=True)
class Log:
    """One append-only log in one database, signed by one Ed25519 and one ML-DSA-44 key.

    `clock` gives UNIX seconds; `watermark` lies outside whatever is backed up with the database.
    """

    engine: Engine
    _: KW_ONLY
    origin: str
    ed25519: Signer
    ml_dsa_44: Signer
    clock: Callable[[], int]
    watermark: Watermark
    _known: dict[int, Entry] = field(default_factory=dict, repr=False, compare=False)
    _turn: Lock = field(default_factory=Lock, repr=False, compare=False)

    @property
    def identity(self) -> LogIdentity:
        """The log's name and public keys."""
        return LogIdentity(self.origin, self.ed25519.public_key, self.ml_dsa_44.public_key)

    def found(self) -> Head:
        """Begin the log with a signed empty tree; return the head. Harmless when it was founded before."""
        with storing(), writing(self.engine) as connection:
            if (found := read_head(connection)) is None:
                self._require_watermark(connection, Head(0, EMPTY_ROOT, 0, b""))
                now = self.clock()
                found = Head(0, EMPTY_ROOT, now, self._signed(0, EMPTY_ROOT, now))
                _insert_head(connection, self.origin, found)
        return found

    def head(self) -> Head:
        """Return the newest committed head. Raises NotFounded."""
        with self.looking() as connection:
            return require_head(connection)

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """One snapshot of the database, for reading. Raises Busy, StorageLost, StorageFailed."""
        with storing(), reading(self.engine) as connection:
            yield connection

    @contextmanager
    def growing(self) -> Iterator[Growth]:
        """One writing transaction over the log and whatever else the block writes through `growth.connection`.

        When the block ends, `growth.head` is the new head, committed. When it raises, nothing has happened.
        Threads of one process take turns here: a store's own waiting may sleep and look again, which starves somebody.
        Raises OlderThanWitnessed, StoredBytesDiffer, Busy, StorageLost, StorageFailed, StorageConflict.
        """
        with self._in_turn(), storing(), writing(self.engine) as connection:
            growth = Growth(connection, self._locked_head(connection), self.clock(), self._known)
            yield growth
            if growth.bodies:
                growth.head = self._seal(growth)
        with storing():
            self.watermark.raise_to(growth.head.size, growth.head.root)
        self._remember(growth)

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise Busy
        try:
            yield
        finally:
            self._turn.release()

    def _remember(self, growth: Growth) -> None:
        """Every later head descends from the mark, so what has been proven below it needs no second proof."""
        if len(self._known) > _KNOWN:
            self._known.clear()
        self._known.update(growth.learnt)

    def _locked_head(self, connection: Connection) -> Head:
        row = connection.execute(_LOCK_HEAD).one_or_none()
        if row is None:
            raise NotFounded
        *fields, origin = row
        if origin.startswith(MOVED):
            raise DatabaseMoved(origin=self.origin)
        if origin != self.origin:
            raise OtherLog(found=origin, expected=self.origin)
        head = Head(*fields)
        self._require_watermark(connection, head)
        return head

    def _require_watermark(self, connection: Connection, head: Head) -> None:
        """Refuse a head below the mark, and one above it that does not descend from it."""
        mark = self.watermark.read()
        if mark is None or mark == (head.size, head.root):
            return
        size, root = mark
        if size >= head.size or frontier_of(size, stored_tile(connection)).root() != root:
            raise OlderThanWitnessed(size=head.size, witnessed=size)
        self.require_signed(head)  # above the mark after a kill between commit and mark, or by an insider's hand

    def require_signed(self, head: Head) -> None:
        """Raise StoredBytesDiffer unless the head's note carries our own signatures over this very size and root."""
        opened = open_checkpoint(head.note, self.identity, (), require_ml_dsa=True, witness_threshold=0)
        if (opened.checkpoint.size, opened.checkpoint.root) != (head.size, head.root):
            raise StoredBytesDiffer(what="head", size=head.size)

    def _seal(self, growth: Growth) -> Head:
        connection, old = growth.connection, growth.head
        grown = grow(old.size, read_tails(old.size, tile_reader(connection)), [leaf_hash(b) for b in growth.bodies])
        _store(connection, old.size, growth.bodies, grown.tiles)
        stored = stored_bodies(connection, old.size, grown.size)
        if recheck(old.size, old.root, stored, stored_tile(connection)) != grown.root or stored != growth.bodies:
            raise StoredBytesDiffer(what="root", size=grown.size)
        require_meant(old.size, growth.entries, stored)
        head = Head(grown.size, grown.root, growth.t, self._signed(grown.size, grown.root, growth.t))
        connection.execute(_MOVE_HEAD, {"size": head.size, "root": head.root, "t": head.t, "note": head.note})
        connection.execute(_ADD_CHECKPOINT, {"size": head.size, "note": head.note})
        return head

    def _signed(self, size: int, root: bytes, now: int) -> bytes:
        note = sign(Checkpoint(self.origin, size, root), self.ed25519, self.ml_dsa_44, now)
        opened = open_checkpoint(note, self.identity, (), require_ml_dsa=True, witness_threshold=0)
        if (opened.checkpoint.size, opened.checkpoint.root) != (size, root):
            raise StoredBytesDiffer(what="signed note", size=size)
        return note


def _store(connection: Connection, first: int, bodies: list[bytes], tiles: dict[tuple[int, int], bytes]) -> None:
    add_rows(connection, ENTRY, list(enumerate(bodies, first)))
    connection.execute(_UPSERT_TILE, [{"level": level, "n": n, "body": body} for (level, n), body in tiles.items()])


def _insert_head(connection: Connection, origin: str, head: Head) -> None:
    row = {"one": 1, "origin": origin, "size": head.size, "root": head.root, "t": head.t, "note": head.note}
    connection.execute(HEAD.insert(), row)
