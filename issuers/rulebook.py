"""What the rows of one import are held against: the catalogue and the trust list, with look-ups by name. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from credentials.dates import PartialDate
from credentials.kinds import Kind
from credentials.model import Title
from issuers import columns
from issuers.reading import Reading
from registry.catalogue import WARNINGS, Catalogue
from registry.trust import Body, TrustList
from web.sheets.sheet import Severity

AT_FAULT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "trust.kind_not_granted": columns.ISSUER,
        "trust.not_in_force": columns.REVIEWED_ON,
        "trust.suspended": columns.REVIEWED_ON,
        "catalogue.unknown_series": columns.SERIES,
        "catalogue.series_not_in_force": columns.REVIEWED_ON,
        "catalogue.name_not_in_force": columns.REVIEWED_ON,
        "catalogue.unknown_specialty": columns.SPECIALTY,
        "catalogue.specialty_not_in_force": columns.REVIEWED_ON,
        "catalogue.qualification_not_in_force": columns.APPROVED_ON,
        "catalogue.level_mismatch": columns.LEVEL,
        "catalogue.unknown_name": columns.TITLE_NAME,
        "catalogue.unknown_qualification": columns.QUALIFICATION_NAME,
        "catalogue.category_mismatch": columns.CATEGORY,
    }
)
"""The column a person should look at first; every other refusal of a title is the committee's."""


class Rulebook:
    """The catalogue and the trust list that hold on the day of the import."""

    def __init__(self, catalogue: Catalogue, trust: TrustList) -> None:
        self._catalogue = catalogue
        self._trust = trust
        self._bodies = {body.name: body for body in trust.bodies}

    def body(self, reading: Reading, kind: Kind) -> Body | None:
        """Return the issuing body that the row names, if it is on the trust list and may issue this kind."""
        name = reading.text(columns.ISSUER)
        if name is None:
            return None
        body = self._bodies.get(name)
        if body is None:
            reading.note(columns.ISSUER, "issuers.body_unknown", {"name": name})
        elif kind.zh not in body.kinds:
            reading.note(columns.ISSUER, "trust.kind_not_granted", {"what": kind.zh})
        elif self._trust.is_suspended(body, None, reading.today):
            reading.note(columns.ISSUER, "issuers.body_suspended", {"name": name})
        else:
            return body
        return None

    def title_named(self, reading: Reading, series: str, level: str, name: str, on: PartialDate | None) -> bool:
        """Note what the catalogue says of a title on the day of award; True when it exists so, or is merely not listed."""
        code = self._catalogue.check(series, level, name, on)
        return self._remarked(reading, code, {"series": series, "level": level, "name": name, "on": str(on)})

    def specialty_listed(self, reading: Reading, series: str, specialty: str, on: PartialDate) -> bool:
        """Note it when the series' directory of specialties did not have this one on the day of award."""
        code = self._catalogue.check_specialty(series, specialty, on)
        return self._remarked(reading, code, {"series": series, "name": specialty, "on": str(on)})

    def qualification_named(self, reading: Reading, name: str, category: str, on: PartialDate | None) -> bool:
        """Note what the catalogue says of a qualification; True when it exists so, or is merely not listed."""
        code = self._catalogue.check_qualification(name, category, on)
        return self._remarked(reading, code, {"name": name, "category": category, "on": str(on)})

    def covered(self, reading: Reading, body: Body, title: Title, on: PartialDate) -> bool:
        """Note it when this committee had no authority over this title on that day, or is suspended today: no new ones."""
        code = self._trust.coverage(
            body,
            Kind.TITLE,
            series=title.series,
            specialty=title.specialty,
            level=title.level,
            committee=title.committee,
            on=on,
        )
        if code is None and self._trust.is_suspended(body, title.committee, reading.today):
            reading.note(columns.COMMITTEE, "issuers.committee_suspended", {"name": title.committee})
            return False
        return self._remarked(reading, code, {"what": _scope(title), "on": str(on)})

    def _remarked(self, reading: Reading, code: str | None, params: dict[str, object]) -> bool:
        if code is None:
            return True
        severity = Severity.WARNING if code in WARNINGS else Severity.ERROR
        reading.note(AT_FAULT.get(code, columns.COMMITTEE), code, params, severity)
        return severity is Severity.WARNING


def _scope(title: Title) -> str:
    return f"{title.committee}:{title.series}·{title.specialty}·{title.level}"
