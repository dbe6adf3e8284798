"""A registry that runs apart from its issuers: it may die at any moment, and nothing is lost, doubled or signed again."""

import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from hallmark.house import House
from issuers.tables import PERSONAL
from tests.hallmark.apart import BODY, DROP, PASS, SWALLOW, Apart, founded_apart, running
from tests.hallmark.command import run, run_process
from tests.hallmark.conftest import DATA, opened, operators_passphrase
from web.database import reading

pytestmark = pytest.mark.network
BODY_NAME = "上海市人力资源和社会保障局"


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    with operators_passphrase(), running(founded_apart(tmp_path_factory.mktemp("apart"))) as made:
        yield made


@pytest.fixture(autouse=True)
def calm(apart: Apart) -> None:
    apart.wire.script = lambda _line: PASS
    apart.wire.restart = True
    apart.wire.seen.clear()
    if apart.server.process is None:
        apart.server.start()


_taken = iter(range(10_000))


@pytest.fixture
def rows(tmp_path: Path) -> Callable[[int], Path]:
    """A file with the next so many of our body's rows in the demo's titles."""
    header, *lines = (DATA / "titles.csv").read_text("utf-8-sig").splitlines()
    ours = [line for line in lines if f",{BODY_NAME}," in line]

    def write(count: int) -> Path:
        file = tmp_path / "rows.csv"
        file.write_text("\n".join([header, *(ours[next(_taken)] for _ in range(count))]) + "\n", "utf-8")
        return file

    return write


def sealed_bytes(home: Path) -> dict[bytes, bytes]:
    """Every certificate's sealed bytes as they lie encrypted in the ledger: signing again would change them."""
    with reading(opened(home).ledger_engine) as connection:
        return dict(connection.execute(select(PERSONAL.c.id, PERSONAL.c.sealed)).tuples().all())


def journal(home: Path) -> list[dict]:
    return [json.loads(line) for line in run(home, "registry", "api-log").fine().out.splitlines()]


def logged(apart: Apart) -> int:
    """How many certificates the log holds, by the journal of what was acknowledged to the body."""
    return sum(int(line["result"].split("+")[1]) for line in journal(apart.registry) if line["act"] == "append")


def all_agree(apart: Apart) -> None:
    """The registry's own audit, the issuer's, and the counts of both."""
    run(apart.registry, "publish").fine()
    assert run(apart.registry, "audit").fine().out == "发现 findings: 0\n"
    audited = run(apart.office, "audit")
    assert (audited.status, audited.out) == (0, "发现 findings: 0\n"), audited
    house = opened(apart.office)
    assert house.ledger.unreleased() == []
    assert house.ledger.counts()["audit_release"] == house.ledger.size() == logged(apart)


def test_issuing_changing_printing_and_checking_work_as_at_home(apart: Apart, rows, tmp_path: Path) -> None:
    issued = run(apart.office, "issue", rows(6), "--kind", "title").fine()
    assert "签发 6 份" in issued.out
    numbers = [record.number for record in opened(apart.office).ledger.records()][-6:]
    run(apart.office, "suspend", numbers[0]).fine()
    run(apart.office, "reinstate", numbers[0]).fine()
    run(apart.office, "revoke", numbers[1]).fine()
    refused = run(apart.office, "revoke", numbers[1]).refused()
    assert "吊销" in refused[0] or numbers[1] in refused[0]
    assert "revoked" in run(apart.office, "status", numbers[1]).fine().out
    run(apart.registry, "publish").fine()  # the server's publisher does so within seconds
    run(apart.office, "render", *numbers, "--to", tmp_path / "pdf").fine()
    assert run(apart.office, "verify", tmp_path / "pdf" / f"{numbers[0]}.pdf").status == 0
    assert run(apart.office, "verify", tmp_path / "pdf" / f"{numbers[1]}.pdf").status == 1
    assert not (apart.office / "registry.db").exists()
    assert not (apart.registry / "ledger.db").exists()
    all_agree(apart)


@pytest.mark.parametrize(
    ("step", "death"),
    [
        ("/entries", DROP),
        ("/entries", SWALLOW),
        ("/changes", SWALLOW),
        *(
            pytest.param(step, death, marks=pytest.mark.slow)
            for step in ("/token", "/reservation", "/proofs")
            for death in (DROP, SWALLOW)
        ),
        pytest.param("/changes", DROP, marks=pytest.mark.slow),
    ],
)
def test_a_registry_that_dies_and_returns_is_asked_again(apart: Apart, rows, step: str, death: str) -> None:
    file = rows(3)
    if step == "/changes":
        run(apart.office, "issue", file, "--kind", "title").fine()
    _once(apart, step, death)
    if step == "/changes":
        number = [record.number for record in opened(apart.office).ledger.records()][-1]
        run(apart.office, "revoke", number).fine()
        assert "revoked" in run(apart.office, "status", number).fine().out
    else:
        assert "签发 3 份" in run(apart.office, "issue", file, "--kind", "title").fine().out
    assert sum(step in line for line in apart.wire.seen) >= 2
    all_agree(apart)


def _once(apart: Apart, step: str, death: str) -> None:
    left = [death]
    apart.wire.script = lambda line: left.pop() if left and step in line else PASS


@pytest.mark.parametrize("death", [pytest.param(DROP, marks=pytest.mark.slow), SWALLOW])
def test_a_registry_that_stays_away_leaves_stored_bytes_which_the_next_run_finishes(
    apart: Apart, rows, death: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.client.PAUSES", (0.1, 0.1))
    apart.wire.restart = False
    _once(apart, "/entries", death)
    file = rows(4)
    said = run(apart.office, "issue", file, "--kind", "title").refused(75)
    assert "不会丢失" in said[0]
    before = sealed_bytes(apart.office)
    assert len(opened(apart.office).ledger.unreleased()) == 1
    run(apart.office, "issue", file, "--kind", "title").refused(75)
    apart.server.start()
    again = run(apart.office, "issue", file, "--kind", "title").fine()
    assert "签发 4 份" in again.out
    assert sealed_bytes(apart.office) == before
    all_agree(apart)


def test_a_change_whose_answer_was_lost_is_finished_by_the_next_one(
    apart: Apart, rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(apart.office, "issue", rows(2), "--kind", "title").fine()
    first, second = [record.number for record in opened(apart.office).ledger.records()][-2:]
    monkeypatch.setattr("registry.client.PAUSES", (0.1,))
    apart.wire.restart = False
    _once(apart, "/changes", SWALLOW)
    run(apart.office, "revoke", first).refused(75)
    assert "released" in run(apart.office, "status", first).fine().out
    apart.server.start()
    run(apart.office, "suspend", second).fine()
    assert "revoked" in run(apart.office, "status", first).fine().out
    all_agree(apart)


def test_a_disabled_client_is_refused_in_plain_words_and_loses_nothing(apart: Apart, rows, tmp_path: Path) -> None:
    from keys.jwk import to_jwk

    key = opened(apart.office).keystore.record("api-client").public_key
    file = rows(2)
    run(apart.registry, "registry", "client", "disable", key.kid).fine()
    said = run(apart.office, "issue", file, "--kind", "title").refused()
    assert "不接纳" in said[0]
    (tmp_path / "client.jwk").write_text(json.dumps(to_jwk(key)))
    assert "已在名单上" in run(apart.registry, "registry", "client", "add", BODY, tmp_path / "client.jwk").refused()[0]
    listed = [json.loads(line) for line in run(apart.registry, "registry", "client", "list").fine().out.splitlines()]
    assert [each["state"] for each in listed] == ["disabled"]
    opened(apart.registry)
    _enable_again(apart)
    assert "签发 2 份" in run(apart.office, "issue", file, "--kind", "title").fine().out
    all_agree(apart)


def _enable_again(apart: Apart) -> None:
    """Only for the tests that follow: there is no such command."""
    from sqlalchemy import update

    from registry.tables import API_CLIENT
    from web.database import writing

    with writing(House(opened(apart.registry).settings).registry_engine) as connection:
        connection.execute(update(API_CLIENT).values(state="active"))


@pytest.mark.parametrize(
    ("house", "arguments"),
    [
        ("office", ["publish"]), ("office", ["bundle", "x"]), ("office", ["serve"]), ("office", ["registry", "head"]),
        ("office", ["registry", "keys"]), ("office", ["registry", "serve"]), ("office", ["registry", "api-log"]),
    ],
    ids=str,
)  # fmt: skip
def test_what_needs_the_registrys_house_says_where_that_is(apart: Apart, house: str, arguments: list[str]) -> None:
    said = run(getattr(apart, house), *arguments).refused()
    assert apart.wire.address in said[0]


def test_a_registry_only_house_issues_nothing(apart: Apart, rows) -> None:
    for arguments in (["issue", rows(1), "--kind", "title"], ["status"], ["revoke", "040G2081040GD"]):
        said = run(apart.registry, *arguments)
        assert said.status == 65
        assert "没有台账" in said.err


def test_both_houses_can_be_backed_up_and_restored(apart: Apart, tmp_path: Path) -> None:
    for name in ("office", "registry"):
        run(getattr(apart, name), "backup", tmp_path / f"{name}.backup").fine()
        public = apart.registry / "public"
        run(tmp_path / name, "restore", tmp_path / f"{name}.backup", "--published", public).fine()
    assert run(tmp_path / "office", "status").out == run(apart.office, "status").out
    assert run(tmp_path / "registry", "registry", "audit").fine()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_again_and_again_while_issuing(tmp_path: Path) -> None:
    """HALLMARK_KILLS kill -9 of a registry with two worker processes, at random moments, while a body issues on and on."""
    kills = int(os.environ.get("HALLMARK_KILLS", "10"))
    dice = random.Random(7)
    header, *lines = (DATA / "titles.csv").read_text("utf-8-sig").splitlines()
    ours = [line for line in lines if f",{BODY_NAME}," in line]
    with running(founded_apart(tmp_path, workers=2)) as apart:
        done = threading.Event()

        def kill() -> None:
            for _ in range(kills):
                time.sleep(dice.uniform(0.1, 1.5))
                apart.server.kill()
                apart.server.start()
            done.set()

        killer = threading.Thread(target=kill)
        killer.start()
        given = 0
        while not done.is_set() or given < 5:
            (tmp_path / "rows.csv").write_text("\n".join([header, *ours[given : given + 5]]) + "\n", "utf-8")
            ran = run_process(apart.office, "issue", tmp_path / "rows.csv", "--kind", "title")
            assert ran.status in (0, 1, 65, 75), ran
            assert "Traceback" not in ran.err
            given = given + 5 if ran.status in (0, 1) else given
        killer.join()
        run(apart.office, "issue", tmp_path / "rows.csv", "--kind", "title")
        all_agree(apart)
        assert opened(apart.office).ledger.size() >= given * 0.8
