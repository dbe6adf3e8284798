"""The page for many: a table or a ZIP comes back as a file, or line by line to the script, in parts, with a signed summary."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.docs.example_world import roots, signer
from tests.verifier_api.conftest import UNLIMITED
from tests.web.conftest import HOST, SETTINGS, Asked, Reader
from tests.web.page_rules import defects_of
from tests.web.verdict_cases import NOW
from verifier.app import create_app
from verifier.ports import VerifierPorts
from verifier.receipts.claims import Summary
from verifier.receipts.desk import ReceiptDesk
from verifier.receipts.sealing import open_receipt

BASE = f"https://{HOST}"
NAMES = ["genuine_valid", "altered", "genuine_not_valid-suspended", "genuine_valid"]
TABLE = "\ufeff姓名,二维码内容\n" + "".join(f"=某人,{name}\n" for name in NAMES)


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    desk = ReceiptDesk(roots(), lambda: NOW, issuer=f"{BASE}/", software="hallmark 0.1.0", signer=signer("receipt"))
    ports = VerifierPorts(Asked(), Reader(), Reader(), lambda: NOW, receipts=desk)
    return create_app(replace(SETTINGS, rates=UNLIMITED), ports).test_client()


def post(client: FlaskClient, data: bytes, accept: str = "text/html", **fields: str) -> Any:
    form = {"file": (io.BytesIO(data), "x.bin"), **fields}
    return client.post("/bulk", data=form, headers={"Accept": accept}, base_url=BASE)


def test_the_page_keeps_the_rules_of_all_pages(client: FlaskClient) -> None:
    for lang in ("zh", "en"):
        assert defects_of(client.get(f"/bulk?lang={lang}", base_url=BASE).text) == []


def test_without_a_script_the_form_gives_the_result_file(client: FlaskClient) -> None:
    got = post(client, TABLE.encode())
    assert (got.status_code, got.mimetype) == (200, "text/csv")
    assert got.data.startswith(b"\xef\xbb\xbf")
    found = list(csv.DictReader(io.StringIO(got.text.lstrip("\ufeff"))))
    assert [each["结果/Result"] for each in found] == ["genuine_valid", "altered", "genuine_not_valid", "genuine_valid"]
    assert all(each["证书编号/Number"] for each in found if each["结果/Result"] != "altered")


def test_the_script_gets_lines_and_a_summary_over_the_file_it_puts_together(client: FlaskClient) -> None:
    told = [json.loads(line) for line in post(client, TABLE.encode(), "application/x-ndjson").data.splitlines()]
    assert (told[0]["total"], [each["number"] for each in told[1:-1]]) == (4, [1, 2, 3, 4])
    file = "".join(each["csv"] for each in told[:-1]).encode()
    summary = open_receipt(told[-1]["receipt"], roots(), NOW).content
    assert isinstance(summary, Summary)
    assert (summary.sha256, summary.rows) == (sha256(file).hexdigest(), 4)


def test_a_broken_upload_goes_on_where_it_was(client: FlaskClient) -> None:
    told = [
        json.loads(line)
        for line in post(client, TABLE.encode(), "application/x-ndjson", **{"from": "2", "most": "1"}).data.splitlines()
    ]
    assert (told[0]["total"], told[1]["number"], told[1]["result"], len(told)) == (4, 3, "genuine_not_valid", 3)
    assert post(client, TABLE.encode(), **{"from": "4"}).status_code == 422
    assert post(client, TABLE.encode(), **{"from": "-1"}).status_code == 422


def test_a_zip_whose_names_are_formulas(client: FlaskClient) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("@SUM(1).txt", "genuine_valid")
        archive.writestr("b.txt", b"\x00\x01")
    found = list(csv.reader(io.StringIO(post(client, made.getvalue()).text.lstrip("\ufeff"))))
    assert [each[1] for each in found[1:]] == ["'@SUM(1).txt", "b.txt"]
    assert [each[2] for each in found[1:]] == ["genuine_valid", "unreadable"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 422),
        (b"<html>", 422),
        (b"a,b\n1,2\n", 422),
        (b"PK\x03\x04x", 422),
        (b"text\n" + b"1\n" * 10_001, 413),
        (b'text\n"', 422),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(client: FlaskClient, data: bytes, status: int) -> None:
    assert post(client, data, "application/x-ndjson").status_code == status
    assert client.post("/bulk", data={}, base_url=BASE).status_code == 422
