"""The soak, short: many processes append and change statuses, are killed and started again, and nothing is lost (T12, T15)."""

import os
from pathlib import Path

import pytest

from tests.soak.soak import soak
from tests.stores.kinds import Postgresql, Sqlite

SECONDS = float(os.environ.get("HALLMARK_SOAK_SECONDS", "8"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_processes_that_are_killed_lose_nothing_and_double_nothing(
    store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kind = Sqlite() if store == "sqlite" else Postgresql(request.getfixturevalue("server"))
    figures = soak(kind, tmp_path, processes=2, seconds=SECONDS, kill_every=1.5)
    assert figures.kills >= 1
    assert figures.batches > 3
    assert figures.publications > 1
