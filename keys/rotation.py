"""When a key may sign: its state, its window, the moves between states, the warnings before the window ends.

States stand in the record, not in the key: the same key is staged today and retired in two years. What a retired or
compromised key signed before is judged by log position, elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from keys.algorithms import PublicKey
from keys.errors import KeyExpired, KeyNotActive, KeyNotYetOpen, RecordInvalid, TransitionNotAllowed
from keys.signer import Signer

_DAY: Final = 86400
WARNING_DAYS: Final = (7, 30, 60)


class KeyState(StrEnum):
    """Where a key stands in its life; compromised is final."""

    STAGED = "staged"
    ACTIVE = "active"
    RETIRED = "retired"
    COMPROMISED = "compromised"


class Purpose(StrEnum):
    """What a key may sign; a key has one purpose for life."""

    CREDENTIAL = "credential"
    LOG = "log"
    WITNESS = "witness"
    STATUS = "status"
    TRUST = "trust"
    CATALOGUE = "catalogue"
    RECEIPT = "receipt"
    BUNDLE = "bundle"
    ROOTS = "roots"
    CLIENT = "client"
    """Proves to the registry's API who asks; stands in no root of trust and in no log."""


_MOVES: Final = {
    KeyState.STAGED: frozenset({KeyState.ACTIVE, KeyState.RETIRED, KeyState.COMPROMISED}),
    KeyState.ACTIVE: frozenset({KeyState.RETIRED, KeyState.COMPROMISED}),
    KeyState.RETIRED: frozenset({KeyState.COMPROMISED}),
    KeyState.COMPROMISED: frozenset[KeyState](),
}


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What is known of a key beside the key: it may sign while active and `opens_at` <= now < `closes_at`.

    Times are UNIX seconds; `closes_at` None means no end is set yet. Raises RecordInvalid when the window runs backwards.
    """

    name: str
    purpose: Purpose
    public_key: PublicKey
    state: KeyState
    opens_at: int
    closes_at: int | None = None

    def __post_init__(self) -> None:
        """Refuse a window that ends before it begins."""
        if self.opens_at < 0 or (self.closes_at is not None and self.closes_at < self.opens_at):
            raise RecordInvalid(name=self.name, member="closes_at")

    def may_sign(self, now: int) -> None:
        """Return when the key may sign now, else raise KeyNotActive, KeyNotYetOpen or KeyExpired."""
        if self.state is not KeyState.ACTIVE:
            raise KeyNotActive(name=self.name, state=self.state.value)
        if now < self.opens_at:
            raise KeyNotYetOpen(name=self.name, opens_at=self.opens_at)
        if self.closes_at is not None and now >= self.closes_at:
            raise KeyExpired(name=self.name, closes_at=self.closes_at)

    def moved(self, to: KeyState, now: int) -> "KeyRecord":
        """Return the record in another state; leaving service also closes the window now, if it is not closed yet.

        Raises TransitionNotAllowed: a retired key never signs again, a compromised one stays so.
        """
        if to not in _MOVES[self.state]:
            raise TransitionNotAllowed(name=self.name, state=self.state.value, to=to.value)
        if to is KeyState.ACTIVE:
            return replace(self, state=to)
        closes_at = now if self.closes_at is None else min(self.closes_at, now)
        return replace(self, state=to, closes_at=max(self.opens_at, closes_at))

    def days_left(self, now: int) -> int | None:
        """Return the full days until the window ends, 0 when it has ended, None when no end is set."""
        return None if self.closes_at is None else max(0, (self.closes_at - now) // _DAY)

    def warning(self, now: int) -> int | None:
        """Return 7, 30 or 60 when an active key has at most that many days left, else None."""
        left = self.days_left(now)
        if left is None or self.state is not KeyState.ACTIVE:
            return None
        return next((days for days in WARNING_DAYS if left <= days), None)


class GuardedSigner:
    """A Signer that asks the key's record on every single signature, and refuses outside its window.

    `record` is the record, or a callable that returns the present one: a key retired in another process then stops
    signing here too. Raises RecordInvalid when record and signer are not of the same key.
    """

    __slots__ = ("_clock", "_present", "_signer")

    def __init__(self, signer: Signer, record: KeyRecord | Callable[[], KeyRecord], clock: Callable[[], int]) -> None:
        """Guard `signer` by `record`; `clock` returns UNIX seconds."""
        self._signer = signer
        self._clock = clock
        self._present: Callable[[], KeyRecord] = (lambda: record) if isinstance(record, KeyRecord) else record
        self._checked()

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies what `sign` returns."""
        return self._signer.public_key

    @property
    def record(self) -> KeyRecord:
        """The key's present record."""
        return self._checked()

    def sign(self, message: bytes) -> bytes:
        """Return the signature. Raises KeyNotActive, KeyNotYetOpen or KeyExpired, and then has signed nothing."""
        self._checked().may_sign(self._clock())
        return self._signer.sign(message)

    def _checked(self) -> KeyRecord:
        record = self._present()
        if record.public_key != self._signer.public_key:
            raise RecordInvalid(name=record.name, member="public_key")
        return record
