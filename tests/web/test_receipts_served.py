"""The page and the API give receipts where there is a key, recognise them when they come back, and say so where there is none."""

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.docs.example_world import roots, signer
from tests.web.conftest import HOST, SETTINGS, Asked, Reader
from tests.web.verdict_cases import CASES, NOW
from verifier.app import create_app
from verifier.documents import read_pdf
from verifier.ports import VerifierPorts
from verifier.receipts.claims import Checked
from verifier.receipts.desk import ReceiptDesk
from verifier.receipts.sealing import open_receipt
from verifier.verdict import Result, Verdict

BASE = f"https://{HOST}"


class Unreadable(Asked):
    """What is a receipt is no certificate."""

    def __call__(self, text: str, as_of: int | None, proof: bytes | None, /) -> Verdict:
        return CASES["unreadable"] if text.startswith("eyJ") else super().__call__(text, as_of, proof)


def app(*, key: bool) -> Flask:
    desk = ReceiptDesk(
        roots(), lambda: NOW, issuer=f"{BASE}/", software="hallmark 0.1.0", signer=signer("receipt") if key else None
    )
    return create_app(SETTINGS, VerifierPorts(Unreadable(), Reader(), read_pdf, lambda: NOW, receipts=desk))


@pytest.fixture(scope="module")
def giving() -> FlaskClient:
    return app(key=True).test_client()


def test_the_form_under_the_answer_gives_a_pdf_that_comes_back_genuine(giving: FlaskClient) -> None:
    page = giving.post("/check?lang=en", data={"text": "genuine_not_valid-suspended"}, base_url=BASE).text
    assert "Get a receipt" in page
    got = giving.post("/receipt", data={"text": "genuine_not_valid-suspended", "as": "pdf"}, base_url=BASE)
    assert (got.status_code, got.mimetype) == (200, "application/pdf")
    assert "attachment" in got.headers["Content-Disposition"]
    assert got.headers["Cache-Control"] == "no-store"
    back = giving.post("/check?lang=en", data={"file": (BytesIO(got.data), "x.pdf")}, base_url=BASE).text
    assert 'data-receipt="genuine"' in back
    assert "It says nothing about today" in back
    assert 'class="verdict valid"' not in back


def test_a_pasted_receipt_is_recognised_and_an_altered_one_too(giving: FlaskClient) -> None:
    sealed = giving.post("/receipt", data={"text": "genuine_valid", "as": "jwt"}, base_url=BASE).text
    assert 'data-receipt="genuine"' in giving.post("/check", data={"text": sealed}, base_url=BASE).text
    at = sealed.index(".") + 50
    altered = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
    assert 'class="verdict refused" ' in giving.post("/check", data={"text": altered}, base_url=BASE).text


def test_by_program(giving: FlaskClient) -> None:
    got = giving.post("/api/v1/receipts", json={"text": "genuine_valid"}, base_url=BASE)
    assert got.mimetype == "application/receipt+jwt"
    content = open_receipt(got.text, roots(), NOW).content
    assert isinstance(content, Checked)
    assert (content.result, content.number) == (
        Result.GENUINE_VALID,
        CASES["genuine_valid"].credential and CASES["genuine_valid"].credential.number,
    )
    back = giving.post("/api/v1/verifications", json={"text": got.text}, base_url=BASE).json
    assert back is not None
    assert (back["result"], back["receipt"]["receipt"]) == ("unreadable", "genuine")
    pdf = giving.post(
        "/api/v1/receipts", json={"text": "genuine_valid"}, headers={"Accept": "application/pdf"}, base_url=BASE
    )
    assert pdf.data.startswith(b"%PDF-")


@pytest.mark.parametrize(
    "body",
    [{}, {"text": 7}, {"text": ""}, {"text": "x", "y": 1}, {"text": "x", "proof": ""}, {"text": "x", "at": "no"}],
)
def test_a_malformed_request_is_refused(giving: FlaskClient, body: dict[str, object]) -> None:
    assert giving.post("/api/v1/receipts", json=body, base_url=BASE).status_code == 422


def test_without_a_key_none_is_offered_and_who_asks_is_told() -> None:
    closed = app(key=False).test_client()
    assert "Get a receipt" not in closed.post("/check?lang=en", data={"text": "genuine_valid"}, base_url=BASE).text
    got = closed.post("/api/v1/receipts", json={"text": "genuine_valid"}, base_url=BASE)
    assert (got.status_code, (got.json or {})["code"]) == (501, "verifier.receipts_not_given")
