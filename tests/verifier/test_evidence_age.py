"""How old a status list may be, at the exact second: too old says nothing of the living, and still names the ended."""

from dataclasses import replace

import pytest

from tests.verifier.published_world import DAY, Folder, World, findings, told
from tests.verifier.strange_certificates import FOUNDED
from tests.verifier.tampering import PROOF, STATUS, with_status, with_trust
from verifier.policy import OFFLINE, ONLINE, Policy

CANNOT_SAY, VALID = ("not_checkable_now", None, 2), ("genuine_valid", None, 0)
POLICIES = pytest.mark.parametrize("policy", [ONLINE, OFFLINE], ids=lambda policy: policy.name)
ENDED = {"rescinded": "rescinded", "cancelled": "cancelled", "revoked": "revoked", "transferred": "transferred",
         "superseded": "superseded", "erased": "ended"}  # fmt: skip


def at_age(world: World, age: int) -> int:
    """The moment at which the main edition's status list is so many seconds old."""
    return world.folder_at + age


def test_online_is_five_minutes_and_offline_a_day() -> None:
    assert (ONLINE.max_status_age, OFFLINE.max_status_age) == (300, 86_400)


@POLICIES
@pytest.mark.parametrize("name", ["valid", "suspended", "reinstated"])
def test_what_can_still_change_counts_to_the_last_second_and_no_longer(world: World, policy: Policy, name: str) -> None:
    last = at_age(world, policy.max_status_age)
    fresh = world.ask(world[name].text, now=last, policy=policy)
    assert fresh.result.value in {"genuine_valid", "genuine_not_valid"}
    stale = world.ask(world[name].text, now=last + 1, policy=policy)
    assert told(stale) == CANNOT_SAY
    assert findings(stale)["check.status_stale"] == "unknown"
    assert stale.ages["status"] == policy.max_status_age + 1


@pytest.mark.parametrize("name", ENDED)
def test_what_has_ended_has_ended_however_old_the_list(world: World, name: str) -> None:
    for age in (ONLINE.max_status_age + 1, OFFLINE.max_status_age + 1, 30 * DAY):
        verdict = world.ask(world[name].text, now=at_age(world, age))
        assert told(verdict) == ("genuine_not_valid", ENDED[name], 1)


@POLICIES
def test_a_list_counts_up_to_its_own_end_whatever_the_policy(world: World, policy: Policy) -> None:
    """`exp` is the first second in which it no longer counts."""
    folder = with_status(world, world.folder, lifetime=100)
    assert told(world.ask(world["valid"].text, folder, now=at_age(world, 99), policy=policy)) == VALID
    expired = world.ask(world["valid"].text, folder, now=at_age(world, 100), policy=policy)
    assert told(expired) == CANNOT_SAY
    assert findings(expired)["check.status_stale"] == "unknown"
    revoked = world.ask(world["revoked"].text, folder, now=at_age(world, 100), policy=policy)
    assert told(revoked) == ("genuine_not_valid", "revoked", 1)


@POLICIES
def test_a_list_from_the_future_is_disbelieved_beyond_the_leeway(world: World, policy: Policy) -> None:
    early = at_age(world, -policy.clock_leeway)
    assert told(world.ask(world["valid"].text, now=early, policy=policy)) == VALID
    earlier = world.ask(world["valid"].text, now=early - 1, policy=policy)
    assert told(earlier) == CANNOT_SAY
    assert findings(earlier)["check.status_stale"] == "unknown"


def test_a_list_dated_ahead_does_not_stay_fresh_for_ever(world: World) -> None:
    """A thief of the status key dates the logged list a year ahead: nobody believes it until then."""
    ahead = with_status(world, world.folder, iat=world.folder_at + 365 * DAY, lifetime=1_000 * DAY)
    for moment in (world.now, world.now + 100 * DAY):
        assert told(world.ask(world["valid"].text, ahead, now=moment)) == CANNOT_SAY


def test_a_list_signed_anew_is_as_fresh_as_its_new_signature(world: World) -> None:
    later = world.folder_at + 40 * DAY
    assert told(world.ask(world["valid"].text, with_status(world, world.folder, iat=later), now=later)) == VALID


def test_expiry_to_the_second(world: World) -> None:
    certificate = world["expiring"]
    expires = certificate.credential.expires_at
    assert expires is not None
    folder = with_status(world, world.folder, iat=expires)
    assert told(world.ask(certificate.text, folder, now=expires - 1)) == VALID
    expired = world.ask(certificate.text, folder, now=expires)
    assert told(expired) == ("genuine_not_valid", "expired", 1)
    assert findings(expired)["check.expired"] == "fail"
    assert expired.since == expires
    assert told(world.ask(certificate.text, folder, now=expires, as_of=expires - 1)) == VALID


def test_expired_is_said_even_where_the_status_is_stale(world: World) -> None:
    expires = world["expiring"].credential.expires_at
    assert expires is not None
    verdict = world.ask(world["expiring"].text, now=expires)
    assert told(verdict) == ("genuine_not_valid", "expired", 1)
    assert findings(verdict)["check.status_stale"] == "unknown"


# a list older than the certificate ----------------------------------------------------------------------------------


def older_list(world: World) -> Folder:
    """The newest log with a status list from before this certificate was issued: its slot reads "never issued"."""
    paths = (STATUS, PROOF, "events/0/leaves", "events/0/0")
    return {**world.before, **{path: world.first[path] for path in paths}}


@POLICIES
def test_a_list_older_than_the_certificate_says_nothing_not_that_it_has_ended(world: World, policy: Policy) -> None:
    for name in ("postdoc", "qualification", "first"):
        verdict = world.ask(world[name].text, older_list(world), now=world.before_at, policy=policy)
        assert told(verdict) == CANNOT_SAY
        assert findings(verdict)["check.logged"] == "pass"
        assert findings(verdict)["check.status_not_issued_yet"] == "unknown"


def test_nor_does_it_say_that_a_certificate_was_valid_on_some_day(world: World) -> None:
    """No event and no "ended" either: a slot that was never issued has no history to be valid by."""
    verdict = world.ask(world["postdoc"].text, older_list(world), now=world.before_at, as_of=world.before_at)
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.logged"] == "pass"
    assert findings(verdict)["check.status_not_issued_yet"] == "unknown"


def test_without_the_events_the_age_of_the_list_decides(world: World) -> None:
    """No event file tells "ended" from "never issued": a list from before the issue is the latter."""
    issued = world["postdoc"].credential.issued_at
    bare = {path: data for path, data in older_list(world).items() if not path.startswith("events/")}
    older = with_status(world, bare, iat=issued - 1)
    verdict = world.ask(world["postdoc"].text, older, now=issued)
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.status_not_issued_yet"] == "unknown"


def test_a_certificate_newer_than_the_whole_folder_is_pending(world: World) -> None:
    verdict = world.ask(world["postdoc"].text, world.first, now=world.before_at)
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.log_pending"] == "unknown"
    assert findings(verdict)["check.status_not_issued_yet"] == "unknown"


# other clocks -------------------------------------------------------------------------------------------------------


def test_the_ages_of_all_evidence_are_told(world: World) -> None:
    folder = with_status(world, world.folder, iat=world.folder_at - 100)
    verdict = world.ask(world["valid"].text, folder)
    assert dict(verdict.ages) == {"trust": world.now - FOUNDED, "status": 160, "checkpoint": 60}


def test_an_old_trust_list_and_checkpoint_still_count_until_they_expire(world: World) -> None:
    """What was proven once stays proven: only the state can change, and that is the status list's age."""
    later = world.folder_at + 300 * DAY
    folder = with_status(world, with_trust(world, world.folder), iat=later)
    assert told(world.ask(world["valid"].text, folder, now=later)) == VALID


def test_a_stricter_policy_is_followed(world: World) -> None:
    strict = replace(ONLINE, max_status_age=59)
    assert told(world.ask(world["valid"].text, policy=strict)) == CANNOT_SAY
    assert told(world.ask(world["valid"].text, policy=replace(strict, max_status_age=60))) == VALID
