"""The drill: a body's key is stolen. What stood before the loss stands, what the thief made falls, and the roots rotate.

`HALLMARK_DRILL` says how many certificates there are of each sort (50 here; `make drill` and `make release-check` take 1,000).
The times of every part are printed at the end; the whole is meant to take an operator's machine less than ten minutes.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

import pytest
from click.testing import CliRunner

from credentials.model import StatusRef
from hallmark.house import House
from keys.algorithms import Algorithm
from keys.errors import RootsRollback, RootsSkipped, ThresholdNotMet
from keys.roots import KeySet, Roots, Witness, open_roots, seal_roots, walk
from keys.rotation import KeyState, Purpose
from registry.bundle import write_bundle
from registry.refusals import KeyNotActive, VersionOutOfOrder
from registry.witnesses.cosigner import Witness as Cosigner
from registry.witnesses.known import KnownLog
from tests.drill.drill_house import (
    BODY,
    DAY,
    FOUNDED,
    HOUR,
    YEAR,
    Clock,
    Thief,
    checker,
    found_house,
    issue,
    publish_trust,
    stopwatch,
    text_of,
    told,
)
from tests.verifier.test_verify_command import Desk
from verifier.cli import verify

N = int(os.environ.get("HALLMARK_DRILL", "50"))


@dataclass
class Drill:
    """One run, with everything that its tests look at."""

    house: House
    clock: Clock
    before: list[str] = field(default_factory=list)
    proofs: list[bytes] = field(default_factory=list)
    logged_after: list[str] = field(default_factory=list)
    logged_backdated: list[str] = field(default_factory=list)
    unlogged: list[str] = field(default_factory=list)
    unlogged_in_taken_slots: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    boundary: int = 0
    first_roots: bytes = b""
    times: dict[str, float] = field(default_factory=dict)


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    clock = Clock(FOUNDED)
    began = perf_counter()
    run = Drill(found_house(tmp_path_factory.mktemp("drill") / "house", clock), clock)
    run.first_roots = run.house.settings.roots_file.read_bytes()
    _issue_and_witness(run)
    _steal(run)
    _break_off(run)
    _issue_again(run)
    run.times["to here"] = round(perf_counter() - began, 2)
    yield run
    run.times["all"] = round(perf_counter() - began, 2)
    print(json.dumps({"certificates of each sort": N, "seconds": run.times}))  # noqa: T201
    run.house.registry_engine.dispose()
    run.house.ledger_engine.dispose()


def _issue_and_witness(run: Drill) -> None:
    run.clock.now += HOUR
    with stopwatch(run.times, "issue and publish"):
        numbers = issue(run.house, N)
        run.before = [text_of(run.house, number) for number in numbers]
        run.proofs = list(run.house.proof_desk.proofs([run.house.ledger.record(number) for number in numbers]))


def _steal(run: Drill) -> None:
    """An hour later the key is copied; from then on the thief logs, back-dates, and seals what nobody logs."""
    run.clock.now += HOUR
    thief, loss = Thief.of(run.house, next(run.house.ledger.records()).number), run.clock.now
    run.clock.now += HOUR
    honest_time = loss - HOUR
    with stopwatch(run.times, "forge"):
        run.logged_after = thief.log(N - N // 2, run.clock.now)
        run.logged_backdated = thief.log(N // 2, loss - 3 * DAY)
        free = (StatusRef(0, 131_071 - place) for place in range(N))
        run.unlogged = [thief.seal(slot, honest_time)[1] for slot in free]
        taken = [run.house.ledger.record(one.number) for one in list(run.house.ledger.records())[:10]]
        run.unlogged_in_taken_slots = [thief.seal(StatusRef(one.list, one.index), honest_time)[1] for one in taken]
    run.house.publish()  # nobody knows yet
    run.boundary = run.house.recorder.boundary_before(loss)


def _break_off(run: Drill) -> None:
    """The loss is known: `hallmark registry compromise`, a new trust list."""
    run.clock.now += HOUR
    with stopwatch(run.times, "compromise and publish trust"):
        run.house.recorder.compromise(run.house.signer_of(BODY).public_key.thumbprint, run.boundary)
        run.house.keystore.move(f"body-{BODY}", KeyState.COMPROMISED)
        publish_trust(run.house)


def _issue_again(run: Drill) -> None:
    """A new key; new certificates under it."""
    name, now = f"body-{BODY}-2", run.clock.now
    with stopwatch(run.times, "rotate and issue again"):
        run.house.keystore.generate(name, Purpose.CREDENTIAL, Algorithm.ES256, opens_at=now, closes_at=now + 3 * YEAR)
        run.house.recorder.enrol(BODY, run.house.signer_of(BODY).public_key)
        publish_trust(run.house)
        run.again = [text_of(run.house, number) for number in issue(run.house, N, first=N)]


# what every checker says --------------------------------------------------------------------------------------------


def judged(run: Drill, texts: list[str], trusted: Roots | None = None) -> dict[tuple[str, str | None], int]:
    asked = checker(run.house, trusted or run.house.trusted_roots())
    with stopwatch(run.times, f"check {len(texts)}"):
        return dict(told(asked.of(text) for text in texts))


def test_what_stood_before_the_loss_stands(drill: Drill) -> None:
    assert judged(drill, drill.before) == {("genuine_valid", None): N}


def test_it_stands_by_its_own_proof_too_where_there_is_no_log(drill: Drill) -> None:
    roots = drill.house.trusted_roots()
    asked = checker(drill.house, roots)
    evidence = asked.gatherer
    evidence._source = _WithoutLog(evidence._source)  # type: ignore[assignment]  # a small bundle
    pairs = zip(drill.before, drill.proofs, strict=True)
    assert told(asked.of(text, proof) for text, proof in pairs) == {("genuine_valid", None): N}
    assert asked.of(drill.before[0]).result.value == "not_checkable_now"  # a closed key wants its place proven


class _WithoutLog:
    def __init__(self, source: object) -> None:
        self._source = source

    def read(self, path: str) -> bytes | None:
        if path.startswith(("tile/", "hints/")):
            return None
        return self._source.read(path)  # type: ignore[attr-defined,no-any-return]


def test_what_the_thief_had_logged_falls(drill: Drill) -> None:
    assert judged(drill, drill.logged_after) == {("unknown_issuer", "check.key_compromised"): N - N // 2}


def test_it_falls_however_it_is_dated_and_the_date_is_remarked_upon(drill: Drill) -> None:
    assert judged(drill, drill.logged_backdated) == {("unknown_issuer", "check.key_compromised"): N // 2}
    asked = checker(drill.house, drill.house.trusted_roots())
    for text in drill.logged_backdated:
        assert [each.code for each in asked.of(text).warnings] == ["check.iat_far_from_log_time"]


def test_what_was_never_logged_is_not_logged_whatever_date_it_bears(drill: Drill) -> None:
    assert judged(drill, drill.unlogged) == {("not_logged", "check.slot_never_issued"): N}
    taken = judged(drill, drill.unlogged_in_taken_slots)
    assert taken == {("not_logged", "check.other_digest_logged"): 10}


def test_the_new_key_seals_and_the_old_one_cannot(drill: Drill) -> None:
    assert judged(drill, drill.again) == {("genuine_valid", None): N}
    thief = Thief(
        drill.house,
        drill.house.keystore.signer(f"body-{BODY}-2"),
        Thief.of(drill.house, next(drill.house.ledger.records()).number).model,
    )
    assert thief.log(1, drill.clock.now)  # the active key logs
    stolen = replace(thief, signer=_Stolen(drill.house))
    with pytest.raises(KeyNotActive):
        stolen.log(1, drill.clock.now + 1)


class _Stolen:
    """The stolen key as the thief holds it, past the key store's guard."""

    def __init__(self, house: House) -> None:
        self._signer = house.keystore._opened(f"body-{BODY}")
        self.public_key = self._signer.public_key

    def sign(self, message: bytes) -> bytes:
        return self._signer.sign(message)


def test_the_audit_names_every_entry_that_the_thief_had_logged_and_nothing_else(drill: Drill) -> None:
    """An office that audits learns of the theft by itself: its key has entries that its ledger does not know."""
    findings = drill.house.audit()
    assert {finding.code for finding in findings} == {"audit.ledger_entry_unknown"}
    assert len(findings) >= N


# the roots rotate ---------------------------------------------------------------------------------------------------


def _generated(house: House, name: str, purpose: Purpose, algorithm: Algorithm = Algorithm.ES256):  # type: ignore[no-untyped-def]
    now = house.clock()
    house.keystore.generate(name, purpose, algorithm, opens_at=now, closes_at=now + 10 * YEAR)
    return house.keystore.signer(name)


@pytest.fixture(scope="module")
def second(drill: Drill) -> tuple[Roots, bytes]:
    """Roots version 2: one custodian of two goes, a witness comes, the status key is another one."""
    house = drill.house
    old = house.trusted_roots()
    drill.clock.now += DAY
    custodian = _generated(house, "custodian-3", Purpose.ROOTS)
    status = _generated(house, "status-2", Purpose.STATUS)
    witness = _generated(house, "witness-2", Purpose.WITNESS, Algorithm.ED25519)
    kept = house.keystore.signer("custodian-1")
    new = replace(
        old,
        version=2,
        issued=drill.clock.now,
        expires=drill.clock.now + 2 * YEAR,
        witnesses=(*old.witnesses, Witness("second", witness.public_key)),
        custodians=KeySet((kept.public_key, custodian.public_key), 2),
        purposes={**old.purposes, Purpose.STATUS: KeySet((status.public_key,), 1)},
    )
    sealed = seal_roots(new, [kept, house.keystore.signer("custodian-2"), custodian])
    return new, sealed


def test_the_registry_and_a_checker_refuse_roots_that_do_not_follow(drill: Drill, second: tuple[Roots, bytes]) -> None:
    house, (new, _) = drill.house, second
    old = house.trusted_roots()
    custodians = {name: house.keystore.signer(name) for name in ("custodian-1", "custodian-2", "custodian-3")}
    only_new = seal_roots(new, [custodians["custodian-1"], custodians["custodian-3"]])
    only_old = seal_roots(new, [custodians["custodian-1"], custodians["custodian-2"]])
    skipped = seal_roots(replace(new, version=3), list(custodians.values()))
    for data, refusal in ((only_new, ThresholdNotMet), (only_old, ThresholdNotMet), (skipped, RootsSkipped)):
        with pytest.raises((refusal, VersionOutOfOrder)):
            house.recorder.publish_roots(data)
        with pytest.raises(refusal):
            walk(old, [data], drill.clock.now)
    with pytest.raises(RootsRollback):
        open_roots(drill.first_roots, trusted=new)


@pytest.fixture(scope="module")
def rotated(drill: Drill, second: tuple[Roots, bytes]) -> Roots:
    house, (new, sealed) = drill.house, second
    with stopwatch(drill.times, "rotate the roots and publish"):
        house.recorder.publish_roots(sealed)
        another = Cosigner(
            "second",
            [house.keystore.signer("witness-2")],
            KnownLog.of(house.log_identity),
            house.settings.home / "second.json",
            house.clock,
        )
        house.__dict__["witnesses"] = [house.witness, another]
        house.keystore.move("status", KeyState.RETIRED)
        house.publish()
    return new


def test_a_checker_with_the_old_roots_alone_walks_and_says_the_same(drill: Drill, rotated: Roots) -> None:
    old = open_roots(drill.first_roots, trusted=None)
    walked = checker(drill.house, old)
    assert walked.gatherer.roots.version == 2
    for texts, wanted in (
        (drill.before, ("genuine_valid", None)),
        (drill.again, ("genuine_valid", None)),
        (drill.logged_after, ("unknown_issuer", "check.key_compromised")),
        (drill.unlogged, ("not_logged", "check.slot_never_issued")),
    ):
        assert judged(drill, texts, old) == {wanted: len(texts)}


def test_it_walks_inside_an_offline_bundle_too(drill: Drill, rotated: Roots, tmp_path: Path) -> None:
    """`hallmark verify --offline --bundle … --roots OLD`: the bundle brings the roots in between."""
    house, file = drill.house, tmp_path / "after.hallmark"
    write_bundle(house.settings.public, file, house.keystore.signer("bundle"), house.clock(), with_tiles=True)
    desk = Desk(open_roots(drill.first_roots, trusted=None), None, house.clock)
    for text, status in ((drill.before[0], 0), (drill.again[0], 0), (drill.logged_after[0], 1), (drill.unlogged[0], 1)):
        asked = CliRunner().invoke(verify, [text, "--offline", "--bundle", str(file), "--json"], obj=desk)
        assert asked.exit_code == status, asked.output


def test_proofs_from_before_the_rotation_hold_under_the_new_roots(drill: Drill, rotated: Roots) -> None:
    asked = checker(drill.house, open_roots(drill.first_roots, trusted=None))
    asked.gatherer._source = _WithoutLog(asked.gatherer._source)  # type: ignore[assignment]
    pairs = zip(drill.before, drill.proofs, strict=True)
    assert told(asked.of(text, proof) for text, proof in pairs) == {("genuine_valid", None): N}


def test_a_checker_that_does_not_walk_cannot_say(drill: Drill, rotated: Roots) -> None:
    """The new status key is a stranger to it: it says so, and never "valid"."""
    stuck = checker(drill.house, open_roots(drill.first_roots, trusted=None), walks=False)
    assert {stuck.of(text).result.value for text in drill.before[:5]} == {"not_checkable_now"}


def test_the_operator_ends_with_the_new_status_key(drill: Drill, rotated: Roots) -> None:
    from hallmark.ending import end
    from issuers.changes import Order

    house = House(drill.house.settings, drill.clock)
    house.__dict__["witnesses"] = drill.house.witnesses
    number = list(house.ledger.records())[-1].number
    assert house.status_signer.public_key in rotated.key_set(Purpose.STATUS).keys
    end(house, [number], Order("revoked", house.clock(), "authority", "key_lost"))
    house.publish()
    verdict = checker(house, open_roots(drill.first_roots, trusted=None)).of(text_of(house, number))
    assert (verdict.result.value, verdict.reason) == ("genuine_not_valid", "revoked")
    house.registry_engine.dispose()
    house.ledger_engine.dispose()
