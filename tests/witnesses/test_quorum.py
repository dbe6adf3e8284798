"""k of n witnesses: a verifier counts different known witnesses, each once, and with too few it cannot say (T19)."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from keys.algorithms import Algorithm
from keys.roots import Roots, Witness
from keys.signer import SoftwareSigner
from registry.checkpoint import cosign
from tests.verifier.published_world import DAY, Folder, InMemory, World, make_world, told
from tests.verifier.tampering import CHECKPOINT, head, note
from verifier.check import check
from verifier.gather import Gatherer
from verifier.policy import ONLINE
from verifier.verdict import Verdict

VALID = ("genuine_valid", None, 0)
CANNOT_SAY = ("not_checkable_now", None, 2)
NAMES = [f"witness.example/w{number}" for number in range(1, 6)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(tmp_path_factory.mktemp("quorum") / "house")
    yield made
    made.house.registry_engine.dispose()
    made.house.ledger_engine.dispose()


def signer(name: str) -> SoftwareSigner:
    return SoftwareSigner.from_seed(Algorithm.ED25519, name.encode())


def five(world: World, threshold: int = 3, names: list[str] = NAMES) -> Roots:
    """The roots with these witnesses, `threshold` of whom are wanted."""
    listed = tuple(Witness(name, signer(name).public_key) for name in names)
    return replace(world.roots, witnesses=listed, witness_threshold=threshold)


def cosigned(world: World, *names: str, at: dict[str, int] | None = None, key: str | None = None) -> bytes:
    """The newest checkpoint with cosignatures of these, in this order."""
    made = note(world, head(world), cosigned=False)
    for name in names:
        made = cosign(made, name, signer(key or name), (at or {}).get(name, world.folder_at))
    return made


def ask(world: World, checkpoint: bytes, roots: Roots, *, policy_wants: int = 1, now: int | None = None) -> Verdict:
    """The verdict on the valid certificate, every proof of the folder under this checkpoint."""
    folder: Folder = {**world.folder, CHECKPOINT: checkpoint}
    for path, data in world.folder.items():
        if path.endswith(".tlog-proof"):
            before, _, _ = data.partition(world.roots.log.origin.encode() + b"\n")
            folder[path] = before + checkpoint
    policy = replace(ONLINE, witness_threshold=policy_wants)
    moment = world.now if now is None else now
    gatherer = Gatherer(InMemory(folder), roots, lambda: moment, policy=policy)
    text = world["valid"].text
    return check(text, gatherer.evidence_for(text), policy, now=moment)


def defects(verdict: Verdict) -> set[object]:
    return {finding.params.get("defect") for finding in verdict.findings if "defect" in finding.params}


@pytest.mark.parametrize("names", [NAMES[:3], NAMES[2:], NAMES, NAMES[::-2]])
def test_any_three_of_five_are_enough(world: World, names: list[str]) -> None:
    assert told(ask(world, cosigned(world, *names), five(world))) == VALID


@pytest.mark.parametrize(
    "names", [[], NAMES[:2], [NAMES[0]] * 5, [*NAMES[:2], NAMES[1], NAMES[0]], [*NAMES[:2], "stranger.example"]]
)
def test_too_few_different_ones_are_not_and_the_answer_is_that_it_cannot_say(world: World, names: list[str]) -> None:
    verdict = ask(world, cosigned(world, *names), five(world))
    assert told(verdict) == CANNOT_SAY
    assert "registry.witnesses_missing" in defects(verdict)


def test_one_who_signs_under_five_names_is_one(world: World) -> None:
    verdict = ask(world, cosigned(world, *NAMES, key=NAMES[0]), five(world))
    assert told(verdict) == CANNOT_SAY
    assert "registry.witnesses_missing" in defects(
        verdict
    )  # under another name its key id is another: a stranger's line


def test_a_false_cosignature_among_enough_true_ones_spoils_the_note(world: World) -> None:
    good = cosigned(world, *NAMES[:4])
    older = cosign(note(world, replace(head(world), root=bytes(32)), cosigned=False), NAMES[4], signer(NAMES[4]), 5)
    verdict = ask(world, good + older.splitlines(keepends=True)[-1], five(world))
    assert told(verdict) == CANNOT_SAY
    assert "registry.checkpoint_forged" in defects(verdict)


def test_the_user_may_demand_more_than_the_roots_and_never_less(world: World) -> None:
    three = cosigned(world, *NAMES[:3])
    assert told(ask(world, three, five(world), policy_wants=3)) == VALID
    assert told(ask(world, three, five(world), policy_wants=4)) == CANNOT_SAY
    assert told(ask(world, cosigned(world, *NAMES[:2]), five(world), policy_wants=1)) == CANNOT_SAY
    assert told(ask(world, cosigned(world, *NAMES), five(world), policy_wants=6)) == CANNOT_SAY  # more than there are


def test_a_fast_clock_of_one_witness_makes_nothing_younger(world: World) -> None:
    """The quorum's time is the oldest of the k newest: one liar cannot make an old checkpoint look fresh."""
    from registry.checkpoint import open_checkpoint

    ahead = {NAMES[0]: world.folder_at + 365 * DAY}
    made = cosigned(world, *NAMES[:3], at=ahead)
    roots = five(world)
    opened = open_checkpoint(made, roots.log, roots.witnesses, require_ml_dsa=True, witness_threshold=3)
    assert opened.time == world.folder_at
    assert told(ask(world, made, roots)) == VALID


def test_a_witness_that_the_next_roots_drop_no_longer_counts(world: World) -> None:
    made = cosigned(world, *NAMES[:3])
    assert told(ask(world, made, five(world, names=NAMES))) == VALID
    verdict = ask(world, made, five(world, names=NAMES[1:]))
    assert told(verdict) == CANNOT_SAY
    assert "registry.witnesses_missing" in defects(verdict)
