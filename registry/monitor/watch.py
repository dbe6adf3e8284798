"""One visit of a monitor: the checkpoint against everything seen before, then every new entry, then what else lies there.

A finding is something the registry should not have done; a notice is something to know. What cannot be reached is neither:
it raises SourceUnreachable, and the next visit goes on from the last state that was kept.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from registry import paths
from registry.checkpoint import read_head
from registry.entries import CredentialEntry, Entry, KeyEntry, StatusEntry, decode
from registry.errors import NoteInvalid, RegistryError, WrongLog
from registry.monitor.expected import Expected, IssuerWatch
from registry.monitor.memory import Memory
from registry.monitor.published import check_published, newest_roots
from registry.monitor.sources import Source
from registry.monitor.tree import Tree, TreeBroken
from registry.monitor.watched import Shown, Watched
from registry.note import read_note
from registry.replay import Finding
from registry.tiles import WIDTH
from registry.witnesses.protocol import monitoring_path

_KEEP_EVERY: Final = 1 << 16
_PATROL: Final = 16
"""So many bundles that were read before are read again at each visit, in turn: what rots later is found too."""
_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Orders:
    """What a monitor is told once: the log, how old its checkpoint may be, which body to watch for, which witnesses to ask.

    `witnesses` are sources at the monitoring prefixes of witnesses, by the name that findings give them.
    """

    watched: Watched
    stale_after: int
    issuer: str | None = None
    witnesses: tuple[tuple[str, Source], ...] = ()


@dataclass(slots=True)
class Report:
    """What came of one visit."""

    findings: list[Finding] = field(default_factory=list)
    notices: list[Finding] = field(default_factory=list)
    size: int = 0

    def find(self, *findings: Finding) -> None:
        """Add findings, up to a bound: a log that is wrong everywhere is named a thousand times and no more."""
        self.findings += findings[: max(0, _MOST - len(self.findings))]


def visit(source: Source, orders: Orders, memory: Memory, expected: Expected | None, now: int) -> Report:
    """Visit the registry once and return what was found; `memory` is brought up to date and kept.

    `expected` is what the watched body knows it has done. Raises SourceUnreachable, with everything kept that was read.
    """
    report = Report()
    watched = _newest_watched(source, orders.watched, report, now)
    note = source.read(paths.CHECKPOINT)
    if note is None:
        report.find(Finding("monitor.file_missing", {"path": paths.CHECKPOINT}))
        return report
    try:
        shown = watched.open(note)
    except RegistryError as error:
        report.find(Finding(_signature_code(error), {"defect": error.code}))
        return report
    report.find(*watched.judged(shown, now, orders.stale_after))
    visitor = _Visitor(source, watched, memory, report, Tree.of(source, shown.head.size, shown.head.root))
    try:
        if visitor.follows(note, shown):
            visitor.read_on(orders.issuer, expected)
            visitor.patrol()
            if watched.roots is not None:
                report.find(*check_published(source, watched.roots, memory, now))
            visitor.ask_witnesses(orders.witnesses)
    except TreeBroken as broken:
        report.find(broken.finding)
    finally:
        memory.keep()
    report.size = memory.replay.size
    return report


def _newest_watched(source: Source, watched: Watched, report: Report, now: int) -> Watched:
    if watched.roots is None:
        return watched
    roots, findings = newest_roots(source, watched.roots, now)
    report.find(*findings)
    return replace(Watched.of_roots(roots, watched.threshold), roots=roots)


def _signature_code(error: RegistryError) -> str:
    return "monitor.checkpoint_unreadable" if isinstance(error, NoteInvalid | WrongLog) else "monitor.checkpoint_false"


@dataclass(slots=True)
class _Visitor:
    """One visit under way."""

    source: Source
    watched: Watched
    memory: Memory
    report: Report
    tree: Tree
    counted: Counter[str] = field(default_factory=Counter)

    def follows(self, note: bytes, shown: Shown) -> bool:
        """Tell whether the checkpoint continues the one kept; if not, name it and keep both notes."""
        if self.memory.note:
            kept = read_head(read_note(self.memory.note).text)
            code = self._contradiction(kept.size, kept.root, shown)
            if code is not None:
                params = {"kept": kept.size, "size": shown.head.size, "evidence": self.memory.keep_evidence(code, note)}
                self.report.find(Finding(code, params))
                return False
        self.memory.note, self.memory.signed_at = note, shown.signed_at
        return True

    def _contradiction(self, size: int, root: bytes, shown: Shown) -> str | None:
        head = shown.head
        if head.size < size:
            before = self.memory.signed_at
            signed_anew = shown.signed_at is not None and before is not None and shown.signed_at > before
            return "monitor.older_tree_resigned" if signed_anew else "monitor.log_rewound"
        if head.size == size:
            return None if head.root == root else "monitor.split_view"
        return None if size == 0 or self.tree.root_before(size) == root else "monitor.split_view"

    def read_on(self, issuer: str | None, expected: Expected | None) -> None:
        """Read every entry that was not read yet; judge what is done in the watched body's name."""
        memory, first = self.memory, self.memory.replay.size
        if issuer is not None and (memory.issuer is None or memory.issuer.code != issuer):
            memory.issuer = IssuerWatch(issuer)
            if first:
                self.report.notices.append(Finding("monitor.issuer_from_here", {"issuer": issuer, "index": first}))
        for index, body in self.tree.entries(first):
            self._take(index, body, expected)
            if memory.replay.size % _KEEP_EVERY == 0:
                memory.keep()
        self._require_root()
        self._digest(first)
        self._judge(expected)

    def _take(self, index: int, body: bytes, expected: Expected | None) -> None:
        """Feed one entry to the second hashing, to the replay and to who watches for the body."""
        memory, replay = self.memory, self.memory.replay
        memory.frontier.push(body)
        replay.feed(body)
        self.report.find(*replay.findings)
        replay.findings.clear()
        replay.events.clear()
        try:
            entry = decode(body)
        except RegistryError:
            return  # the replay has named it
        self._count(entry)
        if memory.issuer is not None:
            memory.issuer.take(index, entry, replay, expected)

    def _count(self, entry: Entry) -> None:
        if isinstance(entry, CredentialEntry | StatusEntry):
            self.memory.touched.add(entry.list)
        kind = type(entry).__name__.removesuffix("Entry").lower()
        self.counted[f"{kind} {entry.kid8.hex()}" if isinstance(entry, CredentialEntry) else kind] += 1
        if isinstance(entry, KeyEntry):
            told = {"action": entry.action, "body": entry.body_code, "thumbprint": entry.thumbprint.hex()}
            self.report.notices.append(Finding("monitor.key_event", {**told}))

    def _require_root(self) -> None:
        if self.memory.frontier.root() != self.tree.view.root:
            self.report.find(Finding("monitor.root_differs", {"size": self.tree.view.size}))

    def _digest(self, first: int) -> None:
        """The digest of what is new: how much of each kind, and certificates by key and body."""
        size = self.memory.replay.size
        if size == first:
            return
        by_key = {name.split()[1]: count for name, count in self.counted.items() if name.startswith("credential ")}
        certificates = []
        for kid8, count in sorted(by_key.items()):
            key = self.memory.replay.key_of(bytes.fromhex(kid8))
            certificates.append({"kid8": kid8, "body": key.body_code if key else None, "certificates": count})
        params: dict[str, object] = {"first": first, "last": size - 1, "certificates": sum(by_key.values())}
        params |= {kind: self.counted[kind] for kind in ("status", "list", "key", "roots")}
        self.report.notices.append(Finding("monitor.digest", {**params, "by_key": certificates}))

    def _judge(self, expected: Expected | None) -> None:
        issuer = self.memory.issuer
        if issuer is None:
            return
        if expected is None:
            self.report.notices.append(
                Finding("monitor.issuer_seen", {"issuer": issuer.code, "certificates": issuer.certificates})
            )
            return
        self.report.find(*issuer.judge(expected))
        waiting = sum(self._is_empty(*slot) for slot in expected.certificates())
        if waiting:
            self.report.notices.append(Finding("monitor.not_logged_yet", {"count": waiting}))

    def _is_empty(self, list_no: int, index: int) -> bool:
        held = self.memory.replay.lists.get(list_no)
        return held is None or index >= len(held.filled_by) or held.filled_by[index] < 0

    def patrol(self) -> None:
        """Read some of the bundles again that were read before."""
        bundles = self.tree.view.size // WIDTH
        for at in range(min(_PATROL, bundles)):
            self.tree.bundle((self.memory.patrol + at) % bundles)
        self.memory.patrol = (self.memory.patrol + _PATROL) % max(bundles, 1)

    def ask_witnesses(self, witnesses: Sequence[tuple[str, Source]]) -> None:
        """Compare with what witnesses saw last: a log that shows them another tree than us is caught here."""
        for name, witness in witnesses:
            note = witness.read(monitoring_path(self.watched.log.origin))
            if note is None:
                self.report.notices.append(Finding("monitor.witness_saw_nothing", {"witness": name}))
                continue
            try:
                seen = self.watched.log.open(note).head
            except RegistryError as error:
                self.report.find(Finding("monitor.witness_shows_nonsense", {"witness": name, "defect": error.code}))
                continue
            size = self.tree.view.size
            if seen.size > size:
                self.report.notices.append(
                    Finding("monitor.witness_ahead", {"witness": name, "size": size, "seen": seen.size})
                )
            elif seen.size and self.tree.root_before(seen.size) != seen.root:
                where = self.memory.keep_evidence("monitor.witness_split_view", note)
                params: dict[str, object] = {"witness": name, "size": seen.size, "evidence": where}
                self.report.find(Finding("monitor.witness_split_view", params))
