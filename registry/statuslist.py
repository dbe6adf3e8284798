"""Holds 2^17 statuses of 2 bits each and publishes them in the two forms the world reads.

`StatusArray` is the content; the IETF Token Status List (LSB first, zlib, seconds) and the W3C Bitstring Status List
(MSB first, gzip, milliseconds) are made from the same array. Ends before events: why and since when is not known here.
"""

from hashlib import sha256
from typing import Self

from registry.errors import SlotOutOfRange, StatusListInvalid

SLOTS = 1 << 17
BITS = 2
ARRAY_BYTES = SLOTS * BITS // 8
VALID, ENDED, SUSPENDED, SUPERSEDED = range(4)


class StatusArray:
    """The statuses of one list: 2^17 slots of 2 bits, the lowest bits of each byte first."""

    __slots__ = ("_packed",)

    def __init__(self, packed: bytes) -> None:
        if len(packed) != ARRAY_BYTES:
            raise StatusListInvalid(reason="array length", length=len(packed))
        self._packed = bytearray(packed)

    @classmethod
    def fresh(cls) -> Self:
        """Return an array in which no slot was ever issued: every status is 1."""
        return cls(b"\x55" * ARRAY_BYTES)

    def get(self, index: int) -> int:
        """Return the status (0 to 3) of one slot; raises SlotOutOfRange."""
        if not 0 <= index < SLOTS:
            raise SlotOutOfRange(index=index)
        return self._packed[index >> 2] >> (index & 3) * 2 & 3

    def set(self, index: int, status: int) -> None:
        """Set the status (0 to 3) of one slot; raises SlotOutOfRange or StatusListInvalid."""
        if not 0 <= index < SLOTS:
            raise SlotOutOfRange(index=index)
        if not 0 <= status <= SUPERSEDED:
            raise StatusListInvalid(reason="status", status=status)
        shift = (index & 3) * 2
        self._packed[index >> 2] = self._packed[index >> 2] & ~(3 << shift) | status << shift

    def __bytes__(self) -> bytes:
        return bytes(self._packed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StatusArray) and self._packed == other._packed

    __hash__ = None  # type: ignore[assignment]  # it changes

    @property
    def digest(self) -> bytes:
        """SHA-256 of the uncompressed array: what the list's log entry commits to."""
        return sha256(self._packed).digest()
