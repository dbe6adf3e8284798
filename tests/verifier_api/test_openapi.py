"""T40: the verifier's OpenAPI document says what the code accepts and answers; schemathesis tries to prove it wrong.

HALLMARK_API_CASES sets how many cases each operation gets and kind; `make nightly` makes it more than 5,000 in all.
"""

import contextlib
import html
import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    negative_data_rejection,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from werkzeug.serving import make_server

from tests.verifier_api.conftest import UNLIMITED
from tests.verifier_api.test_look_up import match
from tests.web.conftest import HOST, SETTINGS, Asked
from tests.web.page_rules import defects_of
from tests.web.verdict_cases import CASES, NOW, NUMBER
from verifier.app import ERRORS, VerifierPorts, create_app
from verifier.documents import read_pdf
from verifier.openapi import described
from verifier.operations import OPERATIONS, STREAMED
from verifier.pictures import read_picture
from verifier.schemas import LookupVerdict, Verdict
from web.messages import catalogue

COUNT = int(os.environ.get("HALLMARK_API_CASES", "40"))


def unfitting_is_refused(ctx, response, case):
    """As the library has it; in a form everything is text, so that nothing in it has a wrong type, and 413 refuses too."""
    too_large, form = response.status_code == 413, case.media_type == "multipart/form-data"
    return None if form or too_large else negative_data_rejection(ctx, response, case)


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    unfitting_is_refused,
    unsupported_method,
]
BASE = f"http://{HOST}"


def made(**ports: object) -> Flask:
    """An app with the real readers of files, over the table of verdicts."""
    handed = VerifierPorts(Asked(), read_picture, read_pdf, lambda: NOW, record_match=match)
    return create_app(replace(SETTINGS, rates=UNLIMITED), replace(handed, **ports))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def document():
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", made(), base_url=BASE)


MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
PROBES = [pytest.param(each.path, mode, id=f"{each.name} {mode.value}") for each in OPERATIONS for mode in MODES]


def probe(document, path: str, mode: GenerationMode, cases: int) -> None:
    @given(case=document[path]["POST"].as_strategy(generation_mode=mode))
    @settings(max_examples=cases, deadline=None, suppress_health_check=list(HealthCheck), derandomize=cases < 200)
    def ask(case: Case) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()


@pytest.mark.parametrize(("path", "mode"), PROBES)
def test_nothing_that_can_be_asked_breaks_the_document(document, path: str, mode: GenerationMode) -> None:
    probe(document, path, mode, COUNT)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("path", "mode"), PROBES)
def test_nor_do_thousands_of_cases(document, path: str, mode: GenerationMode) -> None:
    probe(document, path, mode, max(COUNT, 1300))


@pytest.mark.parametrize("case", CASES)
def test_every_verdict_is_in_its_schema(case: str) -> None:
    client = made(record_match=lambda _number, _name: case).test_client()
    checked = client.post("/api/v1/verifications", json={"text": case, "name": "王丽"}, base_url=BASE)
    assert Verdict().validate(checked.json) == {}
    found = client.post("/api/v1/lookups", json={"number": NUMBER, "name": "x"}, base_url=BASE)
    assert LookupVerdict().validate(found.json) == {}


def test_the_document_names_every_operation_with_every_code_and_status() -> None:
    whole = described("1", ERRORS)
    assert whole["openapi"] == "3.1.0"
    assert whole["paths"].keys() == {operation.path for operation in (*OPERATIONS, *STREAMED)}
    for operation in (*OPERATIONS, *STREAMED):
        responses = whole["paths"][operation.path]["post"]["responses"]
        told = " ".join(each["description"] for each in responses.values())
        for code in operation.refusals:
            assert f"`{code}`" in told
            assert code in catalogue()


def test_every_rule_of_the_api_is_in_the_table() -> None:
    routes = {str(rule) for rule in made().url_map.iter_rules() if str(rule).startswith("/api/v1/")}
    assert routes == {operation.path for operation in (*OPERATIONS, *STREAMED)} | {"/api/v1/openapi.json"}


def test_the_page_for_people_shows_operations_codes_and_limits_in_both_languages() -> None:
    client = made().test_client()
    for lang in ("zh", "en"):
        page = client.get(f"/api?lang={lang}", base_url=BASE).text
        assert defects_of(page) == []
        for operation in OPERATIONS:
            assert catalogue()[f"verifier_api.{operation.name}"][lang] in html.unescape(page)
            assert all(f"<code>{code}</code>" in page for code in operation.refusals)
            assert all(f"<code>{name}</code>" in page for name in operation.takes().fields)
        assert UNLIMITED.verify in page


# the examples on the page, run ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The app on a port of this machine."""
    app = made()
    app.config["TRUSTED_HOSTS"] = None
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def examples(site: str) -> list[str]:
    """The code on the page, with this site's address in place of the official one."""
    page = made().test_client().get("/api?lang=en", base_url=BASE).text
    blocks = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)
    return [html.unescape(block).replace(f"http://{HOST}", site) for block in blocks]


@pytest.mark.network
def test_the_python_example_runs_and_prints_the_answer(site: str) -> None:
    (code,) = (block for block in examples(site) if block.startswith("import json"))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "page", "exec"), {})
    assert printed.getvalue().startswith("0 genuine_valid Genuine and valid")


@pytest.mark.network
def test_the_curl_examples_run(site: str, tmp_path) -> None:
    (block,) = (block for block in examples(site) if block.startswith("curl"))
    (tmp_path / "certificate.pdf").write_bytes(b"text in a file")
    calls = [call for call in block.replace("\\\n", " ").splitlines() if call.strip()]
    assert len(calls) == 2
    for call in calls:
        ran = subprocess.run(["sh", "-c", f"{call} -s"], capture_output=True, check=True, cwd=tmp_path, timeout=20)
        assert json.loads(ran.stdout)["exit"] == 0, sys.platform
