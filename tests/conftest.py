"""What every room's tests may ask for: a real PostgreSQL."""

from collections.abc import Iterator

import pytest

from tests.stores.server import Absent, Server, running


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One PostgreSQL for all tests of this process; where there is none, what needs it is skipped and says so."""
    try:
        with running() as started:
            yield started
    except Absent as error:
        pytest.skip(str(error))
