"""Hosts that imitate ours are called so, by the server and by the browser alike, and honest strangers are not."""

import random

import pytest

from tests.browser.node import Node
from verifier.hosts import foreign_host
from verifier.lookalike import looks_like

OFFICIAL = ("hallmark.example", "127.0.0.1:8080")
IMITATIONS = (
    "https://h\u0430llmark.example/#1",  # a Cyrillic letter
    "https://xn--hllmark-2fg.example/",  # the same, as it stands in the address
    "https://ha\u217cmark.example/",  # a Roman numeral that looks like an l
    "https://hal1mark.example/",
    "https://hallrnark.example/",
    "https://hal-lmark.example/",
    "https://hallmark.examp1e/",
    "https://hallmark.example.evil.test/#1",
    "https://hallmark-verify.test/",
    "https://www.halmark.test/",
    "https://hallmrak.example/",
    "HTTPS://HALLMARK.EXAMPLE@HALLMARK.EXAMP1E/#1",
    "https://h\u00e1llmark.example/",
    "https://\u03bdallmark.example/",
)
HONEST = ("https://evil.example/", "https://www.gov.cn/x", "https://mp.weixin.qq.com/s/1", "https://landmark.test/",
          "https://hall.example/", "http://10.0.0.1/", "https://印信.中国/", "https://xn--a/", "https://xn--9999999999/")  # fmt: skip


@pytest.mark.parametrize("text", IMITATIONS)
def test_imitations_are_called_so(node: Node, text: str) -> None:
    assert looks_like(text, OFFICIAL) == "hallmark.example"
    assert node.ask("hostNamed", text=text, official=OFFICIAL)[1] == "hallmark.example"


@pytest.mark.parametrize("text", [*HONEST, "https://hallmark.example/#1", "https://127.0.0.1:1/", "123", ""])
def test_others_are_not(node: Node, text: str) -> None:
    assert looks_like(text, OFFICIAL) is None
    assert node.ask("hostNamed", text=text, official=OFFICIAL)[1] is None


def test_both_verifiers_say_the_same_of_any_host(node: Node) -> None:
    rng = random.Random(20261126)
    letters = "halmrkexp.-10\u0430\u0435\u043eiI\u0131\u03b1wvn"
    for _ in range(400):
        name = list("hallmark.example")
        for _ in range(rng.randrange(1, 5)):
            name[rng.randrange(len(name))] = rng.choice([*letters, ""])
        text = f"https://{''.join(name)}/"
        host, like = node.ask("hostNamed", text=text, official=OFFICIAL)
        if host == foreign_host(text, OFFICIAL):  # IDNA 2003 and 2008 differ on a few letters
            assert looks_like(text, OFFICIAL) == like, text
