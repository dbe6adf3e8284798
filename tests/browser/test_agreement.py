"""T05: whatever the text and whatever the evidence, both verifiers say the same. Seeded, so a difference can be found again."""

import json
import os
import random
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest

from keys.roots import open_roots
from tests.browser.node import Node
from tests.vectors.cases import Case, Maker
from tests.vectors.make_verdicts import verdict_on
from tests.vectors.scenery import NOW
from verifier.artifacts import Fetched

ROUNDS = int(os.environ.get("HALLMARK_AGREEMENT_ROUNDS", "4000"))
Mutate = Callable[[random.Random, bytes], bytes]


@cache
def maker() -> Maker:
    return Maker()


@cache
def needed(who: str) -> dict[str, bytes]:
    """The published files that a check of this certificate asks for."""
    from tests.vectors.make_verdicts import Watched

    watched = Watched(maker().honest)
    case = maker().case(who, "", who)
    verdict_on(case, watched)
    return {path: maker().honest[path] for path in sorted(watched.asked & maker().honest.keys())}


def bit(chance: random.Random, data: bytes) -> bytes:
    place = chance.randrange(len(data) * 8)
    return data[: place // 8] + bytes([data[place // 8] ^ 1 << place % 8]) + data[place // 8 + 1 :]


def cut(chance: random.Random, data: bytes) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[end:]


def doubled(chance: random.Random, data: bytes) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:end] + data[start:end] + data[end:]


def byte(chance: random.Random, data: bytes) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + bytes([chance.choice(b'\0\n "{}[],.=-_09AZaz\x7f\xff')]) + data[place + 1 :]


MUTATIONS: tuple[Mutate, ...] = (bit, cut, doubled, byte)


def told(answer: Mapping[str, Any]) -> Any:
    """What must agree; only the word for how a damaged text is damaged may differ between two readers."""
    findings = json.loads(json.dumps(answer["findings"]))
    for finding in findings:
        if finding["code"] in {"credentials.damaged", "credentials.not_ours"}:
            del finding["params"]
    return {**answer, "findings": findings}


def agree(node: Node, case: Case) -> None:
    held = {path: Fetched(data, 0) for path, data in case.folder.items()}
    ours = verdict_on(case, held).to_json()
    theirs = node.verdict(
        case.text, case.folder, roots=case.roots, policy=case.policy, now=case.now, as_of=case.as_of, proof=case.proof
    )
    assert told(theirs) == told(json.loads(json.dumps(ours))), case.text[:80]


def texts(chance: random.Random, who: str) -> str:
    """A QR text, its digits or a document, with one to three places changed."""
    made = maker().scene.certificates[who]
    text = chance.choice((made.text, made.text.partition("#")[2], made.document))
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(text))
        put = chance.choice("0123456789ABCXYZabcxyz.-_=#/ \u00e9\U00020000")
        text = text[:place] + put + text[place + chance.randrange(3) :]
    return text


def tokens(chance: random.Random, who: str) -> str:
    """A text that inflates to a changed token, so that what lies behind the DEFLATE is reached."""
    from tests.verifier.malleable import deflated, digits_of

    token = maker().scene.certificates[who].sealed.token
    changed = chance.choice(MUTATIONS)(chance, token)
    return digits_of(chance.choice((deflated(changed), bit(chance, deflated(token)))))


def one_round(node: Node, seed: int) -> None:
    chance = random.Random(seed)
    who = chance.choice(("valid", "suspended", "revoked", "superseded", "reinstated", "postdoc", "qualification"))
    folder, text = dict(needed(who)), maker().scene.certificates[who].text
    what = seed % 3
    if what == 0:
        text = texts(chance, who)
    elif what == 1:
        text = tokens(chance, who)
    else:
        path = chance.choice(sorted(folder))
        folder[path] = chance.choice(MUTATIONS)(chance, folder[path])
    as_of = chance.choice((None, None, NOW - 15 * 86_400))
    agree(node, Case(f"round {seed}", "", text, folder, as_of=as_of))


def test_both_verifiers_agree_on_a_few_hundred_damaged_questions(node: Node) -> None:
    for seed in range(300):
        one_round(node, seed)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_both_verifiers_agree_on_thousands_of_damaged_questions(node: Node) -> None:
    for seed in range(300, 300 + ROUNDS):
        one_round(node, seed)


def test_the_rounds_reach_more_than_one_answer() -> None:
    """A fuzzer that only ever meets the first refusal tests nothing behind it."""
    trusted = maker().case("valid", "")
    assert open_roots(trusted.roots, trusted=None).test
    results = set()
    for seed in range(60):
        chance = random.Random(seed)
        text = (texts, tokens)[seed % 2](chance, "valid")
        case = Case("", "", text, needed("valid"))
        results.add(verdict_on(case, {path: Fetched(data, 0) for path, data in case.folder.items()}).result.value)
    assert {"altered", "unreadable"} <= results
