"""The one gate to the network: HTTPS (plain HTTP only to this machine), no redirects, bounded in bytes and in time.

What is asked for stands at the address it is asked at: following a redirect would let one host send us to another.
"""

import re
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any, Final, cast

_ADDRESS: Final = re.compile(
    r"(https://([a-z0-9.-]+|\[[0-9a-f:.]+\])|http://(127\.0\.0\.1|localhost|\[::1\]))(:[0-9]{1,5})?(/[^\s?#\\]*)?",
    re.IGNORECASE | re.ASCII,
)
_PIECE: Final = 64 * 1024


class Unreachable(OSError):
    """No whole answer came: no connection, too slow, or larger than was bargained for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: HTTP status, media type without parameters, body."""

    status: int
    media_type: str
    body: bytes


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Every redirect becomes the answer it is: a status that nobody asked for."""

    def redirect_request(self, *_: object) -> None:
        return None


def is_address(base_url: str) -> bool:
    """Tell whether the gate opens for this address: https, or http to this machine; no query, no user name."""
    return _ADDRESS.fullmatch(base_url) is not None


class Gate:
    """Asks one host, below one address. Safe to share between threads."""

    def __init__(self, base_url: str, *, max_bytes: int, timeout: float = 10.0) -> None:
        """`timeout` seconds bound each step and the whole body; `max_bytes` the answer. Raises ValueError."""
        if not is_address(base_url):
            raise ValueError(base_url)
        self._base = base_url.rstrip("/")
        self._max_bytes = max_bytes
        self._timeout = timeout
        self._opener = urllib.request.build_opener(_NoRedirect)

    def ask(self, path: str, body: bytes | None = None) -> Answer:
        """Return the answer to a GET, or to a POST of `body`, whatever its status; raises Unreachable."""
        headers = {"User-Agent": "hallmark"} | ({"Content-Type": "text/plain; charset=utf-8"} if body else {})
        request = urllib.request.Request(f"{self._base}/{path}", data=body, headers=headers)  # noqa: S310  # scheme checked above
        try:
            with self._opened(request) as answer:
                return Answer(answer.status, answer.headers.get_content_type(), self._body(answer))
        except (urllib.error.URLError, HTTPException, OSError, ValueError) as error:
            raise Unreachable(str(error)) from error

    def _opened(self, request: urllib.request.Request) -> Any:
        try:
            return self._opener.open(request, timeout=self._timeout)
        except urllib.error.HTTPError as answer:
            return answer

    def _body(self, answer: Any) -> bytes:
        """The whole body; one that drips is cut off like one that never ends."""
        pieces: list[bytes] = []
        left, ends = self._max_bytes, time.monotonic() + self._timeout
        stream = cast("HTTPResponse", answer)
        while piece := stream.read1(min(_PIECE, left + 1)):
            pieces.append(piece)
            left -= len(piece)
            if left < 0 or time.monotonic() > ends:
                raise Unreachable("too large or too slow")
        if stream.length:  # what the header promised and did not come
            raise Unreachable("cut short")
        return b"".join(pieces)
