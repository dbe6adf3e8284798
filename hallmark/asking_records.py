"""The verifier's question for a certificate by number and name, put to this house's own ledger."""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from hallmark.house import House
from issuers.matching import RecordFinder
from issuers.refusals import LedgerUnreadable
from verifier.errors import RecordsUnreachable
from verifier.ports import RecordMatch


def record_match(house: House) -> RecordMatch | None:
    """Return the port, None where the house's settings do not want it. Raises PassphraseMissing: the ledger is encrypted."""
    if not house.settings.lookup:
        return None
    finder = RecordFinder(house.ledger, house.settings.host)

    def match(number: str, name: str, /) -> str | None:
        try:
            return finder(number, name)
        except (DBAPIError, NoFreeConnection, LedgerUnreadable):
            raise RecordsUnreachable from None

    return match
