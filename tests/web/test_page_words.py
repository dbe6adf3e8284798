"""Every sentence that a verdict, a page or an error of the verifier can need stands in both languages."""

import json
import re
from importlib import resources
from pathlib import Path

import pytest

import verifier.errors
from credentials.kinds import CATEGORIES, ID_TYPES, LEVELS, STATION_KINDS, WAYS, Kind
from verifier.app import ERRORS
from verifier.verdict import REASONS, Finding, Outcome, Result, Step
from verifier.wording import age, sentence, spoken_day
from web.messages import LANGUAGES, both, say

OURS = ("web", "pages")


def wanted() -> list[str]:
    """Codes that are put together at run time."""
    parts = [f"result.{result}.{part}" for result in Result for part in ("title", "lead", "advice")]
    parts += [f"reason.{reason}{part}" for reason in REASONS for part in ("", ".title")]
    parts += [f"step.{step.value}" for step in Step]
    parts += [f"outcome.{outcome}" for outcome in (*Outcome, "none")]
    parts += [f"note.{kind}" for kind in Kind] + [f"value.kind.{kind}" for kind in Kind]
    tables = {"level": LEVELS, "way": WAYS, "category": CATEGORIES, "station": STATION_KINDS, "identity": ID_TYPES}
    parts += [f"value.{name}.{code}" for name, table in tables.items() for code in table.values()]
    parts += [code for code in ERRORS if isinstance(code, str)]
    return parts


@pytest.mark.parametrize("code", wanted())
def test_every_code_has_both_sentences(code: str) -> None:
    assert all(text.strip() for text in both(code).values())


def test_the_fixed_chinese_words_are_the_certificates_own() -> None:
    for name, table in {
        "level": LEVELS,
        "way": WAYS,
        "category": CATEGORIES,
        "station": STATION_KINDS,
        "identity": ID_TYPES,
    }.items():
        for word, code in table.items():
            assert say(f"value.{name}.{code}", "zh") == word


def test_every_error_of_reading_has_its_sentence() -> None:
    leaves = [each for each in vars(verifier.errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert len(leaves) > 10
    for leaf in leaves:
        assert all(both(leaf.code).values())


@pytest.mark.parametrize("file", OURS)
def test_our_files_are_complete_plain_and_clean(file: str) -> None:
    sentences = json.loads(resources.files("web").joinpath(f"i18n/{file}.json").read_text("utf-8"))
    for code, texts in sentences.items():
        assert tuple(texts) == LANGUAGES, code
        assert places(texts["zh"]) == places(texts["en"]) or code == "page.paste.placeholder", code
        assert not re.search(r"[,;?!]\s*[\u4e00-\u9fff]", texts["zh"]), f"{code}: half-width punctuation in Chinese"
        assert not re.search(r"[\u4e00-\u9fff]", texts["en"]) or code == "web.switch_language", code
        for word in ("<", "`", "TODO"):
            assert word not in texts["zh"] + texts["en"], code


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_every_code_in_the_templates_exists() -> None:
    rooms = [Path(str(resources.files("web"))), Path(str(resources.files("verifier"))) / "templates"]
    used = {
        code
        for room in rooms
        for file in room.glob("*.html")
        for code in re.findall(r'say\(["\']([a-z_.]+[a-z_])["\']', file.read_text("utf-8"))
    }
    assert len(used) > 40
    for code in used:
        assert all(both(code).values())


def test_ages_use_the_largest_fitting_unit() -> None:
    told = [age(seconds, "en") for seconds in (0, 59, 119, 120, 7_199, 7_200, 172_799, 172_800)]
    assert told == ["0 s ago", "59 s ago", "119 s ago", "2 min ago", "119 min ago", "2 h ago", "47 h ago", "2 days ago"]


def test_a_day_is_spoken_in_chinese_time() -> None:
    assert spoken_day(1_789_574_400, "zh") == "2026年9月17日"
    assert spoken_day(1_789_574_399, "en") == "16 September 2026"


def test_a_finding_without_words_shows_its_code_and_a_nested_code_its_sentence() -> None:
    assert sentence(Finding(Step.READ, Outcome.FAIL, "no.such_code"), "zh") == "no.such_code"
    nested = Finding(Step.LOGGED, Outcome.UNKNOWN, "check.log_evidence_rejected", {"defect": "check.log_forked"})
    assert say("check.log_forked", "en") in sentence(nested, "en")
