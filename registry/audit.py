"""Audits a registry: replays the whole log from a database or a published folder and names every contradiction.

Everything is computed a second time from the entry bodies: leaves, tiles, every signed root, slots, status lists, keys.
No finding means that what is stored or published is exactly what the signed log says. It reads and changes nothing, and
needs no private key.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Engine

from keys.roots import Roots
from registry.audit_database import DatabaseSource
from registry.audit_folder import FolderSource
from registry.audit_tree import Notes, Tree, open_head, read_head
from registry.replay import Finding, Replay

Progress = Callable[[int, int], None]
"""(entries replayed, entries in all)."""

_EVERY: Final = 1024
_GAP: Final = "audit.entry_missing"


class Source(Protocol):
    """Where a log lies. Raises nothing for what is missing: it returns None or ends early, and the audit names it."""

    def checkpoint(self) -> bytes | None:
        """Return the newest signed checkpoint."""
        ...

    def bodies(self, size: int) -> Iterator[bytes | None]:
        """Yield the bodies of entries 0 to `size - 1`, None for one that is missing or unreadable."""
        ...

    def tile(self, level: int, n: int, width: int) -> bytes | None:
        """Return a tile, at least `width` hashes wide."""
        ...

    def signed_roots(self) -> Iterator[tuple[int, bytes]]:
        """Yield (size, note) of earlier checkpoints that are kept, smallest first."""
        ...

    def sound(self, replay: Replay) -> bool:
        """Note what cannot even be read as what it should be; False when that makes a replay pointless."""
        ...

    def compare(self, replay: Replay, roots: Roots) -> None:
        """Hold everything else that lies there against the replay, and note what differs."""
        ...


def audit(
    source: Engine | Path, roots: Roots, *, progress: Progress | None = None, quick: bool = False
) -> list[Finding]:
    """Return every defect of a registry's database (an Engine) or of a published folder (a Path); empty when clean.

    `roots` says whose signatures count. Takes seconds for 100,000 entries; memory grows with status lists, not entries.
    With `quick` only the tree is looked at: entries, tiles, every checkpoint's root, the newest one's signatures. A million
    entries take seconds then.
    """
    if isinstance(source, Engine):
        with DatabaseSource.opened(source) as database:
            return _fsck(database, roots, progress) if quick else _audit(database, roots, progress)
    folder = FolderSource(source)
    return _fsck(folder, roots, progress) if quick else _audit(folder, roots, progress)


def _audit(source: Source, roots: Roots, progress: Progress | None) -> list[Finding]:
    replay = Replay()
    head = open_head(source.checkpoint(), roots, replay) if source.sound(replay) else None
    if head is None:
        return replay.findings
    notes = Notes(source.signed_roots(), replay, lambda note, size: open_head(note, roots, replay, size))
    tree = Tree(source.tile, replay, notes)
    for bodies in _stretches(source, head.size, replay, progress):
        tree.extend(bodies)
        for body in bodies:
            replay.feed(body)
    if any(finding.code == _GAP for finding in replay.findings):
        return replay.findings  # nothing behind a gap can be hashed
    tree.close(head.size, head.root)
    source.compare(replay, roots)
    if progress is not None:
        progress(head.size, head.size)
    return replay.findings


def _fsck(source: Source, roots: Roots, progress: Progress | None) -> list[Finding]:
    replay = Replay()
    head = open_head(source.checkpoint(), roots, replay)
    if head is None:
        return replay.findings
    notes = Notes(source.signed_roots(), replay, lambda note, size: read_head(note, replay, size))
    tree = Tree(source.tile, replay, notes)
    for bodies in _stretches(source, head.size, replay, progress):
        tree.extend(bodies)
    if not any(finding.code == _GAP for finding in replay.findings):
        tree.close(head.size, head.root)
    return replay.findings


def _stretches(source: Source, size: int, replay: Replay, progress: Progress | None) -> Iterator[list[bytes]]:
    """The entries in stretches of many, up to the first that is missing, which is noted."""
    bodies, done = source.bodies(size), 0
    while stretch := list(islice(bodies, _EVERY)):
        if progress is not None:
            progress(done, size)
        whole = [body for body in stretch if body is not None]
        gap = stretch.index(None) if len(whole) < len(stretch) else None
        yield whole if gap is None else whole[:gap]
        done += len(stretch)
        if gap is not None:
            replay.find("entry_missing", index=done - len(stretch) + gap)
            return
