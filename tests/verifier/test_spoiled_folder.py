"""T32: whatever a published path is missing, cut or flipped, the answer is "cannot say": never valid for it, never "fake"."""

import random

import pytest

from tests.verifier.published_world import Folder, InMemory, World, findings, make_world, told
from tests.verifier.tampering import flip, without
from verifier.gather import Gatherer
from verifier.handed_in import end_of_day

CANNOT_SAY, UNCONFIRMED = ("not_checkable_now", None, 2), ("genuine_unconfirmed", None, 2)


def paths(world: World) -> dict[str, str]:
    """The published paths that a check reads, by a short name."""
    size = world.evidence().checkpoint().checkpoint.size
    shard = world.house.signer_of(world["valid"].body_code).public_key.kid8[0]
    return {
        "checkpoint": "checkpoint",
        "trust": "lists/trust.json",
        "trust proof": "lists/trust/1.tlog-proof",
        "shard": f"lists/trust/1/{shard:02x}.json",
        "status": "status/0",
        "proof": "status/0.tlog-proof",
        "leaves": "events/0/leaves",
        "events": "events/0/0",
        "hints": "hints/0/0",
        "entries": f"tile/entries/000.p/{size}",
        "tile": f"tile/0/000.p/{size}",
    }


TRUSTED, STATED, LOGGED = (
    ("trust", "shard", "trust proof"),
    ("status", "proof"),
    ("checkpoint", "hints", "entries", "tile"),
)
CODES = {
    "trust": ("check.trust_evidence_absent", "check.trust_evidence_rejected"),
    "shard": ("check.trust_evidence_absent", "check.trust_evidence_rejected"),
    "trust proof": ("check.trust_log_absent", "check.trust_log_rejected"),
    "status": ("check.status_evidence_absent", "check.status_evidence_rejected"),
    "proof": ("check.status_evidence_absent", "check.status_evidence_rejected"),
    "leaves": ("check.status_evidence_absent", "check.status_evidence_rejected"),
    "events": ("check.status_evidence_absent", "check.status_evidence_rejected"),
    "checkpoint": ("check.log_evidence_absent", "check.log_evidence_rejected"),
    "hints": ("check.log_evidence_absent", "check.log_evidence_rejected"),
    "entries": ("check.log_evidence_absent", "check.log_evidence_rejected"),
    "tile": ("check.log_evidence_absent", "check.log_evidence_rejected"),
}


def test_these_are_all_the_paths_that_a_check_reads(world: World) -> None:
    source = InMemory(world.folder)
    Gatherer(source, world.roots, lambda: world.now).evidence_for(world["valid"].text)
    assert sorted(source.asked) == sorted(paths(world).values())


@pytest.mark.parametrize("name", [*TRUSTED, *STATED, *LOGGED])
def test_without_it_nothing_is_valid_and_nothing_is_fake(world: World, folder: Folder, name: str) -> None:
    del folder[paths(world)[name]]
    verdict = world.ask(world["valid"].text, folder)
    assert told(verdict) == (UNCONFIRMED if name in LOGGED else CANNOT_SAY)
    assert findings(verdict)[CODES[name][0]] == "unknown"
    assert "fail" not in findings(verdict).values()


@pytest.mark.parametrize("cut", [0, 1, 0.5, -1], ids=["empty", "one byte", "half", "all but one"])
@pytest.mark.parametrize("name", [*TRUSTED, *STATED, *LOGGED])
def test_cut_short_it_is_rejected(world: World, folder: Folder, name: str, cut: float) -> None:
    whole = folder[paths(world)[name]]
    folder[paths(world)[name]] = whole[: cut if isinstance(cut, int) else len(whole) // 2]
    verdict = world.ask(world["valid"].text, folder)
    assert told(verdict) == CANNOT_SAY
    assert findings(verdict)[CODES[name][1]] == "unknown"
    assert "fail" not in findings(verdict).values()


@pytest.mark.parametrize("name", [*TRUSTED, *STATED, *LOGGED, "leaves", "events"])
def test_a_flipped_bit_never_makes_an_ended_certificate_valid_nor_a_valid_one_fake(world: World, name: str) -> None:
    """A bit that belongs to another certificate's evidence may do no harm; then the answer is the same as before."""
    draw, path = random.Random(name), paths(world)[name]
    for _ in range(25):
        folder = {**world.folder, path: flip(world.folder[path], draw.randrange(1 << 30))}
        valid = world.ask(world["valid"].text, folder)
        assert told(valid) in {("genuine_valid", None, 0), CANNOT_SAY}
        assert "fail" not in findings(valid).values()
        revoked = world.ask(world["revoked"].text, folder)
        assert revoked.exit_status in {1, 2}
        assert revoked.result.value in {"genuine_not_valid", "not_checkable_now"}
        assert revoked.reason in {"revoked", "ended", None}


@pytest.mark.parametrize("name", ["trust", "shard", "status", "tile"])
def test_every_flipped_bit_of_what_is_signed_or_hashed_as_a_whole_is_noticed(world: World, name: str) -> None:
    draw, path = random.Random(f"all of {name}"), paths(world)[name]
    for _ in range(25):
        spoiled = flip(world.folder[path], draw.randrange(1 << 30))
        verdict = world.ask(world["valid"].text, {**world.folder, path: spoiled})
        assert told(verdict) == CANNOT_SAY
        assert findings(verdict)[CODES[name][1]] == "unknown"


@pytest.mark.parametrize("name", ["leaves", "events"])
@pytest.mark.parametrize("spoiled", ["missing", "empty", "cut", "flipped", "of a former edition"])
def test_without_its_events_an_ended_certificate_is_ended_but_no_day_can_be_told(
    world: World, folder: Folder, name: str, spoiled: str
) -> None:
    path = paths(world)[name]
    whole, former = folder.pop(path), world.before[path]
    spoilt = {"empty": b"", "cut": whole[:-1], "flipped": flip(whole, 100), "of a former edition": former}
    if spoiled != "missing":
        folder[path] = spoilt[spoiled]
    verdict = world.ask(world["revoked"].text, folder)
    assert told(verdict) == ("genuine_not_valid", "ended", 1)
    day = end_of_day("2026-12-01", world.now)
    for certificate in ("revoked", "valid"):
        then = world.ask(world[certificate].text, folder, as_of=day)
        assert told(then) == CANNOT_SAY
        assert findings(then)[CODES[name][0 if spoiled == "missing" else 1]] == "unknown"
    assert told(world.ask(world["valid"].text, folder)) == ("genuine_valid", None, 0)


def test_without_anything_of_the_log_the_status_still_counts(world: World) -> None:
    bare = without(world.folder, "tile/", "hints/")
    assert told(world.ask(world["valid"].text, bare)) == UNCONFIRMED
    for name in ("revoked", "suspended", "superseded"):
        assert told(world.ask(world[name].text, bare)) == ("genuine_not_valid", name, 1)


def test_another_houses_folder_is_no_evidence_at_all(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A flawless registry with the same names and other keys: nothing in it counts."""
    other = make_world(tmp_path_factory.mktemp("other") / "house")
    try:
        verdict = world.ask(world["valid"].text, other.folder)
        assert told(verdict) == CANNOT_SAY
        mixed = {**other.folder, **{path: data for path, data in world.folder.items() if path.startswith("lists/")}}
        verdict = world.ask(world["valid"].text, mixed)
        assert told(verdict) == CANNOT_SAY
        assert findings(verdict)["check.log_evidence_rejected"] == "unknown"
        assert findings(verdict)["check.status_evidence_rejected"] == "unknown"
        assert told(world.ask(other["valid"].text)) == ("unknown_issuer", None, 1)
    finally:
        other.house.registry_engine.dispose()
        other.house.ledger_engine.dispose()
