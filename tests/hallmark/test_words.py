"""Every code that a person can meet has one Chinese and one English sentence, and every place in it is filled.

Reads the rooms' own source: each error class with a code, each place that raises it, each finding, note and remark.
"""

import ast
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import import_module, resources
from pathlib import Path

import pytest

from verifier.verdict import REASONS
from web.messages import LANGUAGES, catalogue, say

PROJECT = Path(__file__).parents[2]
ROOMS = ("keys", "credentials", "registry", "issuers", "verifier", "web", "hallmark")
PLACE = re.compile(r"{(\w+)}")
CODE = re.compile(
    r"(?:check|trust|catalogue|issuers|credentials|keys|registry|verifier|hallmark|audit|monitor|web|form|api)\.[a-z][a-z0-9_]*"
)
NO_CODES = {"hallmark.demo", "hallmark.example", "hallmark.publishing", "hallmark.toml", "hallmark.access", "hallmark.verifier",
            "registry.db", "verifier.sandbox", "api.html", "web.jsonlog", "hallmark.observe", "verifier.asking", "registry.witnesses", "monitor.json"}  # fmt: skip
"""Texts that look like a code: modules, files, a host, Flask extensions."""


@cache
def trees() -> dict[str, ast.Module]:
    """The parsed source of every room, by path."""
    files = [file for room in ROOMS for file in (PROJECT / room).rglob("*.py")]
    return {file.relative_to(PROJECT).as_posix(): ast.parse(file.read_text("utf-8")) for file in sorted(files)}


@cache
def nodes() -> dict[str, tuple[ast.AST, ...]]:
    """Every node of every file, walked once."""
    return {path: tuple(ast.walk(tree)) for path, tree in trees().items()}


@cache
def error_classes() -> dict[str, str]:
    """ "module:Class" -> code, for every exception that has a code of its own."""
    found: dict[str, str] = {}
    for path, walked in nodes().items():
        for node in walked:
            if isinstance(node, ast.ClassDef) and (code := _code_of(node)):
                found[f"{_module(path)}:{node.name}"] = code
    return {place: code for place, code in found.items() if issubclass(_class_at(place), Exception)}


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def _code_of(node: ast.ClassDef) -> str | None:
    for statement in node.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        if isinstance(target, ast.Name) and target.id == "code" and isinstance(statement.value, ast.Constant):  # type: ignore[attr-defined]
            return str(statement.value.value)  # type: ignore[attr-defined]
    return None


def _class_at(place: str) -> type:
    module, name = place.split(":")
    return getattr(import_module(module), name)  # type: ignore[no-any-return]


@cache
def imported(path: str) -> dict[str, str]:
    """What the names in a file mean: name -> "module:name"."""
    meaning = {node.name: f"{_module(path)}:{node.name}" for node in nodes()[path] if isinstance(node, ast.ClassDef)}
    for node in nodes()[path]:
        if isinstance(node, ast.ImportFrom):
            meaning |= {each.asname or each.name: f"{node.module}:{each.name}" for each in node.names}
    return meaning


@cache
def made() -> frozenset[str]:
    """Every class that is called somewhere."""
    return frozenset(
        imported(path).get(node.func.id, "")
        for path, walked in nodes().items()
        for node in walked
        if isinstance(node, (ast.Call,)) and isinstance(node.func, ast.Name)
    ) | frozenset(
        imported(path).get(node.exc.id, "")
        for path, walked in nodes().items()
        for node in walked
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name)
    )


def is_only_a_base(place: str) -> bool:
    """A room's base class, which nothing raises: its leaves have the sentences."""
    return bool(_class_at(place).__subclasses__()) and place not in made()


@pytest.mark.parametrize("place", error_classes())
def test_every_error_that_can_be_met_has_a_sentence_in_both_languages(place: str) -> None:
    code = error_classes()[place]
    if is_only_a_base(place):
        return
    assert code in catalogue(), place
    assert set(catalogue()[code]) == set(LANGUAGES)


def test_no_two_classes_share_a_code() -> None:
    counted = Counter(error_classes().values())
    assert [code for code, count in counted.items() if count > 1] == []


def test_a_code_stands_in_one_file_only() -> None:
    folder = Path(str(resources.files("web"))) / "i18n"
    where = defaultdict(list)
    for file in sorted(folder.glob("*.json")):
        pairs = json.loads(file.read_text("utf-8"), object_pairs_hook=lambda pairs: pairs)
        for code, _ in pairs:
            where[code].append(file.name)
    assert {code: files for code, files in where.items() if len(files) > 1} == {}


def texts() -> Iterator[tuple[str, str]]:
    """Every text in the source that is spelled like a code, with its place."""
    for path, walked in nodes().items():
        for node in walked:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                yield node.value, f"{path}:{node.lineno}"


def test_every_code_that_the_source_spells_has_a_sentence() -> None:
    """Notes on rows, findings of checks and audits, refusals by code: whatever is written out anywhere."""
    bases = {code for place, code in error_classes().items() if is_only_a_base(place)}
    missing = {
        code: place
        for code, place in texts()
        if code not in catalogue() and code not in bases | NO_CODES and not code.endswith("_")
    }
    assert missing == {}


def test_the_codes_that_are_put_together_have_sentences_too() -> None:
    from hallmark.reconcile import STATUS_OF_STATE
    from registry.events import EVENTS
    from web.sheets.sheet import Severity

    parts = [
        f"check.status_{reason}"
        for reason in (*REASONS, "valid", "valid_then")
        if reason not in ("expired", "not_yet_valid")
    ]
    parts += [f"issuers.change_not_allowed.{state}" for state in (*STATUS_OF_STATE, *EVENTS, "sealed")]
    parts += [f"issuers.note_{severity.value}" for severity in Severity]
    for path in trees():
        prefix = "audit.ledger_" if path == "hallmark/reconcile.py" else "audit."
        for call in _calls(path, "find"):
            if call.args and isinstance(call.args[0], ast.Constant):
                parts.append(prefix + str(call.args[0].value))
        for call in _raised(path):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            if name in ("BundleInvalid", "BackupInvalid"):
                defect = next(each.value for each in call.keywords if each.arg == "defect")
                assert isinstance(defect, ast.Constant)
                room = "registry.bundle_invalid" if name == "BundleInvalid" else "hallmark.backup_invalid"
                parts.append(f"{room}.{defect.value}")
    assert len(parts) > 80
    assert sorted({part for part in parts if part not in catalogue()}) == []


# places ------------------------------------------------------------------------------------------------------------


def _calls(path: str, *names: str) -> Iterator[ast.Call]:
    for node in nodes()[path]:
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in names:
            yield node


def _raised(path: str) -> Iterator[ast.Call]:
    for node in nodes()[path]:
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield node.exc


def given() -> dict[str, list[tuple[set[str], str]]]:
    """Code -> the parameters that each place in the source gives it. Places that pass a mapping on are left out."""
    found: dict[str, list[tuple[set[str], str]]] = defaultdict(list)
    for path in trees():
        for call in _raised(path):
            code = error_classes().get(imported(path).get(getattr(call.func, "id", ""), ""))
            if code is not None and all(each.arg for each in call.keywords) and not call.args:
                found[code].append(({str(each.arg) for each in call.keywords}, f"{path}:{call.lineno}"))
        for call in _calls(path, "failed", "unknown", "warn", "find"):
            code = next((each.value for each in call.args if _is_text(each)), None)
            if code is None or not all(each.arg for each in call.keywords):
                continue
            if call.func.attr == "find":  # type: ignore[attr-defined]  # a method
                code = ("audit.ledger_" if path == "hallmark/reconcile.py" else "audit.") + code
            if code in catalogue():
                found[code].append(({str(each.arg) for each in call.keywords}, f"{path}:{call.lineno}"))
    return found


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_no_sentence_has_a_place_that_stays_empty() -> None:
    """What an error or finding does not carry would be shown as {name}: every raise and every finding fills its sentence."""
    open_places = []
    checked = 0
    for code, places in given().items():
        for lang, text in catalogue().get(code, {}).items():
            wanted = set(PLACE.findall(text))
            for params, where in places:
                checked += 1
                if not wanted <= params:
                    open_places.append((code, lang, sorted(wanted - params), where))
    assert checked > 500
    assert open_places == []


@pytest.mark.parametrize("file", sorted(file.name for file in (PROJECT / "web/i18n").glob("*.json")))
def test_every_sentence_is_whole_in_both_languages(file: str) -> None:
    sentences = json.loads((PROJECT / "web/i18n" / file).read_text("utf-8"))
    for code, by_language in sentences.items():
        assert tuple(by_language) == LANGUAGES, code
        assert all(text.strip() == text and text for text in by_language.values()), code
        assert not re.search(r"TODO|XXX|\\u|Traceback", "".join(by_language.values())), code
        for text in by_language.values():
            assert text.count("{") == text.count("}") == len(PLACE.findall(text)), code


def test_what_the_command_line_says_has_the_same_places_in_both_languages() -> None:
    """In one language only may a place be left out where the other needs it; for a refusal there is no such case."""
    differing = {
        code: (sorted(PLACE.findall(texts["zh"])), sorted(PLACE.findall(texts["en"])))
        for code, texts in catalogue().items()
        if code.startswith(("hallmark.", "audit.", "keys."))
        and set(PLACE.findall(texts["zh"])) != set(PLACE.findall(texts["en"]))
    }
    assert differing == {}


def test_what_came_from_outside_cannot_play_with_the_terminal() -> None:
    shown = say("hallmark.file_failed", "en", name="\x1b[2J\x07A\u202eB\nC\u3000D", reason="x")
    assert not any(character in shown for character in "\x1b\x07\u202e\n")
    assert "[2J" in shown
    assert "C D" in shown
