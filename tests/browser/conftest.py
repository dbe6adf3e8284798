"""One node process with the built browser verifier for all tests of a worker."""

from collections.abc import Iterator

import pytest

from tests.browser.node import Node


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """The browser verifier."""
    process = Node()
    yield process
    process.close()
