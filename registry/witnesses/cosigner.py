"""Cosigns checkpoints that descend from the last one cosigned (c2sp.org/tlog-witness), and never two branches.

The state is on disk before the cosignature leaves: a crash can cost a cosignature, never produce a second history. State
and cosigned note are one file, replaced whole under a lock, so any number of threads and processes may share it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from keys.errors import KeysError
from keys.signer import Signer
from keys.strictjson import dumps, loads
from registry.errors import ProofInvalid, RegistryError
from registry.files import only_one, replace_file
from registry.merkle import EMPTY_ROOT, verify_consistency
from registry.note import SignatureLine, read_note
from registry.refusals import StoredBytesDiffer
from registry.witnesses.known import KnownLog, SignedHead, cosign_head, cosigner_key
from registry.witnesses.refusals import WitnessConflict, WitnessRefuses, WitnessRequestInvalid

ConsistencyProof = Callable[[int, int], Sequence[bytes]]
"""(old size, new size) -> the hashes that prove the old tree begins the new one; asked only with 0 < old < new."""

_MAX_STATE: Final = 1 << 20


class Cosign(Protocol):
    """A witness as `registry.publish` sees it, in this process or behind HTTP."""

    @property
    def name(self) -> str:
        """Who it is, for whoever must be told that it is missing."""
        ...

    def __call__(self, note: bytes, prove: ConsistencyProof, /) -> bytes:
        """Return the signed note with this witness's cosignatures added; asks `prove` for what it needs."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest head a witness has cosigned, when, and the note with the log's and its own signatures."""

    size: int
    root: bytes
    time: int
    note: bytes = b""


class Witness:
    """One witness of one log. Any number of processes may share its state file."""

    def __init__(
        self, name: str, signers: Sequence[Signer], log: KnownLog, state: Path, clock: Callable[[], int]
    ) -> None:
        """`signers` are keys of this witness alone, at most one of a kind, `state` a file that nobody else writes."""
        self.name = name
        self._signers = tuple(signers)
        self._log = log
        self._state = state
        self._clock = clock
        self._kept: Seen | None = None  # what this object has written and synced without an error

    def __call__(self, note: bytes, prove: ConsistencyProof) -> bytes:
        """Return `note` with this witness's cosignatures; asks `prove` for what it needs. Raises as `add_checkpoint`."""
        seen, size = self.seen(), self._log.open(note).head.size
        old = seen.size if seen else 0
        if size < old:
            raise WitnessRefuses(witness=self.name, size=size, seen=old, reason="smaller")
        lines = self.add_checkpoint(old, prove(old, size) if 0 < old < size else (), note)
        return note + "".join(map(str, lines)).encode()

    def add_checkpoint(self, old_size: int, proof: Sequence[bytes], note: bytes) -> list[SignatureLine]:
        """Return this witness's cosignatures on `note`, once the state says so durably.

        Raises, in the specification's order: WrongLog (404), CheckpointForged, CheckpointUnsigned (403),
        WitnessRequestInvalid for an old size above the new one (400), WitnessConflict when it is not the size last
        cosigned (409), WitnessRefuses for a forked tree or a false proof (422).
        """
        opened = self._log.open(note)
        if old_size > opened.head.size:
            raise WitnessRequestInvalid(reason="order")
        with only_one(self._state.with_suffix(".lock")):
            seen = self.seen()
            if old_size != (seen.size if seen else 0):
                raise WitnessConflict(size=seen.size if seen else 0, witness=self.name)
            self._require_descent(seen, opened, proof)
            now = max(self._clock(), seen.time if seen else 0)
            same = seen and (seen.size, seen.root, seen.time) == (opened.head.size, opened.head.root, now)
            if same and seen and seen.note:  # whoever repeats himself within a second gets the same lines
                if seen != self._kept:
                    self._remember(seen)
                return self._own_lines(seen.note)
            lines = cosign_head(opened.head, self.name, self._signers, now)
            self._remember(Seen(opened.head.size, opened.head.root, now, opened.note(lines)))
        return lines

    def seen(self) -> Seen | None:
        """Return the head this witness cosigned last, None before the first. Raises StoredBytesDiffer."""
        try:
            data = self._state.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return _read_state(data, self._log.origin)
        except (KeysError, RegistryError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoredBytesDiffer(what="witness state") from error

    def _own_lines(self, note: bytes) -> list[SignatureLine]:
        keys = [cosigner_key(self.name, signer) for signer in self._signers]
        return [line for line in read_note(note).lines if any(line.is_of(key) for key in keys)]

    def _require_descent(self, seen: Seen | None, opened: SignedHead, proof: Sequence[bytes]) -> None:
        head = opened.head
        if head.size == 0 and head.root != EMPTY_ROOT:
            raise WitnessRefuses(witness=self.name, size=0, reason="root")
        if seen is None or seen.size == 0:
            if proof:
                raise WitnessRefuses(witness=self.name, size=head.size, reason="proof")
            return
        try:
            verify_consistency(seen.size, head.size, seen.root, head.root, proof)
        except ProofInvalid as error:
            raise WitnessRefuses(witness=self.name, size=head.size, seen=seen.size, reason="forked") from error

    def _remember(self, seen: Seen) -> None:
        held = {"origin": self._log.origin, "size": seen.size, "root": seen.root.hex(), "time": seen.time}
        self._kept = None  # after a failed sync the file may read well and still not be on the disk
        replace_file(self._state, dumps({**held, "note": seen.note.decode()}) + b"\n", durable=True)
        self._kept = seen


def _read_state(data: bytes, origin: str) -> Seen:
    held: Any = loads(data, max_bytes=_MAX_STATE)
    note = held.get("note", "").encode()  # the first version kept none
    seen = Seen(held["size"], bytes.fromhex(held["root"]), held["time"], note)
    sound = type(seen.size) is int and type(seen.time) is int and seen.size >= 0 and len(seen.root) == 32
    if held["origin"] != origin or not sound:
        raise ValueError("not this log's state")
    if note:
        read_note(note)
    return seen
