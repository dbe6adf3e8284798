"""Asks all witnesses of a log at once and goes on with those that answered before the deadline.

Publishing must not hang on a stranger's machine: who has not answered is left out and named. A witness in this process
that refuses (an old backup, a fork) stops everything; one elsewhere cannot, or it could silence the log by lying.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import Empty, Queue
from threading import Lock, Thread
from typing import Final

from registry.note import read_note
from registry.witnesses.cosigner import ConsistencyProof, Cosign
from registry.witnesses.refusals import WitnessAbsent, WitnessUnreachable

DEADLINE: Final = 4.0
GRACE: Final = 1.0
"""Seconds that the slower ones get once enough have cosigned: a verifier may ask for more than the roots do."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A witness that gave no cosignature, and the stable code of the reason."""

    witness: str
    code: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """The note with every cosignature that came in time, and who is missing."""

    note: bytes
    missing: tuple[Missing, ...]


def gather(
    note: bytes,
    witnesses: Sequence[Cosign],
    prove: ConsistencyProof,
    *,
    enough: int,
    deadline: float = DEADLINE,
) -> Gathered:
    """Ask all `witnesses` to cosign `note`; wait `deadline` seconds, or `GRACE` once `enough` have cosigned.

    `prove` is called by one thread at a time, and never after this has returned. Raises what a witness in this process
    raises when it refuses.
    """
    asking = _Asking(note, _Proofs(prove))
    asking.start(witnesses)
    try:
        return asking.wait({each.name for each in witnesses}, enough, time.monotonic() + deadline)
    finally:
        asking.proofs.close()


@dataclass(slots=True)
class _Proofs:
    """The caller's proofs, shut when the caller goes on: whoever comes late must not touch its connection."""

    prove: ConsistencyProof
    _open: bool = True
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, old: int, new: int) -> Sequence[bytes]:
        with self._lock:
            if not self._open:
                raise WitnessUnreachable(witness="")
            return self.prove(old, new)

    def close(self) -> None:
        with self._lock:
            self._open = False


@dataclass(slots=True)
class _Asking:
    note: bytes
    proofs: _Proofs
    _answers: "Queue[tuple[str, bytes | Exception]]" = field(default_factory=Queue)

    def start(self, witnesses: Sequence[Cosign]) -> None:
        """Ask each on a thread of its own, which nobody waits for at the end of the process."""
        for witness in witnesses:
            Thread(target=self._ask, args=(witness,), daemon=True, name=f"witness {witness.name}").start()

    def _ask(self, witness: Cosign) -> None:
        try:
            self._answers.put((witness.name, witness(self.note, self.proofs)))
        except Exception as error:  # noqa: BLE001  # raised again, or named, where the answers are read
            self._answers.put((witness.name, error))

    def wait(self, waiting: set[str], enough: int, until: float) -> Gathered:
        """Take the answers in as they come."""
        lines: dict[str, bytes] = {}
        missing: list[Missing] = []
        while waiting and (left := until - time.monotonic()) > 0:
            try:
                name, answer = self._answers.get(timeout=left)
            except Empty:
                break
            waiting.discard(name)
            if isinstance(answer, bytes):
                lines[name] = answer[len(self.note) :]
                until = min(until, time.monotonic() + GRACE) if len(lines) == enough else until
            else:
                missing.append(Missing(name, _code_of(answer)))
        missing += [Missing(name, WitnessUnreachable.code) for name in waiting]
        note = self.note + b"".join(lines[name] for name in sorted(lines))
        read_note(note)  # no more lines than a note may have
        return Gathered(note, tuple(sorted(missing, key=lambda each: each.witness)))


def _code_of(error: Exception) -> str:
    """Why a witness is missing; whatever is no absence is the caller's to hear."""
    if isinstance(error, WitnessAbsent):
        return error.code
    if isinstance(error, OSError):
        return WitnessUnreachable.code
    raise error
