"""One small registry with its API: asked in this process, or over a real loopback server; nothing is pretended."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket

from tests.registry_api.api_house import ApiHouse, Serving, serving
from tests.registry_rim.rim_house import BODY, OTHER_BODY


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test but those marked `network` may open a socket."""
    if request.node.get_closest_marker("network") is None:
        disable_socket()
    yield
    enable_socket()


@pytest.fixture(scope="session")
def _founded(tmp_path_factory: pytest.TempPathFactory) -> ApiHouse:
    made = ApiHouse(tmp_path_factory.mktemp("api-house"))
    made.enrol("body", BODY)
    made.enrol("other", OTHER_BODY)
    made.list_client("client", BODY)
    made.list_client("other-client", OTHER_BODY)
    made.engine.dispose()
    return made


@pytest.fixture
def house(_founded: ApiHouse, tmp_path: Path) -> Iterator[ApiHouse]:
    """Two bodies with a key and a client each."""
    made = ApiHouse(_founded.copied_files(tmp_path))
    yield made
    made.engine.dispose()


@pytest.fixture
def server(house: ApiHouse) -> Iterator[Serving]:
    with serving(house) as running:
        yield running


EXAMPLES = int(os.environ.get("HALLMARK_API_CASES", "300"))
