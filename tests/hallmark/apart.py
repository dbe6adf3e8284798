"""A registry in processes of its own, an issuing house that asks it, and between them a wire that can be cut."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hallmark.wall import wall_clock
from tests.hallmark.command import environment, run
from tests.hallmark.conftest import DATA

PASS, DROP, SWALLOW = "pass", "drop", "swallow"
"""What the wire does with one request: forwards it, kills the server before it, kills the server after its answer."""


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Server:
    """`hallmark registry serve` of one house, as its operator runs it."""

    home: Path
    workers: int = 1
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [Path(sys.executable).with_name("hallmark"), "--home", self.home, "registry", "serve"]
        options = ["--port", str(self.port), "--workers", str(self.workers)]
        self.process = subprocess.Popen(
            [*map(str, command), *options], env=environment(), stderr=subprocess.DEVNULL, start_new_session=True
        )
        ends = time.monotonic() + 40
        while time.monotonic() < ends:
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                return
            time.sleep(0.1)
        raise AssertionError("the server did not come up")

    def kill(self) -> None:
        """kill -9 for it, its workers and its publisher."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@dataclass
class Wire:
    """Stands at the registry's public address, forwards each request, and does to it what `script` says."""

    server: Server
    port: int = field(default_factory=free_port)
    script: Callable[[str], str] = lambda _line: PASS
    restart: bool = True
    seen: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def listening(self) -> Iterator[None]:
        with closing(socket.create_server(("127.0.0.1", self.port))) as listener:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            yield
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            while request := _message(client):
                line = request.split(b"\r\n", 1)[0].decode()
                self.seen.append(line)
                what = self.script(line)
                if what == DROP:
                    self._down()
                    return
                with closing(socket.create_connection(("127.0.0.1", self.server.port))) as upstream:
                    upstream.sendall(request)
                    answer = _message(upstream)
                if what == SWALLOW:
                    self._down()
                    return
                client.sendall(answer)

    def _down(self) -> None:
        self.server.kill()
        if self.restart:
            self.server.start()


def _message(connection: socket.socket) -> bytes:
    """One whole request or answer with a Content-Length; empty when the other side is gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := connection.recv(65536)):
            return b""
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    missing = int(lengths[0]) - len(body) if lengths else 0
    while missing > 0:
        if not (piece := connection.recv(65536)):
            return b""
        data += piece
        missing -= len(piece)
    return data


@dataclass
class Apart:
    """The registry's house and server, the wire, and the issuing body's house."""

    registry: Path
    office: Path
    server: Server
    wire: Wire
    body: str


BODY = "11310000100000000F"  # the first of the demo's bodies, which issues most of its titles


def founded_apart(folder: Path, *, workers: int = 1) -> Apart:
    """A registry-only house, and one that has joined it and stands on its trust list. The server does not run yet."""
    server = Server(folder / "registry", workers)
    wire = Wire(server)
    lists = ("--bodies", DATA / "bodies.csv", "--committees", DATA / "committees.csv")
    host = ("--host", "verify.example", "--registry-only", "--api-url", wire.address)
    run(folder / "registry", "init", *host, *lists).fine()
    roots = folder / "registry" / "roots.json"
    run(folder / "office", "join", "--registry", wire.address, "--roots", roots, "--body", BODY).fine()
    run(folder / "registry", "registry", "enrol-request", folder / "office" / "enrolment-request.json", "--yes").fine()
    _trusted(folder / "registry", folder / "trust.draft", lists)
    return Apart(folder / "registry", folder / "office", server, wire, BODY)


def _trusted(home: Path, draft: Path, lists: tuple[object, ...]) -> None:
    """The next trust list, over the keys that the log holds by now, signed by its two publishers."""
    run(home, "publish").fine()
    expires = datetime.fromtimestamp(wall_clock() + 300 * 86_400, UTC).date()
    run(home, "list", "draft", "trust", *lists, "--expires", expires, "--out", draft).fine()
    for key in ("trust-1", "trust-2"):
        run(home, "list", "sign", draft, "--key", key, "--yes").fine()
    run(home, "list", "publish", draft).fine()


@contextmanager
def running(apart: Apart) -> Iterator[Apart]:
    """The server up and the wire listening."""
    apart.server.start()
    try:
        with apart.wire.listening():
            yield apart
    finally:
        apart.server.kill()
