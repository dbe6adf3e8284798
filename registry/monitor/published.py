"""Holds the published lists against the log that was replayed: no older version, no other content, signed by who may."""

from dataclasses import dataclass, field
from hashlib import sha256

from keys.errors import KeysError
from keys.roots import Roots, open_roots, roots_digest
from keys.rotation import Purpose
from registry import paths
from registry.errors import RegistryError
from registry.listing import ROOTS
from registry.lists import list_digest, open_list, purpose_of
from registry.monitor.memory import Memory
from registry.monitor.sources import Source
from registry.replay import Finding, ReplayedList
from registry.statuslist import open_status_list

_STATUS = "status/"


def check_published(source: Source, roots: Roots, memory: Memory, now: int) -> list[Finding]:
    """Return what is wrong with the lists that lie there now; remembers the versions seen. Raises SourceUnreachable.

    A list may be newer than the log as far as it was read: lists are laid out before the checkpoint that covers them.
    """
    lists = _Lists(source, roots, memory)
    for name, versions in sorted(memory.replay.published.items()):
        newest = max(versions)
        lists.check_list(name, newest, versions[newest][1])
    for number, held in sorted(memory.replay.lists.items()):
        if held.version:
            lists.check_status(number, held, now)
    return lists.findings


def newest_roots(source: Source, trusted: Roots, now: int) -> tuple[Roots, list[Finding]]:
    """Follow the published roots from `trusted` to the newest; a false one is a finding, and the walk ends before it."""
    while (data := source.read(paths.roots_path(trusted.version + 1))) is not None:
        try:
            trusted = open_roots(data, trusted=trusted)
        except KeysError as error:
            return trusted, [Finding("monitor.roots_false", {"version": trusted.version + 1, "defect": error.code})]
    if now >= trusted.expires:
        return trusted, [Finding("monitor.roots_expired", {"version": trusted.version, "expires": trusted.expires})]
    return trusted, []


@dataclass(slots=True)
class _Lists:
    """The published lists of one visit."""

    source: Source
    roots: Roots
    memory: Memory
    findings: list[Finding] = field(default_factory=list)

    def check_list(self, name: str, logged: int, digest: bytes) -> None:
        """Check a published list, or the roots, whose newest version in the log is `logged`."""
        path = paths.roots_path(logged) if name == ROOTS else paths.list_path(name)
        data = self._there(path)
        if data is None:
            return
        try:
            version, found = logged, roots_digest(data) if name == ROOTS else list_digest(data)
            if name != ROOTS:
                version = open_list(data, self.roots.key_set(purpose_of(name)), name=name, now=None).version
        except (RegistryError, KeysError) as error:
            self._find("monitor.list_false", path=path, defect=error.code)
            return
        if not self._rolled_back(name, version, logged) and version == logged and found != digest:
            self._find("monitor.list_differs", path=path)

    def check_status(self, number: int, held: ReplayedList, now: int) -> None:
        """Check a status list against the statuses that the log amounts to."""
        path = paths.status_path(number)
        token = self._there(path)
        if token is None:
            return
        try:
            opened = open_status_list(token, self.roots.key_set(Purpose.STATUS), None)
        except (RegistryError, KeysError) as error:
            self._find("monitor.list_false", path=path, defect=error.code)
            return
        if opened.exp <= now:
            self._find("monitor.list_expired", path=path, expires=opened.exp)
        same = opened.list == number and opened.digest == sha256(held.packed).digest()
        rolled_back = self._rolled_back(f"{_STATUS}{number}", opened.version, held.version)
        if not rolled_back and opened.version == held.version and not same:
            self._find("monitor.list_differs", path=path)

    def _find(self, code: str, **params: object) -> None:
        self.findings.append(Finding(code, params))

    def _there(self, path: str) -> bytes | None:
        data = self.source.read(path)
        if data is None:
            self._find("monitor.file_missing", path=path)
        return data

    def _rolled_back(self, name: str, version: int, logged: int) -> bool:
        seen = max(self.memory.versions.get(name, 0), logged)
        self.memory.versions[name] = max(seen, version)
        if version < seen:
            self._find("monitor.list_rolled_back", list=name, version=version, seen=seen)
        return version < seen
