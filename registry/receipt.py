"""Spells a proof that one entry is logged as portable text (c2sp.org/tlog-proof) and checks it.

Carries the checkpoint verbatim; whose signatures count is `registry.checkpoint`'s question.
"""

from dataclasses import dataclass

from registry.checkpoint import Checkpoint
from registry.errors import NoteInvalid, ReceiptInvalid
from registry.merkle import HASH_BYTES, MAX_SIZE, verify_inclusion
from registry.note import MAX_NOTE_BYTES, b64, unb64

MAX_PROOF = 63
MAX_EXTRA_BYTES = 64 * 1024
_MAX_BYTES = MAX_NOTE_BYTES + 2 * MAX_EXTRA_BYTES
_FIRST_LINE = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Index, audit path (leaf's sibling first, 32 bytes each), signed checkpoint and unauthenticated extra bytes."""

    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "proof", tuple(self.proof))
        hashes = len(self.proof) <= MAX_PROOF and all(len(each) == HASH_BYTES for each in self.proof)
        if not 0 <= self.index <= MAX_SIZE or not hashes or len(self.extra or b"") > MAX_EXTRA_BYTES:
            raise ReceiptInvalid(reason="index, proof or extra")

    def to_text(self) -> bytes:
        """Return the receipt's file, UTF-8."""
        lines = [_FIRST_LINE, f"index {self.index}", *map(b64, self.proof), "", ""]
        if self.extra is not None:
            lines.insert(1, f"extra {b64(self.extra)}")
        return "\n".join(lines).encode() + self.checkpoint

    @classmethod
    def from_text(cls, data: bytes | str) -> "Receipt":
        """Read a receipt; raises ReceiptInvalid. Verifies nothing."""
        raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        head, blank, checkpoint = raw.partition(b"\n\n")
        if not blank or not checkpoint or len(raw) > _MAX_BYTES:
            raise ReceiptInvalid(reason="form")
        try:
            lines = head.decode("ascii").split("\n")
            extra = _extra(lines)
            return cls(_index(lines), tuple(unb64(line) for line in lines[: MAX_PROOF + 1]), checkpoint, extra)
        except (UnicodeDecodeError, NoteInvalid) as error:
            raise ReceiptInvalid(reason="line") from error

    def verify(self, leaf: bytes, checkpoint: Checkpoint) -> None:
        """Check that the leaf hash stands at the receipt's index under `checkpoint`, which the caller has opened.

        Raises ProofInvalid.
        """
        verify_inclusion(self.index, checkpoint.size, leaf, self.proof, checkpoint.root)


def _extra(lines: list[str]) -> bytes | None:
    """Take the first line and the optional `extra` line off `lines`."""
    if lines.pop(0) != _FIRST_LINE:
        raise ReceiptInvalid(reason="first line")
    if lines and lines[0].startswith("extra "):
        return unb64(lines.pop(0).removeprefix("extra "))
    return None


def _index(lines: list[str]) -> int:
    """Take the `index` line off `lines`."""
    text = lines.pop(0) if lines else ""
    digits = text.removeprefix("index ")
    if not text.startswith("index ") or not digits.isdigit() or len(digits) > 19 or digits != str(int(digits)):
        raise ReceiptInvalid(reason="index line")
    return int(digits)
