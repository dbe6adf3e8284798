"""Was it valid on that day? For every event the day before, the day itself and the days after; and what cannot be told."""

from datetime import UTC, datetime

import pytest

from credentials.dates import CHINA
from registry.events import EventRecord, decode_events, encode_events
from registry.merkle import leaf_hash, root_of
from tests.verifier.published_world import ENDED_ON, SUSPENDED_ON, World, findings, told
from tests.verifier.tampering import with_status
from verifier.errors import DayInFuture, DayMalformed
from verifier.handed_in import end_of_day
from verifier.verdict import Verdict

VALID, CANNOT_SAY = ("genuine_valid", None, 0), ("not_checkable_now", None, 2)
BEFORE_ALL, BEFORE_SUSPENSION, BETWEEN, BEFORE_END = "2026-11-20", "2026-11-24", "2026-11-30", "2026-12-04"
TODAY = "2026-12-06"
DAYS = (BEFORE_ALL, BEFORE_SUSPENSION, SUSPENDED_ON, BETWEEN, BEFORE_END, ENDED_ON, TODAY)

# The answer on each of DAYS; "." is valid.
MATRIX = {
    "valid": ". . . . . . .",
    "revoked": ". . . . . revoked revoked",
    "cancelled": ". . . . . cancelled cancelled",
    "transferred": ". . . . . transferred transferred",
    "superseded": ". . . . . superseded superseded",
    "rescinded": "rescinded " * 7,
    "suspended": ". . suspended suspended suspended suspended suspended",
    "reinstated": ". . suspended suspended suspended . .",
    "erased": "? ? ? ? ? ended ended",
}
CASES = [(name, day, answer) for name, row in MATRIX.items() for day, answer in zip(DAYS, row.split(), strict=True)]


def on(world: World, name: str, day: str) -> Verdict:
    return world.ask(world[name].text, as_of=end_of_day(day, world.now))


@pytest.mark.parametrize(("name", "day", "answer"), CASES, ids=lambda value: value)
def test_every_event_before_on_and_after_its_day(world: World, name: str, day: str, answer: str) -> None:
    verdict = on(world, name, day)
    if answer == "?":
        assert told(verdict) == CANNOT_SAY
        assert findings(verdict)["check.status_history_untold"] == "unknown"
    elif answer == ".":
        assert told(verdict) == VALID
        assert findings(verdict)["check.status_valid_then"] == "pass"
    else:
        assert told(verdict) == ("genuine_not_valid", answer, 1)
        assert findings(verdict)[f"check.status_{answer}"] == "fail"
    assert verdict.asked_at == end_of_day(day, world.now)


@pytest.mark.parametrize("name", ["revoked", "suspended", "superseded"])
def test_an_event_counts_from_its_first_second(world: World, name: str) -> None:
    since = world.ask(world[name].text).since
    assert since is not None
    assert told(world.ask(world[name].text, as_of=since - 1)) == VALID
    assert told(world.ask(world[name].text, as_of=since)) == ("genuine_not_valid", name, 1)


def test_valid_then_and_replaced_since_names_its_successor(world: World) -> None:
    verdict = on(world, "superseded", BEFORE_END)
    (warning,) = verdict.warnings
    assert (warning.code, warning.params) == ("check.superseded_since", {"successor": world["successor"].number})
    after = on(world, "superseded", ENDED_ON)
    assert after.successor == world["successor"].number
    assert after.warnings == ()


def test_the_same_holds_for_documents(world: World) -> None:
    as_of = end_of_day(BETWEEN, world.now)
    assert told(world.ask(world["reinstated"].document, as_of=as_of)) == ("genuine_not_valid", "suspended", 1)
    assert told(world.ask(world["revoked"].document, as_of=as_of)) == VALID


def test_a_day_before_the_award_is_not_yet_valid(world: World) -> None:
    awarded = world["valid"].credential.awarded_on
    begins = awarded.begins_at()
    assert told(world.ask(world["valid"].text, as_of=begins)) == VALID
    before = world.ask(world["valid"].text, as_of=begins - 1)
    assert told(before) == ("genuine_not_valid", "not_yet_valid", 1)


def test_a_day_between_award_and_sealing_is_answered(world: World) -> None:
    """The certificate is from the day of award; that it was sealed later has no part in it."""
    assert world["valid"].credential.issued_at > world["valid"].credential.awarded_on.ends_at()
    assert told(world.ask(world["valid"].text, as_of=world["valid"].credential.awarded_on.ends_at() - 1)) == VALID


def test_an_as_of_question_needs_a_fresh_list_too(world: World) -> None:
    """Events logged since would be missing, and with them what took effect before the day that is asked about."""
    as_of = end_of_day(BETWEEN, world.now)
    verdict = world.ask(world["revoked"].text, now=world.folder_at + 301, as_of=as_of)
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.status_stale"] == "unknown"


def test_a_withheld_event_shows_although_the_list_is_signed_anew(world: World) -> None:
    """The thief of the status key leaves one event out and signs leaves and root to match; the log has another root."""
    records = decode_events(world.folder["events/0/0"])
    slot = world["revoked"].credential.status.index
    assert any(record.slot == slot for record in records)
    fewer = encode_events([record for record in records if record.slot != slot])
    hashes = [leaf_hash(fewer if block == 0 else world.folder[f"events/0/{block}"]) for block in range(32)]
    laid_out = {**world.folder, "events/0/0": fewer, "events/0/leaves": b"".join(hashes)}
    for folder in (laid_out, with_status(world, laid_out, events_root=root_of(hashes))):
        verdict = world.ask(world["revoked"].text, folder, as_of=world.now)
        assert told(verdict) == CANNOT_SAY
        assert findings(verdict)["check.status_evidence_rejected"] == "unknown"
    assert told(world.ask(world["revoked"].text, laid_out)) == ("genuine_not_valid", "ended", 1)


def test_an_erased_detail_leaves_the_fact_and_the_record(world: World) -> None:
    slot = world["erased"].credential.status.index
    (record,) = (one for one in decode_events(world.folder["events/0/0"]) if one.slot == slot)
    assert isinstance(record, EventRecord)
    assert (record.salt, record.detail, record.change.new) == (None, None, 1)


# a day in China -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [BEFORE_ALL, ENDED_ON, "2026-02-28", "2024-02-29", "0001-01-01"])
def test_a_day_is_asked_about_at_its_last_second_in_china(world: World, day: str) -> None:
    asked = datetime.fromtimestamp(end_of_day(day, world.now), UTC).astimezone(CHINA)
    assert asked.isoformat() == f"{day}T23:59:59+08:00"


def test_today_is_asked_about_as_of_now(world: World) -> None:
    assert end_of_day(TODAY, world.now) == world.now


def test_a_day_begins_in_china_before_it_begins_in_greenwich() -> None:
    evening = int(datetime(2026, 12, 5, 16, 30, tzinfo=UTC).timestamp())  # half past midnight in China
    assert end_of_day("2026-12-06", evening) == evening
    with pytest.raises(DayInFuture):
        end_of_day("2026-12-06", evening - 31 * 60)


@pytest.mark.parametrize("day", ["2026-12-07", "2027-01-01", "9999-12-31"])
def test_a_day_that_has_not_begun_is_no_question(world: World, day: str) -> None:
    with pytest.raises(DayInFuture):
        end_of_day(day, world.now)


@pytest.mark.parametrize(
    "day",
    [
        "",
        "2026",
        "2026-12",
        "20261205",
        "2026-13-01",
        "2026-02-30",
        "2026-12-05 ",
        "2026-W49-6",
        "２０２６-12-05",
        "0000-01-01",
    ],
)
def test_a_day_that_is_none_is_refused(world: World, day: str) -> None:
    with pytest.raises(DayMalformed):
        end_of_day(day, world.now)
