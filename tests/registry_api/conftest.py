"""One small registry with its API: asked in this process, or over a real loopback server; nothing is pretended."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket

from tests.registry_api.api_house import ApiHouse, Serving, serving
from tests.stores.kinds import Postgresql, Sqlite


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test but those marked `network` may open a socket."""
    if request.node.get_closest_marker("network") is None:
        disable_socket()
    yield
    enable_socket()


@pytest.fixture(scope="session")
def _founded(tmp_path_factory: pytest.TempPathFactory) -> ApiHouse:
    made = ApiHouse(tmp_path_factory.mktemp("api-house")).settled()
    made.engine.dispose()
    return made


@pytest.fixture
def house(_founded: ApiHouse, tmp_path: Path) -> Iterator[ApiHouse]:
    """Two bodies with a key and a client each."""
    made = ApiHouse(_founded.copied_files(tmp_path))
    yield made
    made.engine.dispose()


@pytest.fixture
def running(house: ApiHouse) -> Iterator[Serving]:
    with serving(house) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def any_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ApiHouse]:
    """The same two bodies and clients on either store."""
    kind = Sqlite() if request.param == "sqlite" else Postgresql(request.getfixturevalue("server"))
    made = ApiHouse(tmp_path, kind=kind).settled()
    yield made
    made.engine.dispose()
