"""Both verifiers answer every shared vector alike, to the last parameter; and the vectors reach every result of `check`."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from keys.roots import open_roots
from tests.browser.node import Node
from tests.vectors.make_verdicts import file_name, held_blobs, held_vectors, made
from verifier.artifacts import Fetched
from verifier.check import check
from verifier.evidence import Evidence
from verifier.floor import Floor
from verifier.policy import BROWSER, Policy
from verifier.verdict import REASONS

UNREACHED = {"copy_expired", "mismatch", "no_record", "legacy_unsigned"}
"""Results that have their names and words, and that nothing in `check` gives yet (docs/verification.md)."""

VECTORS = {vector["name"]: vector for vector in held_vectors()}


@cache
def blobs() -> dict[str, bytes]:
    return held_blobs()


def floor_of(members: Mapping[str, Any] | None) -> Floor | None:
    return None if members is None else Floor(members["size"], bytes.fromhex(members["root"]), members["versions"])


def parts_of(vector: Mapping[str, Any]) -> tuple[dict[str, bytes], bytes, bytes | None]:
    """Evidence by path, the roots document, and the attached proof."""
    evidence = {path: blobs()[name] for path, name in vector["evidence"].items()}
    return evidence, blobs()[vector["roots"]], None if vector["proof"] is None else blobs()[vector["proof"]]


@pytest.mark.parametrize("name", VECTORS)
def test_the_python_verifier_answers_as_the_vector_says(name: str) -> None:
    vector = VECTORS[name]
    evidence, roots, proof = parts_of(vector)
    policy = Policy(**vector["policy"])
    held = {path: Fetched(data, 0) for path, data in evidence.items()}
    opened = Evidence(open_roots(roots, trusted=None), held, policy=policy, floor=floor_of(vector["floor"]))
    verdict = check(vector["text"], opened, policy, now=vector["now"], as_of=vector["as_of"], proof=proof)
    assert verdict.to_json() == vector["expected"]


@pytest.mark.parametrize("name", VECTORS)
def test_the_browser_verifier_answers_as_the_vector_says(name: str, node: Node) -> None:
    vector = VECTORS[name]
    evidence, roots, proof = parts_of(vector)
    answer = node.verdict(
        vector["text"],
        evidence,
        roots=roots,
        policy=Policy(**vector["policy"]),
        now=vector["now"],
        as_of=vector["as_of"],
        floor=floor_of(vector["floor"]),
        proof=proof,
    )
    assert answer == vector["expected"]


def test_the_vectors_reach_every_result_reason_and_code() -> None:
    answers = [vector["expected"] for vector in VECTORS.values()]
    assert len(answers) >= 150
    assert {answer["result"] for answer in answers} | UNREACHED == set(_results())
    assert {answer["reason"] for answer in answers} - {None} == set(REASONS)


def _results() -> list[str]:
    from verifier.verdict import Result

    return [result.value for result in Result]


def test_the_vectors_are_what_their_program_makes() -> None:
    """After a change of the verifier: `python -m tests.vectors.make_verdicts`, read the difference, follow in TypeScript."""
    fresh = {case.name: expected for case, _, expected in made()}
    assert {name: json.loads(json.dumps(expected)) for name, expected in fresh.items()} == {
        name: vector["expected"] for name, vector in VECTORS.items()
    }
    assert len({file_name(name) for name in fresh}) == len(fresh)


def test_the_browsers_policy_is_the_one_the_page_uses(node: Node) -> None:
    assert node.ask("policy") == {
        "name": BROWSER.name,
        "maxStatusAge": BROWSER.max_status_age,
        "witnessThreshold": BROWSER.witness_threshold,
        "clockLeeway": BROWSER.clock_leeway,
        "unissuedGrace": BROWSER.unissued_grace,
        "backdatingLimit": BROWSER.backdating_limit,
    }
