"""The page for many in a real browser under the real server: progress, the result file and its signed summary can be taken."""

import csv
import io
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page

from credentials.qrtext import to_text
from hallmark.house import House
from tests.browser.site import CHROMIUM, chromium
from tests.hallmark.behind_nginx import free_port
from tests.hallmark.command import environment, run
from tests.hallmark.conftest import _founded, _issued, copied, numbers_of, opened, passphrase, remembered_stretching
from verifier.receipts.claims import Checked, Summary
from verifier.receipts.sealing import open_receipt

__all__ = ["_founded", "_issued", "passphrase", "remembered_stretching"]  # the houses of tests/hallmark

pytestmark = [
    pytest.mark.network,
    pytest.mark.timeout(180),
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium, or HALLMARK_CHROMIUM)"
    ),
]

BEGINNING = 30
"""Seconds until the server must answer."""
RECEIPTS = "a passphrase for receipts"
NAMED = "测试员"
WATCH = """() => {
  window.told = [];
  new MutationObserver(() => window.told.push(document.getElementById('bulk-state').textContent))
    .observe(document.getElementById('bulk-state'), {childList: true, characterData: true, subtree: true});
}"""


@dataclass(frozen=True)
class Served:
    """A house behind `hallmark serve`, and the texts of its twelve certificates, of which the first is damaged."""

    address: str
    house: House
    texts: tuple[str, ...]

    @property
    def table(self) -> bytes:
        """They, as a CSV with a name beside each."""
        return ("姓名,二维码内容\n" + "".join(f"{NAMED},{text}\n" for text in self.texts)).encode()


@pytest.fixture(scope="module")
def served(_issued: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = copied(_issued, tmp_path_factory.mktemp("served") / "house")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HALLMARK_RECEIPT_PASSPHRASE", RECEIPTS)
        run(home, "receipt-key", home.parent / "receipt-key").fine()
    with (home / "hallmark.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'receipt_keys = "{home.parent / "receipt-key"}"\n')
    house, port = opened(home), free_port()
    texts = [to_text("verify.example", house.ledger.sealed_bytes(number)[0]) for number in numbers_of(home)]
    command = [
        Path(sys.executable).with_name("hallmark"),
        "--home",
        home,
        "serve",
        "--workers",
        "1",
        "--port",
        str(port),
    ]
    with subprocess.Popen(
        [str(each) for each in command],
        stderr=subprocess.DEVNULL,
        env=environment() | {"HALLMARK_RECEIPT_PASSPHRASE": RECEIPTS},
    ) as process:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, process)
        yield Served(address, house, (texts[0][:-5] + "00000", *texts[1:]))
        process.terminate()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + BEGINNING
    while True:
        try:
            with urlopen(f"{address}/healthz", timeout=2):
                return
        except (URLError, OSError):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.1)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("fonts")) as made:
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_context(locale="zh-CN").new_page()
    made.set_default_timeout(15_000)
    yield made
    made.context.close()


def taken(page: Page, button: str, to: Path) -> bytes:
    """Press what hands out a file; return the file."""
    with page.expect_download() as coming:
        page.locator(button).click()
    coming.value.save_as(to)
    return to.read_bytes()


def test_twelve_lines_with_progress_a_result_file_and_a_signed_summary(
    served: Served, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{served.address}/bulk?lang=zh")
    page.evaluate(WATCH)
    page.locator("#file").set_input_files({"name": "many.csv", "mimeType": "text/csv", "buffer": served.table})
    page.locator("#bulk button").click()
    page.wait_for_function("() => document.getElementById('bulk-state').textContent.startsWith('完成')")
    assert "12 / 12" in page.evaluate("window.told.concat(document.getElementById('bulk-state').textContent)")
    assert page.evaluate(
        "(({hidden, value, max}) => [hidden, value, max])(document.getElementById('bulk-progress'))"
    ) == [False, 12, 12]
    result = taken(page, "#bulk-files a[download='results-1-12.csv']", tmp_path / "results.csv")
    found = list(csv.DictReader(io.StringIO(result.decode("utf-8-sig"))))
    assert [each["结果/Result"] for each in found] == ["altered", *["genuine_valid"] * 11]
    sealed = taken(page, "#bulk-files a[download='results-1-12.receipt.jwt']", tmp_path / "summary.jwt").decode("ascii")
    summary = open_receipt(sealed, served.house.newest_roots(), served.house.clock()).content
    assert isinstance(summary, Summary)
    assert (summary.rows, summary.sha256) == (12, sha256(result).hexdigest())
    assert page.url == f"{served.address}/bulk?lang=zh"


def test_a_table_without_codes_is_refused_in_words_and_the_next_is_answered(served: Served, page: Page) -> None:
    page.goto(f"{served.address}/bulk?lang=zh")
    page.locator("#file").set_input_files(
        {"name": "no.csv", "mimeType": "text/csv", "buffer": "姓名,编号\n某人,1\n".encode()}
    )
    page.locator("#bulk button").click()
    page.wait_for_function("() => document.getElementById('bulk-state').textContent.includes('二维码内容')")
    page.locator("#file").set_input_files({"name": "many.csv", "mimeType": "text/csv", "buffer": served.table})
    page.locator("#bulk button:enabled").click()
    page.wait_for_selector("#bulk-files a[download='results-1-12.csv']")


def test_a_receipt_of_one_check_comes_from_the_real_server(served: Served, page: Page, tmp_path: Path) -> None:
    text = served.texts[1]
    page.goto(f"{served.address}/?lang=zh#{text.partition('#')[2]}")
    page.wait_for_selector("section.verdict")
    sealed = taken(page, "button[value=jwt]", tmp_path / "receipt.jwt").decode("ascii")
    content = open_receipt(sealed, served.house.newest_roots(), served.house.clock()).content
    assert isinstance(content, Checked)
    assert content.result == "genuine_valid"
    assert taken(page, "button[value=pdf]", tmp_path / "receipt.pdf").startswith(b"%PDF-")


def test_a_broken_connection_is_told_in_the_page_s_words(served: Served, page: Page) -> None:
    page.goto(f"{served.address}/bulk?lang=en")
    page.route("**/bulk*", lambda route: route.abort())
    page.locator("#file").set_input_files({"name": "many.csv", "mimeType": "text/csv", "buffer": served.table})
    page.locator("#bulk button").click()
    page.wait_for_function(
        "() => document.getElementById('bulk-state').textContent.startsWith('The connection broke.')"
    )
