"""Spells log entries a second time, byte by byte from RFC 8949; shares no code with `registry.entries` and `keys.cbor`. Pure.

What was meant and what was stored meet here before a checkpoint is signed: a bit that flips while an entry is encoded would
otherwise be stored, hashed and signed like any other.
"""

from collections.abc import Iterable, Sequence

from registry.entries import CredentialEntry, Entry
from registry.refusals import StoredBytesDiffer


def require_meant(first: int, entries: Sequence[Entry], bodies: Sequence[bytes]) -> None:
    """Raise StoredBytesDiffer unless the bodies stored from index `first` on spell exactly these entries."""
    if len(entries) != len(bodies):
        raise StoredBytesDiffer(what="entries", index=first)
    for offset, (entry, body) in enumerate(zip(entries, bodies, strict=True)):
        if respell(entry) != body:
            raise StoredBytesDiffer(what="entry", index=first + offset)


def respell(entry: Entry) -> bytes:
    """Return the entry's deterministic CBOR."""
    if isinstance(entry, CredentialEntry):  # nearly every entry: no loop over its items
        place = _head(0x00, entry.list) + _head(0x00, entry.index)
        digests = b"\x58\x20" + entry.qr + b"\x58\x20" + entry.doc
        return b"\x87\x01" + _head(0x00, entry.t) + b"\x48" + entry.kid8 + place + digests
    return _array(entry.items())


def _array(items: Sequence[object]) -> bytes:
    return _head(0x80, len(items)) + b"".join(_spelled(items))


def _spelled(items: Iterable[object]) -> Iterable[bytes]:
    for item in items:
        match item:
            case int():
                yield _head(0x00, item)
            case bytes():
                yield _head(0x40, len(item)) + item
            case str():
                yield _head(0x60, len(item.encode())) + item.encode()
            case _:
                yield b"\xf6"  # null: the only other thing that stands in an entry


def _head(major: int, number: int) -> bytes:
    """A major type (in the highest three bits) with its number in the fewest bytes that hold it (RFC 8949 section 3)."""
    if number < 24:
        return bytes((major | number,))
    if number < 0x100:
        return bytes((major | 24, number))
    if number < 0x10000:
        return bytes((major | 25,)) + number.to_bytes(2, "big")
    if number < 0x100000000:
        return bytes((major | 26,)) + number.to_bytes(4, "big")
    return bytes((major | 27,)) + number.to_bytes(8, "big")
