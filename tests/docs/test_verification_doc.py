"""docs/verification.md and the verifier carry the same steps, codes, results, exit statuses, words and ages."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from credentials import errors
from verifier.policy import OFFLINE, ONLINE
from verifier.verdict import EXIT_STATUS, REASONS, Result, Step

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "verification.md").read_text("utf-8")
STEPS = ("check", "sealed_by", "logged", "standing")
CHECK = ast.parse("\n".join((ROOT / "verifier" / f"{name}.py").read_text("utf-8") for name in STEPS))
TRUST = ast.parse((ROOT / "registry" / "trust.py").read_text("utf-8"))
WORDS = json.loads((ROOT / "web" / "i18n" / "pages.json").read_text("utf-8"))
SENTENCES = {
    code: words
    for file in sorted((ROOT / "web" / "i18n").glob("*.json"))
    for code, words in json.loads(file.read_text("utf-8")).items()
}
STEP = re.compile(r"^### (\d) ([a-z]+)$", re.MULTILINE)
ROW = re.compile(r"^\| (PASS|FAIL|UNKNOWN|warning) \| `([a-z_.]+)` \| .+? \| (?:`([a-z_]+)` )?\|$", re.MULTILINE)

Said = tuple[int, str, str, str | None]
"""Step, outcome, code, result."""


def told() -> set[Said]:
    """What the document says each step can find."""
    heads = [*STEP.finditer(TEXT)]
    ends = [*(head.start() for head in heads[1:]), TEXT.index("## The bottom line")]
    rows: set[Said] = set()
    for head, end in zip(heads, ends, strict=True):
        for outcome, code, result in ROW.findall(TEXT[head.end() : end]):
            rows.add((int(head[1]), outcome, code, result or None))
    return rows


def found() -> set[Said]:
    """What the steps of the verifier can find, read from their source."""
    functions = {node.name: node for node in ast.walk(CHECK) if isinstance(node, ast.FunctionDef)}
    inside = {
        id(call): name for name, node in functions.items() for call in ast.walk(node) if isinstance(call, ast.Call)
    }
    rows: set[Said] = set()
    for call in (node for node in ast.walk(CHECK) if isinstance(node, ast.Call)):
        said = _finding(call)
        if said is not None:
            step, outcome, code = said
            where = functions.get(inside.get(id(call), ""))
            results = [arg.attr.lower() for arg in call.args if _is_member(arg, "Result")]
            rows |= {(step, outcome, each, results[0] if results else None) for each in _codes(code, where)}
    return rows


def _finding(call: ast.Call) -> tuple[int, str, ast.expr] | None:
    """Step, outcome and the expression of the code, when a call makes a finding."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    outcomes = {"passed": "PASS", "passing": "PASS", "failed": "FAIL", "unknown": "UNKNOWN", "warn": "warning"}
    if not call.args or not _is_member(call.args[0], "Step"):
        return None
    step = Step[call.args[0].attr].value  # type: ignore[attr-defined]  # a member of Step
    if name == "Finding":
        return step, call.args[1].attr, call.args[2]  # type: ignore[attr-defined]  # a member of Outcome
    return step, outcomes[name], call.args[1]


def _is_member(node: ast.expr, of: str) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == of


def _codes(code: ast.expr, where: ast.FunctionDef | None) -> Iterator[str]:
    """Every value that the expression of a code can have."""
    if isinstance(code, ast.Constant):
        yield str(code.value)
    elif isinstance(code, ast.IfExp):
        yield from _codes(code.body, where)
        yield from _codes(code.orelse, where)
    elif isinstance(code, ast.JoinedStr):
        yield from (f"check.status_{word}" for word in _words("_REASON_OF_STATUS", "_REASON_OF_EVENT"))
    elif isinstance(code, ast.Attribute):
        yield from (_code_of(name) for name in _handled(where, code))
    elif isinstance(code, ast.Name):
        yield from _assigned(code.id, where)
    else:
        assert isinstance(code, ast.Call)
        called = next(node for node in ast.walk(CHECK) if getattr(node, "name", "") == code.func.id)  # type: ignore[attr-defined]
        yield from _constants(called, "check.")


def _assigned(name: str, where: ast.FunctionDef | None) -> Iterator[str]:
    assert where is not None
    for node in ast.walk(where):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            coverage = isinstance(node.value, ast.Call)
            yield from _constants(TRUST, "trust.") if coverage else _codes(node.value, where)


def _constants(tree: ast.AST, prefix: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(rf"{prefix}[a-z_]+", node.value)
        ):
            yield node.value


def _words(*names: str) -> Iterator[str]:
    for node in ast.walk(CHECK):
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") in names and node.value:
            yield from (one.value for one in ast.walk(node.value) if isinstance(one, ast.Constant))  # type: ignore[misc]


def _handled(where: ast.FunctionDef | None, code: ast.Attribute) -> Iterator[str]:
    """The classes of the except clause in which `defect.code` stands; a base class stands for NotOurs."""
    assert where is not None
    for handler in (node for node in ast.walk(where) if isinstance(node, ast.ExceptHandler)):
        if any(node is code for node in ast.walk(handler)):
            yield handler.type.id if isinstance(handler.type, ast.Name) else "NotOurs"


def _code_of(name: str) -> str:
    return str(getattr(errors, name).code)


def test_every_finding_of_the_code_is_in_the_document_and_no_other() -> None:
    assert found() == told()
    assert len(told()) > 50


def test_the_steps_have_the_same_numbers_and_names() -> None:
    assert [(int(number), name.upper()) for number, name in STEP.findall(TEXT)] == [(s.value, s.name) for s in Step]


def test_results_exit_statuses_and_words_are_the_same() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (\d) \| (.+?) \| (.+?) \|$", TEXT, re.MULTILINE)
    assert [(name, int(status)) for name, status, _, _ in rows] == [(r.value, s) for r, s in EXIT_STATUS.items()]
    assert {name: {"zh": zh, "en": en} for name, _, zh, en in rows} == {
        result.value: WORDS[f"result.{result}.title"] for result in Result
    }


def test_reasons_and_their_words_are_the_same() -> None:
    table = TEXT[TEXT.index("| reason |") :]
    rows = re.findall(r"^\| `([a-z_]+)` \| (.+?) \| (.+?) \|$", table[: table.index("\n\n")], re.MULTILINE)
    assert {name: {"zh": zh, "en": en} for name, zh, en in rows} == {
        reason: WORDS[f"reason.{reason}.title"] for reason in REASONS
    }


def test_the_ages_are_those_of_the_policies() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (\d+) \| (\d+) \|", TEXT, re.MULTILINE)
    for policy, column in ((ONLINE, 1), (OFFLINE, 2)):
        numbers = {name: value for name, value in asdict(policy).items() if type(value) is int}
        del numbers["witness_threshold"]
        assert {row[0]: int(row[column]) for row in rows} == numbers


def test_the_defects_are_those_of_the_evidence() -> None:
    source = "".join(
        (ROOT / "verifier" / f"{name}.py").read_text("utf-8") for name in ("evidence", "event_files", "attached")
    )
    shown = set(re.findall(r"^\| `(check\.[a-z_]+)` \| [^|]+ \|$", TEXT, re.MULTILINE))
    assert shown == {*re.findall(r'"(check\.[a-z_]+)"', source), "check.hint_misleads"}


@pytest.mark.parametrize("code", sorted({code for _, _, code, _ in told()}))
def test_every_code_has_its_sentence_in_both_languages(code: str) -> None:
    assert SENTENCES[code]["zh"]
    assert SENTENCES[code]["en"]
