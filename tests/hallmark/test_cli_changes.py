"""Status changes on the command line, each one seen again by the verifier and by the audit."""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from credentials.envelope import read_document
from credentials.qrtext import to_text
from issuers.changes import Order
from registry.recorder import Recorder
from tests.hallmark.command import has_han, run
from tests.hallmark.conftest import numbers_of, opened, rows_of

COMMANDS = {
    "revoke": "revoked",
    "rescind": "rescinded",
    "cancel": "cancelled",
    "suspend": "suspended",
    "transfer": "transferred",
}
Sheets = Callable[..., Path]


def text_of(home: Path, number: str) -> str:
    """The text in a certificate's QR code, as its holder has it."""
    return to_text("verify.example", opened(home).ledger.sealed_bytes(number)[0])


def verdict(home: Path, number: str, *more: str) -> dict[str, object]:
    answer = json.loads(run(home, "verify", text_of(home, number), "--json", *more).out)
    assert isinstance(answer, dict)
    return answer


def state(home: Path, number: str) -> str:
    return run(home, "status", number).fine().out.split("\t")[2]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_change_is_seen_by_verifier_ledger_and_audit_at_once(command: str, issued: Path) -> None:
    number, other = numbers_of(issued)[:2]
    assert verdict(issued, number)["result"] == "genuine_valid"
    ran = run(issued, command, number, "--document-no", "沪人社〔2026〕1号").fine()
    assert ran.out.startswith(f"{COMMANDS[command]}: 1 ")
    assert state(issued, number) == COMMANDS[command]
    answer = verdict(issued, number)
    assert (answer["result"], answer["reason"]) == ("genuine_not_valid", COMMANDS[command])
    assert verdict(issued, other)["result"] == "genuine_valid"
    assert opened(issued).audit() == []


def test_suspended_and_given_back_it_is_valid_again_but_not_for_the_days_between(issued: Path) -> None:
    number = numbers_of(issued)[0]
    day = dt.date.today() - dt.timedelta(days=2)
    run(issued, "suspend", number, "--effective", (day - dt.timedelta(days=7)).isoformat()).fine()
    run(issued, "reinstate", number, "--effective", day.isoformat()).fine()
    assert state(issued, number) == "reinstated"
    assert verdict(issued, number)["result"] == "genuine_valid"
    then = (day - dt.timedelta(days=3)).isoformat()
    assert verdict(issued, number, "--at", then)["reason"] == "suspended"
    assert verdict(issued, number, "--at", day.isoformat())["result"] == "genuine_valid"
    assert opened(issued).audit() == []


def test_numbers_may_come_from_a_file_and_count_once(issued: Path, tmp_path: Path) -> None:
    first, second, third = numbers_of(issued)[:3]
    spaced = f"{second[:4]} {second[4:8]}-{second[8:]}".lower()
    (tmp_path / "numbers.txt").write_text(f"\ufeff{first}\r\n\r\n  {spaced}\n{first}\n", "utf-8")
    ran = run(issued, "revoke", third, first, "--file", tmp_path / "numbers.txt").fine()
    assert ran.out.startswith("revoked: 3 ")
    assert [state(issued, number) for number in (first, second, third)] == ["revoked"] * 3
    assert opened(issued).audit() == []


def test_a_whole_batch_may_be_suspended_and_given_back(issued: Path) -> None:
    ledger = opened(issued).ledger
    batch = ledger.record(numbers_of(issued)[0]).batch
    mine = [record.number for record in ledger.records(batch=batch)]
    others = [number for number in numbers_of(issued) if number not in mine]
    assert run(issued, "suspend", "--batch", batch).fine().out.startswith(f"suspended: {len(mine)} ")
    assert {state(issued, number) for number in mine} == {"suspended"}
    assert {state(issued, number) for number in others} == {"released"}
    run(issued, "reinstate", "--batch", batch).fine()
    counts = dict(line.split("\t") for line in run(issued, "status").fine().out.splitlines())
    assert counts == {
        "released": str(len(others)),
        "reinstated": str(len(mine)),
        "audit_release": str(len(mine + others)),
    }


def test_numbers_of_several_bodies_are_changed_each_on_its_own_authority(issued: Path) -> None:
    records = {record.body_code: record for record in opened(issued).ledger.records()}
    assert len(records) == 2
    run(issued, "cancel", *(record.number for record in records.values())).fine()
    for record in records.values():
        assert verdict(issued, record.number)["reason"] == "cancelled"
    assert opened(issued).audit() == []


def test_one_wrong_number_and_nothing_at_all_is_changed(issued: Path) -> None:
    first, second = numbers_of(issued)[:2]
    size = opened(issued).log.head().size
    run(issued, "revoke", first, "000000000000Q").refused()
    run(issued, "revoke", second).fine()
    zh, en = run(issued, "revoke", first, second).refused()
    assert second in zh
    assert "吊销" in zh
    assert "revoked" in en
    run(issued, "reinstate", first).refused()  # it was never suspended
    assert state(issued, first) == "released"
    assert opened(issued).log.head().size == size + 2  # one event, one list
    assert opened(issued).ledger.under_way() == frozenset()
    assert opened(issued).audit() == []


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([], 64),
        (["--batch", "nosuchbatch"], 65),
        (["000000000000Q"], 65),
        (["000000000000O"], 65),
        (["FIRST", "--batch", "b"], 64),
        (["FIRST", "--effective", "9999-12-31"], 65),
        (["FIRST", "--effective", "0001-01-01"], 64),
        (["FIRST", "--effective", "20261001"], 64),
        (["FIRST", "--effective", "2026-02-30"], 64),
        (["FIRST", "--effective", ""], 64),
        (["FIRST", "--document-no", "x" * 3000], 64),
        (["FIRST", "--reason", "a\nb"], 64),
        (["FIRST", "--authority", "\x1b[2J"], 64),
        (["--file", "missing.txt"], 64),
        (["--file", "gb.txt"], 65),
        (["--file", "empty.txt"], 64),
        (["--file", "huge.txt"], 65),
    ],
)
def test_what_cannot_be_changed_is_refused_with_a_sentence(
    arguments: list[str], status: int, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("gb.txt").write_bytes("编号\n".encode("gb18030"))
    Path("empty.txt").write_bytes(b"\n\n")
    with Path("huge.txt").open("wb") as huge:
        huge.truncate(200_000_000)
    first = numbers_of(kept)[0]
    ran = run(kept, "revoke", *(first if each == "FIRST" else each for each in arguments))
    assert ran.status == status, ran
    assert 1 <= len(ran.said) <= 2
    assert has_han(ran.err)
    assert "Traceback" not in ran.err
    assert "\x1b" not in ran.err
    assert state(kept, first) == "released"


# supersede ---------------------------------------------------------------------------------------------------------


def corrected(tmp_path: Path, row: int, **changes: str) -> Path:
    """A file with one row of the demo's titles, some cells changed."""
    header, *rows = csv.reader(io.StringIO(rows_of("titles.csv", slice(row, row + 1))))
    for column, value in changes.items():
        rows[0][header.index(column)] = value
    file = tmp_path / "corrected.csv"
    with file.open("w", encoding="utf-8", newline="") as opened_file:
        csv.writer(opened_file).writerows([header, *rows])
    return file


def number_of_row(home: Path, row: int) -> str:
    """The certificate of the demo's `row`, by its name."""
    name = next(csv.DictReader(io.StringIO(rows_of("titles.csv", slice(row, row + 1)))))["姓名"]
    ledger = opened(home).ledger
    return next(
        number
        for number in numbers_of(home)
        if read_document(ledger.sealed_bytes(number)[1]).credential.holder.name == name
    )


@pytest.mark.parametrize("changes", [{"姓名": "顾嘉萱儿"}, {"取得方式": "考评结合"}, {}])
def test_a_corrected_row_takes_the_old_ones_place(changes: dict[str, str], issued: Path, tmp_path: Path) -> None:
    """A wrong name, a slip in what is no part of the award's key, or nothing: a lost one is made anew."""
    old = number_of_row(issued, 0)
    before = set(numbers_of(issued))
    file = corrected(tmp_path, 0, **changes)
    ran = run(issued, "supersede", old, file, "--kind", "title").fine()
    (new,) = set(numbers_of(issued)) - before
    assert f"successor: {new}" in ran.out
    assert f"superseded -> {new}" in run(issued, "status", old).fine().out
    answer = verdict(issued, old)
    assert (answer["reason"], answer["successor"]) == ("superseded", new)
    assert verdict(issued, new)["result"] == "genuine_valid"
    assert (
        f"-> {new}" in run(issued, "verify", text_of(issued, old)).out
        or new in run(issued, "verify", text_of(issued, old)).out
    )
    # neither the correction nor the old row is ever issued a second time
    assert run(issued, "supersede", old, file, "--kind", "title").refused()
    assert "Issued 0" in run(issued, "issue", file, "--kind", "title").fine().out
    (tmp_path / "old.csv").write_text(rows_of("titles.csv", slice(1)), "utf-8")
    assert "Issued 0" in run(issued, "issue", tmp_path / "old.csv", "--kind", "title").fine().out
    assert opened(issued).audit() == []


def test_a_supersede_that_cannot_be_issues_nothing(issued: Path, tmp_path: Path) -> None:
    old, numbers = number_of_row(issued, 0), numbers_of(issued)
    fine = corrected(tmp_path, 0, 姓名="顾嘉萱儿")
    run(issued, "supersede", "000000000000Q", fine, "--kind", "title").refused()
    run(issued, "supersede", number_of_row(issued, 1), fine, "--kind", "title").refused()  # another person
    assert run(issued, "supersede", old, fine, "--kind", "title", "--effective", "never").status == 64
    assert run(issued, "supersede", old, fine, "--kind", "title", "--batch", "x").status == 64
    bad = corrected(tmp_path, 0, 级别="初级")
    ran = run(issued, "supersede", old, bad, "--kind", "title")
    assert ran.status == 64
    assert "第 2 行" in ran.out
    (tmp_path / "two.csv").write_text(rows_of("titles.csv", slice(2)), "utf-8")
    assert run(issued, "supersede", old, tmp_path / "two.csv", "--kind", "title").status == 64
    run(issued, "revoke", old).fine()
    run(issued, "supersede", old, corrected(tmp_path, 0, 姓名="顾嘉萱儿"), "--kind", "title").refused()
    assert numbers_of(issued) == numbers


# a crash between the registry and the ledger ------------------------------------------------------------------------


def test_a_change_whose_answer_was_lost_is_noted_by_the_next_one(issued: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry logged it; the line broke. Asked again with the same bytes, it answers as before."""
    first, second = numbers_of(issued)[:2]
    asked = Recorder.change_statuses

    def answer_lost(recorder: Recorder, *arguments: object) -> None:
        asked(recorder, *arguments)  # type: ignore[arg-type]  # as it came
        raise ConnectionResetError(104, "Connection reset by peer")

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "change_statuses", answer_lost)
        run(issued, "revoke", first).refused()
    house = opened(issued)
    assert house.ledger.record(first).state == "released"
    assert house.ledger.under_way() == {first}
    assert house.audit() == []  # under way is no contradiction
    size = house.log.head().size
    run(issued, "suspend", second).fine()
    assert state(issued, first) == "revoked"
    assert opened(issued).log.head().size == size + 2
    assert opened(issued).audit() == []


def test_a_change_that_the_registry_never_saw_is_made_by_the_next_one(
    issued: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = numbers_of(issued)[0]

    def unreachable(*_: object) -> None:
        raise ConnectionResetError(104, "Connection reset by peer")

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "change_statuses", unreachable)
        run(issued, "revoke", first).refused()
    house = opened(issued)
    assert house.status_desk.resume() == 1
    assert house.ledger.record(first).state == "revoked"
    assert house.status_desk.resume() == 0
    assert house.audit() == []


def test_a_planned_change_that_has_become_impossible_is_dropped(issued: Path) -> None:
    """Two operators at once: what the second planned is refused by the registry and leaves no trace."""
    first, house, other = numbers_of(issued)[0], opened(issued), opened(issued)
    plan = other.ledger.plan_change
    order = Order("suspended", house.clock())

    def overtaken(planned: object, now: int) -> None:
        assert house.status_desk.change([first], Order("revoked", now)).indices
        plan(planned, now)  # type: ignore[arg-type]  # as it came

    object.__setattr__(other.ledger, "plan_change", overtaken)
    with pytest.raises(Exception, match=r"registry\.transition_refused"):
        other.status_desk.change([first], order)
    assert house.ledger.under_way() == frozenset()
    assert house.ledger.record(first).state == "revoked"
    assert house.audit() == []


def test_two_operators_on_one_certificate_finish_each_others_work(issued: Path) -> None:
    """The second finds the first one's change planned, makes it, and then its own; the first learns nothing new."""
    first, house, other = numbers_of(issued)[0], opened(issued), opened(issued)
    plan = other.ledger.plan_change

    def overtaken(planned: object, now: int) -> None:
        plan(planned, now)  # type: ignore[arg-type]  # as it came
        assert house.status_desk.change([first], Order("revoked", now)).indices

    object.__setattr__(other.ledger, "plan_change", overtaken)
    other.status_desk.change([first], Order("suspended", house.clock()))
    assert house.ledger.record(first).state == "revoked"
    assert house.audit() == []
