"""One witness in a folder, its real server on 127.0.0.1, and a log that it serves."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from registry.note import NoteKey
from registry.witnesses.app import create_app
from registry.witnesses.client import RemoteWitness
from registry.witnesses.folder import WitnessFolder
from tests.witnesses.growing_log import NOW, GrowingLog
from web.egress import Answer, Gate

PASSPHRASE = b"a witness's passphrase"


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class Served:
    """A witness and the address it answers at."""

    folder: WitnessFolder
    url: str
    clock: Clock = field(repr=False)

    def post(self, body: bytes) -> Answer:
        return Gate(self.url, max_bytes=1 << 20).ask("add-checkpoint", body)

    def get(self, path: str) -> Answer:
        return Gate(self.url, max_bytes=1 << 20).ask(path)

    def client(self) -> RemoteWitness:
        return RemoteWitness(self.url, self.folder.keys())

    def known_by(self) -> list[NoteKey]:
        return self.folder.keys()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path, clock: Clock) -> WitnessFolder:
    return WitnessFolder.found(
        tmp_path / "w1", PASSPHRASE, clock, name="witness.example/w1", hosts=["127.0.0.1"], ml_dsa=True
    )


@pytest.fixture
def log(folder: WitnessFolder) -> GrowingLog:
    """A log of 600 entries that the witness serves."""
    made = GrowingLog().upto(600)
    folder.add_log(made.known())
    return made


@pytest.fixture
def served(folder: WitnessFolder, clock: Clock) -> Iterator[Served]:
    server = make_server("127.0.0.1", 0, create_app(folder, hosts=("127.0.0.1",)), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield Served(folder, f"http://127.0.0.1:{server.port}", clock)
    server.shutdown()
    thread.join()
    server.server_close()
