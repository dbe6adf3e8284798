"""The rule table of equivalence, as data: which degree and how many years lead to which level. Pure.

The engine answers for which level somebody could apply, with every rule it tried. It decides nothing: an office does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from registry.catalogue import LEVELS
from registry.errors import RecognitionInvalid

DEGREES: Final = ("bachelor", "second_bachelor", "master", "doctorate")
DECISION: Final = False
"""What this engine says is information; only the recognition office decides."""


@dataclass(frozen=True, slots=True)
class Path:
    """One way to a level: one of these degrees, and at least so many years of experience in the field."""

    degrees: tuple[str, ...]
    years: int


@dataclass(frozen=True, slots=True)
class RuleTable:
    """Paths by level, and what is asked of everybody. `counted_to` is the day to which years count, or None."""

    paths: Mapping[str, tuple[Path, ...]]
    years_in_region: int
    local_employment: bool
    science_degree_for: tuple[str, ...]
    counted_to: str | None

    @classmethod
    def from_content(cls, value: Any) -> "RuleTable":
        """Read the member `rules` of a recognition list; raises RecognitionInvalid."""
        names = {"levels", "years_in_region", "local_employment", "science_degree_for", "counted_to"}
        if not isinstance(value, dict) or value.keys() != names or not isinstance(value["levels"], dict):
            raise RecognitionInvalid(reason="rules")
        if not _is_years(value["years_in_region"]) or not isinstance(value["local_employment"], bool):
            raise RecognitionInvalid(reason="rules")
        series, counted_to = value["science_degree_for"], value["counted_to"]
        if not isinstance(series, list) or not all(isinstance(each, str) for each in series):
            raise RecognitionInvalid(reason="rules")
        if counted_to is not None and not isinstance(counted_to, str):
            raise RecognitionInvalid(reason="rules")
        paths = {level: _paths(level, rows) for level, rows in value["levels"].items()}
        return cls(paths, value["years_in_region"], value["local_employment"], tuple(series), counted_to)


def _paths(level: str, rows: Any) -> tuple[Path, ...]:
    if level not in LEVELS or not isinstance(rows, list) or not rows:
        raise RecognitionInvalid(reason="rules", what=level[:20])
    return tuple(_path(row, level) for row in rows)


def _path(row: Any, level: str) -> Path:
    if not isinstance(row, dict) or row.keys() != {"degrees", "years"} or not isinstance(row["degrees"], list):
        raise RecognitionInvalid(reason="rules", what=level)
    if not row["degrees"] or not all(each in DEGREES for each in row["degrees"]) or not _is_years(row["years"]):
        raise RecognitionInvalid(reason="rules", what=level)
    return Path(tuple(row["degrees"]), row["years"])


def _is_years(value: object) -> bool:
    return type(value) is int and 0 <= value <= 60


@dataclass(frozen=True, slots=True)
class Facts:
    """What somebody states of himself: highest degree (one of DEGREES or None), years of work in the field in all and in
    the region, whether a local employer employs him lawfully, whether the degree is in science or engineering, and
    whether an earlier round recognised him already.
    """

    degree: str | None
    years: int
    years_in_region: int
    employed_locally: bool
    science_degree: bool
    recognised_before: bool = False


@dataclass(frozen=True, slots=True)
class Traced:
    """One rule that was tried: its code, whether it was met, what it wanted and what there was."""

    rule: str
    met: bool
    wanted: str | int | bool
    found: str | int | bool | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """The highest level that could be applied for (None: none), and every rule in the order it was tried."""

    level: str | None
    trace: tuple[Traced, ...]
    decision: bool = DECISION


def assess(rules: RuleTable, facts: Facts, *, series: str, max_level: str) -> Assessment:
    """Return for which level of `series`, at most `max_level`, the facts would let somebody apply."""
    trace = _general(rules, facts, series)
    best: str | None = None
    for level in LEVELS[LEVELS.index(max_level) :]:
        for path in rules.paths.get(level, ()):
            met = facts.degree in path.degrees and facts.years >= path.years
            wanted = f"{level}: {'/'.join(path.degrees)} + {path.years}"
            trace.append(Traced("path", met, wanted, f"{facts.degree} + {facts.years}"))
            best = best or (level if met else None)
        if best:
            break
    barred = any(not each.met for each in trace if each.rule != "path")
    return Assessment(None if barred else best, tuple(trace))


def _general(rules: RuleTable, facts: Facts, series: str) -> list[Traced]:
    trace = [
        Traced("years_in_region", facts.years_in_region >= rules.years_in_region, rules.years_in_region, facts.years_in_region),
        Traced("not_recognised_before", not facts.recognised_before, True, not facts.recognised_before),
    ]  # fmt: skip
    if rules.local_employment:
        trace.append(Traced("local_employment", facts.employed_locally, True, facts.employed_locally))
    if series in rules.science_degree_for:
        trace.append(Traced("science_degree", facts.science_degree, True, facts.science_degree))
    return trace
