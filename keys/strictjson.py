"""JSON without its ambiguities: what two readers could read differently is refused (RFC 8259, RFC 7493)."""

import json
import math
from typing import Any, NoReturn

from keys.errors import JsonDuplicateMember, JsonMalformed, JsonTooDeep, TooLarge


def loads(data: bytes | str, *, max_bytes: int = 1 << 20, max_depth: int = 32) -> Any:
    """Return the value that a JSON text in UTF-8 stands for.

    Raises TooLarge, JsonTooDeep, JsonDuplicateMember, or JsonMalformed for anything else: broken UTF-8, a byte order
    mark, NaN, infinities, numbers that overflow to them, lone surrogates.
    """
    text = _text(data, max_bytes)
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise JsonTooDeep(limit=max_depth) from None
    except ValueError:
        raise JsonMalformed from None
    if text.count("[") + text.count("{") > max_depth:
        _require_depth(value, max_depth)
    if "\\u" in text:
        _require_scalar_text(value)
    return value


def dumps(obj: object) -> bytes:
    """Return compact UTF-8 JSON: Chinese stays Chinese, members keep their order.

    Raises JsonMalformed for NaN, infinities, lone surrogates and types that JSON does not have.
    """
    try:
        return json.dumps(obj, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    except (TypeError, ValueError, RecursionError):
        raise JsonMalformed from None


def _text(data: bytes | str, max_bytes: int) -> str:
    if len(data) > max_bytes:
        raise TooLarge(limit=max_bytes, size=len(data))
    try:
        raw = data.encode("utf-8") if isinstance(data, str) else data
        text = raw.decode("utf-8")
    except UnicodeError:
        raise JsonMalformed from None
    if len(raw) > max_bytes:
        raise TooLarge(limit=max_bytes, size=len(raw))
    if text.startswith("\ufeff"):
        raise JsonMalformed
    return text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        raise JsonDuplicateMember(member=next(name for name in names if names.count(name) > 1)[:64])
    return members


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise JsonMalformed
    return value


def _constant(_name: str) -> NoReturn:
    raise JsonMalformed


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)


def _require_depth(value: Any, limit: int) -> None:
    level = [value]
    for _ in range(limit):
        level = [inner for outer in level for inner in _inside(outer) if isinstance(inner, (dict, list))]
    if level:
        raise JsonTooDeep(limit=limit)


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _require_scalar_text(value: Any) -> None:
    # Raw UTF-8 cannot hold half a surrogate pair, an escape can: only encoding the result tells.
    dumps(value)
