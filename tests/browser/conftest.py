"""One node process for all tests of a worker; for each file its own certificates, its own site and its own Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.node import Node
from tests.browser.site import Site, chromium, served
from tests.vectors.scenery import Scenery


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """The browser verifier."""
    process = Node()
    yield process
    process.close()


@pytest.fixture(scope="module")
def scene() -> Scenery:
    """Certificates and the folder that speaks of them."""
    return Scenery()


@pytest.fixture(scope="module")
def site(scene: Scenery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real server over that folder."""
    with served(tmp_path_factory.mktemp("published"), scene) as made:
        yield made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium(tmp_path_factory.mktemp("fonts")) as made:
        yield made
