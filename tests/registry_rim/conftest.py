"""One small registry per test, closed afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.registry_rim.rim_house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def full_house(house: House) -> House:
    """A house with roots, a trust list, a catalogue, 300 certificates and one of each status."""
    return house.furnished()
