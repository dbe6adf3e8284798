"""Evidence: the published, signed artifacts in hand, opened and proven once. Pure.

Where it ends: it fetches nothing and knows no clock. What it was not handed it names (`EvidenceMissing.path`), so that
`verifier.gather` can fetch it and `verifier.check` can say UNKNOWN. What it was handed and does not hold it rejects
(`EvidenceRejected`), which is UNKNOWN as well: a broken artifact proves nothing about a certificate.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, TypeVar

from keys.errors import KeysError
from keys.roots import Roots
from keys.rotation import Purpose
from registry import paths, tiles
from registry.checkpoint import OpenedCheckpoint, open_checkpoint
from registry.entries import CredentialEntry, ListEntry, decode
from registry.errors import RegistryError
from registry.events import EventRecord
from registry.hints import SLOTS_PER_BLOCK, lookup
from registry.lists import PublishedList, open_list
from registry.logview import LogView
from registry.merkle import leaf_hash
from registry.receipt import Receipt
from registry.statuslist import StatusList, open_status_list
from registry.trust import TrustList
from verifier.artifacts import Fetched, Issuer, Logged
from verifier.event_files import NO_EVENTS, open_event_file, open_leaves
from verifier.floor import Floor
from verifier.gaps import EvidenceGap, EvidenceMissing, EvidenceRejected
from verifier.policy import ONLINE, Policy

Opened = TypeVar("Opened")


class Evidence:
    """A snapshot of published artifacts by path. Opens each once, on first use, and remembers what came of it.

    `held` may grow while the snapshot lives (new paths), but a path's bytes never change within one snapshot: tiles
    and lists must belong together. Every public method raises `EvidenceMissing` or `EvidenceRejected`, nothing else.
    """

    def __init__(
        self,
        roots: Roots,
        held: Mapping[str, Fetched],
        *,
        policy: Policy = ONLINE,
        floor: Floor | None = None,
    ) -> None:
        self.roots = roots
        self._held = held
        self._require_ml_dsa = policy.require_ml_dsa
        self._witness_threshold = max(policy.witness_threshold, roots.witness_threshold)
        self._floor = floor or Floor()
        self._opened: dict[str, object] = {}
        self._bundles: dict[int, list[bytes]] = {}
        self._issuers: dict[bytes, Issuer | None] = {}
        self._logged: dict[int, Logged | None] = {}
        self._statuses: dict[int, StatusList] = {}
        self._trust: PublishedList | None = None
        self._trust_is_logged = False
        self._checkpoint: OpenedCheckpoint | None = None
        self._view: LogView | None = None
        self._forked: bool | None = None

    def seen(self) -> Floor:
        """Return what was accepted here so far: the checkpoint, the trust list's version and those of the status lists."""
        versions = {f"status/{number}": status.version for number, status in self._statuses.items()}
        if self._trust is not None:
            versions["trust"] = self._trust.version
        if self._forked:
            return Floor()  # a branch that was refused must not become what is believed from now on
        if self._checkpoint is None:
            return Floor(versions=versions)
        head = self._checkpoint.checkpoint
        if self._forked is None and 0 < self._floor.checkpoint_size < head.size:
            return Floor(versions=versions)  # not proven to continue what was seen
        return Floor(head.size, head.root, versions)

    def raw(self, path: str) -> bytes:
        """Return the bytes held for `path`; raise `EvidenceMissing`."""
        try:
            return self._held[path].data
        except KeyError:
            raise EvidenceMissing(path=path) from None

    def _once(self, path: str, opener: Callable[[bytes], Opened]) -> Opened:
        """Open what is held at `path` once; a rejection is remembered like a result."""
        if path not in self._opened:
            data = self.raw(path)
            try:
                self._opened[path] = opener(data)
            except (KeysError, RegistryError) as defect:
                self._opened[path] = EvidenceRejected(path=path, defect=defect.code)
            except EvidenceRejected as rejected:
                self._opened[path] = rejected
        found = self._opened[path]
        if isinstance(found, EvidenceRejected):
            raise found
        return found  # type: ignore[return-value]  # the cache holds what this path's opener returned

    def checkpoint(self) -> OpenedCheckpoint:
        """Return the newest checkpoint, signed by the log and cosigned as the roots demand; refuse a smaller log."""
        if self._checkpoint is None:
            self._checkpoint = self._once(paths.CHECKPOINT, self._open_newest_checkpoint)
        return self._checkpoint

    def _open_newest_checkpoint(self, note: bytes) -> OpenedCheckpoint:
        opened = self.opened_checkpoint(note)
        size, root = opened.checkpoint.size, opened.checkpoint.root
        if size < self._floor.checkpoint_size:
            raise EvidenceRejected(path=paths.CHECKPOINT, defect="check.log_shrank")
        if size == self._floor.checkpoint_size and self._floor.checkpoint_root not in (b"", root):
            raise EvidenceRejected(path=paths.CHECKPOINT, defect="check.log_forked")
        return opened

    def opened_checkpoint(self, note: bytes) -> OpenedCheckpoint:
        """Return any checkpoint, old or new, signed and cosigned as the roots demand. Raises RegistryError, KeysError."""
        return open_checkpoint(
            note,
            self.roots.log,
            self.roots.witnesses,
            require_ml_dsa=self._require_ml_dsa,
            witness_threshold=self._witness_threshold,
        )

    def known_heads(self) -> list[tuple[int, bytes]]:
        """Size and root of every head of the log that was accepted here: the newest in hand, and the floor."""
        known = [(self._floor.checkpoint_size, self._floor.checkpoint_root)] if self._floor.checkpoint_root else []
        with suppress(EvidenceGap):
            newest = self.checkpoint().checkpoint
            known.append((newest.size, newest.root))
        return known

    def published(self, name: str, purpose: Purpose) -> PublishedList:
        """Return the published list `name`, signed by the publishers of `purpose`; refuse a rolled-back version."""
        path = paths.list_path(name)
        opened = self._once(path, lambda data: open_list(data, self.roots.purposes[purpose], name=name, now=None))
        if opened.version < self._floor.version(name):
            raise EvidenceRejected(path=path, defect="check.list_rolled_back")
        return opened

    def trust(self) -> PublishedList:
        """Return the trust list's manifest."""
        if self._trust is None:
            self._trust = self.published("trust", Purpose.TRUST)
        return self._trust

    def trust_logged(self) -> None:
        """Return when the trust list in hand is proven to stand in the log; two publishers alone could sign another one."""
        if self._trust_is_logged:
            return
        trust = self.trust()
        if trust.version > MAX_VERSION:
            raise EvidenceRejected(path=paths.list_path("trust"), defect="registry.path_invalid")
        path = paths.list_proof_path("trust", trust.version)
        self._once(path, lambda proof: self._require_proven(path, proof, trust))
        self._trust_is_logged = True

    def _require_proven(self, path: str, proof: bytes, listed: PublishedList) -> ListEntry:
        _, entry = self._open_proof(path, proof, "check.list_not_logged")
        if (entry.name, entry.version, entry.digest) != (listed.name, listed.version, listed.digest):
            raise EvidenceRejected(path=path, defect="check.list_not_logged")
        return entry

    def issuer_of(self, kid8: bytes) -> Issuer | None:
        """Return the trusted body that owns the key, or None when the trust list proves that nobody does."""
        try:
            return self._issuers[kid8]
        except KeyError:
            _bound(self._issuers)
            found = self._issuers[kid8] = self._look_up(kid8)
            return found

    def _look_up(self, kid8: bytes) -> Issuer | None:
        manifest = self.trust()
        if manifest.version > MAX_VERSION:
            raise EvidenceRejected(path=paths.list_path("trust"), defect="registry.path_invalid")
        path = paths.trust_shard_path(manifest.version, kid8[0])
        trust = self._once(path, lambda shard: TrustList.from_manifest(manifest.content, {kid8[0]: shard}))
        found = trust.issuer_of(kid8)
        return Issuer(found[0], found[1], trust) if found else None

    def log_view(self) -> LogView:
        """Return the proven view of the newest checkpoint; its tiles are proven as they are needed.

        The tree must begin with the one seen before: who has seen one branch of a forked log refuses the other.
        """
        if self._view is None:
            checkpoint = self.checkpoint().checkpoint
            view = LogView(checkpoint.size, checkpoint.root, self._read_tile)
            self._require_descent(view)
            self._view = view
        return self._view

    def _require_descent(self, view: LogView) -> None:
        size, root = self._floor.checkpoint_size, self._floor.checkpoint_root
        if not 0 < size < view.size or not root or self._forked is False:
            return
        if self._forked is None:
            try:
                self._forked = tiles.root(size, lambda level, n, _width: view.tile(level, n)) != root
            except RegistryError as defect:
                raise EvidenceRejected(path=paths.CHECKPOINT, defect=defect.code) from None
        if self._forked:
            raise EvidenceRejected(path=paths.CHECKPOINT, defect="check.log_forked")

    def _read_tile(self, level: int, n: int, width: int) -> bytes:
        return self.raw(tiles.tile_path(level, n, width))

    def hinted(self, list_no: int, index: int) -> int | None:
        """Return the log index that the hint file names for a slot. A hint is where to look, never evidence."""
        block = self.raw(paths.hints_path(list_no, index // SLOTS_PER_BLOCK))
        try:
            return lookup(block, index)
        except RegistryError as defect:
            raise EvidenceRejected(path="hints", defect=defect.code) from None

    def logged(self, log_index: int) -> Logged | None:
        """Return the credential entry at `log_index`, its bytes proven under the checkpoint; None for another kind."""
        try:
            return self._logged[log_index]
        except KeyError:
            _bound(self._logged)
            found = self._logged[log_index] = self._prove_entry(log_index)
            return found

    def _prove_entry(self, log_index: int) -> Logged | None:
        view = self.log_view()
        body = self._entry(log_index, view.size)
        try:
            if view.leaf_hash(log_index) != leaf_hash(body):
                raise EvidenceRejected(path=tiles.bundle_path(log_index // 256), defect="check.entry_not_in_tree")
            entry = decode(body)
        except RegistryError as defect:
            raise EvidenceRejected(path=tiles.bundle_path(log_index // 256), defect=defect.code) from None
        return Logged(log_index, entry) if isinstance(entry, CredentialEntry) else None

    def _entry(self, log_index: int, size: int) -> bytes:
        bundle_no, place = divmod(log_index, 256)
        bundle = self._bundles.get(bundle_no)
        if bundle is None:
            width = min(256, size - bundle_no * 256)
            path = tiles.bundle_path(bundle_no, width)
            bundle = self._bundles[bundle_no] = self._once(path, tiles.decode_bundle)
        if place >= len(bundle):
            raise EvidenceRejected(path=tiles.bundle_path(bundle_no), defect="check.bundle_too_short")
        return bundle[place]

    def status(self, list_no: int) -> StatusList:
        """Return status list `list_no`, signed by the status key, its content proven to be logged."""
        found = self._statuses.get(list_no)
        if found is None:
            path = paths.status_path(list_no)
            found = self._once(path, lambda token: self._open_status(list_no, token))
            self._statuses[list_no] = found
        return found

    def _open_status(self, list_no: int, token: bytes) -> StatusList:
        status = open_status_list(token.decode("ascii", "replace"), self.roots.purposes[Purpose.STATUS], now=None)
        name = f"status/{list_no}"
        if status.list != list_no:
            raise EvidenceRejected(path=name, defect="check.status_list_other")
        if status.version < self._floor.version(name):
            raise EvidenceRejected(path=name, defect="check.list_rolled_back")
        index, entry = self._proven_list_entry(list_no)
        if (index, entry.name, entry.version, entry.digest, entry.extra) != (
            status.entry_index,
            name,
            status.version,
            status.digest,
            status.events_root,
        ):
            raise EvidenceRejected(path=name, defect="check.status_not_logged")
        return status

    def _proven_list_entry(self, list_no: int) -> tuple[int, ListEntry]:
        """The log index and the list entry that the list's own `tlog-proof` carries and proves."""
        path = paths.status_proof_path(list_no)
        return self._open_proof(path, self.raw(path), "check.status_not_logged")

    def _open_proof(self, path: str, proof: bytes, defect: str) -> tuple[int, ListEntry]:
        """The log index and the list entry that a `tlog-proof` carries and proves under a checkpoint of its own; `defect` names another."""
        receipt = Receipt.from_text(proof)
        opened = self.opened_checkpoint(receipt.checkpoint)
        body = receipt.extra or b""
        receipt.verify(leaf_hash(body), opened.checkpoint)
        entry = decode(body)
        if not isinstance(entry, ListEntry):
            raise EvidenceRejected(path=path, defect=defect)
        return receipt.index, entry

    def events(self, list_no: int, index: int) -> tuple[EventRecord, ...]:
        """Return a slot's events, oldest first, from a file whose hash the logged status list commits to."""
        block, leaf = self.event_file(list_no, index)
        if leaf == NO_EVENTS:
            return ()
        path = paths.events_path(list_no, block)
        records = self._once(path, lambda data: open_event_file(data, leaf, path))
        return tuple(record for record in records if record.slot == index)

    def event_file(self, list_no: int, index: int) -> tuple[int, bytes]:
        """Return the block and the leaf hash of the event file that covers a slot, as the logged list commits to it."""
        block = index // SLOTS_PER_BLOCK
        return block, self._event_leaves(list_no)[block]

    def _event_leaves(self, list_no: int) -> tuple[bytes, ...]:
        """The hashes of the list's event files, proven by the root in the logged status list."""
        root = self.status(list_no).events_root
        path = paths.events_leaves_path(list_no)
        return self._once(path, lambda data: open_leaves(data, root, path))


MAX_REMEMBERED: Final = 65_536
MAX_VERSION: Final = (1 << 32) - 1


def _bound(memory: dict[Any, Any]) -> None:
    """Keep what a stream of strange tokens can make us remember below a few megabytes."""
    if len(memory) >= MAX_REMEMBERED:
        memory.clear()
