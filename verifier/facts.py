"""What a certificate says, line by line in full, for comparison with the paper and the identity card. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from credentials.kinds import CATEGORIES, CITIZEN_CARD, ID_TYPES, LEVELS, STATION_KINDS, WAYS
from credentials.model import Credential, Holder, Postdoc, Qualification, Title
from credentials.names import mask
from verifier.verdict import Result, Verdict
from verifier.wording import clock_time, day

CONFIRMED: Final = frozenset({Result.GENUINE_VALID, Result.GENUINE_NOT_VALID})
PENDING: Final = frozenset({Result.GENUINE_UNCONFIRMED, Result.NOT_CHECKABLE_NOW, Result.LEGACY_UNSIGNED})
HIDDEN: Final = frozenset({Result.ALTERED, Result.COPY_EXPIRED, Result.MISMATCH, Result.NO_RECORD, Result.UNREADABLE})
"""Results that show nothing: there is nothing to rely on, or the certificate is none of the asker's business."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: the code of its label and its value in Chinese as it stands on the certificate.

    `gloss` is the code of the English beside a fixed Chinese word. `big` lines are the ones people compare first.
    """

    label: str
    value: str
    gloss: str | None = None
    big: bool = False


def standing(verdict: Verdict) -> str:
    """How far the facts may be relied on: confirmed, pending, unconfirmed, or none (show no facts)."""
    if verdict.credential is None or verdict.result in HIDDEN:
        return "none"
    return "confirmed" if verdict.result in CONFIRMED else "pending" if verdict.result in PENDING else "unconfirmed"


def facts(verdict: Verdict, *, masked: bool = False) -> tuple[Fact, ...]:
    """All lines of the verdict's certificate, of the name only the mask where `masked`; empty when there is none to show."""
    credential = verdict.credential
    if credential is None or standing(verdict) == "none":
        return ()
    return tuple(fact for fact in _lines(credential, verdict, masked=masked) if fact.value)


def rare_characters(name: str) -> str:
    """The characters of `name` that many systems cannot show, with their code points, such as `䶮（U+4DAE）`."""
    rare = [char for char in name if ord(char) > 0x2E7F and not 0x4E00 <= ord(char) <= 0x9FA5]
    return "、".join(f"{char}（U+{ord(char):04X}）" for char in dict.fromkeys(rare))


def _lines(credential: Credential, verdict: Verdict, *, masked: bool) -> list[Fact]:
    holder = credential.holder
    return [
        Fact("fact.holder", mask(holder.name) if masked else holder.name, big=True),
        Fact("fact.rare", "" if masked else rare_characters(holder.name)),
        *_award(credential.award),
        *_identity(holder),
        _issuer(credential, verdict),
        Fact("fact.awarded_on", str(credential.awarded_on)),
        Fact("fact.number", credential.number),
        Fact("fact.identifier", credential.identifier or ""),
        Fact("fact.kind", credential.kind.zh, f"value.kind.{credential.kind}"),
        Fact("fact.expires_at", day(credential.expires_at) if credential.expires_at is not None else ""),
        Fact("fact.issued_at", clock_time(credential.issued_at)),
    ]


def _identity(holder: Holder) -> list[Fact]:
    """The document and its last four characters: all that the certificate carries, so nothing is masked here."""
    if holder.id_tail is None:
        return []
    kind = holder.id_type or CITIZEN_CARD
    return [
        Fact("fact.identity", kind, _gloss("identity", ID_TYPES, kind)),
        Fact("fact.identity_tail", holder.id_tail),
    ]


def _gloss(table: str, words: Mapping[str, str], word: str | None) -> str | None:
    """The code of the English for `word`, None for words that have no fixed rendering."""
    return f"value.{table}.{words[word]}" if word is not None and word in words else None


def _issuer(credential: Credential, verdict: Verdict) -> Fact:
    """The trust list's name where there is one; else what the certificate claims, called a claim."""
    if verdict.issuer:
        return Fact("fact.issuer", verdict.issuer)
    return Fact("fact.issuer_claimed", credential.issuer)


def _award(award: Title | Qualification | Postdoc) -> list[Fact]:
    if isinstance(award, Title):
        return _title(award)
    return _qualification(award) if isinstance(award, Qualification) else _postdoc(award)


def _title(award: Title) -> list[Fact]:
    return [
        Fact("fact.title_name", award.name, big=True),
        Fact("fact.series", award.series),
        Fact("fact.specialty", award.specialty),
        Fact("fact.level", award.level, _gloss("level", LEVELS, award.level)),
        Fact("fact.way", award.way, _gloss("way", WAYS, award.way)),
        Fact("fact.committee", award.committee),
        Fact("fact.approval_no", award.approval_no or ""),
    ]


def _qualification(award: Qualification) -> list[Fact]:
    return [
        Fact("fact.qualification_name", award.name, big=True),
        Fact("fact.specialty", award.specialty or ""),
        Fact("fact.level", award.level or "", _gloss("level", LEVELS, award.level)),
        Fact("fact.category", award.category, _gloss("category", CATEGORIES, award.category)),
        Fact("fact.exam", award.exam or ""),
        Fact("fact.admin_no", award.admin_no or ""),
    ]


def _postdoc(award: Postdoc) -> list[Fact]:
    return [
        Fact("fact.station", award.station, big=True),
        Fact("fact.station_kind", award.station_kind, _gloss("station", STATION_KINDS, award.station_kind)),
        Fact("fact.discipline", award.discipline),
        Fact("fact.partner", award.partner or ""),
        Fact("fact.entered", str(award.entered)),
        Fact("fact.completed", str(award.completed)),
        Fact("fact.postdoc_no", award.postdoc_no or ""),
    ]
