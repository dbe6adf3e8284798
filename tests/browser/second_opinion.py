"""A pytest plugin: every question that the tests of `verifier/` ask `check` is asked of the browser verifier too.

Loaded by tests/browser/test_second_opinion.py with `-p`. The policy is the asked one without the post-quantum signature, for
both sides. Writes how many were asked and every difference to the file that HALLMARK_SECOND_OPINION names.
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import hallmark.founding
import tests.verifier.published_world as published
from keys import roots as root_documents
from tests.browser.node import Node
from verifier.check import check as first_opinion
from verifier.evidence import Evidence
from verifier.policy import Policy

_sealed: dict[bytes, bytes] = {}
_asked: list[str] = []
_differences: list[dict[str, Any]] = []
_node: list[Node] = []


def check(
    text: str, evidence: Evidence, policy: Policy, *, now: int, as_of: int | None = None, proof: bytes | None = None
) -> Any:
    """`verifier.check.check`, and the comparison beside it."""
    verdict = first_opinion(text, evidence, policy, now=now, as_of=as_of, proof=proof)
    document = _sealed.get(root_documents.to_json(evidence.roots))
    if document is not None and text.isascii():
        _compare(text, evidence, policy, document, {"now": now, "as_of": as_of, "proof": proof})
    return verdict


def _compare(text: str, evidence: Evidence, policy: Policy, document: bytes, how: dict[str, Any]) -> None:
    common = replace(policy, require_ml_dsa=False, witness_threshold=evidence._witness_threshold)
    again = Evidence(evidence.roots, evidence._held, policy=common, floor=evidence._floor)
    ours = json.loads(json.dumps(first_opinion(text, again, common, **how).to_json()))
    held = {path: fetched.data for path, fetched in evidence._held.items()}
    theirs = _node[0].verdict(text, held, roots=document, policy=common, floor=evidence._floor, **how)
    _asked.append(text[:40])
    if ours != theirs:
        _differences.append({"text": text[:120], "python": ours, "browser": theirs})


def pytest_configure() -> None:
    """Remember every roots document that is sealed, for the browser opens it from its bytes."""
    seal = root_documents.seal_roots

    def remembering(document: Any, signers: Any) -> bytes:
        sealed = seal(document, signers)
        _sealed[root_documents.to_json(document)] = sealed
        return sealed

    root_documents.seal_roots = hallmark.founding.seal_roots = remembering
    _node.append(Node())
    published.check = check


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the comparison in the place of `check` in every test module that has it."""
    del items
    for name, module in list(sys.modules.items()):
        if name.startswith("tests.") and getattr(module, "check", None) is first_opinion:
            module.check = check  # type: ignore[attr-defined]


def pytest_unconfigure() -> None:
    """Write down what came of it."""
    _node[0].close()
    told = {"asked": len(_asked), "differences": _differences}
    Path(os.environ["HALLMARK_SECOND_OPINION"]).write_text(json.dumps(told, ensure_ascii=False), "utf-8")
