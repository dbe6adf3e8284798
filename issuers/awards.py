"""What one row awards, whichever its kind: the award itself, who gave it, when, and what tells it from another. Pure."""

from dataclasses import dataclass

from credentials.dates import PartialDate
from credentials.model import Award
from registry.trust import Body


@dataclass(frozen=True, slots=True)
class Awarded:
    """An award as a row gives it; `name`, `level` and `specialty` are what one award is known by (see the source key)."""

    award: Award
    body: Body
    on: PartialDate
    name: str
    level: str | None
    specialty: str | None


@dataclass(frozen=True, slots=True)
class NotDue:
    """The row is in order and earns no certificate; the note on the row says why."""
