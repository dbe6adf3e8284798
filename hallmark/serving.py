"""Runs the one-process server under granian; each worker process builds its own application."""

import gc
import os
import shutil
from pathlib import Path
from typing import Any, Final

from hallmark.house import House
from hallmark.publishing import start
from hallmark.settings import read_settings
from hallmark.wsgi import wsgi_server
from web import metrics
from web.jsonlog import log_to_stderr

_HOME: Final = "HALLMARK_SERVE_HOME"
_PORT: Final = "HALLMARK_SERVE_PORT"


def run(
    home: Path,
    *,
    bind: str,
    port: int,
    workers: int,
    target: str = "application",
    publishing: bool = True,
    metrics_port: int | None = None,
) -> None:
    """Serve until stopped; `target` is one of the two factories below. Binds to `bind` only.

    A reverse proxy stands in front in production (docs/operations.md). With `publishing` a process beside keeps the
    published folder fresh; without, another one has to (`hallmark publish --every 60`). With `metrics_port` the figures of all
    workers stand at 127.0.0.1:`metrics_port`/metrics.
    """
    os.environ[_HOME], os.environ[_PORT] = str(home), str(port)
    figures = metrics.switch_on() if metrics_port is not None else None
    stop_figures = metrics.serve(metrics_port) if metrics_port is not None else None
    publisher = start(home) if publishing else None
    server = wsgi_server(f"hallmark.serving:{target}", bind=bind, port=port, workers=workers)
    try:
        server.serve()
    finally:
        if publisher is not None:
            publisher.terminate()
        if stop_figures is not None:
            stop_figures()
        if figures is not None:
            shutil.rmtree(figures, ignore_errors=True)


def application() -> Any:
    """The WSGI application of the house that `run` named; called in each worker."""
    from hallmark.server import create_server  # workers alone need it, and it costs half a second to load

    return _made(create_server)


def registry_application() -> Any:
    """The WSGI application of the registry alone, for issuers elsewhere; called in each worker."""
    from hallmark.server import create_registry_server

    return _made(create_registry_server)


def _made(create: Any) -> Any:
    log_to_stderr()
    server = create(House(read_settings(Path(os.environ[_HOME]))), port=int(os.environ[_PORT]))
    gc.freeze()  # a worker is a new process, so what `hallmark.cli` froze is not frozen here
    return server
