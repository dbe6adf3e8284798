"""What an issuer and the registry hand each other: slot runs, submissions, answers. Pure data, the same in process and remote."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SlotRun:
    """A contiguous run of reserved status slots: `first` to `first + count - 1` of status list `list`."""

    list: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Submission:
    """One sealed certificate as the registry sees it: two digests and the issuer's ES256 signatures over them.

    `qr` and `doc` are SHA-256 digests of what was signed (32 bytes), signatures are raw r||s (64 bytes).
    """

    kid8: bytes
    list: int
    index: int
    qr: bytes
    qr_signature: bytes
    doc: bytes
    doc_signature: bytes


@dataclass(frozen=True, slots=True)
class Appended:
    """Where a batch stands in the log, the registry's time `t` in all its entries, and the log-signed checkpoint over it."""

    first_index: int
    count: int
    t: int
    checkpoint: bytes


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One status change: the new 2-bit value, when it takes effect, and the sealed detail that says why.

    `detail` is the issuing body's COSE_Sign1 (registry.events), `salt` 16 random bytes; the log holds SHA-256(salt || detail).
    """

    list: int
    index: int
    new: int
    effective_at: int
    salt: bytes
    detail: bytes


@dataclass(frozen=True, slots=True)
class Changed:
    """The log indices of the status entries, in the order asked, and the checkpoint that covers them."""

    indices: tuple[int, ...]
    checkpoint: bytes
