"""A key counts by where its entries open and close in the log: never by today's date, never without a proven place."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from registry.trust import IssuerKey
from tests.verifier.published_world import World, findings, told
from tests.verifier.strange_certificates import BUREAU, EXAMINERS, PUDONG
from tests.verifier.tampering import with_keys, without

VALID, STRANGER, CANNOT_SAY = ("genuine_valid", None, 0), ("unknown_issuer", None, 1), ("not_checkable_now", None, 2)
LOGLESS = ("tile/", "hints/", "checkpoint")


def only(world: World, body: str, **changes: object) -> Callable[[IssuerKey], IssuerKey]:
    """Change one body's key and leave the others."""
    mine = world.house.signer_of(body).public_key
    return lambda key: replace(key, **changes) if key.public_key == mine else key  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "answer", "code"),
    [
        ("first", VALID, "check.key_open"),
        ("second", STRANGER, "check.key_compromised"),
        ("third", STRANGER, "check.key_compromised"),
    ],
    ids=["below the boundary", "at the boundary", "above the boundary"],
)
def test_a_lost_key_published_through_the_registry(
    world: World, name: str, answer: tuple[str, None, int], code: str
) -> None:
    for text in (world[name].text, world[name].document):
        verdict = world.ask(text, world.rotated, now=world.rotated_at)
        assert told(verdict) == answer
        assert code in findings(verdict)
        assert findings(verdict)["check.logged"] == "pass"


def test_a_retired_key_published_through_the_registry(world: World) -> None:
    """What it sealed while it was open stands for ever."""
    verdict = world.ask(world["qualification"].text, world.rotated, now=world.rotated_at)
    assert told(verdict) == VALID
    assert findings(verdict)["check.key_open"] == "pass"
    shard = world.evidence(world.rotated).issuer_of(world.house.signer_of(EXAMINERS).public_key.kid8)
    assert shard is not None
    assert shard.key.state == "retired"
    assert shard.key.closed is not None


@pytest.mark.parametrize("name", ["first", "second", "third", "qualification"])
def test_a_closed_key_without_a_proven_place_cannot_be_judged(world: World, name: str) -> None:
    """Offline without the log's tiles: it may have been sealed before the loss or after."""
    bare = without(world.rotated, *LOGLESS)
    verdict = world.ask(world[name].text, bare, now=world.rotated_at)
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.key_closed_position_unproven"] == "unknown"
    assert findings(verdict)["check.log_evidence_absent"] == "unknown"


def test_an_open_key_without_a_proven_place_is_only_unconfirmed(world: World) -> None:
    verdict = world.ask(world["valid"].text, without(world.rotated, *LOGLESS), now=world.rotated_at)
    assert told(verdict) == ("genuine_unconfirmed", None, 2)


def test_a_certificate_that_a_lost_key_seals_today_for_a_free_slot(world: World) -> None:
    """The thief cannot get it into the log, so it has no place, and soon there is proof that its slot was never issued."""
    stolen = world.house.signer_of(PUDONG)
    slot = replace(world["first"].credential.status, index=4_000)
    text = world.sealed(replace(world["first"].credential, status=slot, issued_at=world.rotated_at), stolen)
    verdict = world.ask(text, world.rotated, now=world.rotated_at)
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)["check.key_closed_position_unproven"] == "unknown"
    older = replace(world["first"].credential, status=slot)
    verdict = world.ask(world.sealed(older, stolen), world.rotated, now=world.rotated_at)
    assert told(verdict) == ("not_logged", None, 1)


# the exact places ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moved", "answer"),
    [(-1, VALID), (0, STRANGER), (1, STRANGER)],
    ids=["opened just before", "opened at this very place", "opened after"],
)
def test_the_place_of_opening(world: World, moved: int, answer: tuple[str, None, int]) -> None:
    place = world["valid"].log_index
    folder = with_keys(world, world.folder, only(world, BUREAU, opened=place + moved))
    verdict = world.ask(world["valid"].text, folder)
    assert told(verdict) == answer
    if answer == STRANGER:
        assert findings(verdict)["check.key_not_open_then"] == "fail"


@pytest.mark.parametrize(
    ("moved", "answer"),
    [(1, VALID), (0, STRANGER), (-1, STRANGER)],
    ids=["closed just after", "closed at this very place", "closed before"],
)
def test_the_place_of_closing(world: World, moved: int, answer: tuple[str, None, int]) -> None:
    place = world["valid"].log_index
    folder = with_keys(world, world.folder, only(world, BUREAU, closed=place + moved, state="retired"))
    verdict = world.ask(world["valid"].text, folder)
    assert told(verdict) == answer
    if answer == STRANGER:
        assert findings(verdict)["check.key_not_open_then"] == "fail"


@pytest.mark.parametrize(
    ("moved", "answer"), [(1, VALID), (0, STRANGER), (-1, STRANGER)], ids=["just below", "at it", "above it"]
)
def test_the_boundary_of_a_lost_key(world: World, moved: int, answer: tuple[str, None, int]) -> None:
    place = world["valid"].log_index
    lost = only(world, BUREAU, closed=1_000, boundary=place + moved, state="compromised")
    verdict = world.ask(world["valid"].text, with_keys(world, world.folder, lost))
    assert told(verdict) == answer
    if answer == STRANGER:
        assert findings(verdict)["check.key_compromised"] == "fail"


def test_a_key_that_had_retired_before_it_was_lost_stays_closed_below_the_boundary(world: World) -> None:
    place = world["valid"].log_index
    lost = only(world, BUREAU, closed=place, boundary=place + 10, state="compromised")
    verdict = world.ask(world["valid"].text, with_keys(world, world.folder, lost))
    assert told(verdict) == STRANGER
    assert findings(verdict)["check.key_not_open_then"] == "fail"


def test_a_compromise_ends_no_other_bodys_key(world: World) -> None:
    for name in ("valid", "postdoc", "qualification"):
        assert told(world.ask(world[name].text, world.rotated, now=world.rotated_at)) == VALID


def test_a_broken_key_is_told_before_a_revocation(world: World) -> None:
    """Both fail: the first step that fails names the result."""
    place = world["revoked"].log_index
    folder = with_keys(world, world.folder, only(world, BUREAU, closed=1_000, boundary=place, state="compromised"))
    verdict = world.ask(world["revoked"].text, folder)
    assert told(verdict) == STRANGER
    assert findings(verdict)["check.status_revoked"] == "fail"
    assert verdict.since is None
