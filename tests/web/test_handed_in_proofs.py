"""The proof of registration reaches the check by JSON, beside a file, inside a PDF, and again in the other language."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.conftest import HOST, SETTINGS, Asked, Reader
from tests.web.verdict_cases import NOW
from verifier.documents import PdfContents
from verifier.ports import EXTENSION, Plugged, VerifierPorts

BASE, API = f"https://{HOST}", "/api/v1/verifications"
PROOF = "c2sp.org/tlog-proof@v1\nindex 3\n\nhallmark.example/registry\n7\n— …\n"


@dataclass
class Pdf(Reader):
    """A PDF that holds a code, a document and a proof."""

    contents: PdfContents = field(default_factory=lambda: PdfContents(("genuine_valid",), None, PROOF.encode()))

    def __call__(self, _data: bytes, /) -> Sequence[str]:
        return self.contents


@pytest.fixture
def pdf_client(made: Flask, asked: Asked) -> FlaskClient:
    made.extensions[EXTENSION] = Plugged(SETTINGS, VerifierPorts(asked, Reader(), Pdf(), lambda: NOW))
    return made.test_client()


def test_as_a_member_of_the_request(client: FlaskClient, asked: Asked) -> None:
    answer = client.post(API, json={"text": "genuine_valid", "proof": PROOF}, base_url=BASE)
    assert (answer.status_code, asked.proofs) == (200, [PROOF.encode()])
    client.post(API, json={"text": "genuine_valid"}, base_url=BASE)
    assert asked.proofs[-1] is None


@pytest.mark.parametrize("wrong", [7, None, [], {"a": 1}, ""])
def test_anything_but_a_text_is_refused(client: FlaskClient, wrong: object) -> None:
    answer = client.post(API, json={"text": "genuine_valid", "proof": wrong}, base_url=BASE)
    assert (answer.status_code, answer.json and answer.json["code"]) == (422, "api.proof_malformed")


def test_as_a_second_file_and_inside_a_pdf(pdf_client: FlaskClient, asked: Asked) -> None:
    def sent(**files: bytes) -> int:
        data = {name: (BytesIO(content), f"{name}.bin") for name, content in files.items()}
        return pdf_client.post(API, data=data, base_url=BASE).status_code

    assert sent(file=b"%PDF-1.7") == 200
    assert sent(file=b"genuine_valid", proof=PROOF.encode()) == 200
    assert sent(file=b"%PDF-1.7", proof=b"another") == 200
    assert asked.proofs == [PROOF.encode(), PROOF.encode(), b"another"]
    assert sent(file=b"genuine_valid", proof=b"x" * 32_001) == 413


def test_the_page_asks_again_with_the_same_proof(pdf_client: FlaskClient, asked: Asked) -> None:
    page = pdf_client.post("/check", data={"file": (BytesIO(b"%PDF-1.7"), "a.pdf")}, base_url=BASE).get_data(
        as_text=True
    )
    assert 'name="proof" value="c2sp.org/tlog-proof@v1' in page
    pdf_client.post("/check", data={"text": "genuine_valid", "proof": PROOF}, base_url=BASE)
    assert asked.proofs == [PROOF.encode(), PROOF.encode()]
    plain = pdf_client.post("/check", data={"text": "genuine_valid"}, base_url=BASE).get_data(as_text=True)
    assert 'name="proof"' not in plain
