"""The browser verifier answers everything that the tests of the Python verifier ask, and says the same (nightly)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_question_of_the_verifiers_tests_has_one_answer(tmp_path: Path) -> None:
    told = tmp_path / "opinions.json"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.browser.second_opinion", "tests/verifier",
         "--deselect", "tests/verifier/test_mutated_codes.py", "--override-ini", "timeout=600"],
        cwd=ROOT, env={**os.environ, "HALLMARK_SECOND_OPINION": str(told)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-3000:]
    opinions = json.loads(told.read_text("utf-8"))
    assert opinions["differences"] == []
    assert opinions["asked"] > 1_000
