"""Reads every version of a published list out of published files, and opens it under the roots of its own time. Pure.

Keys of publishers are exchanged over the years, so an old version is signed by keys that the newest roots no longer name.
Roots documents descend from one another, so each of those that lead to the trusted one may vouch for its own time.
"""

from collections.abc import Callable, Sequence
from typing import Final

from keys.errors import KeysError
from keys.jws import read_general
from keys.roots import Roots, open_roots
from registry import paths
from registry.checkpoint import open_checkpoint
from registry.entries import ListEntry, decode
from registry.errors import EvidenceMissing, ListUnsigned, RegistryError
from registry.lists import MAX_LIST_BYTES, TYP, PublishedList, open_list, purpose_of
from registry.merkle import leaf_hash
from registry.published.differences import Sections
from registry.published.history import Edition, History
from registry.published.sections import sections_of
from registry.receipt import Receipt
from registry.trust import SHARDS

Read = Callable[[str], bytes | None]
"""Path to the bytes that are published there, None where there are none."""

MAX_VERSIONS: Final = 10_000


def roots_until(read: Read, trusted: Roots) -> tuple[Roots, ...]:
    """Return the published roots documents, oldest first, as far as they lead to `trusted` and beyond it.

    Only `trusted` where they do not: what does not lead to it proves nothing. Raises KeysError for one that does not
    descend from the one before.
    """
    chain: list[Roots] = []
    while (data := read(paths.roots_path(len(chain) + 1))) is not None:
        chain.append(open_roots(data, trusted=chain[-1] if chain else None))
    return tuple(chain) if trusted in chain else (trusted,)


class PublishedLists:
    """The lists under one root of trust. What was opened once is kept, as versions never change."""

    def __init__(self, read: Read, trusted: Roots) -> None:
        self._read, self._trusted = read, trusted
        self._opened: dict[tuple[str, int], tuple[bytes, bytes | None, Edition]] = {}
        self._sections: dict[tuple[str, int], tuple[bytes, Sections]] = {}

    def history(self, name: str) -> History:
        """Return all versions of a list. Raises EvidenceMissing where there is none, ListUnsigned, ListInvalid, ListForked."""
        roots = roots_until(self._read, self._trusted)
        editions: list[Edition] = []
        while len(editions) < MAX_VERSIONS:
            version = len(editions) + 1
            data = self._read(paths.list_version_path(name, version))
            if data is None:
                break
            editions.append(self._edition(name, version, data, roots))
        if not editions:
            raise EvidenceMissing(path=paths.list_version_path(name, 1))
        return History(editions)

    def newest(self, name: str) -> PublishedList | None:
        """Return the highest version of a list, None where there is none yet."""
        try:
            return self.history(name).newest.published
        except EvidenceMissing:
            return None

    def sections(self, listed: PublishedList) -> Sections:
        """Return a version's entries; fetches the trust list's shards. Raises EvidenceMissing, TrustInvalid, …"""
        held = self._sections.get((listed.name, listed.version))
        if held is None or held[0] != listed.digest:
            shards = self._shards(listed.version) if listed.name == "trust" else None
            held = listed.digest, sections_of(listed.name, listed.content, shards)
            self._sections[listed.name, listed.version] = held
        return held[1]

    def _edition(self, name: str, version: int, data: bytes, roots: Sequence[Roots]) -> Edition:
        proof = self._read(paths.list_proof_path(name, version))
        held = self._opened.get((name, version))
        if held is not None and held[:2] == (data, proof):
            return held[2]
        listed, signers = open_under(name, data, roots)
        log_index, logged_at = _logged(listed, proof, roots)
        edition = Edition(listed, signers, log_index, logged_at)
        self._opened[name, version] = data, proof, edition
        return edition

    def _shards(self, version: int) -> dict[int, bytes]:
        shards = {}
        for byte in range(SHARDS):
            path = paths.trust_shard_path(version, byte)
            data = self._read(path)
            if data is None:
                raise EvidenceMissing(path=path)
            shards[byte] = data
        return shards


def open_under(name: str, data: bytes, roots: Sequence[Roots]) -> tuple[PublishedList, tuple[str, ...]]:
    """Return the list and who signed it, under the newest of the `roots` (one or more) whose publishers suffice.

    Raises ListUnsigned, ListInvalid.
    """
    refusal: ListUnsigned | None = None
    for each in reversed(roots):
        keys = each.key_set(purpose_of(name))
        try:
            listed = open_list(data, keys, name=name, now=None)
        except ListUnsigned as error:
            refusal = refusal or error
            continue
        signed = read_general(data, typ=TYP, max_bytes=MAX_LIST_BYTES).verified_by(keys.keys)
        return listed, tuple(sorted(signed))
    assert refusal is not None
    raise refusal


def _logged(listed: PublishedList, proof: bytes | None, roots: Sequence[Roots]) -> tuple[int | None, int | None]:
    """Place and time in the log, as far as the proof holds under one of the roots."""
    if proof is None:
        return None, None
    for each in reversed(roots):
        try:
            receipt = Receipt.from_text(proof)
            opened = open_checkpoint(
                receipt.checkpoint,
                each.log,
                each.witnesses,
                require_ml_dsa=True,
                witness_threshold=each.witness_threshold,
            )
            receipt.verify(leaf_hash(receipt.extra or b""), opened.checkpoint)
            entry = decode(receipt.extra or b"")
        except (RegistryError, KeysError):
            continue
        if isinstance(entry, ListEntry) and (entry.name, entry.version, entry.digest) == (
            listed.name,
            listed.version,
            listed.digest,
        ):
            return receipt.index, entry.t
    return None, None
