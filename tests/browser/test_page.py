"""The page in a real browser: a scanned code is answered there, as the server would answer it, and nothing of it leaves."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.browser.site import CHROMIUM, Site, visit
from tests.vectors.scenery import DAY, NOW, Scenery, credential, sealed

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium, or HALLMARK_CHROMIUM)"
    ),
]

ASKED = ("valid", "qualification", "postdoc", "rare name", "revoked", "rescinded", "suspended", "superseded", "expiring", "other name", "level",
         "lost key above", "erased")  # fmt: skip
COMPARED = """() => {
  const tidy = (root) => {
    const copy = root.cloneNode(true);
    copy.querySelectorAll('.switch, template').forEach((each) => each.remove());
    copy.querySelectorAll('img').forEach((each) => each.removeAttribute('src'));
    const said = (node) => node.nodeType === 3 ? node.data.replace(/\\s+/g, ' ').trim()
      : node.nodeType !== 1 ? '' : '<' + node.localName + [...node.attributes].map((a) => ' ' + a.name + '=' + a.value).sort().join('') + '>'
        + [...node.childNodes].map(said).filter(Boolean).join('|') + '</>';
    return [...copy.childNodes].map(said).filter(Boolean).join('\\n');
  };
  window.tidy = tidy;
}"""


@pytest.fixture
def opened(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """`visit`, whose contexts are closed in the end."""
    pages: list[Page] = []

    def visiting(text: str, **how: Any) -> Page:
        pages.append(visit(browser, site, text, **how))
        return pages[-1]

    yield visiting
    for page in pages:
        page.context.close()


def answered(page: Page) -> str:
    """Wait for the verdict; return its headline."""
    page.wait_for_selector("section.verdict")
    return page.locator("h1").inner_text()


# what it says --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_browser_draws_what_the_server_would(opened: Callable[..., Page], site: Site, lang: str) -> None:
    """Element for element and word for word, for every tone and kind."""
    texts = {name: site.scene.certificates[name].text for name in ASKED}
    texts["never issued"] = sealed(credential("stranger", 7_000, issued_at=NOW - DAY)).text
    texts["damaged"] = texts["valid"][:-5] + "00000"
    page = opened(texts["valid"], lang=lang)
    answered(page)
    page.evaluate(COMPARED)
    for name, text in texts.items():
        digits = text.partition("#")[2]
        page.evaluate("document.querySelector('section.verdict')?.remove()")
        page.evaluate("(digits) => { location.hash = '#' + digits }", digits)
        answered(page)
        drawn = page.evaluate("window.tidy(document.getElementById('main'))")
        told = page.evaluate(
            """async ([text, lang]) => {
              const answer = await fetch('/check?fragment&lang=' + lang, {method: 'POST', body: new URLSearchParams({text})});
              return window.tidy(new DOMParser().parseFromString(await answer.text(), 'text/html').body);
            }""",
            [digits, lang],
        )
        assert drawn == told, name


def test_the_reader_stands_at_the_answer_and_the_title_names_it(opened: Callable[..., Page], scene: Scenery) -> None:
    page = opened(scene.certificates["valid"].text)
    assert answered(page) == "真实有效"
    assert page.evaluate("document.activeElement.id") == "verdict-title"
    assert page.title().startswith("真实有效 · ")


def test_both_languages_without_leaving_the_page(opened: Callable[..., Page], scene: Scenery) -> None:
    page = opened(scene.certificates["revoked"].text)
    assert answered(page) == "真实，但已吊销"
    page.evaluate("window.here = true")
    page.get_by_role("link", name="English").click()
    page.wait_for_function("() => document.documentElement.lang === 'en'")
    page.wait_for_function("() => document.querySelector('h1').textContent === 'Genuine, but revoked'")
    assert page.evaluate("window.here") is True
    assert page.locator(".brand-name").inner_text() == "Hallmark certificate check"
    assert not re.search("[\u4e00-\u9fff]", page.locator("footer").inner_text())
    page.get_by_role("button", name="中文").click()
    page.wait_for_function("() => document.querySelector('h1').textContent === '真实，但已吊销'")


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_answer_fits_the_screen(opened: Callable[..., Page], scene: Scenery, width: int, scheme: str) -> None:
    page = opened(scene.certificates["superseded"].text, width=width, color_scheme=scheme)
    assert answered(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_next_scan_in_the_same_tab_is_answered_too(opened: Callable[..., Page], scene: Scenery) -> None:
    page = opened(scene.certificates["valid"].text)
    assert answered(page) == "真实有效"
    page.evaluate(
        "(digits) => { location.hash = '#' + digits }", scene.certificates["suspended"].text.partition("#")[2]
    )
    page.wait_for_function("() => document.querySelector('h1')?.textContent === '真实，但已暂扣'")


# what leaves the phone -----------------------------------------------------------------------------------------------


def test_nothing_of_the_certificate_leaves_the_browser(browser: Browser, site: Site) -> None:
    """The server's logs, headers and all, and every request of a whole visit, hold none of it."""
    made = site.scene.certificates["rare name"]
    digits, fact = made.text.partition("#")[2], made.credential
    requests: list[Request] = []
    page = browser.new_context().new_page()
    page.clock.set_fixed_time(NOW)
    page.on("request", lambda request: requests.append(request))  # noqa: PLW0108  # playwright marks what it is handed
    site.log.clear()
    page.goto(f"{site.address}/?lang=zh#{digits}")
    assert answered(page) == "真实有效"
    page.get_by_role("link", name="English").click()
    page.wait_for_function("() => document.documentElement.lang === 'en'")
    assert page.url == f"{site.address}/?lang=en"
    assert page.evaluate("history.length") <= 2
    trace = [f"{each.method} {each.url} {each.all_headers()} {each.post_data or ''}" for each in requests]
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    said = "\n".join([*trace, *site.log, kept])
    secrets = [digits[at : at + 16] for at in range(0, len(digits) - 16, 7)]
    secrets += [fact.number, fact.holder.name, str(fact.id), str(fact.status.index), fact.issuer, made.document[:60]]
    assert len(requests) > 12
    assert len(site.log) > 12
    assert [secret for secret in secrets if secret in said] == []
    assert all(each.method == "GET" for each in requests)
    page.context.close()


def test_every_file_asked_for_serves_256_certificates_or_more(opened: Callable[..., Page], site: Site) -> None:
    site.log.clear()
    answered(opened(site.scene.certificates["valid"].text))
    asked = {re.search(r"/registry/(\S+)", line).group(1) for line in site.log if "/registry/" in line}  # type: ignore[union-attr]
    shapes = r"checkpoint|roots/\d+\.json|lists/trust(/1)?(/[0-9a-f]{2})?\.(json|tlog-proof)|status/0(\.tlog-proof)?|events/0/(leaves|\d+)|hints/0/\d+|tile/.+"
    assert asked
    assert [path for path in asked if not re.fullmatch(shapes, path)] == []


def test_a_pasted_text_is_checked_here_too_and_for_an_earlier_day(opened: Callable[..., Page], site: Site) -> None:
    page = opened("")
    site.log.clear()
    page.locator("#text").fill(site.scene.certificates["suspended"].text)
    page.locator("form[data-local] .at:has(#text-at) summary").click()
    page.locator("#text-at").fill("2026-09-25")
    page.locator("form[data-local] button").click()
    assert answered(page) == "2026年9月25日当天有效"
    assert not [line for line in site.log if "POST" in line]


def test_a_name_that_is_typed_to_be_compared_is_compared_by_the_server(opened: Callable[..., Page], site: Site) -> None:
    page = opened("")
    site.log.clear()
    page.locator("#text").fill(site.scene.certificates["valid"].text)
    page.locator("form[data-local] .typed summary").click()
    page.locator("#text-typed-name").fill("查无此人")
    page.locator("form[data-local] button").click()
    page.wait_for_selector('[data-result="mismatch"]')
    assert [line for line in site.log if "POST /check" in line]


# where it cannot -----------------------------------------------------------------------------------------------------


def test_without_webcrypto_nothing_is_sent_before_the_person_says_so(browser: Browser, site: Site) -> None:
    page = browser.new_context().new_page()
    page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined })")
    site.log.clear()
    page.goto(f"{site.address}/?lang=zh#{site.scene.certificates['valid'].text.partition('#')[2]}")
    page.wait_for_selector("#by-server:not([hidden])")
    assert page.url == f"{site.address}/?lang=zh"
    assert not [line for line in site.log if "POST" in line]
    assert page.locator("#text").input_value().isdigit()
    page.locator("#text").evaluate("(field) => field.form.querySelector('button').click()")
    assert answered(page) == "真实有效"
    assert [line for line in site.log if '"POST /check' in line]
    page.context.close()


def test_without_scripts_the_page_says_how(browser: Browser, site: Site) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site.address}/?lang=zh")
    page.locator("#text").fill(site.scene.certificates["valid"].text)
    page.locator("form:has(#text) button").click()
    assert answered(page) == "真实有效"
    page.context.close()


def test_a_browser_whose_webcrypto_lacks_ed25519_loads_it(browser: Browser, site: Site) -> None:
    page = browser.new_context().new_page()
    page.clock.set_fixed_time(NOW)
    page.add_init_script(
        "const real = SubtleCrypto.prototype.importKey; SubtleCrypto.prototype.importKey = function (form, key, kind, ...rest) {"
        "return kind === 'Ed25519' ? Promise.reject(new DOMException('', 'NotSupportedError')) : real.call(this, form, key, kind, ...rest) }"
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.address}/?lang=zh#{site.scene.certificates['valid'].text.partition('#')[2]}")
    assert answered(page) == "真实有效"
    assert [url for url in asked if "/ed25519-" in url]
    page.context.close()


def test_without_evidence_it_cannot_say(browser: Browser, site: Site) -> None:
    page = browser.new_context().new_page()
    page.clock.set_fixed_time(NOW)
    page.route(re.compile(r"/registry/(?!roots/1)"), lambda route: route.abort())
    page.goto(f"{site.address}/?lang=zh#{site.scene.certificates['valid'].text.partition('#')[2]}")
    assert answered(page) == "现在无法判断"
    page.context.close()


def test_another_root_of_trust_than_the_page_names_is_not_used(browser: Browser, site: Site) -> None:
    page = browser.new_context().new_page()
    forged = site.scene.sealed_roots.replace(b'"protected"', b' "protected"', 1)
    page.route(re.compile(r"/registry/roots/1"), lambda route: route.fulfill(body=forged))
    page.goto(f"{site.address}/?lang=zh#{site.scene.certificates['valid'].text.partition('#')[2]}")
    page.wait_for_selector("#by-server:not([hidden])")
    page.context.close()


def test_the_browser_remembers_the_newest_log_and_refuses_an_older_one(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    """A list from before a revocation cannot be played back to a phone that has seen a newer one."""
    context, text = browser.new_context(), site.scene.certificates["valid"].text.partition("#")[2]
    older = {**site.scene.folder(), "status/0": site.scene.status(version=0)}
    try:
        for files, headline in (
            (site.scene.folder(), "真实有效"),
            (older, "现在无法判断"),
            (site.scene.folder(), "真实有效"),
        ):
            site.publish(files)
            page = context.new_page()
            page.clock.set_fixed_time(NOW)
            page.goto(f"{site.address}/?lang=zh#{text}")
            assert answered(page) == headline
            page.close()
            context.clear_cookies()
            context.new_cdp_session(context.new_page()).send("Network.clearBrowserCache")
    finally:
        site.publish(site.scene.folder())
        context.close()


def test_the_scenery_is_the_one_of_the_vectors(scene: Scenery) -> None:
    assert replace(scene.roots).test
