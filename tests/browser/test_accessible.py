"""Every answer is for everybody: no violation that axe-core knows, no overflow at 320 px, and no need of a mouse.

`make test` looks at one answer of each colour; all answers, in both languages and both colour schemes, are slow.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.site import CHROMIUM, Site, chromium, served
from tests.vectors.scenery import DAY, NOW, Scenery, credential, sealed

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium, or HALLMARK_CHROMIUM)"
    ),
]

AXE = Path(__file__).parents[2] / "browser" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => {
  const {violations} = await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']});
  return violations.flatMap(({id, nodes}) => nodes.map(({target, failureSummary}) => `${id}: ${target} ${failureSummary}`));
}"""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
ONE_OF_EACH = ("valid", "superseded", "damaged", "unlogged evidence", "nothing at hand", "another site")
PATIENCE = 10_000


def texts(scene: Scenery) -> dict[str, str]:
    """A text for every result that the page can give by itself, and for every reason of "not valid"."""
    held = {name: made.text for name, made in scene.certificates.items()}
    named = ("valid", "rare name", "qualification", "postdoc", "revoked", "rescinded", "cancelled", "transferred", "suspended", "superseded",
             "expiring", "not yet awarded", "other name", "level", "lost key above", "retired key after")  # fmt: skip
    return {
        **{name: held[name] for name in named if name in held},
        "never issued": sealed(credential("stranger", 7_000, issued_at=NOW - DAY)).text,
        "damaged": held["valid"][:-5] + "00000",
        "a format of the future": "#" + str(int.from_bytes(b"\x01\x7f" + bytes(100))),
        "another site": "https://hallmark.example.net/#0123456789",
        "unlogged evidence": held["valid"],
        "nothing at hand": held["valid"],
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("published"), Scenery()) as made:
        yield made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("fonts")) as made:
        yield made


def opened(browser: Browser, address: str, **how: Any) -> Page:
    page = browser.new_context(service_workers="block", **how).new_page()
    page.clock.set_fixed_time(NOW)
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    return page


def ask(page: Page, site: Site, name: str, text: str, lang: str) -> None:
    """Paste `text` into the form, with the evidence cut away that the name says."""
    cut = {"unlogged evidence": "**/registry/tile/**", "nothing at hand": "**/registry/status/**"}.get(name)
    if cut:
        page.route(cut, lambda route: route.fulfill(status=404))
    page.goto(f"{site.address}/?lang={lang}")
    page.locator("#text").fill(text)
    page.locator("form:has(#text) button[type=submit]").click()
    page.wait_for_selector("section.verdict")
    if cut:
        page.unroute(cut)


def faults(page: Page) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = page.evaluate(RUN)
    return found


SCREENS = [
    pytest.param("zh", "light", 320, ONE_OF_EACH, id="one of each, zh light"),
    pytest.param("en", "dark", 320, ONE_OF_EACH[:3], id="one of each, en dark"),
    *(
        pytest.param(lang, scheme, width, None, id=f"all, {lang} {scheme} {width}", marks=pytest.mark.slow)
        for lang in ("zh", "en")
        for scheme in ("light", "dark")
        for width in (320, 1280)
    ),
]


@pytest.mark.parametrize(("lang", "scheme", "width", "names"), SCREENS)
def test_no_answer_shuts_anybody_out(
    browser: Browser, site: Site, lang: str, scheme: Any, width: int, names: tuple[str, ...] | None
) -> None:
    page = opened(browser, site.address, color_scheme=scheme, viewport={"width": width, "height": 800})
    all_texts = texts(site.scene)
    told: dict[str, list[str]] = {}
    for name in names or all_texts:
        ask(page, site, name, all_texts[name], lang)
        wide = page.evaluate(WIDE)
        told[name] = faults(page) + ([f"{wide} px too wide"] if wide > 0 else [])
    assert {name: found for name, found in told.items() if found} == {}
    page.context.close()


@pytest.mark.parametrize(("lang", "scheme"), [("zh", "light"), ("en", "dark")])
def test_nor_does_any_other_page(browser: Browser, site: Site, lang: str, scheme: Any) -> None:
    """The first page, the standing pages, and an answer of the server without scripts."""
    page = opened(browser, f"{site.address}/?lang={lang}", color_scheme=scheme, viewport={"width": 320, "height": 800})
    page.wait_for_selector("#offline:not([hidden])")
    told = {"first": faults(page), "first is wide": page.evaluate(WIDE)}
    for name in ("api", "real", "report", "lookup"):
        page.goto(f"{site.address}/{name}?lang={lang}")
        told |= {name: faults(page), f"{name} is wide": page.evaluate(WIDE)}
    page.goto(f"{site.address}/?lang={lang}")
    page.locator("#text").fill(site.scene.certificates["valid"].text)
    page.locator("form:has(#text)").evaluate("(form) => form.removeAttribute('data-local')")
    page.locator("form:has(#text) button[type=submit]").click()
    page.wait_for_url("**/check*")
    told |= {"by the server": faults(page), "by the server is wide": page.evaluate(WIDE)}
    assert {name: found for name, found in told.items() if found} == {}
    page.context.close()


def test_a_keyboard_is_enough(browser: Browser, site: Site) -> None:
    """From the address bar to the answer, to an earlier day, to the other language and back to the start."""
    page = opened(browser, f"{site.address}/?lang=zh", viewport={"width": 1280, "height": 900})
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reach(page, "#text")
    page.keyboard.insert_text(site.scene.certificates["suspended"].text)
    reach(page, "form:has(#text) .at summary")
    page.keyboard.press("Enter")
    reach(page, "#text-at")
    page.locator("#text-at").fill("2026-09-25")  # how a date is typed is the browser's own
    reach(page, "form:has(#text) button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("section.verdict")
    assert page.locator("h1").inner_text() == "2026年9月25日当天有效"
    assert page.evaluate("document.activeElement.id") == "verdict-title"
    reach(page, ".switch button")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.documentElement.lang === 'en'")
    page.wait_for_function("() => document.querySelector('h1').textContent === 'Valid on 25 September 2026'")
    reach(page, ".advice a.button", backwards=True)
    page.keyboard.press("Enter")
    page.wait_for_selector("#text")
    page.context.close()


def reach(page: Page, selector: str, *, backwards: bool = False) -> None:
    """Press Tab until the element has the focus; it must be seen to have it."""
    for _ in range(60):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"no Tab leads to {selector}")


def test_large_type_breaks_nothing(browser: Browser, site: Site) -> None:
    """Twice the size of letters, on a phone."""
    page = opened(browser, site.address, viewport={"width": 390, "height": 800})
    ask(page, site, "superseded", site.scene.certificates["superseded"].text, "zh")
    page.evaluate("document.documentElement.style.fontSize = '225%'")
    assert page.evaluate(WIDE) <= 0
    page.context.close()
