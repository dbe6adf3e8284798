"""A furnished registry on SQLite, copied for whoever spoils it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.registry_rim.rim_house import House


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The registry that the others are copies of."""
    made = House(tmp_path_factory.mktemp("furnished")).furnished()
    made.engine.dispose()
    return made


@pytest.fixture
def full_house(made_once: House, tmp_path: Path) -> Iterator[House]:
    """A registry with roots, a trust list, a catalogue, 300 certificates and one of each status."""
    made = made_once.copied_to(tmp_path)
    yield made
    made.engine.dispose()
