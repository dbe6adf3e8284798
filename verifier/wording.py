"""A verdict in words: headline, sentence, advice, steps, ages. Pure; the sentences stand in web/i18n."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from credentials.dates import CHINA
from registry.checkpoint import OpenedCheckpoint
from verifier.basis import EventsRead, event_of
from verifier.verdict import Finding, Outcome, Params, Result, Step, Verdict
from web.messages import MessageMissing, say

SPECIAL: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "credentials.unknown_version": ("page.update.lead", "page.update.advice"),
        "check.roots_expired": ("page.update.lead", "page.update.advice"),
        "check.key_compromised": ("page.key_compromised.lead", "page.key_compromised.advice"),
        "check.key_not_open_then": ("page.key_closed.lead", "page.key_closed.advice"),
        "check.key_closed_position_unproven": ("page.key_unproven.lead", "page.online.advice"),
        "check.status_stale": ("page.stale.lead", "page.online.advice"),
        "check.clock_behind": ("page.clock.lead", "page.clock.advice"),
    }
)
"""Findings that decide an answer and have a sentence and an advice of their own."""
TONES: Final[Mapping[int, str]] = MappingProxyType({0: "valid", 1: "refused", 2: "unsure", 3: "unread"})
"""Colour and shape follow the exit status, so that page, API and command line never differ."""
OUTCOME_ORDER: Final = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS)
AGE_STEPS: Final = ((86_400, "age.days"), (3_600, "age.hours"), (60, "age.minutes"))

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StepShown:
    """One numbered step as a person reads it. `outcome` is pass, fail, unknown or none (not reached)."""

    number: int
    name: str
    outcome: str
    word: str
    sentences: tuple[str, ...]


def tone(verdict: Verdict) -> str:
    """Which colour and shape: valid, caution (valid, with a warning), ended, refused, unsure or unread.

    A warning takes the green away: what a look-alike address is printed on must never look like a plain yes.
    """
    if verdict.result is Result.GENUINE_NOT_VALID:
        return "ended"
    return "caution" if verdict.warnings and verdict.exit_status == 0 else TONES[verdict.exit_status]


def headline(verdict: Verdict, lang: str) -> str:
    """The answer in a few words. For a past day a valid answer names that day, and never reads like today's."""
    if verdict.asked_at is not None and verdict.result is Result.GENUINE_VALID:
        return say("page.asked.valid", lang, date=spoken_day(verdict.asked_at, lang))
    if verdict.reason:
        return say(f"reason.{verdict.reason}.title", lang)
    return say(f"result.{verdict.result}.title", lang)


def lead(verdict: Verdict, lang: str) -> str:
    """One sentence that says why, or that a warning comes first."""
    if tone(verdict) == "caution":
        return say("page.caution", lang)
    if special := _special(verdict):
        return say(special[0], lang)
    return say(f"reason.{verdict.reason}" if verdict.reason else f"result.{verdict.result}.lead", lang)


def _special(verdict: Verdict) -> tuple[str, str] | None:
    """The sentence and the advice of the finding that decides, where it has its own: the first FAIL, else any UNKNOWN."""
    found = sorted(verdict.findings, key=lambda each: each.step)
    failed = [each.code for each in found if each.outcome is Outcome.FAIL][:1]
    unknown = [each.code for each in found if each.outcome is Outcome.UNKNOWN and each.code in SPECIAL]
    return next((SPECIAL[code] for code in failed or unknown if code in SPECIAL), None)


def advice(verdict: Verdict, lang: str) -> str:
    """What to do now."""
    special = _special(verdict)
    return say(special[1] if special else f"result.{verdict.result}.advice", lang)


def since(verdict: Verdict, lang: str) -> str | None:
    """From when on it is not valid, in words that fit the reason; None when unknown or not meant."""
    if verdict.since is None or verdict.reason is None:
        return None
    special = f"page.since.{verdict.reason}" if verdict.reason in {"rescinded", "expired"} else "page.since"
    return say(special, lang, date=spoken_day(verdict.since, lang))


def sentence(finding: Finding, lang: str) -> str:
    """A finding in words; a code without words shows as itself, for a verdict must never be lost over a sentence."""
    params = {name: _nested(value, lang) for name, value in finding.params.items()}
    try:
        return say(finding.code, lang, **params)
    except MessageMissing:
        return finding.code


def steps(verdict: Verdict, lang: str) -> tuple[StepShown, ...]:
    """All nine steps in order, each with its worst outcome and everything it found."""
    return tuple(_step(step, [each for each in verdict.findings if each.step == step], lang) for step in Step)


def ages(verdict: Verdict, lang: str) -> tuple[tuple[str, str], ...]:
    """What evidence was used and how old it is, in words."""
    return tuple((_label(f"age.{name}", name, lang), age(int(value), lang)) for name, value in verdict.ages.items())


def evidence(verdict: Verdict, lang: str) -> tuple[tuple[str, str], ...]:
    """Which evidence the verdict rests on, named so that it can be looked up: label and words, most decisive last."""
    return tuple(
        (say(code, lang), say(f"{sentence_of}.value", lang, **told))
        for code, sentence_of, told in _basis(verdict, lang)
    )


def _basis(verdict: Verdict, lang: str) -> Iterator[tuple[str, str, Params]]:
    """Code of the label, code of the words, and their parameters."""
    basis = verdict.basis
    if basis.checkpoint is not None:
        yield "basis.checkpoint", "basis.checkpoint", _head(basis.checkpoint)
    if basis.attached is not None:
        yield "basis.proof", "basis.checkpoint", _head(basis.attached.checkpoint)
    if basis.logged is not None:
        entry = basis.logged.entry
        yield "basis.entry", "basis.entry", {"index": basis.logged.index, "time": clock_time(entry.t)}
    if basis.trust is not None:
        yield "basis.trust", "basis.trust", {"version": basis.trust.version}
    if basis.status is not None:
        status = basis.status
        told: Params = {"list": status.list, "version": status.version, "index": status.entry_index}
        yield "basis.status", "basis.status", {**told, "time": clock_time(status.iat)}
        if basis.events is not None:
            yield from _events(basis.events, status.list, lang)


def _head(opened: OpenedCheckpoint) -> Params:
    head = opened.checkpoint
    return {"size": head.size, "time": clock_time(opened.time or 0), "root": head.root.hex()[:16]}


def _events(events: EventsRead, list_no: int, lang: str) -> Iterator[tuple[str, str, Params]]:
    digest = events.leaf_hash.hex()[:16]
    yield "basis.events", "basis.events", {"list": list_no, "block": events.block, "digest": digest}
    for record in events.records:
        event, time = event_of(record) or "erased", clock_time(record.change.effective_at)
        told: Params = {"event": say(f"event.{event}", lang), "time": time, "index": record.log_index}
        yield "basis.event", "basis.event", told


def age(seconds: int, lang: str) -> str:
    """`seconds` in the largest unit that is at least two of it, or in seconds."""
    for unit, code in AGE_STEPS:
        if seconds >= 2 * unit:
            return say(code, lang, n=seconds // unit)
    return say("age.seconds", lang, n=seconds)


def day(moment: int) -> str:
    """The day in Beijing of a moment in UNIX seconds, YYYY-MM-DD."""
    return datetime.fromtimestamp(moment, UTC).astimezone(CHINA).date().isoformat()


def spoken_day(moment: int, lang: str) -> str:
    """The day in Beijing as a sentence names it: 2026年9月16日, 16 September 2026."""
    then = datetime.fromtimestamp(moment, UTC).astimezone(CHINA)
    return (
        f"{then.year}年{then.month}月{then.day}日"
        if lang == "zh"
        else f"{then.day} {MONTHS[then.month - 1]} {then.year}"
    )


def clock_time(moment: int) -> str:
    """A moment in UNIX seconds as Beijing's clock shows it, to the second."""
    return datetime.fromtimestamp(moment, UTC).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _step(step: Step, found: list[Finding], lang: str) -> StepShown:
    outcomes = {each.outcome for each in found}
    worst = next((outcome.value for outcome in OUTCOME_ORDER if outcome in outcomes), "none")
    sentences = tuple(sentence(each, lang) for each in found)
    return StepShown(step.value, say(f"step.{step.value}", lang), worst, say(f"outcome.{worst}", lang), sentences)


def _nested(value: str | int, lang: str) -> str | int:
    """A parameter may itself be a code (what was wrong with the evidence)."""
    return _label(value, value, lang) if isinstance(value, str) and "." in value else value


def _label(code: str, otherwise: str, lang: str) -> str:
    try:
        return say(code, lang)
    except MessageMissing:
        return otherwise
