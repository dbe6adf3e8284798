"""The audit's view of a published folder: its log, and every file beside it held against what the log amounts to."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from keys.algorithms import PublicKey
from keys.b64 import unb64u
from keys.errors import KeysError
from keys.jwk import from_jwk
from keys.jws import read_compact
from keys.roots import Roots
from keys.rotation import Purpose
from keys.strictjson import loads
from registry import listing, paths
from registry.audit_parts import (
    bits_of,
    check_events,
    check_published,
    check_shards,
    compare_array,
    hints_of,
    keys_in,
    operators_of,
    roots_of_all_times,
)
from registry.checkpoint import open_checkpoint
from registry.errors import RegistryError
from registry.events import FILES_PER_LIST, EventRecord, decode_events
from registry.lists import in_force, peek_list
from registry.merkle import leaf_hash, root_of
from registry.receipt import Receipt
from registry.replay import SLOTS, Replay, ReplayedList
from registry.statuslist import open_status_list
from registry.tiles import WIDTH, bundle_path, decode_bundle, tile_path
from registry.trust import SHARDS

_BITSTRINGS = {"revocation": frozenset({1, 3}), "suspension": frozenset({2})}
_MAX_TOKEN = 1 << 20


class FolderSource:
    """A published folder on this machine, as `registry.audit.Source`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _file(self, path: str) -> bytes | None:
        file = self._folder / path
        return file.read_bytes() if file.is_file() else None

    def checkpoint(self) -> bytes | None:
        """Return the published checkpoint."""
        return self._file(paths.CHECKPOINT)

    def bodies(self, size: int) -> Iterator[bytes | None]:
        """Yield the entries out of the bundles, None where a bundle is missing, unreadable or too short."""
        for first in range(0, size, WIDTH):
            n, width = first // WIDTH, min(WIDTH, size - first)
            bundle = self._file(bundle_path(n, width)) or self._file(bundle_path(n))
            try:
                entries = decode_bundle(bundle or b"")[:width]
            except RegistryError:
                entries = []
            yield from entries
            if len(entries) < width:
                yield None

    def tile(self, level: int, n: int, width: int) -> bytes | None:
        """Return a published tile, the full one where the partial one is gone."""
        return self._file(tile_path(level, n, width)) or self._file(tile_path(level, n))

    def signed_roots(self) -> Iterator[tuple[int, bytes]]:
        """A folder keeps no earlier checkpoints."""
        return iter(())

    def sound(self, _replay: Replay) -> bool:
        """Files are bytes; each is judged when it is read."""
        return True

    def compare(self, replay: Replay, roots: Roots) -> None:
        """Hold every published file against the replay."""
        self._cosignatures(replay, roots)
        chain = roots_of_all_times(self._file, roots)
        shards = self._published(replay, roots, chain)
        keys = {key.kid8: key for key in _parsed(shards)}
        blocks = replay.event_blocks()
        for number, held in sorted(replay.lists.items()):
            if held.version:
                self._status(replay, number, held, roots)
                self._proof(replay, number, held, roots)
                self._bitstrings(replay, number, held, roots)
                self._events(replay, number, held, (keys, operators_of(chain)), blocks.get(number, set()))
            self._hints(replay, number, held)
        self._surplus(replay)

    def _cosignatures(self, replay: Replay, roots: Roots) -> None:
        try:
            self._opened(self.checkpoint() or b"", roots)
        except (RegistryError, KeysError) as error:
            replay.find("checkpoint_uncosigned", defect=error.code)

    def _opened(self, note: bytes, roots: Roots) -> Any:
        threshold = roots.witness_threshold
        return open_checkpoint(note, roots.log, roots.witnesses, require_ml_dsa=True, witness_threshold=threshold)

    def _need(self, replay: Replay, path: str) -> bytes | None:
        if (data := self._file(path)) is None:
            replay.find("file_missing", path=path)
        return data

    def _status(self, replay: Replay, number: int, held: ReplayedList, roots: Roots) -> None:
        path = paths.status_path(number)
        if (token := self._need(replay, path)) is None:
            return
        try:
            opened = open_status_list(token, roots.key_set(Purpose.STATUS), None)
        except RegistryError as error:
            replay.find("file_differs", path=path, defect=error.code)
            return
        compare_array(replay, number, held, bytes(opened.array), "status_differs")
        found = (opened.list, opened.version, opened.entry_index, opened.events_root)
        if found != (number, held.version, held.log_index, held.events_root):
            replay.find("file_differs", path=path, defect="version")

    def _proof(self, replay: Replay, number: int, held: ReplayedList, roots: Roots) -> None:
        self._proven(replay, paths.status_proof_path(number), held.log_index, roots)

    def _proven(self, replay: Replay, path: str, log_index: int | None, roots: Roots) -> None:
        if (text := self._need(replay, path)) is None:
            return
        try:
            receipt = Receipt.from_text(text)
            receipt.verify(leaf_hash(receipt.extra or b""), self._opened(receipt.checkpoint, roots).checkpoint)
        except (RegistryError, KeysError) as error:
            replay.find("file_differs", path=path, defect=error.code)
            return
        if receipt.index != log_index:
            replay.find("file_differs", path=path, defect="index")

    def _bitstrings(self, replay: Replay, number: int, held: ReplayedList, roots: Roots) -> None:
        for purpose, statuses in _BITSTRINGS.items():
            path = paths.bitstring_path(number, purpose)
            token = self._need(replay, path)
            if token is not None and _bits_in(token, roots) != bits_of(held, statuses):
                replay.find("file_differs", path=path, defect="bits")

    def _events(
        self,
        replay: Replay,
        number: int,
        held: ReplayedList,
        keys: tuple[Mapping[bytes, PublicKey], Any],
        blocks: set[int],
    ) -> None:
        path = paths.events_leaves_path(number)
        files = [self._file(paths.events_path(number, block)) or b"" for block in range(FILES_PER_LIST)]
        hashes = [leaf_hash(data) for data in files]
        if root_of(hashes) != held.events_root or self._need(replay, path) != b"".join(hashes):
            replay.find("events_root", list=number, defect="not what the log commits to")
        records: list[EventRecord] = []
        for block, data in enumerate(files):
            try:
                records += decode_events(data)
            except RegistryError as error:
                replay.find("file_differs", path=paths.events_path(number, block), defect=error.code)
        seen = check_events(replay, records, *keys)
        here = {index for index, entry in replay.events.items() if entry.list == number} if blocks else set()
        for index in sorted(here - seen):
            replay.find("event_missing", index=index)

    def _hints(self, replay: Replay, number: int, held: ReplayedList) -> None:
        nothing = bytes(5 * 4096)
        for block in range(FILES_PER_LIST):
            expected, path = hints_of(held, block), paths.hints_path(number, block)
            if (self._file(path) or nothing) != expected:
                replay.find("file_differs", path=path, defect="hints")

    def _published(self, replay: Replay, roots: Roots, chain: Sequence[Roots]) -> dict[int, bytes]:
        """Check every version of every list; return the newest trust list's shards."""
        newest_shards: dict[int, bytes] = {}
        for name, versions in sorted(replay.published.items()):
            for version in sorted(versions):
                data = self._need(replay, _version_path(name, version))
                opened = check_published(replay, name, version, data, chain) if data is not None else None
                if opened is not None and name == listing.TRUST:
                    newest_shards = self._shards(version)
                    check_shards(replay, opened, newest_shards)
            if name != listing.ROOTS:
                self._in_force(replay, name, sorted(versions, reverse=True), roots)
        return newest_shards

    def _in_force(self, replay: Replay, name: str, newest_first: list[int], roots: Roots) -> None:
        """Under its own name stands the version that was in force when the folder was published, proven to be logged."""
        moment = max(replay.t, self._published_at(roots))
        found = [self._file(paths.list_version_path(name, version)) for version in newest_first]
        try:
            peeked = [peek_list(data or b"", name=name) for data in found]
        except RegistryError:
            return  # named already
        version = in_force(peeked, moment, first=newest_first[-1])
        if self._file(paths.list_path(name)) != found[newest_first.index(version)]:
            replay.find("file_differs", path=paths.list_path(name), defect="not the version in force")
        self._list_proof(replay, name, version, roots)

    def _published_at(self, roots: Roots) -> int:
        try:
            return self._opened(self.checkpoint() or b"", roots).time or 0
        except (RegistryError, KeysError):
            return 0  # named already

    def _list_proof(self, replay: Replay, name: str, version: int, roots: Roots) -> None:
        path = paths.list_proof_path(name, version)
        self._proven(replay, path, replay.published[name][version][0], roots)

    def _shards(self, version: int) -> dict[int, bytes]:
        found = {byte: self._file(paths.trust_shard_path(version, byte)) for byte in range(SHARDS)}
        return {byte: data for byte, data in found.items() if data is not None}

    def _surplus(self, replay: Replay) -> None:
        """A status list that no entry speaks of has no business here."""
        for file in sorted((self._folder / "status").glob("*")):
            number = file.name.split(".")[0]
            if not number.isdigit() or int(number) not in replay.lists:
                replay.find("file_unexpected", path=f"status/{file.name}")


def _version_path(name: str, version: int) -> str:
    return paths.roots_path(version) if name == listing.ROOTS else paths.list_version_path(name, version)


def _parsed(shards: Mapping[int, bytes]) -> Iterator[PublicKey]:
    for jwk in keys_in(shards):
        try:
            yield from_jwk(jwk)
        except (KeysError, AttributeError):
            continue


def _bits_in(token: bytes, roots: Roots) -> bytes | None:
    """The bits of a W3C status list, None when it is not one that a status key signed."""
    try:
        jws = read_compact(token, typ="vc+jwt", max_bytes=_MAX_TOKEN)
        jws.verify(next(key for key in roots.key_set(Purpose.STATUS).keys if key.kid == jws.kid))
        encoded = loads(jws.payload)["credentialSubject"]["encodedList"]
        return zlib.decompressobj(wbits=31).decompress(unb64u(encoded.removeprefix("u")), SLOTS)
    except (KeysError, StopIteration, KeyError, TypeError, AttributeError, zlib.error):
        return None
