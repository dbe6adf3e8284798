"""T41: every route of the app times everyone who could ask. A route that is not in the table below fails the test."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from keys.b64 import b64u
from registry.api.clients import SCOPES
from registry.api.introduction import vouch
from registry.api.routes import ROUTES
from tests.registry_api.api_house import HOST, ApiHouse, Caller, caller, sent
from tests.registry_rim.rim_house import BODY, change, signer, submission

PUBLIC = {"healthz": 200, "site_css": 200, "static": 404, "openapi": 200, "readable": 200, "token": 400}
"""What anyone may ask without a token, and how a bare request ends."""


@dataclass
class World:
    """Two bodies, each with a certificate; `mine` and `theirs` are batches of the first and the second."""

    house: ApiHouse
    app: Flask
    mine: Caller
    theirs: Caller


@pytest.fixture
def world(house: ApiHouse) -> World:
    app = house.app()
    made = World(house, app, caller(house, app), caller(house, app, "other-client"))
    for who, name, batch in ((made.mine, "body", "mine"), (made.theirs, "other", "theirs")):
        run = who.ask("PUT", f"/api/v1/batches/{batch}/reservation", {"count": 2}).json["runs"][0]
        sealed = submission(signer(name), run["list"], run["first"])
        assert who.ask("PUT", f"/api/v1/batches/{batch}/entries", {"submissions": [sent(sealed)]}).status_code == 200
        setattr(house, f"sealed_{name}", sealed)
    return made


Asked = tuple[str, str, object]


def own(house: ApiHouse) -> dict[str, Asked]:
    """A good request for each operation, by the first body's client."""
    sealed = house.sealed_body
    asked = change(signer("body"), sealed, "suspended", house.clock())
    new = vouch(BODY, signer("body-2"), signer("body"), house.clock())
    again = {"submissions": [sent(sealed)]}
    return {
        "reserve": ("PUT", "/api/v1/batches/new/reservation", {"count": 1}),
        "append": ("PUT", "/api/v1/batches/mine/entries", again),
        "change": ("PUT", "/api/v1/batches/c/changes", {"changes": [sent(asked)]}),
        "batches": ("GET", "/api/v1/batches", None),
        "batch": ("GET", "/api/v1/batches/mine", None),
        "prove": ("GET", "/api/v1/proofs?first_index=0&count=1&size=2", None),
        "head": ("GET", "/api/v1/head", None),
        "keys": ("GET", "/api/v1/keys", None),
        "introduce": ("POST", "/api/v1/keys", {"succession": b64u(new)}),
        "retire": ("PUT", f"/api/v1/keys/{signer('body').public_key.kid}/retirement", {}),
    }


def others(house: ApiHouse) -> dict[str, list[tuple[Asked, int, str]]]:
    """What the first body's client tries with things of the second: request, status, code."""
    theirs, now = house.sealed_other, house.clock()
    foreign = change(signer("other"), theirs, "suspended", now)
    claimed = change(signer("body"), theirs, "suspended", now)
    stolen = vouch(BODY, signer("body-2"), signer("other"), now)
    mislaid = vouch("11110000000013338W", signer("body-2"), signer("body"), now)
    kid = signer("other").public_key.kid
    return {
        "reserve": [],  # the same batch id is another batch: see the test below
        "append": [
            (
                ("PUT", "/api/v1/batches/theirs/entries", {"submissions": [sent(theirs)]}),
                403,
                "registry.key_of_another",
            ),
            (
                ("PUT", "/api/v1/batches/theirs/entries", {"submissions": [sent(house.sealed_body)]}),
                409,
                "registry.slot_not_reserved",
            ),
        ],
        "change": [
            (("PUT", "/api/v1/batches/x/changes", {"changes": [sent(foreign)]}), 403, "registry.key_of_another"),
            (("PUT", "/api/v1/batches/x/changes", {"changes": [sent(claimed)]}), 403, "registry.not_the_owner"),
        ],
        "batches": [],
        "batch": [(("GET", "/api/v1/batches/theirs", None), 404, "registry.batch_not_found")],
        "prove": [],  # the log is public
        "head": [],
        "keys": [],
        "introduce": [
            (("POST", "/api/v1/keys", {"succession": b64u(stolen)}), 422, "registry.introduction_invalid"),
            (("POST", "/api/v1/keys", {"succession": b64u(mislaid)}), 403, "registry.key_of_another"),
        ],
        "retire": [(("PUT", f"/api/v1/keys/{kid}/retirement", {}), 403, "registry.key_of_another")],
    }


def test_every_route_stands_in_this_matrix(world: World) -> None:
    operations = {route.name for route in ROUTES}
    assert {rule.endpoint for rule in world.app.url_map.iter_rules()} == operations | PUBLIC.keys()
    assert own(world.house).keys() == others(world.house).keys() == operations


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
class TestEachOperation:
    """One operation, asked by everyone."""

    def test_its_own_client_may(self, world: World, route) -> None:
        answer = world.mine.ask(*own(world.house)[route.name])
        assert answer.status_code == 200, answer.text
        assert answer.headers["Cache-Control"] == "no-store"

    def test_nobody_may_without_a_token(self, world: World, route) -> None:
        for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer "}):
            answer = Caller(world.mine.http, "").ask(*own(world.house)[route.name], **headers)
            refused(answer, 401, "registry.token_missing")
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="hallmark"'
        answer = Caller(world.mine.http, "A" * 43).ask(*own(world.house)[route.name])
        refused(answer, 401, "registry.token_invalid")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]

    def test_a_token_in_the_address_is_no_token(self, world: World, route) -> None:
        method, path, body = own(world.house)[route.name]
        joined = f"{path}{'&' if '?' in path else '?'}access_token={world.mine.token}"
        refused(Caller(world.mine.http, "").ask(method, joined, body), 401, "registry.token_missing")

    def test_another_scope_does_not_do(self, world: World, route) -> None:
        if not route.scope:
            return
        wrong = caller(world.house, world.app, scope=" ".join(scope for scope in SCOPES if scope != route.scope))
        answer = wrong.ask(*own(world.house)[route.name])
        refused(answer, 403, "registry.scope_missing")
        assert f'scope="{route.scope}"' in answer.headers["WWW-Authenticate"]

    def test_a_disabled_client_is_out_at_once(self, world: World, route) -> None:
        world.house.clients.disable(signer("client").public_key.kid)
        refused(world.mine.ask(*own(world.house)[route.name]), 401, "registry.token_invalid")
        assert world.theirs.ask("GET", "/api/v1/head").status_code == 200

    def test_what_belongs_to_another_body_is_out_of_reach(self, world: World, route) -> None:
        size, before = world.house.recorder.head().size, len(lines(world))
        for asked, status, code in others(world.house)[route.name]:
            refused(world.mine.ask(*asked), status, code)
        assert world.house.recorder.head().size == size
        assert len(lines(world)) == before

    def test_other_methods_do_not_exist(self, world: World, route) -> None:
        path = own(world.house)[route.name][1]
        allowed = {each.method for each in ROUTES if each.path == route.path}
        for other in {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"} - allowed:
            assert world.mine.ask(other, path).status_code == 405


def lines(world: World) -> list[dict]:
    return world.mine.ask("GET", "/api/v1/batches?count=1000").json["acts"]


def refused(answer: TestResponse, status: int, code: str) -> None:
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json["message"]["zh"] != answer.json["message"]["en"]
    assert "{" not in answer.json["message"]["en"]


@pytest.mark.parametrize(("endpoint", "status"), PUBLIC.items())
def test_what_is_public_says_the_same_to_everyone(world: World, endpoint: str, status: int) -> None:
    paths: dict[str, Callable[[], tuple[str, str]]] = {
        "healthz": lambda: ("GET", "/healthz"),
        "site_css": lambda: ("GET", "/site.css"),
        "static": lambda: ("GET", "/static/x"),
        "openapi": lambda: ("GET", "/api/v1/openapi.json"),
        "readable": lambda: ("GET", "/"),
        "token": lambda: ("POST", "/api/v1/token"),
    }
    answers = [
        who.ask(
            *paths[endpoint](), **{"Content-Type": "application/x-www-form-urlencoded"} if endpoint == "token" else {}
        )
        for who in (Caller(world.mine.http, ""), world.mine, world.theirs)
    ]
    assert {answer.status_code for answer in answers} <= {status, 400}
    assert len({answer.text for answer in answers if endpoint != "token"}) <= 1


def test_the_same_batch_id_is_another_batch_for_another_client(world: World) -> None:
    first = world.mine.ask("PUT", "/api/v1/batches/shared/reservation", {"count": 3}).json
    second = world.theirs.ask("PUT", "/api/v1/batches/shared/reservation", {"count": 5}).json
    assert first["runs"][0]["count"] == 3
    assert second["runs"][0]["count"] == 5
    assert world.mine.ask("PUT", "/api/v1/batches/shared/reservation", {"count": 3}).json == first
    mine = world.mine.ask("GET", "/api/v1/batches/shared").json["acts"]
    assert [(act["act"], act["batch"]) for act in mine] == [("reserve", "shared")]


def test_lists_hold_only_what_is_ones_own(world: World) -> None:
    assert {act["batch"] for act in lines(world)} == {"mine"}
    keys = world.mine.ask("GET", "/api/v1/keys").json["keys"]
    assert [key["kid"] for key in keys] == [signer("body").public_key.kid]


def test_a_new_key_seals_beside_the_old_one_until_that_is_retired(world: World) -> None:
    requests = own(world.house)
    new = world.mine.ask(*requests["introduce"]).json
    assert new["state"] == "active"
    assert world.mine.ask(*requests["introduce"]).json == new
    run = world.mine.ask("PUT", "/api/v1/batches/two/reservation", {"count": 2}).json["runs"][0]
    pair = [submission(signer(name), run["list"], run["first"] + at) for at, name in enumerate(("body", "body-2"))]
    asked = {"submissions": [sent(each) for each in pair]}
    assert world.mine.ask("PUT", "/api/v1/batches/two/entries", asked).status_code == 200
    retired = world.mine.ask(*requests["retire"]).json
    assert retired["state"] == "retired"
    assert world.mine.ask(*requests["retire"]).json == retired
    states = {key["kid"]: key["state"] for key in world.mine.ask("GET", "/api/v1/keys").json["keys"]}
    assert sorted(states.values()) == ["active", "retired"]
    assert world.mine.http.get("/", base_url=f"http://{HOST}").status_code == 200
