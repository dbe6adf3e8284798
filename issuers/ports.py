"""What issuing needs from outside: the registry, the bodies' signers and a clock. The consumer declares, `hallmark` provides."""

from collections.abc import Callable, Sequence
from typing import Protocol

from keys.signer import Signer
from registry.contract import Appended, Changed, SlotRun, StatusChange, Submission

Clock = Callable[[], int]
"""UNIX seconds, UTC."""

SignerOf = Callable[[str], Signer]
"""The credential signer of a body by its unified social credit code; raises `KeysError` when it may not sign now."""


IdentifierOf = Callable[[str, str, str], str | None]
"""Body code, kind and certificate number to the identifier of GB/T 36904; None for a body that uses none."""


def no_identifier(_body_code: str, _kind: str, _number: str) -> None:
    """Bodies that use no identifiers: the usual case."""


class Registry(Protocol):
    """The registry as an issuer sees it, in process or remote.

    Every call is idempotent by its batch id and durable when it returns; all or nothing. The caller retries; asking again
    with the same id and the same content gives the same answer, with other content an error.
    """

    def reserve(self, batch: str, count: int) -> Sequence[SlotRun]:
        """Give out `count` slots in contiguous runs; they read "never issued" until an entry fills them."""
        ...

    def append(self, batch: str, submissions: Sequence[Submission]) -> Appended:
        """Check both signatures of every submission, log them and open their slots, in one transaction."""
        ...

    def prove(self, first_index: int, count: int, size: int) -> Sequence[Sequence[bytes]]:
        """Return inclusion proofs of `count` entries from `first_index` in the tree of `size` leaves."""
        ...

    def change_statuses(self, batch: str, changes: Sequence[StatusChange]) -> Changed:
        """Log the status changes and set the slots, in one transaction."""
        ...


class Published(Protocol):
    """The registry's published folder, on this machine or another."""

    def read(self, path: str) -> bytes | None:
        """Return the bytes at a published path, or None where there are none or they cannot be had now."""
        ...
