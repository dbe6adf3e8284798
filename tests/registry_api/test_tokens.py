"""Tokens: given for a fresh proof of the client's key, once, and to nobody else; T03, T04, T59."""

import base64
import json
import sqlite3
from contextlib import closing

import pytest
from flask.testing import FlaskClient

from keys.jws import sign_compact
from keys.strictjson import dumps
from registry.api.assertion import KIND, TYP, make_assertion
from registry.api.tokens import SECONDS
from registry.events import Detail, seal_detail
from registry.lists import TYP as LIST_TYP
from tests.registry_api.api_house import ADDRESS, HOST, ApiHouse, Caller, caller, form
from tests.registry_rim.rim_house import signer

NOW = 1_800_000_000


@pytest.fixture
def still(house: ApiHouse) -> ApiHouse:
    house.now = NOW
    return house


@pytest.fixture
def http(still: ApiHouse) -> FlaskClient:
    return still.app().test_client()


def ask(http: FlaskClient, data: object, **options: object):
    return http.post("/api/v1/token", data=data, base_url=f"http://{HOST}", **options)


def claims(**changed: object) -> dict[str, object]:
    kid = signer("client").public_key.kid
    good = {"iss": kid, "sub": kid, "aud": ADDRESS, "jti": "one", "iat": NOW, "exp": NOW + 60}
    return {name: value for name, value in (good | changed).items() if value is not None}


def signed(payload: object, name: str = "client", typ: str = TYP) -> str:
    return sign_compact(payload if isinstance(payload, bytes) else dumps(payload), signer(name), typ=typ)


def asked(assertion: str, **changed: str) -> dict[str, str]:
    return {"grant_type": "client_credentials", "client_assertion_type": KIND, "client_assertion": assertion} | changed


def test_a_proven_client_gets_a_short_lived_token(http: FlaskClient, still: ApiHouse) -> None:
    answer = ask(http, form(still))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", SECONDS)
    assert answer.json["scope"] == "issue status keys"
    who = Caller(http, answer.json["access_token"])
    assert who.ask("GET", "/api/v1/head").status_code == 200
    still.now = NOW + SECONDS
    assert who.ask("GET", "/api/v1/head").json["code"] == "registry.token_invalid"


def test_the_token_endpoints_own_address_is_an_audience_too(http: FlaskClient) -> None:
    assert ask(http, asked(signed(claims(aud=f"{ADDRESS}/api/v1/token")))).status_code == 200
    assert ask(http, asked(signed(claims(aud=[ADDRESS], jti="two")))).status_code == 200


def test_an_assertion_works_once(http: FlaskClient, still: ApiHouse) -> None:
    assertion = signed(claims())
    assert ask(http, asked(assertion)).status_code == 200
    again = ask(http, asked(assertion))
    assert (again.status_code, again.json["error"]) == (401, "invalid_client")
    still.now = NOW + 89  # within exp and leeway: still remembered
    assert ask(http, asked(assertion)).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "someone"}, {"sub": "someone"}, {"aud": "https://other.example"}, {"aud": None},
        {"aud": [ADDRESS, "https://other.example"]}, {"aud": []}, {"jti": None}, {"jti": ""}, {"jti": "x" * 101}, {"jti": 7},
        {"exp": None}, {"exp": NOW - 31}, {"exp": NOW + 400}, {"exp": "soon"}, {"exp": True}, {"exp": NOW + 60.5},
        {"iat": NOW + 60}, {"nbf": NOW + 60}, {"iat": "now"},
    ],
    ids=str,
)  # fmt: skip
def test_claims_that_do_not_fit_prove_nothing(http: FlaskClient, changed: dict[str, object]) -> None:
    answer = ask(http, asked(signed(claims(**changed))))
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client"), answer.text


def test_no_other_token_of_ours_proves_a_client(http: FlaskClient) -> None:
    """T04: another type, another key, another client's key, an access token, a status detail."""
    detail = Detail("revoked", "reason", "x", "", None)
    cose = seal_detail(detail, list_no=0, index=0, effective_at=NOW, signer=signer("client"))
    strangers = [
        *(signed(claims(), typ=typ) for typ in ("JWT", "at+jwt", "statuslist+jwt", "vc+jwt", LIST_TYP)),
        signed(claims(), name="body"),
        signed(claims(), name="other-client"),
        base64.urlsafe_b64encode(cose).decode(),
        ask(http, asked(signed(claims()))).json["access_token"],
        "",
        "a.b.c",
    ]
    for stranger in strangers:
        answer = ask(http, asked(stranger))
        assert answer.json["error"] == "invalid_client", stranger


def hand_made(header: dict[str, object], payload: bytes, signature: bytes = bytes(64)) -> str:
    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    return f"{part(json.dumps(header).encode())}.{part(payload)}.{part(signature)}"


def test_hostile_headers_are_refused(http: FlaskClient) -> None:
    """T03: alg none, HMAC under the public key, a key of one's own in the header, a key by URL, duplicate members."""
    key, payload = signer("client").public_key, dumps(claims())
    head = {"typ": TYP, "kid": key.kid}
    for header in (
        {**head, "alg": "none"}, {**head, "alg": "HS256"}, {**head, "alg": "ES384"},
        {**head, "alg": "ES256", "jwk": {}}, {**head, "alg": "ES256", "jku": "https://evil.example"},
        {**head, "alg": "ES256", "crit": ["b64"], "b64": False}, {"alg": "ES256", "typ": TYP},
    ):  # fmt: skip
        assert ask(http, asked(hand_made(header, payload))).json["error"] == "invalid_client"
    twice = payload[:-1] + b',"sub":"someone"}'
    assert ask(http, asked(signed(twice))).json["error"] == "invalid_client"
    assert ask(http, asked(signed(b"[]"))).json["error"] == "invalid_client"
    assert ask(http, asked("x" * 5000)).json["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "unsupported_grant_type"),
        ({"client_assertion_type": "x"}, 401, "invalid_client"),
        ({"scope": "issue admin"}, 400, "invalid_scope"),
        ({"scope": " "}, 400, "invalid_scope"),
    ],
)
def test_errors_are_those_of_oauth(
    http: FlaskClient, still: ApiHouse, changed: dict[str, str], status: int, error: str
) -> None:
    answer = ask(http, form(still) | changed)
    assert (answer.status_code, answer.json["error"]) == (status, error)
    assert answer.json["error_description"].isascii()
    assert answer.content_type == "application/json"


def test_the_form_is_strict(http: FlaskClient, still: ApiHouse) -> None:
    good = form(still)
    twice = [*good.items(), ("scope", "issue"), ("scope", "status")]
    body = "&".join(f"{name}={value}" for name, value in twice)
    kind = "application/x-www-form-urlencoded"
    assert ask(http, body, content_type=kind).json["error"] == "invalid_request"
    assert http.post("/api/v1/token", json=good, base_url=f"http://{HOST}").json["error"] == "invalid_request"
    assert ask(http, {name: good[name] for name in good if name != "grant_type"}).json["error"] == "invalid_request"
    two_ways = ask(http, good, headers={"Authorization": "Basic eDp5"})
    assert two_ways.json["error"] == "invalid_request"
    assert ask(http, good).status_code == 200


def test_a_narrower_scope_gives_a_narrower_token(still: ApiHouse) -> None:
    who = caller(still, still.app(), scope="status")
    assert who.ask("PUT", "/api/v1/batches/a/reservation", {"count": 1}).json["code"] == "registry.scope_missing"


def test_a_client_gets_no_scope_that_it_was_not_given(house: ApiHouse) -> None:
    house.list_client("narrow", "12310000425006790X", ("status",))
    http = house.app().test_client()
    assert ask(http, form(house, "narrow", scope="issue")).json["error"] == "invalid_scope"
    assert ask(http, form(house, "narrow")).json["scope"] == "status"


def test_a_disabled_client_gets_no_token(http: FlaskClient, still: ApiHouse) -> None:
    still.clients.disable(signer("client").public_key.kid)
    assert ask(http, form(still)).json["error"] == "invalid_client"
    assert ask(http, form(still, "other-client")).status_code == 200


def test_no_token_and_no_assertion_lies_in_the_database(http: FlaskClient, still: ApiHouse) -> None:
    """T59: who steals the database can ask nothing with it."""
    good = form(still)
    token = ask(http, good).json["access_token"]
    still.engine.dispose()
    with closing(sqlite3.connect(still.folder / "registry.db")) as connection:
        stored = "\n".join(connection.iterdump())
    assert token not in stored
    assert good["client_assertion"] not in stored
    assert token.encode().hex().upper() not in stored.upper()


def test_what_has_expired_is_forgotten(http: FlaskClient, still: ApiHouse) -> None:
    for number in range(5):
        ask(http, asked(signed(claims(jti=f"old-{number}"))))
    still.now = NOW + 10_000
    key = signer("client")
    late = make_assertion(key, key.public_key.kid, ADDRESS, "late", still.now)
    assert ask(http, asked(late)).status_code == 200
    still.engine.dispose()
    with closing(sqlite3.connect(still.folder / "registry.db")) as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("api_assertion", "api_token")
        ]
    assert counts == [1, 1]
