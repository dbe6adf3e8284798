"""Tells where in the log a slot's certificate entry may stand: 4,096 slots a file, 5 bytes a slot. Never evidence.

A slot's value is its log index + 1, big-endian; 0 says that no entry is known.
"""

from collections.abc import Mapping

from registry.errors import HintsInvalid

SLOTS_PER_BLOCK = 4096
BYTES_PER_SLOT = 5
MAX_LOG_INDEX = (1 << 40) - 2


def encode_hints(log_index_of: Mapping[int, int]) -> bytes:
    """Return the file for slots (indices in their status list, all of one block) and their log indices."""
    if len({slot // SLOTS_PER_BLOCK for slot in log_index_of}) > 1 or any(slot < 0 for slot in log_index_of):
        raise HintsInvalid(reason="slots of several blocks")
    packed = bytearray(SLOTS_PER_BLOCK * BYTES_PER_SLOT)
    for slot, log_index in log_index_of.items():
        if not 0 <= log_index <= MAX_LOG_INDEX:
            raise HintsInvalid(reason="log index", log_index=log_index)
        at = slot % SLOTS_PER_BLOCK * BYTES_PER_SLOT
        packed[at : at + BYTES_PER_SLOT] = (log_index + 1).to_bytes(BYTES_PER_SLOT, "big")
    return bytes(packed)


def decode_hints(hints: bytes, block: int) -> dict[int, int]:
    """Return slot -> log index for every known slot of the file of `block`."""
    _require_whole(hints)
    first = block * SLOTS_PER_BLOCK
    found = ((slot, lookup(hints, slot)) for slot in range(first, first + SLOTS_PER_BLOCK))
    return {slot: log_index for slot, log_index in found if log_index is not None}


def lookup(hints: bytes, slot: int) -> int | None:
    """Return the log index the file of this slot's block hints at, or None."""
    _require_whole(hints)
    at = slot % SLOTS_PER_BLOCK * BYTES_PER_SLOT
    value = int.from_bytes(hints[at : at + BYTES_PER_SLOT], "big")
    return value - 1 if value else None


def _require_whole(hints: bytes) -> None:
    if len(hints) != SLOTS_PER_BLOCK * BYTES_PER_SLOT:
        raise HintsInvalid(reason="length", length=len(hints))
