"""Signs, cosigns and opens checkpoints (c2sp.org/tlog-checkpoint and tlog-cosignature at commit 5ba5ee8).

A checkpoint names a log, its size and its root. Under it stand the log's Ed25519 (0x01) and ML-DSA-44 (0x06) signatures
and the witnesses' Ed25519 cosignatures (0x04), which are its time. No extension lines. Consistency with earlier
checkpoints is not judged here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from keys.roots import LogIdentity, Witness
from keys.signer import Signer
from registry.errors import CheckpointForged, CheckpointUnsigned, NoteInvalid, WitnessesMissing, WrongLog
from registry.merkle import EMPTY_ROOT, HASH_BYTES, MAX_SIZE
from registry.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    ED25519,
    MAX_SIGNATURES,
    Note,
    NoteKey,
    SignatureLine,
    b64,
    read_note,
    require_name,
    unb64,
    verify,
)

MAX_TIME = (1 << 63) - 1
_TIME_BYTES = 8
_SUBTREE_LABEL = b"subtree/v1\n\0"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: its origin (name), size in leaves, and 32-byte root. Raises NoteInvalid."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        require_name(self.origin)
        empty_fits = self.size > 0 or self.root == EMPTY_ROOT
        if not 0 <= self.size <= MAX_SIZE or len(self.root) != HASH_BYTES or not empty_fits:
            raise NoteInvalid(reason="size or root", size=self.size)

    def body(self) -> bytes:
        """Return the note text: three lines, each with its newline."""
        return f"{self.origin}\n{self.size}\n{b64(self.root)}\n".encode()

    def head(self) -> "Head":
        """Return it as it stands in its own note."""
        return Head(self.origin, self.size, self.root, self.body())


@dataclass(frozen=True, slots=True)
class Head:
    """The first three lines of any log's checkpoint, in range and no more, and the whole text with its extension lines."""

    origin: str
    size: int
    root: bytes
    text: bytes


@dataclass(frozen=True, slots=True)
class OpenedCheckpoint:
    """A checkpoint whose required signatures verified.

    `ml_dsa_time` is the log's own ML-DSA-44 time (None where it was not asked for), `cosigned` each known witness's newest time, `time` the time by which
    as many witnesses as required had seen nothing newer (None without witnesses). All in UNIX seconds.
    """

    checkpoint: Checkpoint
    ml_dsa_time: int | None
    cosigned: dict[str, int]
    time: int | None


def sign(checkpoint: Checkpoint, ed25519: Signer, ml_dsa_44: Signer, now: int) -> bytes:
    """Return the note signed by both keys of the log, at `now`."""
    body = checkpoint.body()
    plain = NoteKey(checkpoint.origin, ED25519, ed25519.public_key)
    lasting = NoteKey(checkpoint.origin, COSIGNATURE_ML_DSA_44, ml_dsa_44.public_key)
    lines = [
        SignatureLine(plain.name, plain.key_id, ed25519.sign(body)),
        cosignature(lasting, ml_dsa_44, checkpoint.head(), now),
    ]
    return body + b"\n" + "".join(map(str, lines)).encode()


def cosign(note: bytes, name: str, signer: Signer, now: int) -> bytes:
    """Return the note with one more line: the Ed25519 cosignature of witness `name` at `now`.

    The witness has checked signature and consistency before. Raises NoteInvalid.
    """
    parsed = read_note(note)
    if len(parsed.lines) >= MAX_SIGNATURES:
        raise NoteInvalid(reason="no room for another signature")
    key = NoteKey(name, COSIGNATURE_ED25519, signer.public_key)
    return note + str(cosignature(key, signer, read_body(parsed.text).head(), now)).encode()


def cosignature(key: NoteKey, signer: Signer, head: Head, now: int) -> SignatureLine:
    """Return the line by which `key` (type 0x04 or 0x06; `signer` holds its private half) cosigns `head` at `now`."""
    signature = signer.sign(_message(key, head, now))
    return SignatureLine(key.name, key.key_id, now.to_bytes(_TIME_BYTES, "big") + signature)


def verify_cosignature(key: NoteKey, signature: bytes, head: Head) -> int:
    """Return the time at which `key` (type 0x04 or 0x06) cosigned `head`; raises CheckpointForged."""
    time = int.from_bytes(signature[:_TIME_BYTES], "big")
    if time > MAX_TIME:
        raise CheckpointForged(name=key.name)
    verify(key, signature[_TIME_BYTES:], _message(key, head, time))
    return time


def _message(key: NoteKey, head: Head, time: int) -> bytes:
    if key.kind == COSIGNATURE_ED25519:
        return f"cosignature/v1\ntime {time}\n".encode() + head.text
    return cosigned_message(key.name, time, head)


def cosigned_message(cosigner: str, time: int, checkpoint: Checkpoint | Head) -> bytes:
    """Return the `cosigned_message` structure that ML-DSA-44 signs for a whole tree (tlog-cosignature)."""
    name, origin = cosigner.encode(), checkpoint.origin.encode()
    return b"".join(
        (
            _SUBTREE_LABEL,
            bytes([len(name)]) + name,
            time.to_bytes(8, "big"),
            bytes([len(origin)]) + origin,
            (0).to_bytes(8, "big"),
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


def read_body(text: bytes) -> Checkpoint:
    """Read a note's text as a checkpoint of exactly three lines; raises NoteInvalid. Verifies nothing."""
    head = read_head(text)
    checkpoint = Checkpoint(head.origin, head.size, head.root)
    if checkpoint.body() != text:
        raise NoteInvalid(reason="not three lines")
    return checkpoint


def read_head(text: bytes) -> Head:
    """Read a note's text as any log's checkpoint, with extension lines or without; raises NoteInvalid. Verifies nothing."""
    try:
        origin, size, root, *extension = text.decode().split("\n")
    except ValueError as error:
        raise NoteInvalid(reason="not three lines") from error
    if not extension or extension.pop() or not all(extension):
        raise NoteInvalid(reason="not three lines")
    if not size.isascii() or not size.isdigit() or len(size) > 19 or (size[0] == "0" and size != "0"):
        raise NoteInvalid(reason="size line")
    head = Head(origin, int(size), unb64(root), text)
    if head.size > MAX_SIZE or len(head.root) != HASH_BYTES:
        raise NoteInvalid(reason="size or root", size=head.size)
    return head


def open_checkpoint(
    note: bytes,
    log: LogIdentity,
    witnesses: Sequence[Witness],
    *,
    require_ml_dsa: bool,
    witness_threshold: int,
) -> OpenedCheckpoint:
    """Verify a checkpoint of `log` and return it.

    The log's Ed25519 signature must stand there, its ML-DSA-44 one if required, and cosignatures of at least
    `witness_threshold` different witnesses. Lines of unknown keys are ignored, the ML-DSA-44 one among them where it is
    not required (a browser cannot tell); a line of a known key that does not verify spoils the note. Raises NoteInvalid, WrongLog, CheckpointForged, CheckpointUnsigned or WitnessesMissing.
    """
    parsed = read_note(note)
    checkpoint = read_body(parsed.text)
    if checkpoint.origin != log.origin:
        raise WrongLog(expected=log.origin, found=checkpoint.origin)
    seen = _Signatures(parsed, checkpoint)
    if not seen.plain(NoteKey(log.origin, ED25519, log.ed25519)):
        raise CheckpointUnsigned(algorithm="Ed25519")
    ml_dsa_time = seen.newest(NoteKey(log.origin, COSIGNATURE_ML_DSA_44, log.ml_dsa_44)) if require_ml_dsa else None
    if require_ml_dsa and ml_dsa_time is None:
        raise CheckpointUnsigned(algorithm="ML-DSA-44")
    cosigned = seen.cosigned(witnesses)
    if len(cosigned) < witness_threshold:
        raise WitnessesMissing(have=len(cosigned), need=witness_threshold)
    return OpenedCheckpoint(checkpoint, ml_dsa_time, cosigned, _quorum_time(cosigned, witness_threshold))


def _quorum_time(cosigned: dict[str, int], threshold: int) -> int | None:
    # One witness with a fast clock must not make an old checkpoint look fresh, so the quorum's oldest time counts.
    newest_first = sorted(cosigned.values(), reverse=True)
    return newest_first[max(threshold, 1) - 1] if newest_first else None


@dataclass(slots=True)
class _Signatures:
    """The signature lines of one note, verified as keys are asked for."""

    note: Note
    checkpoint: Checkpoint

    def plain(self, key: NoteKey) -> bool:
        """Tell whether `key` signed the text; raises CheckpointForged on a bad signature."""
        signatures = self.note.signatures_of(key)
        for signature in signatures:
            verify(key, signature, self.note.text)
        return bool(signatures)

    def newest(self, key: NoteKey) -> int | None:
        """Return the newest time at which `key` cosigned, None when it did not; raises CheckpointForged."""
        head = self.checkpoint.head()
        times = (verify_cosignature(key, signature, head) for signature in self.note.signatures_of(key))
        return max(times, default=None)

    def cosigned(self, witnesses: Sequence[Witness]) -> dict[str, int]:
        """Return name -> newest time of every known witness that cosigned; raises CheckpointForged."""
        times = ((w.name, self.newest(NoteKey(w.name, COSIGNATURE_ED25519, w.ed25519))) for w in witnesses)
        return {name: time for name, time in times if time is not None}
