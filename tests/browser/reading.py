"""The page's reading worker alone, in a real browser: bytes of a picture in, texts out."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.site import chromium, served
from tests.vectors.scenery import Scenery

APP = Path(__file__).parents[2] / "verifier" / "static" / "app"
ASK = """async ([address, data]) => {
  window.reader ??= new Worker(address);
  const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes]));
  return await new Promise((resolve) => {
    window.reader.onmessage = ({data}) => resolve(data.codes === null ? null : data.codes.map(({text}) => text));
    window.reader.postMessage({id: 1, picture, width: picture.width, height: picture.height, turn: null}, [picture]);
  });
}"""


@contextmanager
def worker(folder: Path) -> Iterator[Callable[[bytes], list[str] | None]]:
    """What reads one picture as the page does; None means that the reader failed."""
    name = next(APP.glob("reader-*.js")).name
    with served(folder / "published", Scenery()) as site, chromium(folder) as browser:
        page = browser.new_page()
        page.goto(f"{site.address}/api")
        yield lambda data: page.evaluate(ASK, [f"/static/app/{name}", b64encode(data).decode()])
