"""Runs the one-process server under granian; each worker process builds its own application."""

import gc
import os
from pathlib import Path
from typing import Any, Final

from hallmark.house import House
from hallmark.publishing import start
from hallmark.server import create_registry_server, create_server
from hallmark.settings import read_settings

_HOME: Final = "HALLMARK_SERVE_HOME"
_PORT: Final = "HALLMARK_SERVE_PORT"


def run(
    home: Path, *, bind: str, port: int, workers: int, target: str = "application", publishing: bool = True
) -> None:
    """Serve until stopped; `target` is one of the two factories below. Binds to `bind` only.

    A reverse proxy stands in front in production (docs/operations.md). With `publishing` a process beside keeps the
    published folder fresh; without, another one has to (`hallmark publish --every 60`).
    """
    from granian import Granian
    from granian.constants import Interfaces

    os.environ[_HOME], os.environ[_PORT] = str(home), str(port)
    publisher = start(home) if publishing else None
    server = Granian(
        f"hallmark.serving:{target}",
        factory=True,
        address=bind,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        backlog=256,
        websockets=False,
        log_access=False,
    )
    try:
        server.serve()
    finally:
        if publisher is not None:
            publisher.terminate()


def application() -> Any:
    """The WSGI application of the house that `run` named; called in each worker."""
    return _made(create_server)


def registry_application() -> Any:
    """The WSGI application of the registry alone, for issuers elsewhere; called in each worker."""
    return _made(create_registry_server)


def _made(create: Any) -> Any:
    server = create(House(read_settings(Path(os.environ[_HOME]))), port=int(os.environ[_PORT]))
    gc.freeze()  # a worker is a new process, so what `hallmark.cli` froze is not frozen here
    return server
