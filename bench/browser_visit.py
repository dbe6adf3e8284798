"""`python -m bench.browser_visit`: what a first visit by a scanned code costs a phone, in Chromium, over logs of three sizes.

Prints bytes as they crossed the wire, requests, milliseconds from the load event to the verdict, and of a check whose
evidence is in hand. The server is the one of tests/browser, in this process: its time is in the figures.
"""

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.browser.site import CHROMIUM, Site, chromium, served
from tests.vectors.scenery import NOW, Scenery

VISITS = 7
WATCH = """
addEventListener('DOMContentLoaded', () => new MutationObserver(() => {
  if (!window.shownAt && document.querySelector('section.verdict')) window.shownAt = performance.now();
}).observe(document.documentElement, { childList: true, subtree: true }));
"""
AGAIN = """(digits) => new Promise((done) => {
  const begun = performance.now();
  document.querySelector('section.verdict').remove();
  new MutationObserver((_, watcher) => {
    if (!document.querySelector('section.verdict')) return;
    watcher.disconnect();
    done(performance.now() - begun);
  }).observe(document.getElementById('main'), { childList: true });
  location.hash = '#' + digits;
})"""


def main() -> int:
    """Measure and print."""
    if CHROMIUM is None:
        print("no Chromium on this machine: apt-get install chromium, or set HALLMARK_CHROMIUM")
        return 1
    print(
        "| entries in the log | bytes | requests | load to verdict, ms | with evidence in hand, ms |\n|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as folder, chromium(Path(folder)) as browser:
        for filler in (0, 600, 66_000):
            scene = Scenery(filler)
            with served(Path(folder) / str(filler), scene) as site:
                visits = [visit(browser, site) for _ in range(VISITS)]
            size, requests = visits[0]["bytes"], visits[0]["requests"]
            first, again = (statistics.median(each[name] for each in visits) for name in ("first", "again"))
            print(f"| {scene.growth.size} | {size} | {requests} | {first:.0f} | {again:.0f} |")
    return 0


def visit(browser: Browser, site: Site) -> dict[str, Any]:
    """One first visit, and a second scan in the same tab."""
    digits = site.scene.certificates["valid"].text.partition("#")[2]
    page = browser.new_context(viewport={"width": 390, "height": 800}).new_page()
    page.add_init_script(f"Date.now = () => {NOW * 1000};" + WATCH)  # playwright's clock would stop performance.now too
    sizes: dict[str, float] = {}
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", lambda each: sizes.__setitem__(each["requestId"], each["encodedDataLength"]))
    page.goto(f"{site.address}/?lang=zh#{digits}", wait_until="load")
    page.wait_for_selector("section.verdict")
    page.wait_for_timeout(200)
    loaded, shown = page.evaluate("[performance.getEntriesByType('navigation')[0].loadEventEnd, window.shownAt]")
    told = {"bytes": round(sum(sizes.values())), "requests": sum(1 for size in sizes.values() if size)}
    told |= {"first": max(0.0, shown - loaded), "again": page.evaluate(AGAIN, digits)}
    page.context.close()
    return told


if __name__ == "__main__":
    sys.exit(main())
