"""Serves the published folder: the same static files a CDN would serve, with the right types and cache headers.

What a verifier may know of the registry is what lies in the folder. The pages about the published lists are made from it.
"""

import re
from hashlib import sha256
from pathlib import Path
from typing import Final

from flask import Flask, Response, abort, current_app, request

from registry.published.pages import ERRORS, ListPages, add_pages
from web.factory import create_app as create_web_app
from web.gzipped import gzipped

FOREVER: Final = "public, max-age=31536000, immutable"
BRIEFLY: Final = "public, max-age=5"

# Which paths exist, what they are, and whether they ever change. Partial tiles are immutable too (C2SP tlog-tiles).
_KINDS: Final = tuple(
    (re.compile(pattern), content_type, caching)
    for pattern, content_type, caching in (
        (r"checkpoint", "text/plain; charset=utf-8", BRIEFLY),
        (r"tile/(entries|\d{1,2})/(x\d{3}/)*\d{3}(\.p/\d{1,3})?", "application/octet-stream", FOREVER),
        (r"roots/\d+\.json", "application/jose+json", FOREVER),
        (r"lists/[a-z][a-z0-9-]*\.json", "application/jose+json", BRIEFLY),
        (r"lists/[a-z][a-z0-9-]*/\d+\.json", "application/jose+json", FOREVER),
        (r"lists/[a-z][a-z0-9-]*/\d+\.tlog-proof", "text/plain; charset=utf-8", BRIEFLY),
        (r"lists/trust/\d+/[0-9a-f]{2}\.json", "application/json", FOREVER),
        (r"status/\d+", "application/statuslist+jwt", BRIEFLY),
        (r"status/\d+\.tlog-proof", "text/plain; charset=utf-8", BRIEFLY),
        (r"bitstring/\d+/(revocation|suspension)", "application/vc+jwt", BRIEFLY),
        (r"bundle/today\.hallmark", "application/zip", BRIEFLY),
        (r"(events|hints)/\d+/(\d{1,2}|leaves)", "application/octet-stream", BRIEFLY),
    )
)


def create_app(
    folder: Path,
    *,
    hosts: tuple[str, ...],
    trusted_hops: int = 0,
    lists: ListPages | None = None,
) -> Flask:
    """Make the app that serves the published `folder` under `hosts`; with `lists` also the pages about its lists."""
    app = create_web_app("registry", max_body=1024, hosts=hosts, error_table=ERRORS, trusted_hops=trusted_hops)
    app.config["PUBLISHED"] = folder.resolve()
    app.add_url_rule("/<path:path>", "published", published)
    if lists is not None:
        add_pages(app, folder.resolve(), lists)
    return app


def published(path: str) -> Response:
    """Answer with one published file, conditional on its ETag, readable from any origin; 404 for any other path."""
    for pattern, content_type, caching in _KINDS:
        if pattern.fullmatch(path):
            return _file(current_app.config["PUBLISHED"] / path, content_type, caching)
    return abort(404)


def _file(file: Path, content_type: str, caching: str) -> Response:
    """The file's bytes, read once: size, digest and body belong together even while a publication replaces the file.

    The ETag is the content's digest. There is no Last-Modified: it counts whole seconds, in which a file can be replaced
    twice, and a 304 would bless the older one.
    """
    try:
        data = file.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        abort(404)
    response = Response(data, content_type=content_type)
    response.set_etag(sha256(data).hexdigest()[:32])
    gzipped(response)
    response.headers["Cache-Control"] = caching
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.make_conditional(request, accept_ranges=True, complete_length=len(response.get_data()))
    return response
