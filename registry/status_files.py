"""Lays out status lists, the events that explain them and the hints: every list signed anew, its content proven to be logged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from keys.signer import Signer
from registry import paths
from registry.bitstring import PURPOSES, bitstring_credential
from registry.entries import ListEntry
from registry.events import FILES_PER_LIST
from registry.hints import SLOTS_PER_BLOCK, encode_hints
from registry.list_files import Proven
from registry.merkle import leaf_hash, root_of
from registry.receipt import Receipt
from registry.refusals import ArrayDiffersFromLog, StoredBytesDiffer
from registry.shelf import Shelf
from registry.statuses import StoredList, event_file, file_hashes, list_name, read_list, require_logged
from registry.statuslist import sign_status_list
from registry.tables import SLOT, STATUS_LIST


@dataclass(frozen=True, slots=True)
class StatusFiles:
    """The status lists of one publication. `_url` is where the folder is served, without a slash at its end."""

    _connection: Connection
    _shelf: Shelf
    _proven: Proven
    _status_signer: Signer
    _url: str
    _now: int

    def lay_out_hints(self, old_size: int) -> None:
        """Lay out the hint files in which certificates were added since `old_size` entries. Hints are where to look, never evidence."""
        added = select(SLOT.c.list, SLOT.c.index).where(SLOT.c.log_index >= old_size)  # log_index has an index
        touched = {(number, slot // SLOTS_PER_BLOCK) for number, slot in self._connection.execute(added).tuples()}
        for number, block_no in sorted(touched):
            first = block_no * SLOTS_PER_BLOCK
            rows = select(SLOT.c.index, SLOT.c.log_index).where(
                SLOT.c.list == number, SLOT.c.index >= first, SLOT.c.index < first + SLOTS_PER_BLOCK
            )
            hints = encode_hints(dict(self._connection.execute(rows).tuples().all()))
            self._shelf.put(paths.hints_path(number, block_no), hints)

    def lay_out(self, note: bytes, proof: Callable[[int], Sequence[bytes]]) -> None:
        """Lay out every status list, signed now, with the proof that its content is logged; events where they changed.

        Raises ArrayDiffersFromLog, StoredBytesDiffer for rows that the proven log does not explain.
        """
        query = select(STATUS_LIST.c.no).where(STATUS_LIST.c.version > 0).order_by(STATUS_LIST.c.no)
        for number in self._connection.execute(query).scalars().all():
            stored = read_list(self._connection, number)
            assert stored.log_index is not None  # its version is above 0
            body, entry = self._proven(stored.log_index, list_name(number))
            require_logged(stored, entry if isinstance(entry, ListEntry) else None)
            if self._shelf.memory.newest.lists.get(list_name(number)) != (stored.log_index, stored.version):
                raise ArrayDiffersFromLog(list=number, index=stored.log_index)
            if self._shelf.memory.lists.get(list_name(number)) != stored.version:
                self._put_events(stored)
            self._put_status(stored)
            receipt = Receipt(stored.log_index, tuple(proof(stored.log_index)), note, body)
            self._shelf.put(paths.status_proof_path(number), receipt.to_text())
            self._shelf.memory.lists[list_name(number)] = stored.version

    def _put_events(self, stored: StoredList) -> None:
        hashes = file_hashes(self._connection, stored.no)
        if root_of(hashes) != stored.events_root:
            raise StoredBytesDiffer(what="event files", list=stored.no)
        for block in range(FILES_PER_LIST):
            there = self._shelf.read(paths.events_path(stored.no, block))
            if there is not None and leaf_hash(there) == hashes[block]:
                continue
            data = event_file(self._connection, stored.no, block, {})
            if leaf_hash(data) != hashes[block]:
                raise StoredBytesDiffer(what="event file", list=stored.no, block=block)
            self._shelf.put(paths.events_path(stored.no, block), data)
        self._shelf.put(paths.events_leaves_path(stored.no), b"".join(hashes))

    def _put_status(self, stored: StoredList) -> None:
        assert stored.log_index is not None
        here = paths.status_path(stored.no)
        token = sign_status_list(
            stored.array,
            list_no=stored.no,
            version=stored.version,
            events_root=stored.events_root,
            log_index=stored.log_index,
            subject_url=f"{self._url}/{here}",
            now=self._now,
            signer=self._status_signer,
            earlier=self._shelf.read(here),
        )
        self._shelf.put(here, token.encode())
        for purpose in PURPOSES:
            path = paths.bitstring_path(stored.no, purpose)
            signed = bitstring_credential(
                stored.array,
                purpose=purpose,
                url=f"{self._url}/{path}",
                issuer=self._url,
                now=self._now,
                signer=self._status_signer,
                earlier=self._shelf.read(path),
            )
            self._shelf.put(path, signed.encode())
