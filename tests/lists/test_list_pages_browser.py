"""The list pages in a real browser: no script runs, no policy is broken, nothing runs off a phone's edge (T47)."""

import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.lists.conftest import Lists
from tests.lists.test_list_pages import PAGES

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
         "--no-first-run")  # fmt: skip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.network,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium on this machine"),
]


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


@pytest.fixture(scope="module")
def address(lists: Lists) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, lists.app, handler_class=_Silent)
    lists.app.config["TRUSTED_HOSTS"] = [f"127.0.0.1:{server.server_port}", "127.0.0.1", "localhost"]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield started
        started.close()


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_runs_and_nothing_runs_off_the_edge(browser: Browser, address: str, path: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    try:
        answer = page.goto(f"{address}{path}")
        assert answer is not None
        assert answer.status == 200
        assert said == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        page.close()
