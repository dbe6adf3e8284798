"""One real house for all tests of the verifier, made once; no test but those marked `network` may open a socket."""

from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket

from registry.bundle import write_bundle
from tests.verifier.published_world import Folder, World, make_world


@pytest.fixture(autouse=True)
def _no_sockets(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.node.get_closest_marker("network") is None:
        disable_socket()
    yield
    enable_socket()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The house, its certificates and its published folder. Nobody changes it: tests damage copies."""
    made = make_world(tmp_path_factory.mktemp("verifier") / "house")
    yield made
    made.house.registry_engine.dispose()
    made.house.ledger_engine.dispose()


@pytest.fixture
def folder(world: World) -> Folder:
    """A copy of the main edition, to be spoiled."""
    return dict(world.folder)


@pytest.fixture(scope="session")
def written(world: World, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An honest bundle of the newest edition."""
    file = tmp_path_factory.mktemp("bundle") / "today.hallmark"
    write_bundle(world.house.settings.public, file, world.signer("bundle"), world.rotated_at, with_tiles=True)
    return file.read_bytes()
