"""T42: the ledger answers number and name alike for every wrong guess; the right one gets a token that verifies."""

import json
import os
import random
from pathlib import Path

import pytest
from werkzeug.test import Client

from credentials.envelope import read, read_token
from credentials.identifiers import new_number
from credentials.names import matching
from hallmark.errors import SettingsInvalid
from hallmark.house import House
from hallmark.server import create_server
from hallmark.settings import FILE_NAME, read_settings
from issuers.changes import Order
from issuers.matching import RecordFinder
from issuers.tables import PERSONAL
from tests.hallmark.conftest import copied, opened
from web.database import writing

GUESSES = int(os.environ.get("HALLMARK_GUESSES", "1000"))
LOOKUPS = "/api/v1/lookups"


@pytest.fixture(scope="module")
def house(_issued: Path, tmp_path_factory: pytest.TempPathFactory) -> House:
    home = copied(_issued, tmp_path_factory.mktemp("lookup") / "house")
    with (home / FILE_NAME).open("a", encoding="utf-8") as file:
        file.write('lookup = true\n[limits]\nlookup = "1000000/second"\n')
    return opened(home)


@pytest.fixture(scope="module")
def client(house: House) -> Client:
    house.publish()
    return Client(create_server(house, port=8700))


def certificate(house: House) -> tuple[str, str]:
    """Number and name of one that was issued."""
    number = next(house.ledger.records()).number
    finder = RecordFinder(house.ledger, house.settings.host)
    token, _ = house.ledger.sealed_bytes(number)
    name = read_token(token).credential.holder.name
    assert finder(number, name)
    return number, name


def asked(client: Client, number: str, name: str) -> bytes:
    answer = client.post(LOOKUPS, json={"number": number, "name": name}, base_url="http://127.0.0.1")
    assert answer.status_code == 200
    return answer.data


def test_the_right_name_gets_a_token_that_verifies(house: House, client: Client) -> None:
    number, name = certificate(house)
    for typed in (name, f" {name} ", "\u200b".join(name)):
        body = json.loads(asked(client, f"{number[:5]}-{number[5:].lower()}", typed))
        assert (body["result"], body["exit"]) == ("genuine_valid", 0)
        assert read(body["token"]).credential.holder.name == name


def test_a_revoked_certificate_is_found_and_said_to_be_revoked(house: House) -> None:
    record = list(house.ledger.records())[-1]
    token, _ = house.ledger.sealed_bytes(record.number)
    house.status_desk.change([record.number], Order("revoked", house.clock(), record.body_code))
    house.publish()
    client = Client(create_server(house, port=8700))  # which has seen no list yet
    body = json.loads(asked(client, record.number, read_token(token).credential.holder.name))
    assert (body["result"], body["reason"]) == ("genuine_not_valid", "revoked")


def test_every_wrong_guess_gets_the_same_bytes_and_nothing_of_anybody(house: House, client: Client) -> None:
    number, name = certificate(house)
    chance = random.Random(42)
    names = ["王丽", "王莉", name[:-1], name + name[-1], "张三", "无名氏", "Maria"]
    bodies = set()
    for _ in range(GUESSES // 2):
        wrong = new_number(chance.randbytes(8))
        bodies |= {_untimed(asked(client, wrong, name)), _untimed(asked(client, number, chance.choice(names)))}
    assert len(bodies) == 1
    body = bodies.pop()
    assert (body_of := json.loads(body))["result"] == "no_record"
    assert body_of["credential"] is body_of["token"] is body_of["issuer"] is None
    for each in house.ledger.records():
        assert each.number.encode() not in body


def _untimed(body: bytes) -> bytes:
    """The body without the time of the answer."""
    told = json.loads(body)
    assert isinstance(told.pop("checked_at"), int)
    return json.dumps(told, sort_keys=True, ensure_ascii=False).encode()


def test_an_erased_person_is_no_record(house: House, tmp_path: Path) -> None:
    record = list(house.ledger.records())[1]
    name = read_token(house.ledger.sealed_bytes(record.number)[0]).credential.holder.name
    finder = RecordFinder(house.ledger, house.settings.host)
    assert finder(record.number, name)
    with writing(house.ledger_engine) as connection:
        connection.execute(PERSONAL.delete().where(PERSONAL.c.id == record.id))
    assert finder(record.number, name) is None


def test_whatever_is_typed_the_finder_answers(house: House) -> None:
    finder = RecordFinder(house.ledger, house.settings.host)
    number, name = certificate(house)
    for typed in ("", "\0", "\ud800", "x" * 10_000, "=1", "'; DROP TABLE certificate; --", "𬱖" * 300):
        assert finder(number, typed) is None
        assert finder(typed, name) is None


def test_without_the_setting_nobody_can_look_up(kept: Path) -> None:
    house = opened(kept)
    assert not house.settings.lookup
    answer = Client(create_server(house, port=8700)).post(
        LOOKUPS, json={"number": "1", "name": "x"}, base_url="http://127.0.0.1"
    )
    assert (answer.status_code, json.loads(answer.data)["code"]) == (404, "lookup.not_offered")


@pytest.mark.parametrize("line", ['lookup = "yes"', 'lookup = true\nledger_database = "none"'])
def test_a_setting_that_cannot_be_meant_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / FILE_NAME).write_text(f'host = "verify.example"\n{line}\n', "utf-8")
    with pytest.raises(SettingsInvalid):
        read_settings(tmp_path)


def test_spellings_of_one_name_are_equal_and_other_names_are_not() -> None:
    for one, other in (
        ("阿卜杜拉·买买提", "阿卜杜拉•买买提"),
        ("阿卜杜拉·买买提", "阿卜杜拉 买买提"),
        ("Maria Fernández-Ortega", "MARIA FERNA\u0301NDEZ ORTEGA"),
        ("O’Neill", "ONEILL"),
        ("欧阳䶮", "欧阳龑"),
        ("\uff2cee", "lee"),
    ):
        assert matching(one) == matching(other) is not None
    for one, other in (("王莉", "王丽"), ("张𬱖玥", "张玥"), ("李明", "李明明"), ("Fernández", "Fernandez")):
        assert matching(one) != matching(other)
    assert matching("") is matching("=1+1") is matching("\ue000") is None
