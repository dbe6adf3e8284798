"""Opens the files that say why a status changed, against what the logged status list commits to. Pure."""

from typing import Final

from registry.events import FILES_PER_LIST, EventRecord, decode_events
from registry.merkle import leaf_hash, root_of
from verifier.gaps import EvidenceRejected

NO_EVENTS: Final = leaf_hash(b"")


def open_leaves(data: bytes, root: bytes, path: str) -> tuple[bytes, ...]:
    """Return the leaf hashes of a list's event files, which must lead to `root`. Raises EvidenceRejected."""
    leaves = tuple(data[start : start + 32] for start in range(0, len(data), 32))
    if len(data) != 32 * FILES_PER_LIST or root_of(leaves) != root:
        raise EvidenceRejected(path=path, defect="check.events_not_committed")
    return leaves


def open_event_file(data: bytes, leaf: bytes, path: str) -> tuple[EventRecord, ...]:
    """Return the events of one file, whose hash must be `leaf`. Raises EvidenceRejected, RegistryError."""
    if leaf_hash(data) != leaf:
        raise EvidenceRejected(path=path, defect="check.events_not_committed")
    return decode_events(data)
