"""A small site on 127.0.0.1: the vectors' registry as a published folder, and the verifier's pages over it; its clock stands still."""

import logging
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import noto_cjk_sans_otc
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server

from keys.roots import open_roots
from registry.app import create_app as create_registry_app
from tests.vectors.scenery import HOST, NOW, Scenery, signer
from verifier.app import create_app
from verifier.check import check
from verifier.documents import read_pdf
from verifier.gather import FolderSource, Gatherer
from verifier.pictures import read_picture
from verifier.policy import BROWSER
from verifier.ports import PublishedFolder, VerifierPorts, VerifierSettings
from verifier.receipts.desk import ReceiptDesk
from verifier.verdict import Verdict

CHROMIUM = os.environ.get("HALLMARK_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
         "--no-first-run")  # fmt: skip


class _Quiet(WSGIRequestHandler):
    """Writes every request line into the log that the tests read, as a careless proxy would."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        logging.getLogger("tests.access").info('"%s" %s %s', self.requestline, code, dict(self.headers))

    def log_error(self, *_: Any) -> None:
        return


@dataclass
class Site:
    """Where it is served, what it publishes, and the lines of its access logs."""

    address: str
    folder: Path
    scene: Scenery
    log: list[str] = field(default_factory=list)
    app: Any = None

    def publish(self, files: dict[str, bytes]) -> None:
        """Lay out these files and no others."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for path, data in {**files, "roots/1.json": self.scene.sealed_roots}.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)


class _Lines(logging.Handler):
    def __init__(self, kept: list[str]) -> None:
        super().__init__()
        self.kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record.getMessage())


@contextmanager
def served(folder: Path, scene: Scenery) -> Iterator[Site]:
    """The site, in a thread of its own."""
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=_Quiet)
    host = f"127.0.0.1:{server.server_port}"
    site = Site(f"http://{host}", folder, scene)
    site.publish(scene.folder())
    site.app = _verifier(site, host)
    server.app = DispatcherMiddleware(site.app, {"/registry": create_registry_app(folder, hosts=(host,))})
    handler = _Lines(site.log)
    for name in ("tests.access", "hallmark.access", "hallmark.error", "werkzeug"):
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(logging.INFO)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def _verifier(site: Site, host: str) -> Any:
    roots = open_roots(site.scene.sealed_roots, trusted=None)

    def judge(text: str, as_of: int | None, proof: bytes | None, /) -> Verdict:
        gatherer = Gatherer(FolderSource(site.folder), roots, lambda: NOW, policy=BROWSER)
        return check(text, gatherer.evidence_for(text), BROWSER, now=NOW, as_of=as_of, proof=proof)

    folder = PublishedFolder("/registry", "roots/1.json", sha256(site.scene.sealed_roots).hexdigest())
    settings = VerifierSettings(host, other_hosts=(HOST,), test=True, build="vectors", folder=folder)
    desk = ReceiptDesk(roots, lambda: NOW, issuer=f"https://{HOST}/", software="vectors", signer=signer("receipt"))
    asked = {"record_match": lambda _number, _name: None, "report_box": lambda _report: "20260921-00000000"}
    return create_app(settings, VerifierPorts(judge, read_picture, read_pdf, lambda: NOW, **asked, receipts=desk))


@contextmanager
def chromium(fonts: Path, *flags: str) -> Iterator[Browser]:
    """The system's Chromium, with a font that has the characters of the certificates."""
    conf = fonts / "fonts.conf"
    home = Path(noto_cjk_sans_otc.FONT_PATH).parent
    conf.write_text(f"<fontconfig><dir>{home}</dir><cachedir>{fonts}</cachedir></fontconfig>", "utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, *flags], env={**os.environ, "FONTCONFIG_FILE": str(conf)}
        )
        yield browser
        browser.close()


def visit(browser: Browser, site: Site, text: str, *, lang: str = "zh", width: int = 390, **context: Any) -> Page:
    """A first visit by a scanned code, at the site's own time; its page is left open."""
    page = browser.new_context(
        viewport={"width": width, "height": 800}, locale=f"{lang}-CN", service_workers="block", **context
    ).new_page()
    page.clock.set_fixed_time(NOW)
    page.set_default_timeout(10_000)
    page.goto(f"{site.address}/?lang={lang}#{text.partition('#')[2] or text}")
    return page
