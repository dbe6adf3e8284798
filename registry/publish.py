"""Publishes the log as a folder of static files: incrementally, each file whole, the checkpoint last.

A row is not evidence, so nothing is copied out of the database on trust: entries and tiles are hashed up to the signed
root, status lists, events and published lists must be the ones that proven entries commit to. Whatever an insider with SQL
wrote makes the publication stop with a code that names it, before anything is signed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select, update

from keys.signer import Signer
from registry import listing, paths
from registry.checkpoint import open_checkpoint, read_body
from registry.entries import Entry, decode
from registry.errors import RegistryError, WitnessesMissing
from registry.list_files import ListFiles
from registry.log import Log
from registry.logview import LogView
from registry.merkle import leaf_hash
from registry.note import read_note
from registry.proving import RangeProver
from registry.recompute import frontier_of, recheck
from registry.refusals import NotRetrievable, OlderThanWitnessed, OtherLog, StoredBytesDiffer
from registry.shelf import Shelf, open_shelf
from registry.status_files import StatusFiles
from registry.stored import require_head, stored_bodies, stored_tile, storing, tile_reader
from registry.tables import CHECKPOINT
from registry.tiles import (
    WIDTH,
    bundle_path,
    consistency_proof,
    decode_bundle,
    encode_bundle,
    tile_path,
    width_of,
    widths,
)
from registry.witnesses.cosigner import Cosign
from registry.witnesses.gathering import Missing, gather
from registry.witnesses.refusals import TooFewWitnesses
from web.database import reading, writing

_CHUNK: Final = 256 * WIDTH
_STATUS: Final = "status/"


@dataclass(frozen=True, slots=True)
class Publication:
    """What one publication laid out: the log's size, the cosigned checkpoint, how many files were written, who is missing."""

    size: int
    checkpoint: bytes
    written: int
    missing: tuple[Missing, ...] = ()


def publish(
    log: Log, folder: Path, *, status_signer: Signer, witnesses: Sequence[Cosign], registry_url: str
) -> Publication:
    """Bring `folder` up to the newest committed head; return what was published.

    Status lists are signed anew each time, so run it at least every few hours (a list lives for seven days, verifiers
    want it younger) and after every change. `witnesses` are asked all at once, for a few seconds; one elsewhere that
    gives no cosignature (WitnessAbsent, OSError) is left out and named as long as the roots' threshold holds, one of this
    process that refuses stops the publication. Raises StoredBytesDiffer,
    ArrayDiffersFromLog, OlderThanWitnessed, OtherLog, WitnessRefuses, WitnessConflict, WitnessesMissing,
    StorageFailed.
    """
    with storing(), open_shelf(folder) as shelf:
        with reading(log.engine) as connection:
            edition = _Edition(log, connection, shelf, status_signer, registry_url)
            old_size = edition.require_descent()
            shelf.forget_after(old_size)
            edition.lay_out_log(old_size)
            edition.lay_out_lists()
            note = edition.cosigned(witnesses)
            edition.lay_out_list_proofs(note)
            edition.lay_out_hints(old_size)
            edition.lay_out_statuses(note)
        _note_cosigned(log, edition.head.size, edition.cosigned_at)
        shelf.close(note, old_size)
        return Publication(edition.head.size, note, shelf.written, edition.missing)


class _Edition:
    """One publication of one snapshot of the database."""

    def __init__(
        self, log: Log, connection: Connection, shelf: Shelf, status_signer: Signer, registry_url: str
    ) -> None:
        self.head = require_head(connection)
        log.require_signed(self.head)
        self.cosigned_at: int | None = None
        self.missing: tuple[Missing, ...] = ()
        self._log = log
        self._connection = connection
        self._shelf = shelf
        self._read = tile_reader(connection)
        self._view = LogView(self.head.size, self.head.root, self._read_once)
        self._now = log.clock()
        self._lists = ListFiles(connection, shelf, self._proven)
        self._statuses = StatusFiles(
            connection, shelf, self._proven, status_signer, registry_url.rstrip("/"), self._now
        )

    def _read_once(self, level: int, n: int, width: int) -> bytes:
        """Read a tile and forget it: a reader that remembers would hold the whole log in the end."""
        return tile_reader(self._connection)(level, n, width)

    def require_descent(self) -> int:
        """Return the size published before; what is published next must begin with it, and lie above the watermark."""
        note = self._shelf.read(paths.CHECKPOINT)
        self._log.watermark.raise_to(self.head.size, self.head.root)
        mark = self._log.watermark.read()
        if mark is not None and mark[0] == self.head.size and mark[1] != self.head.root:
            raise OlderThanWitnessed(size=self.head.size, witnessed=mark[0])
        if mark is not None and mark[0] > self.head.size and self._log.head().size < mark[0]:  # no writer overtook us
            raise OlderThanWitnessed(size=self.head.size, witnessed=mark[0])
        if note is None:
            return 0
        before = read_body(read_note(note).text)
        if before.origin != self._log.origin:
            raise OtherLog(found=before.origin, expected=self._log.origin)
        root = frontier_of(before.size, stored_tile(self._connection)).root()
        if before.size > self.head.size or root != before.root:
            raise OlderThanWitnessed(size=self.head.size, witnessed=before.size)
        return before.size

    # the log --------------------------------------------------------------------------------------------------------

    def lay_out_log(self, old_size: int) -> None:
        """Lay out new entry bundles and tiles, after hashing all of them up to the signed root."""
        start = min(old_size, self._shelf.memory.newest.size) & ~255
        root = frontier_of(start, stored_tile(self._connection)).root()
        for first in range(start, self.head.size, _CHUNK):
            end = min(first + _CHUNK, self.head.size)
            bodies = stored_bodies(self._connection, first, end)
            tile = stored_tile(self._connection)
            if len(bodies) != end - first:
                raise StoredBytesDiffer(what="entries missing", index=first)
            root = recheck(first, root, bodies, tile)
            self._shelf.memory.newest.read(first, bodies)
            self._put_bundles(first // WIDTH, bodies)
        if root != self.head.root:
            raise StoredBytesDiffer(what="root", size=self.head.size)
        self._put_tiles(old_size)

    def _put_bundles(self, n: int, bodies: list[bytes]) -> None:
        for at in range(0, len(bodies), WIDTH):
            bundle, number = bodies[at : at + WIDTH], n + at // WIDTH
            encoded = encode_bundle(bundle)
            if decode_bundle(encoded) != bundle:
                raise StoredBytesDiffer(what="bundle", n=number)
            self._shelf.put(bundle_path(number, len(bundle)), encoded)

    def _put_tiles(self, old_size: int) -> None:
        size, level = self.head.size, 0
        if old_size == size:
            return
        while size >> (8 * level):
            for n in range(old_size >> (8 * level + 8), ((size >> (8 * level)) + WIDTH - 1) // WIDTH):
                width = width_of(size, level, n)
                self._shelf.put(tile_path(level, n, width), self._proven_tile(level, n))
            level += 1
        self._shelf.memory.partials.update(widths(size))

    def _proven_tile(self, level: int, n: int) -> bytes:
        try:
            return self._view.tile(level, n)
        except RegistryError as error:
            raise StoredBytesDiffer(what="tile", level=level, n=n) from error

    def _proven(self, index: int, what: str) -> tuple[bytes, Entry]:
        """The body and meaning of one entry, proven under the head."""
        found = stored_bodies(self._connection, index, index + 1)
        try:
            if found and self._view.leaf_hash(index) == leaf_hash(found[0]):
                return found[0], decode(found[0])
        except RegistryError as error:
            raise StoredBytesDiffer(what=what, index=index) from error
        raise StoredBytesDiffer(what=what, index=index)

    # witnesses ------------------------------------------------------------------------------------------------------

    def cosigned(self, witnesses: Sequence[Cosign]) -> bytes:
        """Return the head's note with the witnesses' cosignatures, enough of them for the newest roots."""
        try:
            roots = listing.newest_roots(self._connection)
        except NotRetrievable:
            roots = None
        gathered = gather(
            self.head.note,
            witnesses,
            lambda old, new: consistency_proof(old, new, self._read),
            enough=roots.witness_threshold if roots else len(witnesses),
        )
        note, self.missing = gathered.note, gathered.missing
        if roots is None:
            self.cosigned_at = self._now if witnesses and not self.missing else None
            return note
        threshold = roots.witness_threshold if witnesses else 0
        try:
            opened = open_checkpoint(
                note, self._log.identity, roots.witnesses, require_ml_dsa=True, witness_threshold=threshold
            )
        except WitnessesMissing as error:
            absent = ", ".join(f"{each.witness} [{each.code}]" for each in self.missing)
            raise TooFewWitnesses(**error.params, absent=absent or "-") from error
        self.cosigned_at = opened.time
        return note

    # lists, hints, statuses -----------------------------------------------------------------------------------------

    def lay_out_lists(self) -> None:
        """Lay out every version of every published list and of the roots that is not there yet."""
        self._lists.lay_out(self._now)
        self._require_newest(lambda name: not name.startswith(_STATUS))

    def lay_out_list_proofs(self, note: bytes) -> None:
        """Lay out the proofs that the published lists are logged; none under a note that no witness has signed."""
        if self.cosigned_at is not None:
            prover = RangeProver(self.head.size, self._read)
            self._lists.lay_out_proofs(note, prover.proof, self._now)

    def _require_newest(self, mine: Callable[[str], bool]) -> None:
        """Of every list the newest version in the log must be what was laid out, and no row may be missing."""
        for name, (index, version) in self._shelf.memory.newest.lists.items():
            if mine(name) and self._shelf.memory.lists.get(name) != version:
                raise StoredBytesDiffer(what=f"{name} {version}", index=index)

    def lay_out_hints(self, old_size: int) -> None:
        """Lay out the hint files in which certificates were added."""
        self._statuses.lay_out_hints(old_size)

    def lay_out_statuses(self, note: bytes) -> None:
        """Lay out every status list, signed now, with the proof that its content is logged; events where they changed."""
        self._statuses.lay_out(note, RangeProver(self.head.size, self._read).proof)
        self._require_newest(lambda name: name.startswith(_STATUS))


def _note_cosigned(log: Log, size: int, cosigned_at: int | None) -> None:
    """Remember when a checkpoint was first cosigned: `compromise` needs the last one before a loss."""
    if cosigned_at is None:
        return
    here = (CHECKPOINT.c.size == size) & CHECKPOINT.c.cosigned_at.is_(None)
    with reading(log.engine) as connection:
        if connection.execute(select(CHECKPOINT.c.size).where(here)).first() is None:
            return
    with storing(), writing(log.engine) as connection:
        connection.execute(update(CHECKPOINT).where(here).values(cosigned_at=cosigned_at))
