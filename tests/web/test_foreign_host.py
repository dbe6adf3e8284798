"""Addresses in codes: which are ours, and how the others are named so that no look-alike passes."""

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import HOST, Asked
from tests.web.verdict_cases import CASES
from verifier.hosts import foreign_host

OFFICIAL = (HOST, "127.0.0.1:8080")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("HTTPS://HALLMARK.EXAMPLE/#123", None),
        ("https://hallmark.example:443/x", None),
        ("https://hallmark.example./x", None),
        ("http://127.0.0.1:9000/#1", None),
        ("https://evil.example/verify?id=1", "evil.example"),
        ("https://hallmark.example@evil.example/#1", "evil.example"),
        ("https://hallmark.example.evil.example/#1", "hallmark.example.evil.example"),
        ("https:\\\\evil.example\\", "evil.example"),
        ("https://h\u0430llmark.example/", "xn--hllmark-2fg.example"),
        ("https://ｈallmark.example/", None),
        ("https://" + "a" * 70 + ".example/", "a" * 70 + ".example"),
        ("https://\u202eevil.example/", "\\u202eevil.example"),
        ("https://", None),
        ("https:///#1", None),
        ("12345", None),
        ("weixin://dl/business", None),
    ],
)
def test_hosts_are_named_plainly(text: str, named: str | None) -> None:
    assert foreign_host(text, OFFICIAL) == named


def test_an_unreadable_code_of_another_site_is_named_loudly(client: FlaskClient, asked: Asked) -> None:
    for text, said in (
        ("https://evil.example/verify?no=沪A", "会打开 evil.example，那不是本站"),
        (
            "https://hallmark.examp1e/verify?no=沪A",
            "会打开 hallmark.examp1e。它模仿官方网址 hallmark.example，但不是本站",
        ),
    ):
        asked.answers[text] = CASES["unreadable"]
        page = client.post("/check", data={"text": text}, base_url=f"http://{HOST}").text
        assert 'role="alert"' in page
        assert said in page
        assert 'href="https://' not in page
