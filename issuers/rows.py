"""Judges the rows of a spreadsheet one by one: what becomes a certificate, what does not, and why. Pure.

Where it ends: it reads no file and no clock, issues nothing, and knows only the rows of this import (`seen`); whether an
award was issued before is the ledger's to say, by the row's `source_key`.
"""

import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from credentials.dates import PartialDate
from credentials.kinds import Kind
from credentials.model import Award, Holder
from issuers.awards import Awarded, NotDue
from issuers.columns import ID_NUMBER, NAME, Layout, arrange
from issuers.holders import Person, PersonalFacts, read_person
from issuers.postdoc_rows import read_postdoc
from issuers.qualification_rows import read_qualification
from issuers.reading import Reading
from issuers.rulebook import Rulebook
from issuers.seen import Seen
from issuers.title_rows import read_title
from registry.catalogue import Catalogue
from registry.trust import TrustList
from web.sheets.sheet import Note, RawRow, Sheet

SECRET_BYTES: Final = 16


class Outcome(StrEnum):
    """What became of a row. NOT_DUE: in order, but it earns no certificate."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_DUE = "not_due"


@dataclass(frozen=True, slots=True)
class Draft:
    """A credential before it has an id, a number, a slot and a time; `facts` stay in the ledger and are never sealed."""

    holder: Holder
    award: Award
    issuer: str
    issuer_code: str
    awarded_on: PartialDate
    approval_no: str | None
    facts: PersonalFacts = field(repr=False)


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A judged row. `draft` stands, and `source_key` is not empty, exactly when the row is accepted."""

    number: int
    outcome: Outcome
    draft: Draft | None
    notes: tuple[Note, ...]
    source_key: bytes
    raw: RawRow = field(repr=False)


@dataclass(frozen=True, slots=True)
class CheckedSheet:
    """The judged rows as they stream in (once), the file's columns in order, and notes on the file as a whole."""

    columns: tuple[str, ...]
    notes: tuple[Note, ...]
    rows: Iterable[CheckedRow]

    def __iter__(self) -> Iterator[CheckedRow]:
        return iter(self.rows)


def check_rows(  # noqa: PLR0913 - everything a row is held against, each by its name
    sheet: Sheet,
    kind: Kind,
    *,
    catalogue: Catalogue,
    trust: TrustList,
    today: date,
    source_key_secret: bytes,
    seen: Seen | None = None,
) -> CheckedSheet:
    """Judge every row of `sheet` against the form of `kind`; rows stream through, in order.

    `today` is the day in China. `seen` carries what was accepted over several files of one import. The source key is
    HMAC-SHA256 under `source_key_secret` (16 bytes or more; ValueError), so that nobody can confirm a guess by it.
    Raises ColumnsMissing at once, and from the iterator what `sheet.rows` raises.
    """
    if len(source_key_secret) < SECRET_BYTES:
        raise ValueError("source_key_secret is too short")
    layout = arrange(sheet.columns, kind)
    judge = _Judge(
        kind, layout, Rulebook(catalogue, trust), today, hmac.new(source_key_secret, digestmod="sha256"), seen or Seen()
    )
    return CheckedSheet(sheet.columns, sheet.notes + layout.notes, map(judge.row, sheet.rows))


@dataclass(frozen=True, slots=True)
class _Judge:
    kind: Kind
    layout: Layout
    rules: Rulebook
    today: date
    mac: hmac.HMAC
    seen: Seen

    def row(self, row: RawRow) -> CheckedRow:
        """Judge one row."""
        reading = Reading(row, self.layout, self.today)
        if row.surplus:
            reading.note("", "issuers.cells_surplus", {"count": row.surplus})
        awarded = self._awarded(reading)
        if isinstance(awarded, NotDue):
            return self._closed(reading, Outcome.REFUSED if reading.refused else Outcome.NOT_DUE)
        person = read_person(reading)
        if awarded is None or person is None or reading.refused:
            return self._closed(reading, Outcome.REFUSED)
        return self._new(reading, awarded, person)

    def _awarded(self, reading: Reading) -> Awarded | NotDue | None:
        match self.kind:
            case Kind.TITLE:
                return read_title(reading, self.rules)
            case Kind.QUALIFICATION:
                return read_qualification(reading, self.rules)
            case Kind.POSTDOC:
                return read_postdoc(reading, self.rules)

    def _new(self, reading: Reading, awarded: Awarded, person: Person) -> CheckedRow:
        """Accept a faultless row unless an accepted one stands against it."""
        key = self._source_key(awarded, person)
        identity = f"{person.facts.id_type}:{person.facts.identity_number}"
        earlier = self.seen.against(identity, person.holder.name, key)
        if earlier is not None and earlier.same_name:
            reading.note("", "issuers.row_repeated", {"row": earlier.row})
        elif earlier is not None:
            reading.note(NAME, "issuers.name_differs", {"row": earlier.row, "number_column": ID_NUMBER})
        if reading.refused:
            return self._closed(reading, Outcome.REFUSED)
        self.seen.accept(reading.row.number, identity, person.holder.name, key)
        return CheckedRow(
            reading.row.number, Outcome.ACCEPTED, _draft(awarded, person), tuple(reading.notes), key, reading.row
        )

    def _source_key(self, awarded: Awarded, person: Person) -> bytes:
        """What makes a row the same award again: a later correction of anything else issues nothing twice."""
        parts = [
            self.kind.value,
            person.facts.identity_number,
            person.holder.name,
            awarded.name,
            awarded.level,
            awarded.specialty,
            str(awarded.on),
            awarded.body.code,
        ]
        mac = self.mac.copy()  # half the cost of keying it anew for every row
        mac.update(json.dumps(parts, ensure_ascii=False).encode())
        return mac.digest()

    def _closed(self, reading: Reading, outcome: Outcome) -> CheckedRow:
        return CheckedRow(reading.row.number, outcome, None, tuple(reading.notes), b"", reading.row)


def _draft(awarded: Awarded, person: Person) -> Draft:
    approval_no: str | None = getattr(awarded.award, "approval_no", None)
    body = awarded.body
    return Draft(person.holder, awarded.award, body.name, body.code, awarded.on, approval_no, person.facts)
