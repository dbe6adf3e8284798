"""A log that only grows, in memory, with real keys: what a witness sees of another house. `fork` makes a second history."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from keys.algorithms import Algorithm
from keys.signer import SoftwareSigner
from registry.checkpoint import Checkpoint, sign
from registry.merkle import leaf_hash
from registry.note import COSIGNATURE_ML_DSA_44, ED25519, NoteKey
from registry.tiles import consistency_proof, grow
from registry.witnesses.known import KnownLog

NOW = 1_790_000_000


@dataclass
class GrowingLog:
    """One log's keys and entries."""

    origin: str = "log.elsewhere.example/1"
    entries: list[bytes] = field(default_factory=list)
    signed_at: int = NOW

    @property
    def ed25519(self) -> SoftwareSigner:
        return SoftwareSigner.from_seed(Algorithm.ED25519, self.origin.encode())

    @property
    def ml_dsa(self) -> SoftwareSigner:
        return SoftwareSigner.from_seed(Algorithm.ML_DSA_44, self.origin.encode())

    def keys(self) -> tuple[NoteKey, NoteKey]:
        return (
            NoteKey(self.origin, ED25519, self.ed25519.public_key),
            NoteKey(self.origin, COSIGNATURE_ML_DSA_44, self.ml_dsa.public_key),
        )

    def known(self) -> KnownLog:
        return KnownLog(self.origin, self.keys(), require_ml_dsa=True)

    def upto(self, size: int) -> "GrowingLog":
        """Grow to `size` entries."""
        self.entries += [f"{self.origin} entry {n}".encode() for n in range(len(self.entries), size)]
        return self

    def fork(self, at: int, size: int) -> "GrowingLog":
        """The same log with other entries from `at` on."""
        other = [f"{self.origin} other {n}".encode() for n in range(at, size)]
        return replace(self, entries=self.entries[:at] + other)

    def _grown(self, size: int):
        return grow(0, {}, [leaf_hash(each) for each in self.entries[:size]])

    def root(self, size: int) -> bytes:
        return self._grown(size).root

    def note(self, size: int) -> bytes:
        return sign(Checkpoint(self.origin, size, self.root(size)), self.ed25519, self.ml_dsa, self.signed_at)

    def prove(self, old: int, new: int) -> Sequence[bytes]:
        tiles = self._grown(new).tiles
        return consistency_proof(old, new, lambda level, n, _width: tiles[level, n])
