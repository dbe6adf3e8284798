"""Counts what the servers do, for Prometheus, over all worker processes. No label holds anything that a person sent.

Off unless `switch_on` was called before the workers began. Each worker writes its own file; `serve` adds them up on a port of
this machine only.
"""

import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The library's own name of the environment variable; it must stand before the library is loaded."""
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds."""
Observe = Callable[[str, str, int, float], None]
"""Told method, pattern of the route, status and seconds of every request."""


def switch_on() -> Path:
    """Let the processes that start from now on count; return the folder they write to, which the caller removes."""
    folder = tempfile.mkdtemp(prefix="hallmark-metrics-")
    os.environ[FOLDER] = folder
    return Path(folder)


def is_on() -> bool:
    """Whether this process counts."""
    return FOLDER in os.environ


def serve(port: int) -> Callable[[], None]:
    """Serve the sums of all processes at 127.0.0.1:`port`/metrics from a thread; return what stops it. Raises OSError."""
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # as the library has it
    server, thread = start_http_server(port, addr="127.0.0.1", registry=registry)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def observer(app: str) -> Observe | None:
    """Return what the app `app` tells its requests to, None where nobody counts."""
    if not is_on():
        return None
    requests, seconds = _requests()

    def observe(method: str, route: str, status: int, took: float) -> None:
        requests.labels(app, method, route, str(status)).inc()
        seconds.labels(app, route).observe(took)

    return observe


def answered(door: str, result: str) -> None:
    """Count one verdict, by the door it left through (page, api, lookup)."""
    if is_on():
        _verdicts().labels(door, result).inc()


@cache
def _requests() -> "tuple[Counter, Histogram]":
    from prometheus_client import Counter, Histogram

    requests = Counter("hallmark_requests", "Requests answered.", ("app", "method", "route", "status"))
    return requests, Histogram("hallmark_request_seconds", "How long they took.", ("app", "route"), buckets=BUCKETS)


@cache
def _verdicts() -> Any:
    from prometheus_client import Counter

    return Counter("hallmark_verdicts", "Certificates checked by the server.", ("door", "result"))
