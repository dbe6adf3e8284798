"""Sends an answer as gzip to who takes it. For public files and standing pages only, never beside what a person handed in."""

import zlib
from functools import lru_cache
from typing import Final

from flask import Response, request

SMALLEST: Final = 256
LARGEST: Final = 64 * 1024
"""Bytes. Below nothing is won; above packing would keep others waiting."""


def gzipped(response: Response) -> Response:
    """Return the whole answer in gzip, its ETag made weak, where that pays and is asked for; else as it is."""
    response.vary.add("Accept-Encoding")
    data = response.get_data()
    wanted = request.accept_encodings.quality("gzip") > 0 and "Range" not in request.headers
    if wanted and SMALLEST <= len(data) <= LARGEST:
        response.set_data(_packed(data))
        response.headers["Content-Encoding"] = "gzip"
        tag = response.get_etag()[0]
        if tag is not None:
            response.set_etag(tag, weak=True)
    return response


@lru_cache(maxsize=256)
def _packed(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()
