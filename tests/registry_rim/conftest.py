"""One small registry per test, closed afterwards; every test that asks for one runs on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.registry_rim.rim_house import House
from tests.stores.kinds import Kind, Postgresql, Sqlite


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """The kind of store."""
    return Sqlite() if request.param == "sqlite" else Postgresql(request.getfixturevalue("server"))


@pytest.fixture
def house(tmp_path: Path, kind: Kind) -> Iterator[House]:
    made = House(tmp_path, kind=kind)
    yield made
    made.engine.dispose()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, kind: Kind) -> House:
    """The house that `full_house` is a copy of; nobody else touches it."""
    made = House(tmp_path_factory.mktemp("furnished"), kind=kind).furnished()
    made.engine.dispose()
    return made


@pytest.fixture
def full_house(furnished: House, tmp_path: Path) -> Iterator[House]:
    """A house with roots, a trust list, a catalogue, 300 certificates and one of each status."""
    made = furnished.copied_to(tmp_path)
    yield made
    made.engine.dispose()
