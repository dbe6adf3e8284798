"""Without a network: the page opens, answers from what was kept, and says how old that is; it never serves an old verifier for ever."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.offline import at, visited, with_bundle
from tests.browser.site import CHROMIUM, Site, chromium, served
from tests.vectors.scenery import DAY, NOW, Scenery
from verifier.installed import SHELL, Shell

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium, or HALLMARK_CHROMIUM)"
    ),
]

STORED = """async () => {
  const all = await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)));
  return all.flat();
}"""


@pytest.fixture(scope="module")
def scene() -> Scenery:
    return Scenery()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("fonts")) as made:
        yield made


@pytest.fixture
def site(scene: Scenery, tmp_path: Path) -> Iterator[Site]:
    with served(tmp_path / "published", scene) as made:
        with_bundle(made)
        yield made


def answered(page: Page) -> str:
    page.wait_for_selector("section.verdict")
    return page.locator("h1").inner_text()


def until(page: Page, promise: str) -> None:
    """Wait until what is promised comes true."""
    for _ in range(100):
        if page.evaluate(promise):
            return
        page.wait_for_timeout(100)
    raise TimeoutError(promise)


def test_a_repeat_visit_is_answered_with_the_server_stopped(browser: Browser, scene: Scenery, tmp_path: Path) -> None:
    """The certificate that was checked before: all of its evidence is in hand, so it is genuine and valid, with a warning."""
    text = scene.certificates["valid"].text
    with served(tmp_path / "published", scene) as site:
        context, page = visited(browser, site, text)
    page = at(context, site, text, now=NOW + 3 * 3600)
    assert answered(page) == "真实有效"
    assert "3 小时前" in page.locator(".warning").inner_text()
    assert page.locator("section.verdict.caution").count() == 1
    page = at(context, site, text, now=NOW + DAY + 3600)
    assert answered(page) == "现在无法判断"
    assert answered(at(context, site, text, now=NOW + 60, lang="en")) == "Genuine and valid"
    context.close()


def test_the_bundle_answers_for_certificates_never_seen_before(
    browser: Browser, scene: Scenery, tmp_path: Path
) -> None:
    """It has no tiles, so a valid one is amber: registration not confirmed. What has ended has ended."""
    with served(tmp_path / "published", scene) as site:
        with_bundle(site)
        context, page = visited(browser, site)
        page.locator("#offline button").click()
        page.wait_for_function(
            "() => document.querySelector('#offline [role=status]').textContent.startsWith('已保存')"
        )
    context.set_offline(True)
    page = at(context, site, scene.certificates["valid"].text, now=NOW + 3600)
    assert answered(page) == "登记待确认"
    assert "61 分钟前" in page.locator(".warning").inner_text()
    page = at(context, site, scene.certificates["revoked"].text, now=NOW + 3600)
    assert answered(page) == "真实，但已吊销"
    context.close()


@pytest.mark.parametrize("damage", ["a stranger's signature", "cut in half", "expired"])
def test_a_bundle_that_does_not_hold_is_not_kept(browser: Browser, site: Site, damage: str) -> None:
    bundle = site.folder / "bundle" / "today.hallmark"
    data = bundle.read_bytes()
    if damage == "expired":
        with_bundle(site, NOW - 8 * DAY)
    else:
        bundle.write_bytes(data[: len(data) // 2] if damage == "cut in half" else _resigned(site))
    context, page = visited(browser, site)
    page.locator("#offline button").click()
    page.wait_for_function(
        "() => document.querySelector('#offline [role=status]').textContent.includes('没有保存成功')"
    )
    assert not [url for url in page.evaluate(STORED) if "hallmark" in url]
    context.close()


def _resigned(site: Site) -> bytes:
    from registry.bundle import write_bundle
    from tests.vectors.scenery import signer

    target = site.folder.parent / "forged.hallmark"
    write_bundle(site.folder, target, signer("status"), NOW, with_tiles=False)
    return target.read_bytes()


def test_nothing_that_was_scanned_is_kept(browser: Browser, site: Site) -> None:
    """Only the page, its files, and published files; no address with a query of the person's, no verdict."""
    text = site.scene.certificates["valid"].text
    context, page = visited(browser, site, text)
    page.goto(f"{site.address}/?lang=zh&from=somewhere#{text.partition('#')[2]}")
    answered(page)
    page.wait_for_timeout(300)
    stored = [url.removeprefix(site.address) for url in page.evaluate(STORED)]
    shapes = r"/\?lang=(zh|en)|/confirmed|/site\.css\?v=\w+|/static/[\w./-]+(\?v=\w+)?|/registry/[\w./-]+"
    assert len(stored) > 15
    assert [url for url in stored if not re.fullmatch(shapes, url)] == []
    context.close()


def test_a_copy_that_no_server_confirmed_for_thirty_days_says_update(
    browser: Browser, scene: Scenery, tmp_path: Path
) -> None:
    with served(tmp_path / "published", scene) as site:
        context, page = visited(browser, site)
        page.evaluate(
            "caches.open('hallmark-state').then((state) => state.put('/confirmed', new Response(String(Date.now() - 31 * 86400000))))"
        )
    page = context.new_page()
    page.goto(f"{site.address}/?lang=zh")
    assert "30 天没能更新" in page.locator("body").inner_text()
    assert "could not be updated" in page.locator("body").inner_text()
    context.close()


def test_a_new_build_is_seen_at_the_next_visit_and_then_kept_too(
    browser: Browser, scene: Scenery, tmp_path: Path
) -> None:
    with served(tmp_path / "published", scene) as site:
        context, page = visited(browser, site)
        old = page.locator(".build").inner_text()
        site.app.jinja_env.globals["build"] = "another"
        site.app.extensions.pop(SHELL)
        page = at(context, site, "")
        assert page.locator(".build").inner_text() != old
        until(
            page, "caches.keys().then((all) => all.filter((name) => name.startsWith('hallmark-shell-')).length === 2)"
        )
        until(
            page, "navigator.serviceWorker.getRegistration().then(({installing, waiting}) => !installing && !waiting)"
        )
    page = at(context, site, "")
    assert "another" in page.locator(".build").inner_text()
    context.close()


def test_a_worker_that_names_another_page_is_not_taken(browser: Browser, site: Site) -> None:
    """As while a new build is being rolled out: a worker of the one, a page of the other."""
    site.app.extensions[SHELL] = Shell("0" * 16, _worker(site).replace('"/?lang=en":"', '"/?lang=en":"0'))
    page = at(browser.new_context(), site, "")
    page.wait_for_timeout(2500)
    assert page.evaluate("navigator.serviceWorker.controller") is None
    assert page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found?.active ?? null)") is None
    page.context.close()


def _worker(site: Site) -> str:
    with urlopen(f"{site.address}/worker.js") as answer:
        return str(answer.read().decode())


def test_a_format_from_the_future_says_update(browser: Browser, site: Site) -> None:
    digits = str(int.from_bytes(b"\x01\x7f" + bytes(100)))
    page = at(browser.new_context(), site, f"#{digits}")
    assert answered(page) == "现在无法判断"
    assert "更新查验程序" in page.locator(".advice").inner_text()
    page.context.close()
