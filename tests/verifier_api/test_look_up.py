"""Number and name to a checked certificate, and what was typed beside a code: the port's contract, page and API."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.verifier_api.conftest import UNLIMITED, Make
from tests.web.conftest import HOST
from tests.web.page_rules import defects_of
from tests.web.verdict_cases import CASES, NUMBER
from verifier.comparing import COMPARABLE, Typed, compared
from verifier.errors import RecordsUnreachable
from verifier.verdict import Result

BASE = f"http://{HOST}"
LOOKUPS, CHECKS = "/api/v1/lookups", "/api/v1/verifications"
HOLDER = "欧阳䶮"


def match(number: str, name: str) -> str | None:
    return "genuine_valid" if (number, name) == (NUMBER, HOLDER) else None


@pytest.fixture
def client(make: Make) -> FlaskClient:
    return make(record_match=match).test_client()


def asked(client: FlaskClient, **body: Any) -> dict[str, Any]:
    answer = client.post(LOOKUPS, json=body, base_url=BASE)
    assert answer.status_code == 200
    return json.loads(answer.data)


def test_number_and_name_give_the_token_and_its_verdict(client: FlaskClient) -> None:
    body = asked(client, number=NUMBER, name=HOLDER)
    assert (body["result"], body["exit"], body["token"]) == ("genuine_valid", 0, "genuine_valid")
    assert body["credential"]["holder"]["name"] == "欧阳*"


def test_anything_else_is_no_record_in_the_very_same_bytes(client: FlaskClient) -> None:
    guesses = [
        (NUMBER, "欧阳"),
        ("0000000000000", HOLDER),
        ("x", "y"),
        (NUMBER[:-1], HOLDER),
        ("=1+1", "<script>"),
        ("\0", "\0"),
    ]
    bodies = {client.post(LOOKUPS, json={"number": a, "name": b}, base_url=BASE).data for a, b in guesses}
    assert len(bodies) == 1
    body = json.loads(bodies.pop())
    assert (body["result"], body["exit"], body["token"], body["credential"]) == ("no_record", 2, None, None)
    assert "不等于证书是假的" in body["message"]["zh"]
    assert body["coverage"]["en"].startswith("This site knows")
    assert {each["address"] for each in body["elsewhere"]} >= {"www.12333.gov.cn", "www.cpta.com.cn"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_says_the_same_and_masks_the_name(client: FlaskClient, lang: str) -> None:
    form = client.get(f"/lookup?lang={lang}", base_url=BASE).text
    assert defects_of(form) == []
    found = client.post(f"/lookup?lang={lang}", data={"number": NUMBER, "name": HOLDER}, base_url=BASE).text
    assert defects_of(found) == []
    assert 'data-result="genuine_valid"' in found
    assert "欧阳*" in found
    assert HOLDER not in found
    pages = {
        client.post(f"/lookup?lang={lang}", data={"number": NUMBER, "name": n}, base_url=BASE).text
        for n in ("张三", "李四")
    }
    assert len(pages) == 1
    page = pages.pop()
    assert defects_of(page) == []
    assert 'data-result="no_record"' in page
    assert "www.12333.gov.cn" in page
    assert NUMBER not in page


def test_the_first_page_leads_there_only_where_somebody_can_be_asked(make: Make, client: FlaskClient) -> None:
    assert 'href="/lookup"' in client.get("/", base_url=BASE).text
    alone = make().test_client()
    assert 'href="/lookup"' not in alone.get("/", base_url=BASE).text
    assert alone.get("/lookup", base_url=BASE).status_code == 200
    answer = alone.post(LOOKUPS, json={"number": NUMBER, "name": HOLDER}, base_url=BASE)
    assert (answer.status_code, answer.json["code"]) == (404, "lookup.not_offered")


def test_records_that_cannot_be_asked_are_no_answer(make: Make) -> None:
    def unreachable(_number: str, _name: str) -> None:
        raise RecordsUnreachable

    answer = (
        make(record_match=unreachable).test_client().post(LOOKUPS, json={"number": "a", "name": "b"}, base_url=BASE)
    )
    assert (answer.status_code, answer.json["code"]) == (503, "verifier.records_unreachable")


def test_look_ups_have_a_limit_of_their_own(make: Make) -> None:
    from dataclasses import replace

    client = make(replace(UNLIMITED, lookup="3/minute"), record_match=match).test_client()
    codes = [client.post(LOOKUPS, json={"number": NUMBER, "name": str(n)}, base_url=BASE).status_code for n in range(5)]
    assert codes == [200] * 3 + [429] * 2
    assert client.post("/lookup", data={"number": NUMBER, "name": HOLDER}, base_url=BASE).status_code == 429
    assert client.post(CHECKS, json={"text": "genuine_valid"}, base_url=BASE).status_code == 200


# beside a code -------------------------------------------------------------------------------------------------------


def check(client: FlaskClient, text: str = "genuine_valid", **typed: str) -> dict[str, Any]:
    answer = client.post(CHECKS, json={"text": text, **typed}, base_url=BASE)
    assert answer.status_code == 200
    return json.loads(answer.data)


def test_the_same_words_change_nothing_and_say_so(client: FlaskClient) -> None:
    body = check(client, number=NUMBER.lower(), name=" 欧 阳䶮 ")
    assert (body["result"], body["compared"]) == ("genuine_valid", {"number": True, "name": True})
    assert check(client)["compared"] is None
    assert check(client, name=HOLDER)["compared"] == {"number": None, "name": True}


@pytest.mark.parametrize(
    "typed", [{"name": "欧阳建国"}, {"number": "0000000000000"}, {"name": HOLDER, "number": "1"}, {"name": "!"}]
)
def test_other_words_are_a_mismatch_that_shows_nothing(client: FlaskClient, typed: dict[str, str]) -> None:
    body = check(client, **typed)
    assert (body["result"], body["exit"], body["credential"]) == ("mismatch", 1, None)
    assert False in body["compared"].values()
    page = client.post("/check", data={"text": "genuine_valid", **typed}, base_url=BASE).text
    assert 'data-result="mismatch"' in page
    assert HOLDER not in page.replace(f'value="{HOLDER}"', "")
    assert defects_of(page) == []


@pytest.mark.parametrize("case", CASES)
def test_a_difference_never_makes_anything_better(case: str) -> None:
    verdict = CASES[case]
    after, found = compared(verdict, Typed(name="王丽"))
    if verdict.result in COMPARABLE and verdict.credential is not None:
        assert (after.result, after.credential) == (Result.MISMATCH, None)
        assert after.exit_status >= min(verdict.exit_status, 1)
        assert after.findings == verdict.findings
        assert found is not None
    else:
        assert (after, found) == (verdict, None)
    same, _ = compared(verdict, Typed())
    assert same is verdict


Refused = Callable[[FlaskClient], Any]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (LOOKUPS, {}, "lookup.both_needed"),
        (LOOKUPS, {"number": "1", "name": " "}, "lookup.both_needed"),
        (LOOKUPS, {"number": 1, "name": "x"}, "lookup.both_needed"),
        (LOOKUPS, {"number": "1", "name": "x" * 201}, "lookup.too_long"),
        (LOOKUPS, {"number": "1", "name": "x", "id": "y"}, "lookup.member_unknown"),
        (LOOKUPS, {"number": NUMBER, "name": HOLDER, "at": ""}, "verifier.day_malformed"),
        (LOOKUPS, {"number": NUMBER, "name": HOLDER, "at": 5}, "verifier.day_malformed"),
        (LOOKUPS, [], "api.not_an_object"),
        (CHECKS, {"text": "x", "name": 5}, "api.typed_malformed"),
        (CHECKS, {"text": "x", "number": "1" * 201}, "api.typed_malformed"),
    ],
)
def test_what_cannot_be_meant_is_refused(client: FlaskClient, path: str, body: Any, code: str) -> None:
    answer = client.post(path, json=body, base_url=BASE)
    assert (answer.status_code, answer.json["code"]) == (422, code)


def test_a_malformed_day_is_refused_whether_there_is_a_record_or_not(client: FlaskClient) -> None:
    answers = {
        client.post(LOOKUPS, json={"number": NUMBER, "name": name, "at": "2026-13-01"}, base_url=BASE).status_code
        for name in (HOLDER, "张三")
    }
    assert answers == {422}
