"""Rules for one row of postdocs who leave their station (博士后). Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from credentials.dates import PartialDate
from credentials.kinds import STATION_KINDS, Kind
from credentials.model import Postdoc
from issuers.awards import Awarded, NotDue
from issuers.columns import COMPLETED, DISCIPLINE, ENTERED, EXIT, PARTNER, POSTDOC_NO, STATION, STATION_KIND
from issuers.reading import Reading
from issuers.rulebook import Rulebook
from web.sheets.sheet import Severity

COMPLETION: Final = "期满出站"
EXITS: Final[Mapping[str, str | None]] = MappingProxyType(
    {
        COMPLETION: None,
        "退站": "issuers.postdoc_withdrawn",
        "自动退站": "issuers.postdoc_withdrawn",
        "在站": "issuers.postdoc_on_station",
        "延期": "issuers.postdoc_on_station",
    }
)
"""How a stay ended → why no certificate is due; only a completed stay earns one (domain notes, 2.7)."""
EXIT_ALIASES: Final[Mapping[str, str]] = MappingProxyType({"出站": COMPLETION, "正常出站": COMPLETION})
STATION_ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "流动站": "博士后科研流动站",
        "博士后流动站": "博士后科研流动站",
        "工作站": "博士后科研工作站",
        "博士后工作站": "博士后科研工作站",
        "创新实践基地": "博士后创新实践基地",
    }
)
LONGEST_YEARS: Final = 6


def read_postdoc(reading: Reading, rules: Rulebook) -> Awarded | NotDue | None:
    """Return the completed stay of a row, NotDue for one that earns no certificate, or None where the notes refuse it."""
    ended = reading.word(EXIT, EXITS, aliases=EXIT_ALIASES)
    reason = EXITS[ended] if ended else None
    if reason is not None:
        reading.note(EXIT, reason, {"exit": ended}, Severity.WARNING)
        return NotDue()
    body = rules.body(reading, Kind.POSTDOC)
    postdoc = _postdoc(reading)
    if body is None or postdoc is None or ended is None:
        return None
    return Awarded(postdoc, body, postdoc.completed, postdoc.station, postdoc.station_kind, postdoc.discipline)


def _postdoc(reading: Reading) -> Postdoc | None:
    station, discipline = reading.text(STATION), reading.text(DISCIPLINE)
    kind = reading.word(STATION_KIND, STATION_KINDS, aliases=STATION_ALIASES)
    partner, number = reading.text(PARTNER, required=False), reading.text(POSTDOC_NO, required=False)
    entered, completed = reading.date(ENTERED), reading.date(COMPLETED)
    complete = station and discipline and kind and _partnered(reading, kind, partner)
    if not (entered and completed and _in_order(reading, entered, completed) and complete):
        return None
    assert station
    assert discipline
    assert kind
    return reading.made(STATION, lambda: Postdoc(station, kind, discipline, partner, entered, completed, number))


def _partnered(reading: Reading, kind: str, partner: str | None) -> bool:
    """A practice base has no right of its own to take postdocs: a mobile station always stands beside it."""
    if partner is None and STATION_KINDS[kind] == "practice_base":
        reading.note(PARTNER, "issuers.partner_missing")
        return False
    return True


def _in_order(reading: Reading, entered: PartialDate, completed: PartialDate) -> bool:
    if completed.surely_before(entered):
        reading.note(COMPLETED, "issuers.exit_before_entry", {"entered": str(entered), "completed": str(completed)})
        return False
    if completed.year - entered.year > LONGEST_YEARS:
        reading.note(COMPLETED, "issuers.postdoc_long", {"years": LONGEST_YEARS}, Severity.WARNING)
    return True
