"""`python -m bench.screenshots DEMO TARGET`: every answer as a person sees it, from the demo's files through the real server.

Each file of DEMO/verdicts is handed to the first page of `hallmark serve`, in both languages, at 320 and 1280 px, light and
dark. The pictures are written to TARGET, and no answer may differ from the one that the demo's summary names.
"""

import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import Browser, Page

from tests.browser.site import CHROMIUM, chromium

LOOKS = tuple(product(("zh", "en"), (320, 1280), ("light", "dark")))
UNREACHABLE = ("copy_expired", "legacy_unsigned")
"""Results that nothing produces yet: there is no picture of them."""
PATIENCE = 20_000
SEND = re.compile("发送并查验|Send and check")

Act = Callable[[Page], None]


@dataclass(frozen=True)
class Scene:
    """What is done on the page, and the result it must give; none for a page without a verdict."""

    name: str
    act: Act
    result: str | None
    path: str = "/"
    cut: str = ""


def main(demo: Path, target: Path) -> int:
    """Take all pictures; return 1 when an answer is not the expected one."""
    if CHROMIUM is None:
        print("no Chromium on this machine: apt-get install chromium, or set HALLMARK_CHROMIUM", file=sys.stderr)
        return 1
    target.mkdir(parents=True, exist_ok=True)
    wrong = 0
    with tempfile.TemporaryDirectory() as fonts, served(demo / "house") as address, chromium(Path(fonts)) as browser:
        for scene in scenes(demo):
            obtained = [taken(browser, address, scene, look, target) for look in LOOKS]
            fine = set(obtained) == {scene.result}
            wrong += not fine
            print(
                f"{'✓' if fine else '✗'} {scene.name}: {', '.join(sorted({str(each) for each in obtained}))}",
                flush=True,
            )
    print(f"no picture, as nothing gives these answers yet: {', '.join(UNREACHABLE)}")
    return 1 if wrong else 0


def taken(browser: Browser, address: str, scene: Scene, look: tuple[str, int, Any], target: Path) -> str | None:
    """One picture in one look; return the result that the page shows."""
    lang, width, scheme = look
    size = {"width": width, "height": 640 if width == 320 else 900}
    context = browser.new_context(viewport=size, color_scheme=scheme, locale=f"{lang}-CN", service_workers="block")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    if scene.cut:
        page.route(re.compile(scene.cut), lambda route: route.fulfill(status=404))
    page.goto(f"{address}{scene.path}?lang={lang}", wait_until="load")
    if scene.path == "/":
        page.wait_for_selector("#offline:not([hidden])")
    scene.act(page)
    if scene.result is not None:
        page.wait_for_selector("section.verdict")
    page.wait_for_timeout(100)
    page.screenshot(path=target / f"{scene.name}.{lang}.{width}.{scheme}.png", full_page=True)
    found = page.locator("section.verdict")
    result = found.get_attribute("data-result") if scene.result is not None else None
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    context.close()
    return result if wide <= 0 else f"{result}, {wide} px too wide"


# what is done --------------------------------------------------------------------------------------------------------


def scenes(demo: Path) -> Iterator[Scene]:
    """The first page, a file for every result that a file gives, and what a file alone does not give."""
    summary = json.loads((demo / "summary.json").read_text("utf-8"))
    yield Scene("first", lambda _: None, None)
    yield Scene("first.open", _open_details, None)
    for row in summary["verdicts"]:
        if row["bundle"] and not row["typed"]:
            cut = "/registry/(tile|hints)/" if row["result"] == "genuine_unconfirmed" else ""
            yield Scene(Path(row["file"]).stem, _handing_in(demo / row["file"]), row["result"], cut=cut)
    valid = demo / "verdicts" / "genuine_valid.pdf"
    unconfirmed = demo / "verdicts" / "genuine_unconfirmed.png"
    suspended = demo / "verdicts" / "genuine_not_valid.suspended.png"
    day = next(each["day"] for each in summary["as_of"] if each["expected"] == "genuine_valid")
    yield Scene("genuine_valid.as_of", _handing_in(suspended, day), "genuine_valid")
    yield Scene("not_checkable_now.no_status", _handing_in(unconfirmed), "not_checkable_now", cut="/registry/status/")
    yield Scene("mismatch", _handing_in(valid, name="王小明"), "mismatch")
    yield Scene("no_record", _looking_up, "no_record", path="/lookup")


def _open_details(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")


def _handing_in(file: Path, day: str = "", name: str = "") -> Act:
    def act(page: Page) -> None:
        form = page.locator("form:has(#file)")
        if day:
            form.locator("details:has(#file-at) summary").click()
            form.locator("#file-at").fill(day)
        if name:
            form.locator("details:has(#file-typed-name) summary").click()
            form.locator("#file-typed-name").fill(name)
        page.locator("#file").set_input_files(file)
        form.locator("button[type=submit]").click()
        agreed = page.get_by_role("button", name=SEND)
        page.locator("section.verdict").or_(agreed).first.wait_for()
        if agreed.count():
            agreed.click()

    return act


def _looking_up(page: Page) -> None:
    page.locator("#number").fill("0000000000000")
    page.locator("#name").fill("王小明")
    page.locator("form:has(#number) button[type=submit]").click()


# the server ----------------------------------------------------------------------------------------------------------


@contextmanager
def served(home: Path) -> Iterator[str]:
    """`hallmark serve` of this house on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "hallmark", "--home", str(home), "serve", "--port", str(port)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/registry/bundle/today.hallmark")
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(address: str) -> None:
    for _ in range(150):
        try:
            with urlopen(address):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(address)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
