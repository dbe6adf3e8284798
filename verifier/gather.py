"""Gather evidence: fetches published artifacts and judges nothing. Keeps what it fetched, with its age.

`Gatherer.evidence_for(text)` runs the pure opening over what is held, and fetches each path that it names as missing, until
nothing more is missing or a path cannot be had. Mutable paths are read again after `refresh` seconds; immutable ones never.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

from credentials.envelope import Presented, read
from credentials.errors import CredentialsError
from keys.errors import KeysError
from keys.roots import Roots, walk
from keys.strictjson import dumps, loads
from registry import paths
from registry.errors import RegistryError
from registry.files import only_one, replace_file
from verifier.artifacts import Fetched
from verifier.evidence import Evidence
from verifier.floor import Floor
from verifier.gaps import EvidenceMissing, EvidenceRejected, FloorUnreadable, RegistryAddressInvalid
from verifier.policy import ONLINE, Policy
from web.egress import Gate, Unreachable, is_address

MAX_ARTIFACT: Final = 4 * 1024 * 1024
MAX_FETCHES: Final = 200
_PARTIAL: Final = re.compile(r"(?P<full>tile/.+)\.p/(?P<width>[0-9]{1,3})")
_IMMUTABLE: Final = re.compile(r"tile/|lists/[a-z0-9-]+/.+\.json|roots/")
_PUBLISHED: Final = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


class EvidenceSource(Protocol):
    """Where published artifacts are read from. `offline` sources hold a snapshot that never grows."""

    def read(self, path: str) -> bytes | None:
        """Return the bytes at a published path, or None where there are none or they cannot be had now."""
        ...


class FolderSource:
    """A published folder on this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> bytes | None:
        """Return the file's bytes, at most `MAX_ARTIFACT`; None for what is no published path."""
        if not _PUBLISHED.fullmatch(path):
            return None
        try:
            with (self._folder / path).open("rb") as file:
                data = file.read(MAX_ARTIFACT + 1)
        except OSError:
            return None
        return data if len(data) <= MAX_ARTIFACT else None


class HttpsSource:
    """A registry's published folder over HTTPS (plain HTTP only to this machine), through the one gate to the network."""

    def __init__(self, base_url: str, *, timeout: float = 10.0) -> None:
        if not is_address(base_url):
            raise RegistryAddressInvalid(address=base_url)
        self._gate = Gate(base_url, max_bytes=MAX_ARTIFACT, timeout=timeout)

    def read(self, path: str) -> bytes | None:
        """Return the body of a 200 answer, at most `MAX_ARTIFACT` bytes; None for anything else."""
        try:
            answer = self._gate.ask(path)
        except Unreachable:
            return None
        return answer.body if answer.status == 200 else None


def walk_roots(source: EvidenceSource, trusted: Roots, now: int) -> Roots:
    """Return the newest roots document that can be reached from `trusted`, version by version."""

    def newer() -> Iterator[bytes]:
        version = trusted.version + 1
        while (data := source.read(paths.roots_path(version))) is not None:
            yield data
            version += 1

    return walk(trusted, newer(), now)


class Gatherer:
    """Evidence from one source under one root of trust, kept while it is fresh enough. Safe to share between threads."""

    def __init__(  # noqa: PLR0913  # what a gatherer is told once, each by its name
        self,
        source: EvidenceSource,
        roots: Roots,
        clock: Callable[[], int],
        *,
        refresh: int = 30,
        policy: Policy = ONLINE,
        floor_file: Path | None = None,
    ) -> None:
        """`floor_file` remembers the newest log size and list versions seen, so that older ones are refused later."""
        self._source = source
        self.roots = roots
        self._clock = clock
        self._refresh = refresh
        self._policy = policy
        self._floor_file = floor_file
        self._floor = _read_floor(floor_file)
        self._lock = Lock()
        self._held: dict[str, Fetched] = {}
        self._evidence = self._snapshot()

    def evidence_for(self, text: str) -> Evidence:
        """Return evidence with everything in it that a check of `text` can use and the source has."""
        with self._lock:
            self._drop_stale()
            try:
                presented = read(text)
            except (CredentialsError, KeysError):
                return self._evidence
            self._fill(presented)
            self._raise_floor()
            return self._evidence

    def _snapshot(self) -> Evidence:
        return Evidence(self.roots, self._held, policy=self._policy, floor=self._floor)

    def _drop_stale(self) -> None:
        """Forget mutable artifacts that are due, all together: a checkpoint and lists belong to one moment."""
        now = self._clock()
        mutable = [path for path in self._held if not _IMMUTABLE.match(path)]
        if not all(0 <= now - self._held[path].at < self._refresh for path in mutable):
            kept = {path: fetched for path, fetched in self._held.items() if _IMMUTABLE.match(path)}
            self._held = kept
            self._evidence = self._snapshot()

    def _fill(self, presented: Presented) -> None:
        """Touch every piece of evidence that a check may want, fetching what is missing; a path is tried once."""
        tried: set[str] = set()
        for touch in _touches(self._evidence, presented):
            while len(tried) < MAX_FETCHES:
                try:
                    touch()
                except EvidenceMissing as gap:
                    if gap.path in tried or not self._fetch(gap.path):
                        tried.add(gap.path)
                        break
                    tried.add(gap.path)
                    continue
                except (EvidenceRejected, RegistryError):
                    pass
                break

    def _fetch(self, path: str) -> bool:
        data = self._source.read(path)
        if data is None:
            data = self._cut_from_full(path)
        if data is not None:
            self._held[path] = Fetched(data, self._clock())
        return data is not None

    def _cut_from_full(self, path: str) -> bytes | None:
        """A partial tile may be gone once its tile is full (C2SP tlog-tiles); its beginning is the same bytes.

        A full entry bundle serves as it is: more entries than asked for do no harm.
        """
        partial = _PARTIAL.fullmatch(path)
        full = self._source.read(partial["full"]) if partial else None
        if partial is None or full is None or path.startswith("tile/entries/"):
            return full
        return full[: 32 * int(partial["width"])]

    def _raise_floor(self) -> None:
        """Remember the newest accepted log and lists; write them down where a file was given."""
        raised = self._floor.raised_by(self._evidence.seen())
        if raised == self._floor:
            return
        self._floor = raised
        if self._floor_file is not None:
            _keep_floor(self._floor_file, raised)


def _touches(evidence: Evidence, presented: Presented) -> list[Callable[[], object]]:
    """The pieces of evidence that a check of `presented` may ask for, in an order that finds one path after another."""
    slot = presented.credential.status

    def entry() -> object:
        hinted = evidence.hinted(slot.list, slot.index)
        return evidence.logged(hinted) if hinted is not None and hinted < evidence.log_view().size else None

    return [
        lambda: evidence.issuer_of(presented.kid8),
        evidence.trust_logged,
        evidence.log_view,
        lambda: evidence.status(slot.list),
        lambda: evidence.events(slot.list, slot.index),
        entry,
    ]


def _read_floor(file: Path | None) -> Floor:
    """The floor on disk; a missing file is a first visit. A broken one is refused rather than forgotten."""
    if file is None or not file.exists():
        return Floor()
    try:
        held = loads(file.read_bytes())
        floor = Floor(held["size"], bytes.fromhex(held["root"]), held["versions"])
        numbers = [floor.checkpoint_size, *floor.versions.values()]
    except (OSError, KeysError, ValueError, KeyError, TypeError, AttributeError):
        raise FloorUnreadable(file=file.name) from None
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise FloorUnreadable(file=file.name)
    return floor


def _keep_floor(file: Path, floor: Floor) -> None:
    """Write the floor down, never below what another process wrote meanwhile.

    Where that cannot be done (full disk, a file that broke meanwhile) it holds in memory: verifying goes on.
    """
    with suppress(OSError, FloorUnreadable), only_one(file.with_suffix(".lock")):
        highest = _read_floor(file).raised_by(floor)
        held = {"size": highest.checkpoint_size, "root": highest.checkpoint_root.hex(), "versions": highest.versions}
        replace_file(file, dumps(held), durable=False)
