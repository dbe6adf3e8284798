"""The WSGI server of every service of ours: granian, with limits of time, logs without content, workers that come back."""

from typing import Final, Protocol

from web.jsonlog import SERVER_LOG

HEADER_MILLISECONDS: Final = 10_000
"""How long a client may take over the headers of a request; nginx in front waits as long."""
KILL_SECONDS: Final = 10
"""How long a worker may take to end; then it is killed."""


class Server(Protocol):
    """What is done with a server."""

    def serve(self) -> None:
        """Serve until stopped."""
        ...


def wsgi_server(target: str, *, bind: str, port: int, workers: int) -> Server:
    """Return the server that calls the factory `target` ("module:name") in each worker. Binds to `bind` only."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    server: Server = Granian(
        target,
        factory=True,
        address=bind,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        backlog=256,
        websockets=False,
        log_access=False,
        log_dictconfig=SERVER_LOG,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_SECONDS,
    )
    return server
