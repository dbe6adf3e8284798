"""Single certificates for many callers at once: issued together, answered one by one, and a bad one harms nobody."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from credentials.kinds import Kind
from hallmark.house import House
from issuers.cli import check_file
from issuers.refusals import AlreadyUnderWay
from issuers.rows import CheckedRow
from issuers.singles import Single, SinglesDesk
from keys.errors import KeysError
from registry.errors import RegistryError
from registry.refusals import Busy
from tests.hallmark.conftest import DATA, opened


def accepted(house: House, count: int) -> list[CheckedRow]:
    rows = check_file(house, DATA / "titles.csv", Kind.TITLE)
    return [row for row in rows if row.draft is not None][:count]


def all_at_once(desk: SinglesDesk, rows: list[CheckedRow]) -> list[Any]:
    def issue(row: CheckedRow) -> Single | Exception:
        try:
            return desk.issue(row, kind="title", source="counter")
        except (KeysError, RegistryError, AlreadyUnderWay) as error:
            return error

    with ThreadPoolExecutor(len(rows)) as pool:
        return list(pool.map(issue, rows))


def test_everyone_gets_the_number_of_his_own_certificate(founded: Path) -> None:
    house = opened(founded)
    rows = accepted(house, 20)
    singles = all_at_once(SinglesDesk(house.issuing_desk), rows)
    assert all(each.fresh for each in singles)
    held = {each.number: each for each in house.ledger.records()}
    keys = house.ledger.already_issued(row.source_key for row in rows)
    assert [keys[row.source_key] for row in rows] == [each.number for each in singles]
    assert sorted(held) == sorted(each.number for each in singles)
    again = all_at_once(SinglesDesk(house.issuing_desk), rows[:5])
    assert again == [Single(each.number, fresh=False) for each in singles[:5]]
    assert house.audit() == []


def test_a_body_whose_key_may_not_sign_keeps_no_one_else_from_his_certificate(
    founded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = opened(founded)
    rows = accepted(house, 12)
    closed = rows[5].draft.issuer_code
    signer_of = house.signer_of

    def refusing(code: str) -> Any:
        if code == closed:
            raise KeysError(body=code)
        return signer_of(code)

    monkeypatch.setattr(House, "signer_of", lambda _, code: refusing(code))
    answers = all_at_once(SinglesDesk(house.issuing_desk), rows)
    for row, answer in zip(rows, answers, strict=True):
        assert isinstance(answer, KeysError if row.draft.issuer_code == closed else Single)
    assert any(isinstance(each, KeysError) for each in answers)
    assert house.audit() == []


def test_the_same_award_asked_for_twice_at_once_is_one_certificate(founded: Path) -> None:
    house = opened(founded)
    row, other = accepted(house, 2)
    answers = all_at_once(SinglesDesk(house.issuing_desk), [row, row, replace(row), other])
    assert len({each.number for each in answers}) == 2
    assert sorted(each.fresh for each in answers) == [False, False, True, True]


def refuse_once(real: Callable[..., Any]) -> Callable[..., Any]:
    left = [True]

    def append(self: object, *asked: Any) -> Any:
        if left and left.pop():
            raise Busy
        return real(self, *asked)

    return append


def test_what_was_stored_and_not_logged_is_no_certificate_until_it_is_resumed(
    founded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = opened(founded)
    (row,) = accepted(house, 1)
    desk = SinglesDesk(house.issuing_desk)
    recorder = type(house.recorder)
    monkeypatch.setattr(recorder, "append", refuse_once(recorder.append))
    assert isinstance(all_at_once(desk, [row])[0], Busy)
    assert isinstance(all_at_once(desk, [row])[0], AlreadyUnderWay)
    assert house.issuing_desk.resume() == 1
    (single,) = all_at_once(desk, [row])
    assert single == Single(next(house.ledger.records()).number, fresh=False)
