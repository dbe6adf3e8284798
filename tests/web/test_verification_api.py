"""The API: strict about its input, one answer for every check, and documented as it behaves (docs/api.md)."""

import io
import json
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.conftest import HOST, SETTINGS, Asked, Reader
from tests.web.verdict_cases import CASES, NOW
from verifier.app import ERRORS, VerifierPorts, create_app
from verifier.errors import FileTooLarge, ReaderBusy, RecordsUnreachable, SeveralCertificates
from verifier.rates import ApiKey, Keys, Rates, no_keys

BASE = f"http://{HOST}"
API = "/api/v1/verifications"
LOOKUPS = "/api/v1/lookups"
DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
PNG = b"\x89PNG\r\n\x1a\n"


def sent(client: FlaskClient, body: bytes, media_type: str = "application/json") -> TestResponse:
    return client.post(API, data=body, content_type=media_type, base_url=BASE)


def filed(client: FlaskClient, content: bytes, **more: str) -> TestResponse:
    return client.post(API, data={"file": (io.BytesIO(content), "x.png"), **more}, base_url=BASE)


@pytest.mark.parametrize("case", CASES)
def test_every_result_is_answered_with_200_and_the_verdict(client: FlaskClient, case: str) -> None:
    answer = client.post(API, json={"text": case}, base_url=BASE)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    body = json.loads(answer.data)
    assert body.pop("compared") is None
    message = body.pop("message")
    assert set(message) == {"zh", "en"}
    assert all(message.values())
    expected = json.loads(json.dumps(CASES[case].to_json()))
    assert body == expected
    assert answer.headers["Content-Language"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_chinese_stays_chinese_and_the_secret_id_stays_out(client: FlaskClient) -> None:
    answer = client.post(API, json={"text": "genuine_valid"}, base_url=BASE)
    assert "欧阳䶮" in answer.data.decode()
    assert "7c9e6679" not in answer.data.decode()


def test_a_file_and_a_day_are_taken_as_on_the_page(client: FlaskClient, asked: Asked) -> None:
    assert filed(client, PNG, at="2026-09-16").status_code == 200
    assert client.post(API, json={"text": "x", "at": "2026-09-16"}, base_url=BASE).status_code == 200
    assert asked.questions == [("genuine_valid", 1_789_574_399), ("x", 1_789_574_399)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"text=1",
        b'{"text": "a", "text": "b"}',
        b'{"text": NaN}',
        b'{"text": "\\ud800"}',
        b'{"text": "\xff"}',
        b'\xef\xbb\xbf{"text": "a"}',
        b'{"text": "a"} x',
        b'{"text": ' + b"[" * 3_000 + b"]" * 3_000 + b"}",
    ],
)
def test_json_that_two_readers_could_read_differently_is_400(client: FlaskClient, asked: Asked, body: bytes) -> None:
    answer = sent(client, body)
    assert answer.status_code == 400
    assert answer.json["code"] == "api.json_malformed"
    assert asked.questions == []


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/jose", "", "application/json;x"]
)
def test_other_media_types_are_415(client: FlaskClient, media_type: str) -> None:
    expected = 200 if media_type.startswith("application/json") else 415
    assert sent(client, b'{"text": "a"}', media_type).status_code == expected


@pytest.mark.parametrize("length", [15_999, 16_000])
def test_texts_up_to_the_limit_are_handed_on(client: FlaskClient, asked: Asked, length: int) -> None:
    assert client.post(API, json={"text": "9" * length}, base_url=BASE).status_code == 200
    assert asked.questions == [("9" * length, None)]


# the documentation ---------------------------------------------------------------------------------------------------

Scenario = Callable[[FlaskClient, Asked, Reader], TestResponse]


def failing(failure: Any) -> Scenario:
    def run(client: FlaskClient, _asked: Asked, reader: Reader) -> TestResponse:
        reader.failure = failure
        return filed(client, PNG)

    return run


def broken(client: FlaskClient, asked: Asked, _reader: Reader) -> TestResponse:
    asked.failure = KeyError("x")
    return sent(client, b'{"text": "a"}')


def crowded(client: FlaskClient, _asked: Asked, reader: Reader) -> TestResponse:
    reader.texts = [f"text {number}" for number in range(9)]
    return filed(client, PNG)


def lookup_only(_secret: str) -> ApiKey:
    return ApiKey("aa", ("lookup",), "1/minute")


def counted(rates: Rates, keys: Keys = no_keys) -> FlaskClient:
    """An app of its own, so that nobody else is counted."""
    ports = VerifierPorts(Asked(), Reader(), Reader(), lambda: NOW, keys)
    return create_app(replace(SETTINGS, rates=rates), ports).test_client()


def unreachable(_number: str, _name: str) -> None:
    raise RecordsUnreachable


def looking_up(**body: str) -> TestResponse:
    ports = VerifierPorts(Asked(), Reader(), Reader(), lambda: NOW, record_match=unreachable)
    return create_app(SETTINGS, ports).test_client().post(LOOKUPS, json=body, base_url=BASE)


SCENARIOS: dict[str, Scenario] = {
    "–": lambda client, *_: sent(client, b'{"text": "unreadable"}'),
    "api.json_malformed": lambda client, *_: sent(client, b'{"text": "a", "text": "a"}'),
    "web.host_not_allowed": lambda client, *_: client.post(API, json={"text": "a"}, base_url="http://evil.example"),
    "verifier.key_not_good": lambda client, *_: client.post(
        API, json={"text": "a"}, base_url=BASE, headers={"Authorization": "Bearer hmk_no"}
    ),
    "verifier.key_not_meant": lambda *_: counted(Rates(), lookup_only).post(
        API, json={"text": "a"}, base_url=BASE, headers={"Authorization": "Bearer x"}
    ),
    "verifier.asked_too_often": lambda *_: counted(Rates(verify="0/minute")).post(
        API, json={"text": "a"}, base_url=BASE
    ),
    "lookup.not_offered": lambda client, *_: client.post(LOOKUPS, json={"number": "1", "name": "a"}, base_url=BASE),
    "lookup.both_needed": lambda *_: looking_up(number="1"),
    "lookup.too_long": lambda *_: looking_up(number="1", name="x" * 201),
    "lookup.member_unknown": lambda *_: looking_up(text="1"),
    "verifier.records_unreachable": lambda *_: looking_up(number="1", name="a"),
    "api.typed_malformed": lambda client, *_: sent(client, b'{"text": "a", "name": 5}'),
    "web.not_found": lambda client, *_: client.post("/api/v2/verifications", json={"text": "a"}, base_url=BASE),
    "web.method_not_allowed": lambda client, *_: client.get(API, base_url=BASE),
    "api.text_too_long": lambda client, *_: client.post(API, json={"text": "9" * 16_001}, base_url=BASE),
    "api.proof_too_long": lambda client, *_: client.post(API, json={"text": "9", "proof": "9" * 32_001}, base_url=BASE),
    "api.proof_malformed": lambda client, *_: client.post(API, json={"text": "9", "proof": ""}, base_url=BASE),
    "web.too_large": lambda client, *_: sent(client, b'{"text": "' + b"9" * 400_000 + b'"}'),
    "verifier.file_too_large": failing(FileTooLarge(size_mb=21, limit_mb=20)),
    "web.media_type_not_taken": lambda client, *_: sent(client, b"a", "text/plain"),
    "verifier.picture_kind_unknown": lambda client, *_: filed(client, b"PK\x03\x04\x00"),
    "api.not_an_object": lambda client, *_: sent(client, b'["a"]'),
    "api.member_unknown": lambda client, *_: sent(client, b'{"text": "a", "lang": "en"}'),
    "api.text_missing": lambda client, *_: sent(client, b'{"text": 5}'),
    "api.file_missing": lambda client, *_: client.post(
        API, data={"at": "2026-09-16"}, content_type="multipart/form-data", base_url=BASE
    ),
    "api.member_twice": lambda client, *_: client.post(
        API, data={"file": (io.BytesIO(PNG), "x"), "at": ["2026-09-16", "2026-09-17"]}, base_url=BASE
    ),
    "form.nothing_given": lambda client, *_: sent(client, b'{"text": " "}'),
    "verifier.file_empty": lambda client, *_: filed(client, b""),
    "verifier.too_many_codes": crowded,
    "verifier.several_certificates": failing(SeveralCertificates()),
    "verifier.day_malformed": lambda client, *_: sent(client, b'{"text": "a", "at": ""}'),
    "verifier.day_in_future": lambda client, *_: sent(client, b'{"text": "a", "at": "2099-01-01"}'),
    "web.internal": broken,
    "verifier.reader_busy": failing(ReaderBusy()),
}


def documented() -> dict[str, int]:
    """Code to status, from the table in docs/api.md."""
    rows = re.findall(r"^\| (\d{3}) \| `?([^`|]+?)`? \|", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    return {code: int(status) for status, code in rows}


@pytest.mark.parametrize(("code", "status"), documented().items())
def test_every_row_of_the_table_is_true(
    client: FlaskClient, asked: Asked, reader: Reader, code: str, status: int
) -> None:
    answer = SCENARIOS[code](client, asked, reader)
    assert answer.status_code == status
    if status != 200:
        assert answer.content_type == "application/problem+json"
        assert answer.json["code"] == code
        assert set(answer.json["message"]) == {"zh", "en"}


def test_the_table_is_complete() -> None:
    assert documented().keys() == SCENARIOS.keys()
    page_only = {"form.two_given", *(code for code in ERRORS if str(code).startswith("report."))}
    assert {code for code in ERRORS if isinstance(code, str)} - page_only <= documented().keys()


def test_the_documented_calls_give_the_documented_answer(client: FlaskClient) -> None:
    text = DOCUMENT.read_text("utf-8")
    first, second = (shlex.split(call) for call in re.findall(r"```sh\n(.+?)\n```", text, re.DOTALL))
    assert first[1] == f"https://{HOST}{API}"
    answer = sent(client, first[first.index("-d") + 1].encode()).json
    (shown,) = (json.loads(block) for block in re.findall(r"```json\n(.+?)\n```", text, re.DOTALL))
    for name, value in shown.items():
        assert answer[name] == value, name
    beside = {"credential", "findings", "warnings", "ages", "evidence", "asked_at", "compared"}
    assert answer.keys() - shown.keys() == beside
    assert all(f"`{name}`" in text for name in beside)
    assert second[2:] == ["-F", "file=@certificate.pdf", "-F", "at=2026-09-18"]
