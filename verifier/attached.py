"""The proof that travels with a certificate: opens a `tlog-proof` and tells which entry it proves. Pure.

A proof is anybody's to attach. It counts only under the roots in force: the log's signatures, enough cosignatures, the
entry's leaf in the tree. What does not hold is rejected and decides nothing. It may be old: the log only grows, so what
stood in it once stands in it for ever.
"""

from dataclasses import dataclass

from keys.errors import KeysError
from registry.checkpoint import OpenedCheckpoint
from registry.entries import CredentialEntry, decode
from registry.errors import RegistryError
from registry.merkle import leaf_hash
from registry.receipt import Receipt
from verifier.artifacts import Logged
from verifier.evidence import Evidence
from verifier.gaps import EvidenceRejected


@dataclass(frozen=True, slots=True)
class Attached:
    """A credential entry, proven under the cosigned checkpoint that its proof carries."""

    logged: Logged
    checkpoint: OpenedCheckpoint


def open_attached(proof: bytes, evidence: Evidence) -> Attached:
    """Return what `proof` proves under the roots of `evidence`; its `extra` holds the entry. Raises EvidenceRejected."""
    try:
        receipt = Receipt.from_text(proof)
        opened = evidence.opened_checkpoint(receipt.checkpoint)
        body = receipt.extra or b""
        receipt.verify(leaf_hash(body), opened.checkpoint)
        entry = decode(body)
    except (KeysError, RegistryError) as defect:
        raise _rejected(defect.code) from None
    if not isinstance(entry, CredentialEntry):
        raise _rejected("check.proof_of_another")
    if any(size == opened.checkpoint.size and root != opened.checkpoint.root for size, root in evidence.known_heads()):
        raise _rejected("check.log_forked")
    return Attached(Logged(receipt.index, entry), opened)


def _rejected(defect: str) -> EvidenceRejected:
    return EvidenceRejected(path="proof", defect=defect)
