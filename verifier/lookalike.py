"""Which official host a foreign one could be taken for by an eye in a hurry. Pure; the same as browser/src/verifier/lookalike.ts."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from verifier.hosts import foreign_host, name_of

_THEIRS: Final = "аеорсухіјѕһԁԛԝьмтнквαορνικτυεηωɡıɩ01358"
_LATIN: Final = "aeopcyxijshdqwbmthkbaopviktuenwgiiolesb"
_ALIKE: Final = str.maketrans(_THEIRS, _LATIN)
"""Cyrillic and Greek letters and digits, and the Latin letters that they pass for."""


def looks_like(text: str, official: Iterable[str]) -> str | None:
    """Return the first of `official` that the host of the web address `text` resembles; None for an official host, or none."""
    official = [name_of(each).lower() for each in official]
    host = foreign_host(text, official)
    if host is None:
        return None
    seen = _skeleton(".".join(map(_shown, host.split("."))))
    return next((each for each in official if re.search("[a-z]", each) and _resembles(seen, _skeleton(each))), None)


def _resembles(seen: str, ours: str) -> bool:
    """The whole name stands in the other, or it is one letter off, or a label of it comes near the name's telling label."""
    if ours in seen or _distance(seen, ours) <= 1:
        return True
    telling = next((each for each in ours.split(".") if len(each) >= 5), None)
    if telling is None:
        return False
    labels = (*seen.split("."), *re.split("[.-]", seen))
    return any(_distance(each, telling) <= (2 if len(telling) >= 8 else 1) for each in labels)


def _skeleton(host: str) -> str:
    """What is left of a name for an eye in a hurry."""
    plainer = "".join(each for each in unicodedata.normalize("NFKD", host) if unicodedata.category(each)[0] != "M")
    return plainer.lower().translate(_ALIKE).replace("rn", "m").replace("vv", "w").replace("i", "l")


def _shown(label: str) -> str:
    """The letters behind `xn--…`: what a careless scanner would show."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _distance(one: str, other: str) -> int:
    """How many letters were changed, left out, put in or swapped."""
    rows = [list(range(len(other) + 1))]
    for y, mine in enumerate(one, 1):
        row = [y]
        for x, theirs in enumerate(other, 1):
            least = min(rows[-1][x - 1] + (mine != theirs), rows[-1][x] + 1, row[-1] + 1)
            if y > 1 and x > 1 and mine == other[x - 2] and one[y - 2] == theirs:
                least = min(least, rows[-2][x - 2] + 1)
            row.append(least)
        rows.append(row)
    return rows[-1][-1]
