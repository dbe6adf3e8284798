"""The log that a monitor watches: whose signatures make a checkpoint, whose cosignatures count, and how old it may be. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from keys.roots import Roots
from registry.checkpoint import Head, verify_cosignature
from registry.errors import NoteInvalid
from registry.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, NoteKey, read_note
from registry.replay import Finding
from registry.witnesses.known import KnownLog

LEEWAY: Final = 300


@dataclass(frozen=True, slots=True)
class Shown:
    """A checkpoint whose signatures verified: its head, when the log signed it, and each witness's newest time."""

    head: Head
    signed_at: int | None
    cosigned: dict[str, int]

    def time(self, threshold: int) -> int | None:
        """Return the time by which `threshold` witnesses had seen nothing newer, else when the log signed it."""
        newest_first = sorted(self.cosigned.values(), reverse=True)
        return newest_first[max(threshold, 1) - 1] if len(newest_first) >= max(threshold, 1) else self.signed_at


@dataclass(frozen=True, slots=True)
class Watched:
    """One log, its witnesses by their cosigner keys, and how many of them must have cosigned.

    `roots` is the root of trust, where there is one: without it nobody can say who signs lists.
    """

    log: KnownLog
    witnesses: tuple[NoteKey, ...]
    threshold: int
    roots: Roots | None = None

    @classmethod
    def of_roots(cls, roots: Roots, threshold: int = 0) -> "Watched":
        """Return the log that a roots document names, with at least as many witnesses as it demands."""
        witnesses = tuple(NoteKey(each.name, COSIGNATURE_ED25519, each.ed25519) for each in roots.witnesses)
        return cls(KnownLog.of(roots.log), witnesses, max(threshold, roots.witness_threshold), roots)

    @classmethod
    def of_keys(cls, log: KnownLog, witnesses: Sequence[NoteKey], threshold: int) -> "Watched":
        """Return a log known by its vkeys alone. Raises NoteInvalid for witness keys that do not cosign."""
        if any(key.kind not in {COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44} for key in witnesses):
            raise NoteInvalid(reason="keys of a witness")
        return cls(log, tuple(witnesses), threshold)

    def open(self, note: bytes) -> Shown:
        """Verify a checkpoint; raises NoteInvalid, WrongLog, CheckpointForged, CheckpointUnsigned. Counts no witnesses."""
        opened = self.log.open(note)
        lasting = {key.key_id for key in self.log.keys if key.kind == COSIGNATURE_ML_DSA_44}
        times = [int.from_bytes(line.signature[:8], "big") for line in opened.lines if line.key_id in lasting]
        parsed, cosigned = read_note(note), dict[str, int]()
        for key in self.witnesses:
            for signature in parsed.signatures_of(key):
                time = verify_cosignature(key, signature, opened.head)
                cosigned[key.name] = max(time, cosigned.get(key.name, 0))
        return Shown(opened.head, max(times, default=None), cosigned)

    def judged(self, shown: Shown, now: int, stale_after: int) -> list[Finding]:
        """Return what is wrong with a checkpoint by itself: too few witnesses, too old, or of tomorrow."""
        findings = []
        if len(shown.cosigned) < self.threshold:
            params: dict[str, object] = {"have": len(shown.cosigned), "need": self.threshold}
            findings.append(Finding("monitor.witnesses_missing", params))
        time = shown.time(self.threshold)
        if time is not None and now - time > stale_after:
            findings.append(Finding("monitor.checkpoint_stale", {"time": time, "age": now - time}))
        if time is not None and time > now + LEEWAY:
            findings.append(Finding("monitor.checkpoint_from_future", {"time": time}))
        return findings
