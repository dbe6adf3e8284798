"""Strict readers of JSON members: exactly these, of this type, within this range; everything else is malformed. Pure."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, TypeVar

from verifier.receipts.errors import ReceiptMalformed

MAX_NUMBER: Final = 253_402_214_400
"""As a time: the last day of the year 9999."""
MAX_TEXT: Final = 200
_PLAIN: Final = r"[^\x00-\x1f\x7f]{1,200}"

Read = TypeVar("Read")


def members(value: Any, names: Sequence[str], member: str) -> Mapping[str, Any]:
    """Return `value` when it is an object with exactly `names`; raise ReceiptMalformed(member) otherwise."""
    if not isinstance(value, dict) or value.keys() != set(names):
        raise ReceiptMalformed(member=member)
    return value


def number_in(held: Mapping[str, Any], name: str, limit: int = MAX_NUMBER) -> int:
    """Return a whole number from 0 to below `limit`; True is none."""
    value = held[name]
    if type(value) is not int or not 0 <= value < limit:
        raise ReceiptMalformed(member=name)
    return value


def text_in(held: Mapping[str, Any], name: str, pattern: str = _PLAIN) -> str:
    """Return a text of at most 200 characters that fits `pattern` to its end."""
    value = held[name]
    if not isinstance(value, str) or len(value) > MAX_TEXT + 60 or not re.fullmatch(pattern, value):
        raise ReceiptMalformed(member=name)
    return value


def optional(read: Callable[[Mapping[str, Any], str], Read], held: Mapping[str, Any], name: str) -> Read | None:
    """Return what `read` reads, None where null stands."""
    return None if held[name] is None else read(held, name)


def texts_in(held: Mapping[str, Any], name: str, pattern: str, most: int) -> tuple[str, ...]:
    """Return a list of at most `most` texts."""
    value = held[name]
    if not isinstance(value, list) or len(value) > most:
        raise ReceiptMalformed(member=name)
    return tuple(text_in({name: each}, name, pattern) for each in value)


def counts_in(held: Mapping[str, Any], name: str, words: Collection[str]) -> dict[str, int]:
    """Return how often each of some `words` was counted; no other word, and no zero."""
    value = held[name]
    if not isinstance(value, dict) or not value.keys() <= set(words):
        raise ReceiptMalformed(member=name)
    counted = {word: number_in(value, word) for word in value}
    if 0 in counted.values():
        raise ReceiptMalformed(member=name)
    return counted
