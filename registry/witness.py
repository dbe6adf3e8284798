"""Cosigns checkpoints that descend from the last one cosigned (c2sp.org/tlog-witness), and never two branches.

In process, with its own key and its own small state file; a remote witness is the same callable behind HTTP. The state is
on disk before the cosignature leaves: a crash can cost a cosignature, never produce a second history.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from keys.errors import KeysError
from keys.roots import LogIdentity
from keys.signer import Signer
from keys.strictjson import dumps, loads
from registry.checkpoint import Checkpoint, cosign, open_checkpoint
from registry.errors import ProofInvalid
from registry.files import only_one, replace_file
from registry.merkle import verify_consistency
from registry.refusals import StoredBytesDiffer, WitnessConflict, WitnessRefuses

ConsistencyProof = Callable[[int, int], Sequence[bytes]]
"""(old size, new size) -> the hashes that prove the old tree begins the new one; asked only with 0 < old < new."""

Cosign = Callable[[bytes, ConsistencyProof], bytes]
"""A witness as `registry.publish` sees it: (signed note, proofs on request) -> the note with one more cosignature."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest head a witness has cosigned, and when."""

    size: int
    root: bytes
    time: int


class Witness:
    """One witness of one log. Any number of processes may share its state file."""

    def __init__(self, name: str, signer: Signer, log: LogIdentity, state: Path, clock: Callable[[], int]) -> None:
        """`signer` is an Ed25519 key of this witness alone, `state` a file that nobody else writes."""
        self._name = name
        self._signer = signer
        self._log = log
        self._state = state
        self._clock = clock

    def __call__(self, note: bytes, prove: ConsistencyProof) -> bytes:
        """Return `note` with this witness's cosignature; asks `prove` for what it needs. Raises as `add_checkpoint`."""
        seen, size = self.seen(), self._opened(note).size
        old = seen.size if seen else 0
        return self.add_checkpoint(old, prove(old, size) if 0 < old < size else (), note)

    def add_checkpoint(self, old_size: int, proof: Sequence[bytes], note: bytes) -> bytes:
        """Return `note` with this witness's cosignature added, once the state says so durably.

        Raises WrongLog, CheckpointForged, CheckpointUnsigned (404, 403), WitnessConflict when `old_size` is not the size
        last cosigned (409), WitnessRefuses for a smaller or forked tree (422).
        """
        checkpoint = self._opened(note)
        with only_one(self._state.with_suffix(".lock")):
            seen = self.seen()
            if old_size != (seen.size if seen else 0):
                raise WitnessConflict(size=seen.size if seen else 0, witness=self._name)
            self._require_descent(seen, checkpoint, proof)
            now = max(self._clock(), seen.time if seen else 0)
            self._remember(Seen(checkpoint.size, checkpoint.root, now))
        return cosign(note, self._name, self._signer, now)

    def seen(self) -> Seen | None:
        """Return the head this witness cosigned last, None before the first."""
        if not self._state.exists():
            return None
        try:
            held = loads(self._state.read_bytes())
            if held["origin"] != self._log.origin:
                raise StoredBytesDiffer(what="witness state", origin=held["origin"])
            return Seen(held["size"], bytes.fromhex(held["root"]), held["time"])
        except (KeysError, ValueError, KeyError, TypeError) as error:
            raise StoredBytesDiffer(what="witness state") from error

    def _opened(self, note: bytes) -> Checkpoint:
        return open_checkpoint(note, self._log, (), require_ml_dsa=True, witness_threshold=0).checkpoint

    def _require_descent(self, seen: Seen | None, checkpoint: Checkpoint, proof: Sequence[bytes]) -> None:
        size = checkpoint.size
        if seen is None or seen.size == 0:
            if proof:
                raise WitnessRefuses(witness=self._name, size=size, reason="a proof from nothing")
            return
        if size < seen.size:
            raise WitnessRefuses(witness=self._name, size=size, seen=seen.size, reason="smaller")
        try:
            verify_consistency(seen.size, size, seen.root, checkpoint.root, proof)
        except ProofInvalid as error:
            raise WitnessRefuses(witness=self._name, size=size, seen=seen.size, reason="forked") from error

    def _remember(self, seen: Seen) -> None:
        held = {"origin": self._log.origin, "size": seen.size, "root": seen.root.hex(), "time": seen.time}
        replace_file(self._state, dumps(held) + b"\n", durable=True)
