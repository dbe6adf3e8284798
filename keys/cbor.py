"""Deterministic CBOR (RFC 8949 §4.2.1) of plain types: integers, bytes, text, true, false, null, arrays, maps.

cbor2 does the bytes; what it lets through (trailing bytes, long lengths, tags, floats, another key order) is refused
here. Its own `canonical` mode sorts by length first, the older order of RFC 7049, so the order is made here too.
"""

from typing import Any, NoReturn

import cbor2

from keys.errors import CborMalformed, CborUnsupported, TooLarge

MAX_DEPTH = 8
_LOWEST, _HIGHEST = -(1 << 64), (1 << 64) - 1
_FIXED = frozenset({str, bytes, bool, type(None)})
_LEAVES = _FIXED | {int}
_KEY_KINDS = frozenset({int, str, bytes})


def encode(obj: object) -> bytes:
    """Return the one deterministic encoding of `obj`; tuples become arrays.

    Raises CborUnsupported for other types, integers beyond 64 bits, lone surrogates and nesting beyond 8.
    """
    try:
        return cbor2.dumps(_ordered(obj, MAX_DEPTH))
    except (cbor2.CBOREncodeError, UnicodeError):
        raise CborUnsupported(type=type(obj).__name__) from None


def decode(data: bytes, *, max_bytes: int = 4096) -> Any:
    """Return the value of a deterministic encoding, arrays as lists and maps as dicts.

    Raises TooLarge, or CborMalformed when `data` is not exactly what `encode` would make of the value it holds.
    """
    if len(data) > max_bytes:
        raise TooLarge(limit=max_bytes, size=len(data))
    value = _loaded(data)
    _require_deterministic(value)
    if _dumped(value) != data:
        raise CborMalformed(reason="encoding")
    return value


def decode_unordered(data: bytes, *, max_bytes: int = 4096) -> Any:
    """Return what `data` holds without asking whether it is deterministic: for a caller who writes the value again.

    Only sound where that caller compares its own `encode_ordered` of what it understood with `data`. Tags, duplicate keys,
    indefinite lengths and nesting beyond 8 are refused. Raises TooLarge or CborMalformed.
    """
    if len(data) > max_bytes:
        raise TooLarge(limit=max_bytes, size=len(data))
    return _loaded(data)


def encode_ordered(obj: object) -> bytes:
    """Return the encoding of `obj` with its maps as they are ordered: deterministic when the caller's order is."""
    return _dumped(obj)


def _loaded(data: bytes) -> Any:
    try:
        return cbor2.loads(
            data,
            allow_duplicate_keys=False,
            allow_indefinite=False,
            max_depth=MAX_DEPTH,
            tag_hook=_refuse_tag,
            semantic_decoders=_NO_TAGS,
        )
    except (cbor2.CBORError, ValueError, TypeError, RecursionError, MemoryError, OverflowError):
        raise CborMalformed(reason="encoding") from None


def _dumped(value: Any) -> bytes:
    try:
        return cbor2.dumps(value)
    except (cbor2.CBORError, ValueError):
        raise CborMalformed(reason="encoding") from None


def _refuse_tag(*_args: object) -> NoReturn:
    raise cbor2.CBORDecodeError("tag")


# The tags that cbor2 would turn into objects by itself; some of those cost minutes (bigfloat with a huge exponent).
_NO_TAGS = dict.fromkeys((*range(64), 100, 258, 260, 261, 1004, 43000, 55799), _refuse_tag)


def _require_deterministic(value: Any) -> None:
    kind = type(value)
    if kind is dict:
        if list(value) != _sorted_keys(value):
            raise CborMalformed(reason="map keys")
        value = value.values()
    elif kind is not list:
        if kind not in _LEAVES:
            raise CborMalformed(reason="type")
        return
    for inner in value:
        if type(inner) not in _LEAVES:
            _require_deterministic(inner)


def _sorted_keys(mapping: dict[Any, Any]) -> list[Any] | None:
    # None where a key is of a kind or size that we never write.
    kinds = set(map(type, mapping))
    if kinds == {int}:
        ordered = sorted(mapping)
        if ordered[0] >= 0 and ordered[-1] <= _HIGHEST:
            return ordered
    if not kinds <= _KEY_KINDS or not all(_LOWEST <= key <= _HIGHEST for key in mapping if type(key) is int):
        return None
    return sorted(mapping, key=_key_order)


def _key_order(key: int | str | bytes) -> tuple[int, int, bytes]:
    # The same order as that of the encoded bytes: major type, then the number or length in the head, then the content.
    if isinstance(key, int):
        return (0, key, b"") if key >= 0 else (1, -key, b"")
    if isinstance(key, bytes):
        return 2, len(key), key
    raw = key.encode("utf-8")
    return 3, len(raw), raw


def _ordered(obj: Any, depth: int) -> Any:
    kind = type(obj)
    if kind in _FIXED or (kind is int and _LOWEST <= obj <= _HIGHEST):
        return obj
    if depth == 0:
        raise CborUnsupported(type="nesting")
    if kind is dict:
        keys = _sorted_keys(obj)
        if keys is None:
            raise CborUnsupported(type="map key")
        pairs = [(key, obj[key]) for key in keys]
        return {key: inner if type(inner) in _FIXED else _ordered(inner, depth - 1) for key, inner in pairs}
    if kind in (list, tuple):
        return [inner if type(inner) in _FIXED else _ordered(inner, depth - 1) for inner in obj]
    raise CborUnsupported(type=kind.__name__)
