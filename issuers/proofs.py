"""Makes the proofs that travel with certificates: C2SP `tlog-proof` files under a cosigned checkpoint, from published files.

Nothing is believed: the entry must be the one of the bytes in the ledger, and the finished proof must verify under the
roots, as a stranger's verifier would want it. There is no proof under a checkpoint that no witness has seen.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from credentials.envelope import read_document, read_token
from issuers.ledger import Ledger
from issuers.ports import Published
from issuers.records import Record
from issuers.refusals import ProofPending, ProofUnfit
from keys.roots import Roots
from registry import paths
from registry.checkpoint import open_checkpoint
from registry.entries import CredentialEntry, decode
from registry.errors import EvidenceMissing, RegistryError
from registry.merkle import leaf_hash
from registry.proving import RangeProver
from registry.receipt import Receipt
from registry.tiles import WIDTH, bundle_path, decode_bundle, tile_path


@dataclass(frozen=True, slots=True)
class ProofDesk:
    """The ledger, the published folder, and the roots under which a proof must hold."""

    ledger: Ledger
    published: Published
    roots: Roots

    def covers(self, records: Iterable[Record]) -> bool:
        """Tell whether the newest checkpoint, cosigned as the roots demand, covers all of them."""
        try:
            size = _Edition(self.published, self.roots).size
        except RegistryError:
            return False
        return all(record.log_index < size for record in records)

    def proofs(self, records: Iterable[Record]) -> Iterator[bytes]:
        """Yield the proof of each record in turn, all under one checkpoint.

        Raises ProofPending where the newest cosigned checkpoint does not reach the entry yet, ProofUnfit where published
        files and ledger do not agree.
        """
        edition = _Edition(self.published, self.roots)
        for record in records:
            yield self._proof(record, edition)

    def _proof(self, record: Record, edition: "_Edition") -> bytes:
        if record.log_index >= edition.size:
            raise ProofPending(number=record.number)
        try:
            receipt = edition.receipt(record.log_index)
            entry = decode(receipt.extra or b"")
        except RegistryError as defect:
            raise ProofUnfit(number=record.number, defect=defect.code) from defect
        if not isinstance(entry, CredentialEntry) or not self._is_of(entry, record):
            raise ProofUnfit(number=record.number, defect="registry.proof_invalid")
        return receipt.to_text()

    def _is_of(self, entry: CredentialEntry, record: Record) -> bool:
        """Whether the entry is of the very bytes that lie in the ledger."""
        sealed = self.ledger.sealed_bytes(record.number)
        token, document = read_token(sealed[0]), read_document(sealed[1])
        logged = (entry.kid8, entry.list, entry.index, entry.qr, entry.doc)
        return logged == (token.kid8, record.list, record.index, token.digest, document.digest)


class _Edition:
    """The published folder at one cosigned checkpoint; tiles and entry bundles are read once."""

    def __init__(self, published: Published, roots: Roots) -> None:
        self._published = published
        self._note = self._read(paths.CHECKPOINT)
        self._opened = open_checkpoint(
            self._note, roots.log, roots.witnesses, require_ml_dsa=True, witness_threshold=roots.witness_threshold
        )
        self.size = self._opened.checkpoint.size
        self._prover = RangeProver(self.size, lambda level, n, width: self._read(tile_path(level, n, width)))
        self._bundles: dict[int, list[bytes]] = {}

    def receipt(self, index: int) -> Receipt:
        """The proof of the entry at `index`, whose bytes are its `extra`; verified. Raises RegistryError."""
        number, place = divmod(index, WIDTH)
        if number not in self._bundles:
            width = min(WIDTH, self.size - number * WIDTH)
            self._bundles = {number: decode_bundle(self._read(bundle_path(number, width)))}
        body = b"".join(self._bundles[number][place : place + 1])
        receipt = Receipt(index, tuple(self._prover.proof(index)), self._note, body)
        receipt.verify(leaf_hash(body), self._opened.checkpoint)
        return receipt

    def _read(self, path: str) -> bytes:
        data = self._published.read(path)
        if data is None:
            raise EvidenceMissing(path=path)
        return data
