"""What the tests without a network share: a site whose folder has a bundle, and a visit after which the page is kept."""

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from registry.bundle import write_bundle
from registry.paths import BUNDLE
from tests.browser.site import Site
from tests.vectors.scenery import NOW, signer


def with_bundle(site: Site, made: int = NOW) -> None:
    """Lay out the day's bundle as the publisher does, without tiles."""
    target = site.folder / BUNDLE
    target.parent.mkdir(exist_ok=True)
    write_bundle(site.folder, target, signer("bundle"), made, with_tiles=False)


def visited(
    browser: Browser, site: Site, text: str = "", *, lang: str = "zh", **how: Any
) -> tuple[BrowserContext, Page]:
    """A visit that lasted until the page was kept."""
    context = browser.new_context(viewport={"width": 390, "height": 800}, locale=f"{lang}-CN", **how)
    page = at(context, site, text, lang=lang)
    page.wait_for_selector("section.verdict" if text else "#offline:not([hidden])")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    context.new_cdp_session(page).send("Network.clearBrowserCache")  # what is kept must be kept by ourselves
    return context, page


def at(context: BrowserContext, site: Site, text: str, *, now: int = NOW, lang: str = "zh") -> Page:
    """A page of its own at the site's time."""
    page = context.new_page()
    page.clock.set_fixed_time(now)
    page.set_default_timeout(10_000)
    page.goto(f"{site.address}/?lang={lang}#{text.partition('#')[2] or text}")
    return page
