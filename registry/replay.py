"""Replays a log from its first entry: what every slot, key and list must be by now, and where the log contradicts itself.

A plain second implementation: it shares the spelling of entries with the registry and nothing else. Knows neither database
nor folder; `registry.audit` holds their content against what came out here.
"""

from array import array
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from registry.entries import CredentialEntry, Entry, KeyEntry, ListEntry, RootsEntry, StatusEntry, decode
from registry.errors import RegistryError

SLOTS: Final = 131072
_STATUS = "status/"
# Which status may follow which, spelled here a second time: 1 is final, 1 to 0 is issuing.
_FOLLOWS: Final = {(0, 1), (0, 2), (0, 3), (2, 0), (2, 1), (2, 3), (3, 1)}


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect: a stable code and what it is about (log index, list, slot, path, …)."""

    code: str
    params: dict[str, object]

    def __str__(self) -> str:
        return " ".join([self.code, *(f"{name}={value}" for name, value in self.params.items())])


@dataclass(slots=True)
class ReplayedKey:
    """A key's life in the log; `state` as in the issuer_key table."""

    body_code: str
    opened: int
    state: str = "active"
    closed: int | None = None
    boundary: int | None = None


@dataclass(slots=True)
class ReplayedList:
    """A status list: 2-bit statuses, which log index fills each slot and which key sealed it (-1: none), its newest entry."""

    packed: bytearray = field(default_factory=lambda: bytearray(b"\x55" * (SLOTS // 4)))
    filled_by: "array[int]" = field(default_factory=lambda: array("q", [-1]) * SLOTS)
    sealed_by: "array[int]" = field(default_factory=lambda: array("i", [-1]) * SLOTS)
    version: int = 0
    log_index: int | None = None
    events_root: bytes = b""

    def status(self, slot: int) -> int:
        """Return a slot's status."""
        shift: int = 4 ** (slot % 4)
        return self.packed[slot // 4] // shift % 4

    def set(self, slot: int, status: int) -> None:
        """Set a slot's status."""
        self.packed[slot // 4] += (status - self.status(slot)) * 4 ** (slot % 4)


@dataclass(slots=True)
class Replay:
    """Everything that the entries so far amount to."""

    findings: list[Finding] = field(default_factory=list)
    size: int = 0
    t: int = 0
    keys: dict[bytes, ReplayedKey] = field(default_factory=dict)
    lists: dict[int, ReplayedList] = field(default_factory=dict)
    published: dict[str, dict[int, tuple[int, bytes]]] = field(default_factory=dict)
    events: dict[int, StatusEntry] = field(default_factory=dict)
    kid8s: list[bytes] = field(default_factory=list)
    certificates: int = 0
    thumbprints: dict[bytes, bytes] = field(default_factory=dict)
    numbers: dict[bytes, int] = field(default_factory=dict)

    def key_of(self, kid8: bytes) -> ReplayedKey | None:
        """Return the key whose thumbprint begins with these eight bytes."""
        return self.keys.get(self.thumbprints.get(kid8, b""))

    def find(self, code: str, **params: object) -> None:
        """Note a defect."""
        self.findings.append(Finding(f"audit.{code}", params))

    def event_blocks(self) -> dict[int, set[int]]:
        """By list, the blocks of 4,096 slots in which something happened."""
        blocks: dict[int, set[int]] = {}
        for entry in self.events.values():
            blocks.setdefault(entry.list, set()).add(entry.index // 4096)
        return blocks

    def feed(self, body: bytes) -> None:
        """Take the next entry."""
        index = self.size
        self.size += 1
        try:
            entry = decode(body)
        except RegistryError as error:
            self.find("entry_unreadable", index=index, defect=error.code)
            return
        if entry.t < self.t:
            self.find("time_backwards", index=index, t=entry.t, before=self.t)
        self.t = max(self.t, entry.t)
        self._take(index, entry)

    def _take(self, index: int, entry: Entry) -> None:
        match entry:
            case CredentialEntry():
                self._credential(index, entry)
            case StatusEntry():
                self._status(index, entry)
            case ListEntry():
                self._list(index, entry)
            case KeyEntry():
                self._key(index, entry)
            case RootsEntry():
                self._versioned(index, "roots", entry.version, entry.digest)

    def _held(self, number: int) -> ReplayedList:
        if number not in self.lists:
            self.lists[number] = ReplayedList()
        return self.lists[number]

    def _credential(self, index: int, entry: CredentialEntry) -> None:
        key, held = self.key_of(entry.kid8), self._held(entry.list)
        if key is None or key.closed is not None:
            self.find("key_not_open", index=index, kid=entry.kid8.hex())
        if held.filled_by[entry.index] >= 0:
            self.find("slot_twice", index=index, list=entry.list, slot=entry.index, first=held.filled_by[entry.index])
            return
        held.filled_by[entry.index], held.sealed_by[entry.index] = index, self._number(entry.kid8)
        held.set(entry.index, 0)
        self.certificates += 1

    def _number(self, kid8: bytes) -> int:
        """Every key id once, by number: a slot then costs four bytes, not eight."""
        if kid8 not in self.numbers:
            self.numbers[kid8] = len(self.kid8s)
            self.kid8s.append(kid8)
        return self.numbers[kid8]

    def sealer_of(self, number: int, slot: int) -> bytes | None:
        """Return the id of the key that sealed what a slot holds, None for an empty slot."""
        held = self.lists.get(number)
        place = -1 if held is None else held.sealed_by[slot]
        return None if place < 0 else self.kid8s[place]

    def _status(self, index: int, entry: StatusEntry) -> None:
        self.events[index] = entry
        held = self._held(entry.list)
        if held.filled_by[entry.index] < 0:
            self.find("status_unissued", index=index, list=entry.list, slot=entry.index)
            return
        if held.status(entry.index) != entry.old:
            self.find("status_old_differs", index=index, list=entry.list, slot=entry.index, old=entry.old)
        if (entry.old, entry.new) not in _FOLLOWS:
            self.find("status_transition", index=index, old=entry.old, new=entry.new)
        held.set(entry.index, entry.new)

    def _list(self, index: int, entry: ListEntry) -> None:
        if not entry.name.startswith(_STATUS):
            self._versioned(index, entry.name, entry.version, entry.digest)
            return
        number = entry.name.removeprefix(_STATUS)
        if not number.isascii() or not number.isdigit():
            self.find("list_name", index=index, name=entry.name)
            return
        held = self._held(int(number))
        if entry.version != held.version + 1:
            self.find("list_version", index=index, name=entry.name, version=entry.version, expected=held.version + 1)
        if sha256(held.packed).digest() != entry.digest:
            self.find("list_digest", index=index, name=entry.name)
        held.version, held.log_index, held.events_root = entry.version, index, entry.extra

    def _versioned(self, index: int, name: str, version: int, digest: bytes) -> None:
        versions = self.published.setdefault(name, {})
        if version != len(versions) + 1:
            self.find("list_version", index=index, name=name, version=version, expected=len(versions) + 1)
        versions[version] = (index, digest)

    def _key(self, index: int, entry: KeyEntry) -> None:
        if entry.action in {"enrol", "rotate"}:
            if self.thumbprints.setdefault(entry.thumbprint[:8], entry.thumbprint) in self.keys:
                self.find("key_twice", index=index, kid=entry.thumbprint[:8].hex())
                return
            self.keys[entry.thumbprint] = ReplayedKey(entry.body_code, index)
            return
        key = self.keys.get(entry.thumbprint)
        if key is None or key.body_code != entry.body_code or not _may_close(key, entry):
            self.find("key_order", index=index, kid=entry.thumbprint[:8].hex(), action=entry.action)
            return
        key.state = "retired" if entry.action == "retire" else "compromised"
        key.closed = index if key.closed is None else key.closed
        key.boundary = entry.boundary


def _may_close(key: ReplayedKey, entry: KeyEntry) -> bool:
    return key.state == "active" or (key.state == "retired" and entry.action == "compromise")
