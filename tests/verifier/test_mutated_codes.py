"""T02: more than thirty thousand random changes of a genuine code, and every single-bit change of its token, against all evidence."""

import random
from collections import Counter
from dataclasses import fields

import pytest

from credentials.qrtext import from_text, to_digits
from tests.verifier.published_world import HOST, World
from verifier.check import check
from verifier.evidence import Evidence
from verifier.policy import ONLINE
from verifier.verdict import Result, Verdict

ALPHABET = "0123456789"


@pytest.fixture(scope="module")
def evidence(world: World) -> Evidence:
    """The whole folder, opened once."""
    return world.evidence()


def judged(world: World, evidence: Evidence, text: str) -> Verdict:
    return check(text, evidence, ONLINE, now=world.now)


def same_certificate(world: World, name: str, verdict: Verdict) -> bool:
    """Whether the verdict shows exactly the facts of the certificate, its secret id included."""
    shown, original = verdict.credential, world[name].credential
    left_out = {"issuer_code", "award"}  # the code stands in documents only, the approval number too
    assert shown is not None
    return all(getattr(shown, f.name) == getattr(original, f.name) for f in fields(shown) if f.name not in left_out)


def mutated(draw: random.Random, digits: str) -> str:
    """One of the ways in which digits come out wrong: changed, swapped, lost, doubled, cut, turned or joined."""
    at, size = draw.randrange(len(digits)), draw.randint(1, 4)
    way = draw.randrange(7)
    if way == 0:
        return digits[:at] + "".join(draw.choices(ALPHABET, k=size)) + digits[at + size :]
    if way == 1:
        return digits[:at] + digits[at + 1 : at + 2] + digits[at : at + 1] + digits[at + 2 :]
    if way == 2:
        return digits[:at] + digits[at + size :]
    if way == 3:
        return digits[: at + size] + digits[at:]
    if way == 4:
        return digits[:at]
    if way == 5:
        return digits[:at] + digits[at : at + 6][::-1] + digits[at + 6 :]
    return digits[:at] + "".join(draw.choices(ALPHABET, k=size)) + digits[at:]


@pytest.mark.parametrize(("name", "count"), [("valid", 20_000), ("revoked", 8_000)])
def test_no_change_of_the_digits_makes_another_valid_certificate(
    world: World, evidence: Evidence, name: str, count: int
) -> None:
    draw, digits = random.Random(f"digits of {name}"), world[name].text.partition("#")[2]
    seen: Counter[Result] = Counter()
    for _ in range(count):
        text = mutated(draw, digits)
        verdict = judged(world, evidence, text)
        seen[verdict.result] += 1
        if verdict.result in {Result.GENUINE_VALID, Result.GENUINE_NOT_VALID, Result.GENUINE_UNCONFIRMED}:
            assert from_text(text).cose == from_text(digits).cose
            assert same_certificate(world, name, verdict)
    assert seen[Result.ALTERED] > count // 3
    assert name == "valid" or seen[Result.GENUINE_VALID] == 0
    assert not seen.keys() & {Result.ISSUER_OUT_OF_SCOPE, Result.NOT_LOGGED}


@pytest.mark.parametrize(("name", "count"), [("valid", 3_000), ("revoked", 1_000)])
def test_no_change_of_the_tokens_bytes_makes_another_valid_certificate(
    world: World, evidence: Evidence, name: str, count: int
) -> None:
    """Bytes changed below the compression, so that most of these reach the signature."""
    draw, token = random.Random(f"bytes of {name}"), world[name].token
    seen: Counter[Result] = Counter()
    for _ in range(count):
        changed = bytearray(token)
        for _ in range(draw.choice((1, 1, 2, 3))):
            changed[draw.randrange(len(changed))] = draw.randrange(256)
        if bytes(changed) == token:
            continue
        verdict = judged(world, evidence, to_digits(bytes(changed)))
        seen[verdict.result] += 1
        assert verdict.credential is None
    assert seen.keys() == {Result.ALTERED, Result.UNKNOWN_ISSUER}


def test_no_single_bit_of_a_token_can_be_changed(world: World, evidence: Evidence) -> None:
    token = world["valid"].token
    for place in range(len(token) * 8):
        changed = bytearray(token)
        changed[place // 8] ^= 1 << place % 8
        verdict = judged(world, evidence, to_digits(bytes(changed)))
        assert verdict.result in {Result.ALTERED, Result.UNKNOWN_ISSUER}, place


def test_no_character_of_a_document_can_be_changed(world: World, evidence: Evidence) -> None:
    """A change in the payload can leave a document that parses; its signature never holds."""
    draw, document = random.Random("document"), world["valid"].document
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= "
    for _ in range(2_000):
        at, new = draw.randrange(len(document)), draw.choice(alphabet)
        changed = document[:at] + new + document[at + 1 :]
        if changed.strip() != document:
            verdict = judged(world, evidence, changed)
            assert verdict.result in {Result.ALTERED, Result.UNKNOWN_ISSUER, Result.UNREADABLE}, (at, new)
            assert verdict.credential is None


def test_the_host_of_a_code_is_no_part_of_it(world: World, evidence: Evidence) -> None:
    """The only change that may be made: where the code leads. It is named, and nothing else changes."""
    text = world["valid"].text
    verdict = judged(world, evidence, text.replace(HOST.upper(), "EVIL.EXAMPLE"))
    assert verdict.result is Result.GENUINE_VALID
    assert [warning.code for warning in verdict.warnings] == ["check.host_unlisted"]
