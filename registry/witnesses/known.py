"""Opens the checkpoint of any log that is known by its name and keys, and cosigns it. Pure.

A witness serves logs of other houses too, so unlike `registry.checkpoint.open_checkpoint` this wants no certain set of
keys, and lets extension lines stand (tlog-checkpoint): a cosignature says nothing about them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from keys.algorithms import Algorithm
from keys.roots import LogIdentity
from keys.signer import Signer
from registry.checkpoint import Head, cosignature, read_head, verify_cosignature
from registry.errors import CheckpointUnsigned, NoteInvalid, WrongLog
from registry.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    ED25519,
    Note,
    NoteKey,
    SignatureLine,
    read_note,
    verify,
)

_KIND_OF_COSIGNER = {Algorithm.ED25519: COSIGNATURE_ED25519, Algorithm.ML_DSA_44: COSIGNATURE_ML_DSA_44}


@dataclass(frozen=True, slots=True)
class KnownLog:
    """A log's origin and its keys (0x01 or 0x06), of which any one makes a checkpoint the log's.

    With `require_ml_dsa` an ML-DSA-44 signature must be among those that verify. Raises NoteInvalid for keys that cannot
    sign a log's checkpoint or were left out.
    """

    origin: str
    keys: tuple[NoteKey, ...]
    require_ml_dsa: bool = False

    def __post_init__(self) -> None:
        kinds = {key.kind for key in self.keys}
        if not kinds or not kinds <= {ED25519, COSIGNATURE_ML_DSA_44} or len(set(self.keys)) != len(self.keys):
            raise NoteInvalid(reason="keys of a log")
        if self.require_ml_dsa and COSIGNATURE_ML_DSA_44 not in kinds:
            raise NoteInvalid(reason="keys of a log")

    @classmethod
    def of(cls, log: LogIdentity) -> "KnownLog":
        """Return one of our own logs, which always signs twice."""
        keys = NoteKey(log.origin, ED25519, log.ed25519), NoteKey(log.origin, COSIGNATURE_ML_DSA_44, log.ml_dsa_44)
        return cls(log.origin, keys, require_ml_dsa=True)

    def open(self, note: bytes) -> "SignedHead":
        """Verify a checkpoint of this log. Raises NoteInvalid, WrongLog, CheckpointForged, CheckpointUnsigned.

        Lines of unknown keys are ignored; a line of a known key that does not verify spoils the note (signed-note).
        """
        parsed = read_note(note)
        head = read_head(parsed.text)
        if head.origin != self.origin:
            raise WrongLog(expected=self.origin, found=head.origin)
        signed = [key for key in self.keys if _signs(key, parsed, head)]
        if not signed:
            raise CheckpointUnsigned(algorithm=" / ".join(sorted({key.public_key.algorithm for key in self.keys})))
        if self.require_ml_dsa and all(key.kind != COSIGNATURE_ML_DSA_44 for key in signed):
            raise CheckpointUnsigned(algorithm="ML-DSA-44")
        return SignedHead(head, tuple(line for line in parsed.lines if any(line.is_of(key) for key in signed)))


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A checkpoint and those of its lines that are the log's own and verified."""

    head: Head
    lines: tuple[SignatureLine, ...]

    def note(self, more: Sequence[SignatureLine] = ()) -> bytes:
        """Return the checkpoint with these lines, and `more` below them."""
        return self.head.text + b"\n" + "".join(map(str, (*self.lines, *more))).encode()


def known_log(vkeys: Sequence[str], *, origin: str | None, require_ml_dsa: bool | None) -> KnownLog:
    """Return a log from its vkeys; its origin is their name where no other is given. Raises NoteInvalid.

    Where nothing is said, ML-DSA-44 is required of a log that has such a key.
    """
    keys = tuple(NoteKey.from_vkey(each) for each in vkeys)
    names = {key.name for key in keys}
    if origin is None and len(names) != 1:
        raise NoteInvalid(reason="keys of a log")
    has_ml_dsa = any(key.kind == COSIGNATURE_ML_DSA_44 for key in keys)
    return KnownLog(origin or names.pop(), keys, has_ml_dsa if require_ml_dsa is None else require_ml_dsa)


def origin_of(note: bytes) -> str:
    """Return the log that a checkpoint claims to be of; raises NoteInvalid. Verifies nothing."""
    return read_head(read_note(note).text).origin


def cosigner_key(name: str, signer: Signer) -> NoteKey:
    """Return the key under which a witness cosigns: 0x04 for Ed25519, 0x06 for ML-DSA-44. Raises NoteInvalid."""
    kind = _KIND_OF_COSIGNER.get(signer.public_key.algorithm)
    if kind is None:
        raise NoteInvalid(reason="signature type does not fit the key")
    return NoteKey(name, kind, signer.public_key)


def cosign_head(head: Head, name: str, signers: Sequence[Signer], now: int) -> list[SignatureLine]:
    """Return one cosignature of each signer over the whole tree, all of the same time."""
    return [cosignature(cosigner_key(name, signer), signer, head, now) for signer in signers]


def _signs(key: NoteKey, note: Note, head: Head) -> bool:
    signatures = note.signatures_of(key)
    for signature in signatures:
        if key.kind == ED25519:
            verify(key, signature, note.text)
        else:
            verify_cosignature(key, signature, head)
    return bool(signatures)
