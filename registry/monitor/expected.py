"""What an issuing body knows it has done, as a text file, and what the log shows in its name beyond that. Pure.

One fact a line, fields parted by one space, digests in hex:

    <list> <index> <QR digest> <document digest>     a certificate; "* *" where the holder was erased
    status <list> <index> <new status>               a status change that was ordered
    key <thumbprint> <active|closed>                 a key of the body, in use or given up
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from registry.entries import CredentialEntry, Entry, KeyEntry, StatusEntry
from registry.monitor.refusals import ExpectedInvalid
from registry.replay import Finding, Replay

MAX_KEPT: Final = 10_000
"""So many entries that nobody explained are kept and told again; beyond that their number alone."""
_ERASED: Final = "* *"
_OPENING: Final = frozenset({"enrol", "rotate"})

Fact = tuple[str, str]
"""(what it is about, what was done): the same fact in the file and in the log is the same pair of texts."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The facts of a body's file: subject -> what was done there (for a status, everything that ever was)."""

    facts: Mapping[str, frozenset[str]]

    @classmethod
    def from_text(cls, text: str) -> "Expected":
        """Read the file; raises ExpectedInvalid naming the line."""
        facts: dict[str, set[str]] = {}
        for number, line in enumerate(text.splitlines(), start=1):
            if line and not line.startswith("#"):
                subject, done = _read(line, number)
                facts.setdefault(subject, set()).add(done)
        return cls({subject: frozenset(done) for subject, done in facts.items()})

    def certificates(self) -> Iterator[tuple[int, int]]:
        """Yield the slots (list, index) of the body's certificates."""
        for subject in self.facts:
            kind, *slot = subject.split()
            if kind == "certificate":
                yield int(slot[0]), int(slot[1])


def certificate_line(list_no: int, index: int, digests: tuple[bytes, bytes] | None) -> str:
    """Return the line of one certificate; `digests` are those of its QR and its document, None where they are lost."""
    return f"{list_no} {index} " + (f"{digests[0].hex()} {digests[1].hex()}" if digests else _ERASED)


def status_line(list_no: int, index: int, new: int) -> str:
    """Return the line of one status change."""
    return f"status {list_no} {index} {new}"


def key_line(thumbprint: bytes, *, active: bool) -> str:
    """Return the line of one key."""
    return f"key {thumbprint.hex()} {'active' if active else 'closed'}"


def _read(line: str, number: int) -> Fact:
    words = line.split(" ")
    match words:
        case ["status", list_no, index, new] if _are_numbers(list_no, index, new):
            return f"status {list_no} {index}", new
        case ["key", thumbprint, ("active" | "closed") as state] if _are_digests(thumbprint):
            return f"key {thumbprint}", state
        case [list_no, index, "*", "*"] if _are_numbers(list_no, index):
            return f"certificate {list_no} {index}", _ERASED
        case [list_no, index, qr, doc] if _are_numbers(list_no, index) and _are_digests(qr, doc):
            return f"certificate {list_no} {index}", f"{qr} {doc}"
    raise ExpectedInvalid(line=number)


def _are_numbers(*words: str) -> bool:
    return all(word.isascii() and word.isdigit() and len(word) <= 10 and str(int(word)) == word for word in words)


def _are_digests(*words: str) -> bool:
    return all(len(word) == 64 and not word.strip("0123456789abcdef") for word in words)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that the log shows in a body's name: at which index, about what, what was done."""

    index: int
    subject: str
    done: str

    def judged(self, expected: Expected) -> Finding | None:
        """Return why this is not what the body did, None when it is."""
        known = expected.facts.get(self.subject, frozenset())
        if (
            self.done in known
            or _ERASED in known
            or (self.subject.startswith("key ") and self.done == "active" and known)
        ):
            return None
        kind, *names = self.subject.split()
        if kind == "certificate":
            code = "monitor.certificate_differs" if known else "monitor.certificate_not_yours"
            return Finding(code, {"index": self.index, "list": int(names[0]), "slot": int(names[1])})
        if kind == "status":
            slot = {"list": int(names[0]), "slot": int(names[1])}
            return Finding("monitor.status_not_yours", {"index": self.index, **slot, "new": int(self.done)})
        code = "monitor.key_not_yours" if self.done == "active" else "monitor.key_closed_not_by_you"
        return Finding(code, {"index": self.index, "thumbprint": names[0]})


@dataclass(slots=True)
class IssuerWatch:
    """Gathers what the log shows in the name of the body `code`, and forgets what the body explains."""

    code: str
    deeds: list[Deed] = field(default_factory=list)
    certificates: int = 0
    overflow: int = 0

    def take(self, index: int, entry: Entry, replay: Replay, expected: Expected | None) -> None:
        """Take the next entry, which `replay` has been fed; keep what is done in the body's name and not explained.

        Without `expected` nothing can be explained, and certificates are only counted.
        """
        deed = self._deed(index, entry, replay)
        if deed is None:
            return
        self.certificates += isinstance(entry, CredentialEntry)
        if expected is None or deed.judged(expected) is None:
            return
        if len(self.deeds) < MAX_KEPT:
            self.deeds.append(deed)
        else:
            self.overflow += 1

    def _deed(self, index: int, entry: Entry, replay: Replay) -> Deed | None:
        match entry:
            case KeyEntry(body_code=code) if code == self.code:
                state = "active" if entry.action in _OPENING else "closed"
                return Deed(index, f"key {entry.thumbprint.hex()}", state)
            case CredentialEntry() if self._owns(entry.kid8, replay):
                return Deed(index, f"certificate {entry.list} {entry.index}", f"{entry.qr.hex()} {entry.doc.hex()}")
            case StatusEntry() if self._owns(replay.sealer_of(entry.list, entry.index), replay):
                return Deed(index, f"status {entry.list} {entry.index}", str(entry.new))
        return None

    def _owns(self, kid8: bytes | None, replay: Replay) -> bool:
        key = replay.key_of(kid8 or b"")
        return key is not None and key.body_code == self.code

    def judge(self, expected: Expected) -> list[Finding]:
        """Return a finding for every kept deed that `expected` does not explain by now; the others are forgotten."""
        found = [(deed, deed.judged(expected)) for deed in self.deeds]
        self.deeds = [deed for deed, finding in found if finding is not None]
        told = [finding for _, finding in found if finding is not None]
        return [*told, Finding("monitor.more_not_yours", {"count": self.overflow})] if self.overflow else told

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        deeds = [[deed.index, deed.subject, deed.done] for deed in self.deeds]
        return {"code": self.code, "deeds": deeds, "certificates": self.certificates, "overflow": self.overflow}

    @classmethod
    def from_json(cls, held: Mapping[str, Any]) -> "IssuerWatch":
        """Read what `to_json` wrote; raises KeyError or TypeError."""
        return cls(held["code"], [Deed(*each) for each in held["deeds"]], held["certificates"], held["overflow"])
