"""The verifier's part of `hallmark.toml`: how often one may ask it."""

from collections.abc import Mapping
from dataclasses import fields

from hallmark.errors import SettingsInvalid
from verifier.rates import Rates


def rates(members: Mapping[str, object]) -> Rates:
    """Read `[limits]`; what it does not name stays as `Rates` has it. Raises SettingsInvalid."""
    table = members.get("limits", {})
    if not isinstance(table, dict) or not table.keys() <= {each.name for each in fields(Rates)}:
        raise SettingsInvalid(member="limits", defect="unknown")
    if not table:
        return Rates()
    from web.limiting import is_rate

    for name, rate in table.items():
        if not isinstance(rate, str) or not is_rate(rate):
            raise SettingsInvalid(member=f"limits.{name}", defect="not a rate such as 60/minute")
    return Rates(**table)
