"""Rules for one row of title review results (职称). Pure."""

from credentials.dates import PartialDate
from credentials.kinds import LEVELS, WAYS, Kind
from credentials.model import Title
from issuers.awards import Awarded
from issuers.columns import APPROVAL_NO, COMMITTEE, LEVEL, REVIEWED_ON, SERIES, SPECIALTY, TITLE_NAME, WAY
from issuers.reading import Reading
from issuers.rulebook import Rulebook


def read_title(reading: Reading, rules: Rulebook) -> Awarded | None:
    """Return the title of a row, or None where the notes now refuse the row.

    Every cell is judged, so that one report names all that is wrong. The committee's authority is judged only over a title
    that exists: with a wrong level it would say the same mistake twice.
    """
    body, on = rules.body(reading, Kind.TITLE), reading.date(REVIEWED_ON)
    title = _title(reading, rules, on)
    if body is None or on is None or title is None:
        return None
    if not (
        rules.specialty_listed(reading, title.series, title.specialty, on) and rules.covered(reading, body, title, on)
    ):
        return None
    return Awarded(title, body, on, title.name, title.level, title.specialty)


def _title(reading: Reading, rules: Rulebook, on: PartialDate | None) -> Title | None:
    series, specialty, name = reading.text(SERIES), reading.text(SPECIALTY), reading.text(TITLE_NAME)
    level, way, committee = reading.word(LEVEL, LEVELS), reading.word(WAY, WAYS), reading.text(COMMITTEE)
    approval_no = reading.text(APPROVAL_NO, required=False)
    exists = series and level and name and rules.title_named(reading, series, level, name, on)
    if not (exists and series and specialty and name and level and way and committee):
        return None
    return reading.made(TITLE_NAME, lambda: Title(name, series, specialty, level, way, committee, approval_no))
