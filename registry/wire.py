"""The wire to a registry elsewhere: one connection, bounded answers, no redirect followed, every failure one known error."""

import time
import weakref
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from registry.remote_errors import Unreachable

MAX_ANSWER: Final = 8 << 20
_PIECE: Final = 64 * 1024


class Wire:
    """One connection of one thread, kept alive, opened anew when the other side has closed it."""

    def __init__(self, address: str, timeout: float) -> None:
        parts = urlsplit(address)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self.address = address
        self._prefix = parts.path.rstrip("/")
        self._timeout = timeout
        self._connection = kind(parts.netloc, timeout=timeout)
        weakref.finalize(self, self._connection.close)  # it ends with whoever held it

    def exchange(self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Send one request and return status and body. Raises Unreachable, also for an answer cut short or dripping."""
        try:
            self._connection.request(method, self._prefix + path, body=data, headers=dict(headers))
            with self._connection.getresponse() as response:
                return response.status, self._body(response)
        except (HTTPException, OSError, ValueError) as error:
            self._connection.close()
            raise Unreachable(address=self.address, reason=type(error).__name__) from error

    def _body(self, response: HTTPResponse) -> bytes:
        pieces: list[bytes] = []
        left, ends = MAX_ANSWER, time.monotonic() + self._timeout
        while piece := response.read1(min(_PIECE, left + 1)):
            pieces.append(piece)
            left -= len(piece)
            if left < 0 or time.monotonic() > ends:
                raise TimeoutError
        if response.length:  # what the header promised and did not come
            raise ConnectionError
        return b"".join(pieces)
