"""T40: the OpenAPI document says what the code accepts and answers; schemathesis tries to prove it wrong.

HALLMARK_API_CASES sets how many cases each operation gets and kind; `make nightly` makes it 300, more than 5,000 in all.
"""

import html
import os
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from registry.api.limiting import Rates
from registry.api.openapi import described
from registry.api.routes import ROUTES
from tests.registry_api.api_house import HOST, ApiHouse, Caller, caller, sent
from tests.registry_rim.rim_house import BODY, OTHER_BODY, signer, submission
from tests.web.page_rules import defects_of
from web.messages import catalogue
from web.openapi import Problem

CASES = int(os.environ.get("HALLMARK_API_CASES", "15"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    missing_required_header,
    unsupported_method,
]
UNLIMITED = Rates("1000000/second", "1000000/second", "1000000/second", "1000000/second")


@pytest.fixture(scope="module")
def who(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    house = ApiHouse(tmp_path_factory.mktemp("schemathesis"))
    house.enrol("body", BODY)
    house.list_client("client", BODY)
    made = caller(house, house.app(rates=UNLIMITED))
    run = made.ask("PUT", "/api/v1/batches/one/reservation", {"count": 2}).json["runs"][0]
    sealed = submission(signer("body"), run["list"], run["first"])
    made.ask("PUT", "/api/v1/batches/one/entries", {"submissions": [sent(sealed)]})
    yield made
    house.engine.dispose()


@pytest.fixture(scope="module")
def document(who: Caller):
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", who.http.application, base_url=f"http://{HOST}")


FITTING, UNFITTING = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
OPERATIONS = [(path, method) for path, operations in described("1")["paths"].items() for method in operations]

PROBES = [
    pytest.param(operation, mode, id=f"{operation[1]} {operation[0]} {mode.value}")
    for operation in OPERATIONS
    for mode in (FITTING, UNFITTING)
    if mode is FITTING or not operation[0].endswith(("/head", "/keys")) or operation[1] != "get"  # nothing to get wrong
]


def probe(document, who: Caller, operation: tuple[str, str], mode: GenerationMode, cases: int) -> None:
    """Ask one operation with so many made-up requests, and check every answer against the document."""
    path, method = operation

    @given(case=document[path][method.upper()].as_strategy(generation_mode=mode))
    @settings(max_examples=cases, deadline=None, suppress_health_check=list(HealthCheck), derandomize=cases < 200)
    def ask(case: Case) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {who.token}"}, checks=CHECKS)

    ask()


@pytest.mark.parametrize(("operation", "mode"), PROBES)
def test_nothing_that_can_be_asked_breaks_the_document(document, who, operation, mode) -> None:
    probe(document, who, operation, mode, CASES)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("operation", "mode"), PROBES)
def test_nor_do_thousands_of_cases(document, who, operation, mode) -> None:
    probe(document, who, operation, mode, max(CASES, 300))


def test_the_document_names_every_operation_and_every_code_has_a_sentence() -> None:
    whole = described("1")
    assert whole["openapi"] == "3.1.0"
    named = {operation["operationId"] for path in whole["paths"].values() for operation in path.values()}
    assert named == {route.name for route in ROUTES} | {"token"}
    for route in ROUTES:
        for refusal in route.refusals:
            assert refusal.code in catalogue()


def test_every_problem_is_in_its_schema(who: Caller) -> None:
    for answer in (
        who.ask("GET", "/api/nowhere"),
        who.ask("GET", "/api/v1/batches/unknown"),
        who.ask("POST", "/api/v1/head"),
        who.http.get("/api/v1/head", base_url="http://evil.example"),
    ):
        assert answer.status_code >= 400
        assert Problem().load(answer.json)["status"] == answer.status_code


def test_the_page_for_people_shows_every_operation_in_both_languages(who: Caller) -> None:
    for lang in ("zh", "en"):
        page = who.http.get(f"/?lang={lang}", base_url=f"http://{HOST}").text
        for route in ROUTES:
            assert catalogue()[f"issuer_api.{route.name}"][lang] in html.unescape(page)
        assert "<script" not in page
        assert defects_of(page) == []
    assert OTHER_BODY not in page
