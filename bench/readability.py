"""`make bench-readability`: reads 300 photographs of printed codes on the server and in Chromium, and says how many were read.

Writes docs/readability.md. A text that is read wrong ends it with an error.
"""

import argparse
import io
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bench.bare import clock
from bench.measure import ROOT, machine
from tests.browser.node import Node
from tests.browser.reading import APP, worker
from tests.print.photographs import ENOUGH, Photograph, photographs
from verifier.errors import NoCodeFound
from verifier.pictures import read_picture

PAGE = ROOT / "docs" / "readability.md"
BANDS = ((0.0, 2.0), (2.0, 2.5), (2.5, 3.0), (3.0, 4.0), (4.0, 5.0), (5.0, 9.0))
GLANCES = 4

Read = Callable[[Photograph], bool]


@dataclass(frozen=True)
class Reader:
    """One way to read: its name, how many were read by their index, and the milliseconds that each took."""

    name: str
    read: list[bool]
    took: list[float]


def main() -> int:
    """Read, print, and write with --write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--write", action="store_true", help="write docs/readability.md")
    arguments = parser.parse_args()
    taken = list(photographs(arguments.count))
    told = page(taken, measured(taken))
    print(told)
    if arguments.write:
        PAGE.write_text(told, "utf-8")
    return 0


def measured(taken: Sequence[Photograph]) -> list[Reader]:
    """All readers over all photographs."""
    node = Node()
    with tempfile.TemporaryDirectory() as folder, worker(Path(folder)) as in_chromium:
        readers = [
            timed("server", taken, lambda photo: right(photo, on_server(photo))),
            timed("page, picture", taken, lambda photo: right(photo, in_chromium(photo.data) or [])),
            timed("page, camera", taken, lambda photo: glanced(node, photo)),
        ]
    node.close()
    return readers


def timed(name: str, taken: Sequence[Photograph], read: Read) -> Reader:
    """Every photograph read once, the first one twice, as a reader has to be loaded."""
    read(taken[0])
    results, took = [], []
    for photo in taken:
        started = time.perf_counter()
        results.append(read(photo))
        took.append(1000 * (time.perf_counter() - started))
    return Reader(name, results, took)


def right(photo: Photograph, texts: Sequence[str]) -> bool:
    """True where it was read, False where nothing was; raises where another text was."""
    if texts and list(texts) != [photo.text]:
        raise SystemExit(f"read wrong: {texts}")
    return bool(texts)


def on_server(photo: Photograph) -> list[str]:
    """What the server's bounded child reads."""
    try:
        return read_picture(photo.data)
    except NoCodeFound:
        return []


def glanced(node: Node, photo: Photograph) -> bool:
    """Whether the camera's looks read it within so many frames, were they all this one."""
    with Image.open(io.BytesIO(photo.data)) as opened:
        grey = b64encode(opened.tobytes()).decode()
        size = {"width": opened.width, "height": opened.height}
    return any(right(photo, node.ask("textsIn", turn=turn, grey=grey, **size)) for turn in range(GLANCES))


# --- what it says ----------------------------------------------------------------------------------------------------


def page(taken: Sequence[Photograph], readers: Sequence[Reader]) -> str:
    """docs/readability.md."""
    day = time.strftime("%Y-%m-%d", time.gmtime(clock()))
    rows = [row(f"{low:g} to {high:g}", taken, readers, low, high) for low, high in BANDS]
    rows.append(row(f"**{ENOUGH:g} or more**", taken, readers, ENOUGH, 99))
    heads = "".join(f" {each.name} |" for each in readers)
    times = "; ".join(f"{each.name} {middle(each.took):.0f} ms" for each in readers)
    return TEXT.format(
        day=day,
        machine=machine(),
        count=len(taken),
        heads=heads,
        lines="|---" * (2 + len(readers)) + "|",
        rows="\n".join(each for each in rows if each),
        times=times,
        sizes=sizes(),
    )


def row(name: str, taken: Sequence[Photograph], readers: Sequence[Reader], low: float, high: float) -> str:
    """How many of the photographs with so many pixels to a module were read."""
    among = [at for at, photo in enumerate(taken) if low <= photo.module < high]
    if not among:
        return ""
    shares = "".join(f" {share(sum(each.read[at] for at in among), len(among))} |" for each in readers)
    return f"| {name} | {len(among)} |{shares}"


def share(hits: int, total: int) -> str:
    """In percent, rounded down."""
    return f"{hits} ({1000 * hits // total / 10:g} %)"


def middle(values: Sequence[float]) -> float:
    """The median."""
    return sorted(values)[len(values) // 2]


def sizes() -> str:
    """What the scanner's files weigh, as they are sent."""
    lines = []
    for name in ("scanner", "reader", "zxing_reader"):
        file = next(each for each in APP.glob(f"{name}-*") if each.suffix in {".js", ".wasm"})
        packed = file.with_name(file.name + ".br").stat().st_size
        lines.append(f"| `{name}-…{file.suffix}` | {file.stat().st_size:,} | {packed:,} |")
    return "\n".join(lines)


TEXT = """# What is read from a photograph

Written by `make bench-readability` on {day}: {machine}. {count} photographs by `tests/print/photographs.py`, from one
seed: codes of version 10 to 12, printed 12 to 40 mm wide; turned by any angle, corners drawn in by up to an eighth, out of
focus by up to .35 of a module, up to half of the contrast and 45 % of the light on one side gone, noise of up to 16 grey levels,
JPEG of quality 40. *Pixels* are those of a module along the shortest side of the code, after perspective.

| pixels | photographs |{heads}
{lines}
{rows}

No text was read wrong: the measurement ends with an error if one is. *Server* is `verifier/pictures.py` with its limited
child. *Page, picture* is the page's own worker in Chromium. *Page, camera* is what the camera's looks read within four frames,
were all four this one; a hand that moves gives more chances. Goal: 98 % at three pixels and more.

Median time for one photograph, one after another, on a machine that was doing other things too: {times}.

`make test` reads the first 40, `make nightly` all 300 (`HALLMARK_PHOTOGRAPHS`).

## What the scanner weighs

Loaded when a person opens the camera or hands in a picture, not before; kept for ever under names of their content.

| file | bytes | sent with brotli |
|---|---|---|
{sizes}
"""

if __name__ == "__main__":
    raise SystemExit(main())
