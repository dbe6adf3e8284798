"""Receipts from the page that checks by itself: asked of the server when the person presses, opened by the server alone."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from keys.roots import open_roots
from tests.browser.site import CHROMIUM, Site, visit
from tests.vectors.scenery import NOW, Scenery, signer
from verifier.documents import read_pdf
from verifier.receipts.claims import Checked, CheckReceipt
from verifier.receipts.desk import ReceiptDesk
from verifier.receipts.sealing import open_receipt

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium, or HALLMARK_CHROMIUM)"
    ),
]


@pytest.fixture
def opened(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """`visit`, whose contexts are closed in the end."""
    pages: list[Page] = []

    def visiting(text: str, **how: Any) -> Page:
        site.log.clear()
        pages.append(visit(browser, site, text, **how))
        return pages[-1]

    yield visiting
    for page in pages:
        page.context.close()


def posted(site: Site) -> list[str]:
    """What was sent to the server, by the lines of its log."""
    return [line.split(" ")[1] for line in site.log if line.startswith('"POST')]


def taken(page: Page, button: str, to: Path) -> bytes:
    """Press a button and take the file that comes back; the page stays where it is."""
    with page.expect_download() as coming:
        page.locator(button).click()
    coming.value.save_as(to)
    return to.read_bytes()


def open_(sealed: str, scene: Scenery) -> CheckReceipt:
    return open_receipt(sealed, open_roots(scene.sealed_roots, trusted=None), NOW)


def test_a_receipt_comes_back_when_the_person_presses_and_nothing_was_sent_before(
    opened: Callable[..., Page], site: Site, scene: Scenery, tmp_path: Path
) -> None:
    digits = scene.certificates["suspended"].text.partition("#")[2]
    page = opened(digits)
    page.wait_for_selector(".card.receipt")
    assert posted(site) == []
    assert "发给本站服务器" in page.locator(".card.receipt").inner_text()
    sealed = taken(page, "button[value=jwt]", tmp_path / "receipt.jwt").decode("ascii")
    printed = taken(page, "button[value=pdf]", tmp_path / "receipt.pdf")
    (attached,) = read_pdf(printed).texts
    for each in (sealed, attached):
        content = open_(each, scene).content
        assert isinstance(content, Checked)
        assert (content.result, content.reason) == ("genuine_not_valid", "suspended")
        assert content.sha256 == sha256(digits.encode()).hexdigest()
    assert posted(site) == ["/receipt?lang=zh"] * 2
    assert page.locator("section.verdict").is_visible()


def test_a_receipt_is_about_the_day_that_was_asked_about(
    opened: Callable[..., Page], scene: Scenery, tmp_path: Path
) -> None:
    page = opened("", lang="en")
    page.locator("#text").fill(scene.certificates["suspended"].text)
    page.locator("form[data-local] .at:has(#text-at) summary").click()
    page.locator("#text-at").fill("2026-09-25")
    page.locator("form[data-local] button").click()
    page.wait_for_selector(".card.receipt")
    content = open_(taken(page, "button[value=jwt]", tmp_path / "r.jwt").decode("ascii"), scene).content
    assert isinstance(content, Checked)
    assert (content.result, content.asked_at is not None) == ("genuine_valid", True)


def test_where_the_server_gives_none_none_is_offered(
    opened: Callable[..., Page], site: Site, scene: Scenery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(site.app.jinja_env.globals, "gives_receipts", False)
    page = opened(scene.certificates["valid"].text)
    page.wait_for_selector("section.verdict")
    assert page.locator(".card.receipt").count() == 0


def test_what_cannot_be_read_gets_no_receipt(opened: Callable[..., Page], scene: Scenery) -> None:
    page = opened(scene.certificates["valid"].text[:-90])
    page.wait_for_selector('section.verdict[data-result="unreadable"]')
    assert page.locator(".card.receipt").count() == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_receipt_that_is_handed_in_is_opened_by_the_server_when_the_person_says_so(
    opened: Callable[..., Page], site: Site, scene: Scenery, lang: str
) -> None:
    text = scene.certificates["valid"].text
    roots = open_roots(scene.sealed_roots, trusted=None)
    desk = ReceiptDesk(roots, lambda: NOW, issuer="https://a.example/", software="x", signer=signer("receipt"))
    sealed = desk.receipt(site.app.extensions["hallmark.verifier"].ports.check(text, None, None), text)
    page = opened("", lang=lang)
    page.locator("#text").fill(f" {sealed}\n")
    page.locator("form[data-local] button").click()
    page.wait_for_selector("form .actions button")
    assert (
        page.locator("h1").inner_text()
        == {"zh": "这是一份核验回执，不是证书", "en": "This is a receipt, not a certificate"}[lang]
    )
    assert page.locator("section.verdict").count() == 0
    assert page.evaluate("document.activeElement.id") == "receipt-title"
    assert posted(site) == []
    page.locator(".card.receipt form button").click()
    page.wait_for_selector('section.verdict[data-receipt="genuine"]')
    assert posted(site) == [f"/check?lang={lang}"]
    assert sealed not in page.url


def test_a_receipt_in_a_file_is_recognised_too(opened: Callable[..., Page], site: Site, scene: Scenery) -> None:
    page = opened("")
    page.wait_for_selector("[data-scanner]:not([hidden])")
    forged = "eyJhbGciOiJFUzI1NiIsImtpZCI6IngiLCJ0eXAiOiJyZWNlaXB0K2p3dCJ9.e30.AAAA"
    page.locator("#file").set_input_files({"name": "r.jwt", "mimeType": "application/jwt", "buffer": forged.encode()})
    page.locator("form[data-picture] button").click()
    page.wait_for_selector(".card.receipt h1")
    assert posted(site) == []
    assert page.locator("section.verdict").count() == 0
