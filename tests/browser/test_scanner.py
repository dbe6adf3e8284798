"""The page's own scanner in a real browser: camera, picture, PDF, drop and paste; it reads on the device and names strangers."""

import base64
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.offline import at, visited
from tests.browser.photographs import code_on_paper, film, jpeg, page_on_a_desk, printed, side_by_side
from tests.browser.site import CHROMIUM, Site, chromium, visit
from tests.browser.test_accessible import faults
from tests.vectors.scenery import Scenery

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium, or HALLMARK_CHROMIUM)"
    ),
]

ONLY_WHEN_USED = re.compile(r"/static/app/(scanner|reader|zxing_reader)-")
STRANGER = "https://h\u0430llmark.example/verify?id=1"  # a Cyrillic letter
DROP = """([kind, name, data]) => {
  const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, {type: kind}));
  const event = window.handed === 'paste'
    ? new ClipboardEvent('paste', {clipboardData: carried, bubbles: true, cancelable: true})
    : new DragEvent('drop', {dataTransfer: carried, bubbles: true, cancelable: true});
  document.body.dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def photo(scene: Scenery) -> bytes:
    """A whole page at an angle, as a phone takes it."""
    return jpeg(page_on_a_desk(scene.certificates["valid"]))


@pytest.fixture
def opened(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """The first page, whose contexts are closed in the end."""
    pages: list[Page] = []

    def visiting(**how: Any) -> Page:
        pages.append(visit(browser, site, "", **how))
        pages[-1].wait_for_selector("[data-scanner]:not([hidden])")
        site.log.clear()
        return pages[-1]

    yield visiting
    for page in pages:
        page.context.close()


@contextmanager
def filmed(
    tmp_path: Path,
    site: Site,
    *pictures: Image.Image,
    lang: str = "zh",
    width: int = 390,
    size: tuple[int, int] = (640, 480),
) -> Iterator[Page]:
    """The first page in a browser whose camera sees the pictures, over and over."""
    path = film(tmp_path / "camera.y4m", [each for each in pictures for _ in range(4)], width=size[0], height=size[1])
    flags = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
    )
    with chromium(tmp_path, *flags) as browser:
        page = visit(browser, site, "", lang=lang, width=width, permissions=["camera"])
        page.wait_for_selector("[data-scanner]:not([hidden])")
        site.log.clear()
        yield page


def answered(page: Page) -> str:
    """Wait for the verdict; return its headline."""
    page.wait_for_selector("section.verdict")
    return page.locator("h1").inner_text()


def upload(page: Page, name: str, kind: str, data: bytes) -> None:
    page.locator("#file").set_input_files({"name": name, "mimeType": kind, "buffer": data})
    page.locator("form[data-picture] > button").click()


def hand(page: Page, how: str, name: str, kind: str, data: bytes) -> None:
    """Drop a file on the page, or paste it."""
    page.evaluate("(how) => { window.handed = how }", how)
    page.evaluate(DROP, [kind, name, base64.b64encode(data).decode()])


def status(page: Page) -> Any:
    return page.locator(".scanner [role=status]")


def posted(site: Site) -> list[str]:
    return [line for line in site.log if "POST" in line]


# camera --------------------------------------------------------------------------------------------------------------
# A film is a browser of its own, and playwright runs once at a time: these come before those that share one.


@pytest.mark.parametrize(("lang", "width", "said"), [("zh", 320, "真实有效"), ("en", 1280, "Genuine and valid")])
def test_a_poor_camera_reads_a_printed_code_and_is_put_out(
    tmp_path: Path, site: Site, scene: Scenery, lang: str, width: int, said: str
) -> None:
    """640 x 480, soft, noisy and in a moving hand: some four pixels a module."""
    sheet = code_on_paper(scene.certificates["valid"].text)
    with filmed(tmp_path, site, sheet, lang=lang, width=width) as page:
        page.evaluate("() => { const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
                      "navigator.mediaDevices.getUserMedia = async (wanted) => (window.stream = await real(wanted)) }")  # fmt: skip
        page.locator("[data-scan]").focus()
        page.keyboard.press("Enter")
        assert answered(page) == said
        assert page.evaluate("window.stream.getTracks().map((each) => each.readyState)") == ["ended"]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert not posted(site)


def test_strangers_in_view_are_named_and_the_camera_looks_on(tmp_path: Path, site: Site) -> None:
    with filmed(tmp_path, site, code_on_paper(STRANGER)) as page:
        page.locator("[data-scan]").click()
        expect(status(page)).to_contain_text("xn--hllmark-2fg.example")
        expect(status(page)).to_contain_text("模仿官方网址 hallmark.example")
        assert page.url.startswith(site.address)
        assert faults(page) == []
        page.keyboard.press("Escape")
        expect(status(page)).to_contain_text("摄像头已关闭")
        assert page.evaluate("document.activeElement.closest('.scanner') !== null")


def test_ours_goes_before_strangers_and_the_stranger_is_told(tmp_path: Path, site: Site, scene: Scenery) -> None:
    sheets = side_by_side(
        code_on_paper("https://evil.example/", side=250, paper=300),
        code_on_paper(scene.certificates["valid"].text, side=430, paper=470),
    )
    with filmed(tmp_path, site, sheets) as page:
        page.locator("[data-scan]").click()
        assert answered(page) == "真实有效"


def test_of_several_certificates_before_the_camera_too(tmp_path: Path, site: Site, scene: Scenery) -> None:
    both = [code_on_paper(scene.certificates[each].text, paper=460) for each in ("revoked", "valid")]
    with filmed(tmp_path, site, side_by_side(*both), size=(1280, 720)) as page:
        page.locator("[data-scan]").click()
        page.get_by_role("button", name="查验第 2 份").click()
        assert answered(page) == "真实有效"


def test_of_several_certificates_the_person_chooses(opened: Callable[..., Page], site: Site, scene: Scenery) -> None:
    both = [code_on_paper(scene.certificates[each].text) for each in ("valid", "revoked")]
    page = opened()
    hand(page, "drop", "both.jpg", "image/jpeg", jpeg(side_by_side(*both)))
    expect(status(page)).to_contain_text("看到 2 份证书")
    assert faults(page) == []
    page.get_by_role("button", name="查验第 2 份").click()
    assert answered(page) == "真实，但已吊销"
    assert not posted(site)


def test_a_camera_that_is_refused_or_missing_is_explained(opened: Callable[..., Page]) -> None:
    for name, said in (("NotAllowedError", "没有得到使用摄像头的许可"), ("NotFoundError", "没有找到摄像头")):
        page = opened()
        page.evaluate(
            f"() => {{ navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{name}') }} }}"
        )
        page.locator("[data-scan]").click()
        expect(status(page)).to_contain_text(said)


# pictures ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "width", "said"), [("zh", 320, "真实有效"), ("en", 1280, "Genuine and valid")])
def test_a_photo_at_an_angle_is_read_here(
    opened: Callable[..., Page], site: Site, photo: bytes, lang: str, width: int, said: str
) -> None:
    page = opened(lang=lang, width=width)
    upload(page, "photo.jpg", "image/jpeg", photo)
    assert answered(page) == said
    assert not posted(site)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("how", ["drop", "paste"])
def test_a_picture_can_be_dropped_and_pasted(opened: Callable[..., Page], site: Site, scene: Scenery, how: str) -> None:
    page = opened()
    hand(page, how, "shot.jpg", "image/jpeg", jpeg(code_on_paper(scene.certificates["revoked"].text)))
    assert answered(page) == "真实，但已吊销"
    assert not posted(site)


def test_the_scanner_is_loaded_when_used_and_from_this_site_only(
    opened: Callable[..., Page], site: Site, scene: Scenery, photo: bytes
) -> None:
    page = opened()
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.wait_for_selector("[data-scanner]:not([hidden])")
    assert asked
    assert not [url for url in asked if ONLY_WHEN_USED.search(url)]
    upload(page, "photo.jpg", "image/jpeg", photo)
    answered(page)
    assert len({match[1] for url in asked if (match := ONLY_WHEN_USED.search(url))}) >= 2
    assert [line for line in site.log if "/static/app/zxing_reader-" in line]  # the worker's own request
    assert all(url.startswith((site.address, "blob:", "data:")) for url in asked)
    made = scene.certificates["valid"]
    said = "\n".join([*asked, *site.log])
    assert [
        each for each in (made.text[40:60], made.credential.number, made.credential.holder.name) if each in said
    ] == []


def test_a_stranger_in_a_picture_is_an_answer_with_a_warning(opened: Callable[..., Page], site: Site) -> None:
    page = opened(lang="en")
    upload(page, "x.jpg", "image/jpeg", jpeg(code_on_paper(STRANGER)))
    answered(page)
    warning = page.locator("section.warning").inner_text()
    assert "xn--hllmark-2fg.example" in warning
    assert "imitates the official address hallmark.example" in warning
    assert not posted(site)


def test_what_cannot_be_read_is_explained_and_sent_only_by_choice(opened: Callable[..., Page], site: Site) -> None:
    page = opened()
    huge = Image.new("1", (8000, 8000), 1)
    blank = Image.new("L", (200, 200), 255)
    for name, data, said in (
        ("empty.png", b"", "这个文件是空的"),
        ("photo.heic", b"\x00\x00\x00\x18ftypheic" + bytes(100), "HEIC"),
        ("broken.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 60, "打不开"),
        ("huge.png", _png(huge), "8000×8000"),
        ("blank.png", _png(blank), "没有找到二维码"),
    ):
        hand(page, "drop", name, "image/png", data)
        expect(status(page)).to_contain_text(said)
    page.get_by_role("button", name="不发送").click()
    expect(status(page)).to_contain_text("没有发送")
    assert not posted(site)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def test_once_used_it_scans_without_a_network(browser: Browser, site: Site, scene: Scenery, photo: bytes) -> None:
    context, page = visited(browser, site, scene.certificates["valid"].text)
    page = at(context, site, "")
    upload(page, "photo.jpg", "image/jpeg", photo)
    assert answered(page) == "真实有效"
    context.set_offline(True)
    page = at(context, site, "")
    upload(page, "photo.jpg", "image/jpeg", photo)
    assert answered(page) == "真实有效"
    context.close()


def test_a_phone_takes_the_picture_with_its_own_camera(opened: Callable[..., Page], photo: bytes) -> None:
    page = opened(has_touch=True, is_mobile=True)
    with page.expect_file_chooser() as asked:
        page.get_by_role("button", name="拍一张照片").click()
    assert asked.value.element.get_attribute("capture") == "environment"
    asked.value.set_files({"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo})
    assert answered(page) == "真实有效"


# PDF and text --------------------------------------------------------------------------------------------------------


def test_a_pdf_is_sent_when_the_person_says_so(opened: Callable[..., Page], site: Site, scene: Scenery) -> None:
    page = opened()
    hand(page, "drop", "certificate.pdf", "application/pdf", printed(scene.certificates["valid"]))
    expect(status(page)).to_contain_text("PDF 需要由本站的服务器打开")
    assert not posted(site)
    page.get_by_role("button", name="发送并查验").click()
    assert answered(page) == "真实有效"
    assert posted(site)


def test_a_picture_to_be_compared_with_a_typed_name_is_sent_by_choice(
    opened: Callable[..., Page], site: Site, photo: bytes
) -> None:
    page = opened()
    page.locator("form[data-picture] details:has([name=name]) summary").click()
    page.locator("form[data-picture] [name=name]").fill("某某某")
    upload(page, "photo.jpg", "image/jpeg", photo)
    expect(status(page)).to_contain_text("由本站的服务器来做")
    assert not posted(site)
    page.get_by_role("button", name="发送并查验").click()
    assert answered(page) != "真实有效"


def test_a_pasted_text_is_checked_where_it_is_ours_and_left_to_the_person_where_not(
    opened: Callable[..., Page], site: Site, scene: Scenery
) -> None:
    page = opened()
    paste = """(text) => {
      const carried = new DataTransfer();
      carried.setData('text/plain', text);
      document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: carried, bubbles: true, cancelable: true}));
    }"""
    page.evaluate(paste, "不是证书")
    expect(page.locator("#text")).to_have_value("不是证书")
    page.locator("#text").fill("")
    page.evaluate("document.activeElement.blur()")
    page.evaluate(paste, scene.certificates["valid"].text)
    assert answered(page) == "真实有效"
    assert not posted(site)
