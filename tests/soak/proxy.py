"""A TCP proxy before PostgreSQL that cuts the connection at a COMMIT: before it, inside it, after it, inside its answer."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
CUTS = ("before", "inside", "after", "inside the answer")


class Proxy:
    """`at` says where a COMMIT's connection is cut, once, and how many COMMITs pass before (those of readers)."""

    def __init__(self, upstream: Path) -> None:
        self._upstream = upstream
        self.port = 0
        self.cut: str | None = None
        self.passing = 0
        self.cuts = 0
        self._ends: list[asyncio.StreamWriter] = []

    def at(self, cut: str, passing: int) -> None:
        """Cut the COMMIT that follows `passing` others."""
        self.passing, self.cut = passing, cut

    async def serve(self, ready: Callable[[], object]) -> None:
        """Take connections until cancelled."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready()
        try:
            await server.serve_forever()
        finally:
            drop(*self._ends)
            server.close()

    async def _connected(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(self._upstream)
        asked = asyncio.create_task(self._ask(from_client, to_server, to_client))
        self._ends += [to_client, to_server]
        with suppress(ConnectionError):
            while data := await from_server.read(1 << 16):
                if self.cut == "answering":
                    self.cut = None
                    to_client.write(data[:7])  # half a "CommandComplete"
                    await to_client.drain()
                    break
                to_client.write(data)
                await to_client.drain()
        asked.cancel()
        drop(to_client, to_server)

    async def _ask(
        self, source: asyncio.StreamReader, server: asyncio.StreamWriter, back: asyncio.StreamWriter
    ) -> None:
        while data := await source.read(1 << 16):
            if COMMIT in data and self.cut in CUTS:
                self.passing -= 1
                if self.passing < 0:
                    await self._cut(data, server, back)
                    return
            server.write(data)
            await server.drain()
        drop(server)

    async def _cut(self, data: bytes, server: asyncio.StreamWriter, back: asyncio.StreamWriter) -> None:
        kind, self.cut = self.cut, None
        self.cuts += 1
        at = data.index(COMMIT)
        server.write(data[:at] if kind == "before" else data[: at + 5] if kind == "inside" else data)
        await server.drain()
        if kind == "inside the answer":
            self.cut = "answering"
            await asyncio.sleep(5)
        elif kind == "after":
            drop(back)
            await asyncio.sleep(0.5)  # the server gets its COMMIT in peace
        drop(back, server)


def drop(*ends: asyncio.StreamWriter) -> None:
    """Break connections off."""
    for end in ends:
        end.transport.abort()
        end.close()


@contextmanager
def cutting(upstream: Path) -> Iterator[Proxy]:
    """A proxy on a thread of its own."""
    proxy, ready, loop = Proxy(upstream), threading.Event(), asyncio.new_event_loop()

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(serving)
        loop.run_until_complete(_ended(loop))
        loop.close()

    serving = loop.create_task(proxy.serve(ready.set))
    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(10)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join(10)


async def _ended(loop: asyncio.AbstractEventLoop) -> None:
    left = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await asyncio.sleep(0.05)  # transports close in the turn after
