"""Limits that X-Forwarded-For cannot dodge (T43), and bodies read strictly within bounds."""

import time

import pytest

from registry.api.limiting import Rates
from registry.batches import MAX_BATCH
from registry.client import RemoteRegistry
from registry.refusals import SubmissionForged
from tests.registry_api.api_house import HOST, ApiHouse, Caller, caller, form, sent, serving
from tests.registry_rim.rim_house import signer, submission

FEW = Rates(client="5/minute", grants_by_client="3/minute", grants_by_address="8/minute", failures="4/minute")


def too_many(answer) -> bool:
    if answer.status_code != 429:
        return False
    assert answer.json["code"] == "registry.asked_too_often"
    assert answer.content_type == "application/problem+json"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    return True


def test_a_client_may_ask_so_often_and_no_more(house: ApiHouse) -> None:
    app = house.app(rates=FEW)
    who, other = caller(house, app), caller(house, app, "other-client")
    assert [too_many(who.ask("GET", "/api/v1/head")) for _ in range(7)] == [False] * 5 + [True] * 2
    assert not too_many(other.ask("GET", "/api/v1/head"))


def test_a_wrong_scope_counts_too(house: ApiHouse) -> None:
    who = caller(house, house.app(rates=FEW), scope="issue")
    answers = [who.ask("GET", "/api/v1/keys") for _ in range(3)] + [
        who.ask("PUT", "/api/v1/batches/x/changes", {"changes": []}) for _ in range(4)
    ]
    assert [too_many(answer) for answer in answers] == [False] * 5 + [True] * 2


def test_tokens_are_counted_by_client_and_by_address(house: ApiHouse) -> None:
    http = house.app(rates=FEW).test_client()

    def token(name: str) -> bool:
        return too_many(http.post("/api/v1/token", data=form(house, name), base_url=f"http://{HOST}"))

    assert [token("client") for _ in range(4)] == [False] * 3 + [True]
    assert [token("other-client") for _ in range(4)] == [False] * 3 + [True]
    assert token("client")  # the address's eight are used up as well


def test_whoever_guesses_is_stopped_before_the_database_is_asked(house: ApiHouse) -> None:
    who = Caller(house.app(rates=FEW).test_client(), "guess")
    assert [too_many(who.ask("GET", "/api/v1/head")) for _ in range(6)] == [False] * 4 + [True] * 2


@pytest.mark.parametrize("hops", [0, 1])
def test_a_thousand_made_up_addresses_stay_one(house: ApiHouse, hops: int) -> None:
    """T43: whatever stands in front of what the trusted proxy added is not believed, nor are other headers."""
    http = house.app(rates=FEW, trusted_hops=hops).test_client()
    passed = 0
    for number in range(1000):
        made_up = f"10.{number % 250}.{number // 250}.1"
        headers = {
            "X-Forwarded-For": f"{made_up}, 198.51.100.7" if hops else made_up,
            "Forwarded": f"for={made_up}",
            "X-Real-IP": made_up,
            "Authorization": "Bearer guess",
        }
        passed += http.get("/api/v1/head", headers=headers, base_url=f"http://{HOST}").status_code != 429
    assert passed == 4


def test_behind_a_trusted_proxy_each_address_counts_for_itself(house: ApiHouse) -> None:
    http = house.app(rates=FEW, trusted_hops=1).test_client()
    for number in range(20):
        headers = {"X-Forwarded-For": f"203.0.113.{number}", "Authorization": "Bearer guess"}
        assert http.get("/api/v1/head", headers=headers, base_url=f"http://{HOST}").status_code == 401


def test_a_proxy_that_nobody_told_of_is_warned_of_once(house: ApiHouse, caplog: pytest.LogCaptureFixture) -> None:
    http = house.app().test_client()
    for _ in range(3):
        http.get("/healthz", headers={"X-Forwarded-For": "203.0.113.1"}, base_url=f"http://{HOST}")
    assert [record.message.count("trusted_hops") for record in caplog.records if record.levelname == "WARNING"] == [4]
    caplog.clear()
    told = house.app(trusted_hops=1).test_client()
    told.get("/healthz", headers={"X-Forwarded-For": "203.0.113.1"}, base_url=f"http://{HOST}")
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []


@pytest.fixture
def who(house: ApiHouse) -> Caller:
    return caller(house, house.app())


RESERVATION = "/api/v1/batches/a/reservation"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "registry.json_refused"),
        (b"{", 400, "registry.json_refused"),
        (b'{"count": 1, "count": 2}', 400, "registry.json_refused"),
        (b'{"count": NaN}', 400, "registry.json_refused"),
        (b'\xff{"count": 1}', 400, "registry.json_refused"),
        (b"[" * 9 + b"]" * 9, 400, "registry.json_refused"),
        (b"[" * 30_000, 400, "registry.json_refused"),
        (b'"text"', 422, "registry.request_invalid"),
        (b"{}", 422, "registry.request_invalid"),
        (b'{"count": "1"}', 422, "registry.request_invalid"),
        (b'{"count": true}', 422, "registry.request_invalid"),
        (b'{"count": 1.5}', 422, "registry.request_invalid"),
        (b'{"count": 0}', 422, "registry.request_invalid"),
        (b'{"count": 10001}', 422, "registry.request_invalid"),
        (b'{"count": 1, "more": 1}', 422, "registry.request_invalid"),
        (b" " * 70_000, 413, "web.too_large"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_body_is_the_one_form_or_refused(who: Caller, body: bytes, status: int, code: str) -> None:
    headers = {"Authorization": f"Bearer {who.token}", "Content-Type": "application/json"}
    answer = who.http.put(RESERVATION, data=body, headers=headers, base_url=f"http://{HOST}")
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text


def test_only_json_is_taken(who: Caller) -> None:
    headers = {"Authorization": f"Bearer {who.token}", "Content-Type": "text/plain"}
    answer = who.http.put(RESERVATION, data=b'{"count": 1}', headers=headers, base_url=f"http://{HOST}")
    assert answer.status_code == 415


@pytest.mark.parametrize("batch", ["-a", ".", "a b", "a%0Ab", "é", "x" * 101])
def test_a_batch_id_is_plain(who: Caller, batch: str) -> None:
    assert who.ask("PUT", f"/api/v1/batches/{batch}/reservation", {"count": 1}).status_code in {404, 422}


@pytest.mark.parametrize(
    "query",
    ["", "first_index=0", "first_index=0&count=1&size=+1", "first_index=0&count=2001&size=9", "first_index=-1&count=1&size=1",
     "first_index=0&count=1&size=1&size=2", "first_index=0&count=1&size=1&more=1", "first_index=0&count=١&size=1"],
)  # fmt: skip
def test_a_query_is_strict_too(who: Caller, query: str) -> None:
    assert who.ask("GET", f"/api/v1/proofs?{query}").json["code"] == "registry.request_invalid"


@pytest.mark.parametrize(
    "spoiled",
    [
        {"qr": "AA=="},
        {"qr": "A" * 42 + "B"},
        {"qr": 7},
        {"kid8": "A" * 12},
        {"list": -1},
        {"index": 1 << 17},
        {"more": 1},
    ],
    ids=str,
)
def test_a_member_that_is_wrong_is_named(who: Caller, spoiled: dict[str, object]) -> None:
    one = sent(submission(signer("body"), 0, 0))
    answer = who.ask("PUT", "/api/v1/batches/a/entries", {"submissions": [one, one | spoiled]})
    assert answer.json["params"] == {"member": f"submissions.1.{next(iter(spoiled))}"}


def test_ten_thousand_submissions_are_one_request(house: ApiHouse, who: Caller) -> None:
    run = who.ask("PUT", "/api/v1/batches/big/reservation", {"count": MAX_BATCH}).json["runs"][0]
    one = submission(signer("body"), run["list"], run["first"])
    asked = {"submissions": [sent(one) | {"index": run["first"] + at} for at in range(MAX_BATCH)]}
    answer = who.ask("PUT", "/api/v1/batches/big/entries", asked)
    assert answer.status_code == 200, answer.text
    assert answer.json["count"] == MAX_BATCH
    more = {"submissions": asked["submissions"] + asked["submissions"][:1]}
    assert who.ask("PUT", "/api/v1/batches/big/entries", more).json["code"] == "registry.request_invalid"
    assert house.recorder.head().size > MAX_BATCH


@pytest.mark.network
def test_the_client_waits_as_long_as_it_is_told_and_no_longer(house: ApiHouse) -> None:
    pauses: list[float] = []
    with serving(house, rates=Rates(client="2/second")) as running:
        registry: RemoteRegistry = running.client(sleep=lambda wait: (pauses.append(wait), time.sleep(wait)))
        for number in range(5):
            registry.reserve(f"batch-{number}", 1)
        sealed = submission(signer("body"), 9, 9)
        with pytest.raises(SubmissionForged):
            registry.append("batch-0", [submission_with(sealed)])
    assert all(0.2 <= pause <= 1 for pause in pauses)
    assert pauses


def submission_with(sealed):
    return type(sealed)(sealed.kid8, 0, 0, sealed.doc, sealed.qr_signature, sealed.doc, sealed.doc_signature)
