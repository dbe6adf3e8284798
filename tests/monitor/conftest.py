"""A registry that is watched: a small real house, published, and a monitor with a memory of its own."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from registry.monitor.expected import Expected, certificate_line, key_line, status_line
from registry.monitor.memory import Memory
from registry.monitor.sources import FolderSource
from registry.monitor.watch import Orders, Report, visit
from registry.monitor.watched import Watched
from tests.registry_rim.rim_house import BODY, House


@dataclass
class Counting:
    """A published folder that notes what was read of it."""

    folder: Path
    read_paths: list[str] = field(default_factory=list)

    def read(self, path: str) -> bytes | None:
        self.read_paths.append(path)
        return FolderSource(self.folder).read(path)


@dataclass
class Watch:
    """A monitor of one house."""

    house: House
    state: Path
    orders: Orders

    def visit(self, *, expected: Expected | None = None, source=None, now: int | None = None) -> Report:
        """One visit, as a process of its own would make it."""
        memory = Memory.opened(self.state, self.orders.watched.log.origin)
        return visit(
            source or FolderSource(self.house.public), self.orders, memory, expected, now or self.house.clock()
        )

    def codes(self, **how) -> list[str]:
        return [each.code for each in self.visit(**how).findings]

    def expected(self) -> Expected:
        """What the body knows: its key, everything it issued, the three changes that it ordered."""
        sealed = self.house.submissions
        lines = [key_line(self.house.key.public_key.thumbprint, active=True)]
        lines += [certificate_line(each.list, each.index, (each.qr, each.doc)) for each in sealed]
        changed = ((sealed[3], 2), (sealed[4], 3), (sealed[5], 1))
        lines += [status_line(each.list, each.index, new) for each, new in changed]
        return Expected.from_text("\n".join(lines) + "\n")


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The house that others are copies of."""
    made = House(tmp_path_factory.mktemp("watched")).furnished()
    made.publish()
    made.engine.dispose()
    return made


@pytest.fixture
def house(published: House, tmp_path: Path) -> Iterator[House]:
    folder = tmp_path / "house"
    folder.mkdir()
    made = published.copied_to(folder)
    made.submissions = list(made.submissions)
    shutil.copytree(published.public, made.public)
    yield made
    made.engine.dispose()


@pytest.fixture
def watch(house: House, tmp_path: Path) -> Watch:
    return Watch(house, tmp_path / "state", Orders(Watched.of_roots(house.roots()), 86_400, issuer=BODY))
