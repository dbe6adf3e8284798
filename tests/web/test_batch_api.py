"""NDJSON in and out: every line is answered in its place, bad ones too, and the summary is signed over exactly those bytes."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.docs.example_world import roots, signer
from tests.web.conftest import HOST, SETTINGS, Asked, Reader
from tests.web.verdict_cases import CASES, NOW
from verifier.asking import EXTENSION as ASKING
from verifier.asking import Asking
from verifier.bulk.served import MAX_LINES
from verifier.ports import EXTENSION, Plugged, VerifierPorts
from verifier.rates import Rates, no_keys
from verifier.receipts.claims import Summary
from verifier.receipts.desk import ReceiptDesk
from verifier.receipts.sealing import open_receipt

BASE, API = f"https://{HOST}", "/api/v1/verifications:batch"


@pytest.fixture
def client(made: Flask, asked: Asked) -> Iterator[FlaskClient]:
    desk = ReceiptDesk(roots(), lambda: NOW, issuer=f"{BASE}/", software="hallmark 0.1.0", signer=signer("receipt"))
    made.extensions[EXTENSION] = Plugged(SETTINGS, VerifierPorts(asked, Reader(), Reader(), lambda: NOW, receipts=desk))
    before = made.extensions[ASKING]
    made.extensions[ASKING] = Asking(Rates(verify="100000/minute"), no_keys)
    yield made.test_client()
    made.extensions[ASKING] = before


def send(client: FlaskClient, body: bytes | list[Any], query: str = "") -> tuple[list[Any], dict[str, Any], bytes]:
    """The answers, the summary, and the bytes before the summary."""
    data = body if isinstance(body, bytes) else b"".join(json.dumps(one).encode() + b"\n" for one in body)
    got = client.post(API + query, data=data, content_type="application/x-ndjson", base_url=BASE)
    assert (got.status_code, got.mimetype) == (200, "application/x-ndjson"), got.text
    *answers, summary = got.data.splitlines(keepends=True)
    return [json.loads(each) for each in answers], json.loads(summary), b"".join(answers)


def test_every_line_is_answered_in_its_place(client: FlaskClient) -> None:
    names = [*CASES] * 3
    answers, summary, _ = send(client, [{"id": f"row {at}", "text": name} for at, name in enumerate(names)])
    assert [each["line"] for each in answers] == list(range(1, len(names) + 1))
    assert [each["id"] for each in answers] == [f"row {at}" for at in range(len(names))]
    assert [each["result"] for each in answers] == [CASES[name].result for name in names]
    assert [each["exit"] for each in answers] == [CASES[name].exit_status for name in names]
    assert summary["summary"]["checked"] == len(names) == sum(summary["summary"]["counts"].values())


def test_the_name_is_masked_and_nothing_else_of_the_person_is_told(client: FlaskClient) -> None:
    (answer,), _, sent = send(client, [{"text": "genuine_valid"}])
    assert answer["holder"] == "欧阳*"
    assert "䶮" not in sent.decode()
    assert "0019" not in sent.decode()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", "verifier.line_malformed"),
        (b"nonsense", "verifier.line_malformed"),
        (b"[]", "verifier.line_malformed"),
        (b'{"text":"a","text":"b"}', "verifier.line_malformed"),
        (b'{"text":"a","x":1}', "verifier.line_malformed"),
        (b'{"text":"a","id":true}', "verifier.line_malformed"),
        (b'{"text":"a","id":["a"]}', "verifier.line_malformed"),
        (b'{"text":"a","id":"' + b"i" * 101 + b'"}', "verifier.line_malformed"),
        (b'{"text":"a","at":"yesterday"}', "verifier.line_malformed"),
        (b'{"text":"a","at":""}', "verifier.line_malformed"),
        (b'{"text":NaN}', "verifier.line_malformed"),
        (b"\xff\xfe", "verifier.line_malformed"),
        (b'{"a":' * 20_000, "verifier.line_too_long"),
        (b'{"id":7}', "verifier.line_without_text"),
        (b'{"text":" "}', "verifier.line_without_text"),
        (b'{"text":7}', "verifier.line_without_text"),
        (b'{"text":"' + b"1" * 16_001 + b'"}', "verifier.line_too_long"),
    ],
)
def test_a_bad_line_stops_no_other(client: FlaskClient, asked: Asked, line: bytes, code: str) -> None:
    good = b'{"text":"genuine_valid"}'
    (first, bad, last), summary, _ = send(client, b"\n".join([good, line, good]))
    assert (first["result"], last["result"], bad["code"]) == ("genuine_valid", "genuine_valid", code)
    assert set(bad["message"]) == {"zh", "en"}
    assert "result" not in bad
    assert (summary["summary"]["checked"], summary["summary"]["refused"], len(asked.questions)) == (2, 1, 2)


def test_the_summary_is_signed_over_the_bytes_that_left(client: FlaskClient) -> None:
    _, last, sent = send(client, [{"text": name} for name in ("genuine_valid", "altered", "genuine_valid")])
    summary = open_receipt(last["receipt"], roots(), NOW).content
    assert isinstance(summary, Summary)
    assert summary.sha256 == sha256(sent).hexdigest() == last["summary"]["sha256"]
    assert (summary.rows, dict(summary.counts)) == (3, {"altered": 1, "genuine_valid": 2})


def test_the_whole_verdict_for_who_asks_for_it_and_a_past_day(client: FlaskClient, asked: Asked) -> None:
    (answer,), _, _ = send(client, [{"text": "genuine_valid", "at": "2026-09-01"}], "?detail=full")
    assert answer["credential"]["holder"]["name"] == "欧阳䶮"
    assert len(answer["findings"]) == 9
    assert asked.questions[0][1] is not None


def test_too_much_and_nothing_are_refused_as_a_whole(client: FlaskClient, asked: Asked) -> None:
    def refused(data: bytes, kind: str = "application/x-ndjson") -> tuple[int, str]:
        got = client.post(API, data=data, content_type=kind, base_url=BASE)
        return got.status_code, (got.json or {})["code"]

    assert refused(b"") == (422, "verifier.batch_empty")
    assert refused(b'{"text":"a"}\n' * (MAX_LINES + 1)) == (413, "verifier.batch_too_long")
    assert refused(b" " * (17 << 20)) == (413, "web.too_large")
    assert refused(b"{}", "application/json") == (415, "web.media_type_not_taken")
    assert asked.questions == []


def test_ten_thousand_lines_are_taken_and_count_as_so_many_questions(client: FlaskClient, made: Flask) -> None:
    answers, summary, _ = send(client, b'{"text":"genuine_valid"}\n' * MAX_LINES)
    assert len(answers) == summary["summary"]["checked"] == MAX_LINES
    made.extensions[ASKING] = Asking(Rates(verify="10/minute"), no_keys)
    got = client.post(API, data=b'{"text":"a"}\n' * 11, content_type="application/x-ndjson", base_url=BASE)
    assert (got.status_code, (got.json or {})["code"]) == (429, "verifier.asked_too_often")


def test_without_a_key_there_is_a_summary_and_no_receipt(client: FlaskClient, made: Flask, asked: Asked) -> None:
    made.extensions[EXTENSION] = Plugged(SETTINGS, VerifierPorts(asked, Reader(), Reader(), lambda: NOW))
    _, summary, _ = send(client, [{"text": "genuine_valid"}])
    assert (summary["receipt"], summary["summary"]["checked"]) == (None, 1)
