"""Spells what log and witness say to each other (c2sp.org/tlog-witness v1.0.0): the request and its answers. Pure.

Ends at meaning: who may be believed, and whether a tree descends from another, is `registry.witnesses.cosigner`'s question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from registry.errors import NoteInvalid
from registry.merkle import HASH_BYTES, MAX_SIZE
from registry.note import MAX_NOTE_BYTES, b64, unb64
from registry.witnesses.refusals import WitnessRequestInvalid

MAX_PROOF_LINES: Final = 63
MAX_REQUEST_BYTES: Final = MAX_NOTE_BYTES + 4096
MAX_ANSWER_BYTES: Final = 64 * 1024
SIZE_TYPE: Final = "text/x.tlog.size"
ADD_CHECKPOINT: Final = "add-checkpoint"


@dataclass(frozen=True, slots=True)
class Request:
    """An `add-checkpoint` request: the size the proof begins with, the proof's hashes, the signed checkpoint."""

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes

    def to_bytes(self) -> bytes:
        """Return the body of the POST. Raises WitnessRequestInvalid for more than 63 hashes."""
        if len(self.proof) > MAX_PROOF_LINES:
            raise WitnessRequestInvalid(reason="proof")
        lines = [f"old {self.old_size}", *map(b64, self.proof), "", ""]
        return "\n".join(lines).encode() + self.note

    @classmethod
    def from_bytes(cls, data: bytes) -> "Request":
        """Read a body; raises WitnessRequestInvalid. The note is only bytes yet."""
        head, blank, note = data.partition(b"\n\n")
        if len(data) > MAX_REQUEST_BYTES or not blank or not note:
            raise WitnessRequestInvalid(reason="form")
        try:
            first, *hashes = head.decode("ascii").split("\n")
            proof = tuple(unb64(each) for each in hashes)
        except (UnicodeDecodeError, NoteInvalid):
            raise WitnessRequestInvalid(reason="proof") from None
        if len(proof) > MAX_PROOF_LINES or any(len(each) != HASH_BYTES for each in proof):
            raise WitnessRequestInvalid(reason="proof")
        return cls(_old_size(first), proof, note)


def _old_size(line: str) -> int:
    word, _, digits = line.partition(" ")
    if word != "old":
        raise WitnessRequestInvalid(reason="size")
    return _size(digits)


def _size(digits: str) -> int:
    """A size as the specification writes it: decimal, no leading zero, nothing around it."""
    if not digits.isdigit() or not digits.isascii() or len(digits) > 19 or (digits[0] == "0" and digits != "0"):
        raise WitnessRequestInvalid(reason="size")
    if (size := int(digits)) > MAX_SIZE:
        raise WitnessRequestInvalid(reason="size")
    return size


def size_answer(size: int) -> bytes:
    """Return the body of a 409: the size that the witness cosigned last."""
    return f"{size}\n".encode()


def read_size_answer(data: bytes) -> int:
    """Read the body of a 409; raises WitnessRequestInvalid."""
    text = data[:32].decode("ascii", "replace")
    if not text.endswith("\n") or len(data) > 32:
        raise WitnessRequestInvalid(reason="size")
    return _size(text[:-1])


def monitoring_path(origin: str) -> str:
    """Return where below its monitoring prefix a witness shows what it cosigned last of the log `origin`."""
    return f"{sha256(origin.encode()).hexdigest()}/checkpoint"


def lines_of(lines: Sequence[object]) -> bytes:
    """Return signature lines as the body of a 200."""
    return "".join(map(str, lines)).encode()
