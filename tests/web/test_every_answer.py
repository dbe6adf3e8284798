"""What holds for every answer of a server of ours: headers, hosts, limits, errors, languages, logs."""

import io
import json
import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.conftest import HOST, SETTINGS, Asked, Reader
from tests.web.page_rules import defects_of
from tests.web.verdict_cases import NOW
from verifier.app import VerifierPorts, create_app
from web.factory import CONTENT_SECURITY_POLICY, SECURITY_HEADERS
from web.problem import CODE_OF_STATUS

API = "/api/v1/verifications"
CANARY = "欧阳建国310115198503070019"
ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE")


def every_route(app: Flask) -> list[str]:
    return [str(rule).replace("<path:filename>", "scan.js") for rule in app.url_map.iter_rules()]


def test_every_route_and_method_carries_the_headers_and_sets_no_cookie(app: Flask, client: FlaskClient) -> None:
    paths = [*every_route(app), "/nowhere", "/static/nothing.js", "//evil.example/", "/api/"]
    assert len(paths) >= 10
    for path in paths:
        for method in ALL_METHODS:
            answer = client.open(path, method=method, base_url=f"http://{HOST}", buffered=True)
            where = f"{method} {path} {answer.status_code}"
            assert answer.status_code < 500, where
            for header, value in SECURITY_HEADERS.items():
                assert answer.headers.getlist(header) == [value], where
            assert "Set-Cookie" not in answer.headers, where
            assert answer.headers["Cache-Control"], where


def test_the_policy_allows_nothing_inline_and_nothing_foreign() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("path", ["/", "/check", API, "/nowhere", "/healthz"])
def test_dynamic_answers_are_never_stored(client: FlaskClient, path: str) -> None:
    assert client.get(path, base_url=f"http://{HOST}").headers["Cache-Control"] == "no-store"


def test_static_files_have_an_address_of_their_own_per_content(client: FlaskClient) -> None:
    page = client.get("/", base_url=f"http://{HOST}").text
    address = page.split('href="/site.css')[1].split('"')[0]
    assert address.startswith("?v=")
    answer = client.get("/site.css" + address, base_url=f"http://{HOST}")
    assert answer.content_type == "text/css; charset=utf-8"
    assert "max-age=86400" in answer.headers["Cache-Control"]
    again = client.get("/site.css", base_url=f"http://{HOST}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


# hosts ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "hallmark.example.evil.example", "xhallmark.example", "127.0.0.1"])
def test_another_host_name_is_refused_everywhere(client: FlaskClient, host: str) -> None:
    for path in ("/", "/check", API, "/healthz", "/nowhere"):
        answer = client.get(path, base_url=f"http://{host}")
        assert answer.status_code == 400, path
        assert host not in answer.text
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "web.host_not_allowed" in client.get("/", base_url=f"http://{host}").text


def test_a_forged_forwarded_host_changes_nothing(client: FlaskClient) -> None:
    forged = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "X-Forwarded-For": "6.6.6.6"}
    answer = client.get("/", base_url=f"http://{HOST}", headers=forged)
    assert answer.status_code == 200
    assert "evil.example" not in answer.text


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/..", "/\\evil.example", "/check//", "/%2F%2Fevil.example"]
)
def test_no_path_redirects_to_another_site(client: FlaskClient, path: str) -> None:
    answer = client.get(path, base_url=f"http://{HOST}")
    assert answer.headers.get("Location") in {None, "/"}


# errors --------------------------------------------------------------------------------------------------------------


def test_digits_in_the_path_are_not_found_and_not_repeated(client: FlaskClient) -> None:
    digits = "1203948571203984571203498571"
    for path in (f"/{digits}", f"/C/{digits}", f"/check/{digits}", f"/?x={digits}", f"/api/{digits}"):
        answer = client.get(path, base_url=f"http://{HOST}")
        assert answer.status_code == (200 if "?" in path else 404)
        assert digits not in answer.text
        assert digits not in str(answer.headers)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_people_get_a_page_and_programs_get_a_problem(client: FlaskClient, lang: str) -> None:
    page = client.get(f"/nowhere?lang={lang}", base_url=f"http://{HOST}", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.content_type) == (404, "text/html; charset=utf-8")
    assert defects_of(page.text) == []
    assert HOST in page.text, "the official address stands on error pages too"
    for path, accept in (("/api/nowhere", "*/*"), ("/nowhere", "application/json"), ("/x", "application/problem+json")):
        answer = client.get(f"{path}?lang={lang}", base_url=f"http://{HOST}", headers={"Accept": accept})
        require_problem(answer, 404, "web.not_found")
        assert answer.headers["Content-Language"] == ("zh-CN" if lang == "zh" else "en")


def require_problem(answer: TestResponse, status: int, code: str) -> dict[str, object]:
    """The members of RFC 9457 and both languages."""
    assert answer.content_type == "application/problem+json"
    body: dict[str, object] = json.loads(answer.data)
    assert answer.status_code == status == body["status"]
    assert body["code"] == code
    assert body["type"] == f"urn:hallmark:problem:{code}"
    assert isinstance(body["title"], str)
    message = body["message"]
    assert isinstance(message, dict)
    assert set(message) == {"zh", "en"}
    assert body["detail"] in message.values()
    return body


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    answer = client.get(API, base_url=f"http://{HOST}")
    require_problem(answer, 405, "web.method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_every_status_of_the_framework_has_its_sentence(client: FlaskClient) -> None:
    from web.messages import both

    for code in CODE_OF_STATUS.values():
        assert all(both(code).values())


def test_a_defect_of_ours_leaves_as_500_with_an_incident_and_no_detail(
    client: FlaskClient, asked: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    asked.failure = RuntimeError(CANARY)
    with caplog.at_level(logging.DEBUG):
        page = client.post("/check", data={"text": CANARY}, base_url=f"http://{HOST}")
        answer = client.post(API, json={"text": CANARY}, base_url=f"http://{HOST}")
    assert page.status_code == 500
    assert CANARY not in page.text
    body = require_problem(answer, 500, "web.internal")
    assert CANARY not in answer.text
    incident = str(body["instance"]).removeprefix("urn:hallmark:incident:")
    assert incident in caplog.text
    assert incident in answer.json["message"]["zh"]
    assert "RuntimeError" in caplog.text
    assert CANARY not in caplog.text


def test_even_a_broken_page_leaves_with_the_headers() -> None:
    app = create_app(SETTINGS, VerifierPorts(Asked(), Reader(), Reader(), lambda: NOW))
    app.jinja_env.globals["say"] = None
    answer = app.test_client().get("/", base_url=f"http://{HOST}")
    assert (answer.status_code, answer.content_type) == (500, "text/plain; charset=utf-8")
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


# limits --------------------------------------------------------------------------------------------------------------


def test_more_than_the_limit_is_413_for_pages_and_programs(client: FlaskClient) -> None:
    big = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + bytes(SETTINGS.max_body)
    form = "multipart/form-data; boundary=x"
    page = client.post("/check", data=big, content_type=form, base_url=f"http://{HOST}")
    assert page.status_code == 413
    assert "10 MB" in page.text
    answer = client.post(API, data=big, content_type=form, base_url=f"http://{HOST}")
    require_problem(answer, 413, "web.too_large")


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_the_text_of_a_form_has_a_smaller_limit(client: FlaskClient, media_type: str) -> None:
    data = {"text": "1" * 200_000}
    assert client.post("/check", data=data, content_type=media_type, base_url=f"http://{HOST}").status_code == 413


def test_a_form_has_few_parts(client: FlaskClient) -> None:
    parts = client.post(
        "/check", data={f"p{i}": "x" for i in range(50)}, content_type="multipart/form-data", base_url=f"http://{HOST}"
    )
    assert parts.status_code == 413


# languages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "header", "expected"),
    [
        ("", None, "zh-CN"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "zh-TW,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("", "fr", "zh-CN"),
        ("", "en;q=zzz,,;;", "zh-CN"),
        ("?lang=en", "zh", "en"),
        ("?lang=zh", "en", "zh-CN"),
        ("?lang=xx", "en", "en"),
    ],
)
def test_the_language_is_the_address_then_the_browser_then_chinese(
    client: FlaskClient, query: str, header: str | None, expected: str
) -> None:
    answer = client.get(f"/{query}", base_url=f"http://{HOST}", headers={"Accept-Language": header} if header else {})
    assert answer.headers["Content-Language"] == expected
    assert f'<html lang="{expected}">' in answer.text
    assert "Accept-Language" in answer.headers["Vary"]


# logs ----------------------------------------------------------------------------------------------------------------


def test_no_log_line_holds_what_was_sent(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.post(f"/check?x={CANARY}", data={"text": CANARY, "at": "2026-09-16"}, base_url=f"http://{HOST}")
        client.post("/check", data={"text": CANARY, "at": CANARY}, base_url=f"http://{HOST}")
        client.post("/check", data={"file": (io.BytesIO(CANARY.encode()), CANARY + ".png")}, base_url=f"http://{HOST}")
        client.post(API, json={"text": CANARY}, base_url=f"http://{HOST}")
        client.post(API, json={CANARY: CANARY}, base_url=f"http://{HOST}")
        client.post(API, data=CANARY.encode(), content_type="application/json", base_url=f"http://{HOST}")
        client.get(f"/{CANARY}?{CANARY}", base_url=f"http://{HOST}", headers={"User-Agent": "310115198503070019"})
        client.open("/", method="310115198503070019", base_url=f"http://{HOST}")
    lines = [record.getMessage() for record in caplog.records if record.name == "hallmark.access"]
    assert len(lines) == 8
    assert lines[0].startswith("POST /check 200 ")
    assert lines[-2].startswith("GET - 404 ")
    assert lines[-1].startswith("other - 405 ")
    for trace in ("310115198503070019", "欧阳", "%E6", "2026-09-16"):
        assert trace not in caplog.text


def test_healthz_says_only_that_it_lives(client: FlaskClient) -> None:
    answer = client.get("/healthz", base_url=f"http://{HOST}")
    assert (answer.status_code, answer.text) == (200, "ok\n")
