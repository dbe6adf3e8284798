"""Rules for one row of an examination body's pass list (职业资格). Pure."""

from credentials.dates import PartialDate
from credentials.kinds import CATEGORIES, Kind
from credentials.model import Qualification
from issuers.awards import Awarded
from issuers.columns import ADMIN_NO, APPROVED_ON, CATEGORY, EXAM, LEVEL, QUALIFICATION_NAME, SPECIALTY
from issuers.reading import Reading
from issuers.rulebook import Rulebook


def read_qualification(reading: Reading, rules: Rulebook) -> Awarded | None:
    """Return the qualification of a row, or None where the notes now refuse the row. Every cell is judged."""
    body, on = rules.body(reading, Kind.QUALIFICATION), reading.date(APPROVED_ON)
    qualification = _qualification(reading, rules, on)
    if body is None or on is None or qualification is None:
        return None
    return Awarded(qualification, body, on, qualification.name, qualification.level, qualification.specialty)


def _qualification(reading: Reading, rules: Rulebook, on: PartialDate | None) -> Qualification | None:
    name, category = reading.text(QUALIFICATION_NAME), reading.word(CATEGORY, CATEGORIES)
    specialty, level = reading.text(SPECIALTY, required=False), reading.text(LEVEL, required=False)
    exam, admin_no = reading.text(EXAM, required=False), reading.text(ADMIN_NO, required=False)
    if not (name and category and rules.qualification_named(reading, name, category, on)):
        return None
    return reading.made(QUALIFICATION_NAME, lambda: Qualification(name, specialty, level, category, exam, admin_no))
