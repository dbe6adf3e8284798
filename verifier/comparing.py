"""What a person typed beside the certificate in hand, compared with what its seal says: the same, or `mismatch`. Pure."""

import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from credentials.errors import NumberInvalid
from credentials.identifiers import check_number
from credentials.model import Credential
from credentials.names import matching
from verifier.verdict import Result, Verdict

MAX_TYPED: Final = 200
"""Characters of a name or a number that are looked at."""
COMPARABLE: Final = frozenset(
    {
        Result.GENUINE_VALID,
        Result.GENUINE_NOT_VALID,
        Result.GENUINE_UNCONFIRMED,
        Result.NOT_CHECKABLE_NOW,
        Result.LEGACY_UNSIGNED,
    }
)
"""Results that a difference overrules. Whatever else is wrong with a certificate is worse, and stays the answer."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What is on the paper or the card, as somebody typed it; "" for what he left out."""

    number: str = ""
    name: str = ""

    @property
    def anything(self) -> bool:
        """Whether there is something to compare."""
        return bool(self.number.strip() or self.name.strip())


NOTHING_TYPED: Final = Typed()

Compared = Mapping[str, bool | None]
"""By "number" and "name": the same, different, or None for what was not typed."""


def compared(verdict: Verdict, typed: Typed) -> tuple[Verdict, Compared | None]:
    """Return the verdict over the comparison too, and what was found; None where there was nothing to compare.

    A difference gives `mismatch`, which shows nothing of the certificate: it is somebody else's.
    """
    credential = verdict.credential
    if not typed.anything or credential is None or verdict.result not in COMPARABLE:
        return verdict, None
    found = {"number": _number(typed.number, credential), "name": _name(typed.name, credential)}
    if False not in found.values():
        return verdict, found
    nothing = {"reason": None, "since": None, "successor": None, "credential": None}
    return replace(verdict, result=Result.MISMATCH, **nothing), found  # type: ignore[arg-type]  # each by its name


def _number(typed: str, credential: Credential) -> bool | None:
    if not typed.strip():
        return None
    with suppress(NumberInvalid):
        return check_number(typed) == credential.number
    return _plain(typed) in {_plain(credential.number), _plain(credential.identifier or credential.number)}


def _name(typed: str, credential: Credential) -> bool | None:
    return matching(typed) == matching(credential.holder.name) if typed.strip() else None


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text[:MAX_TYPED]).split()).upper()
