"""How many photographs the page reads: as many as the server, and never a wrong text."""

import io
import os
from base64 import b64encode
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.node import Node
from tests.browser.reading import worker
from tests.browser.site import CHROMIUM
from tests.print.photographs import ENOUGH, Photograph, photographs

COUNT = int(os.environ.get("HALLMARK_PHOTOGRAPHS", "40"))


def grey(photo: Photograph) -> dict[str, object]:
    """The picture as the question to the reader in node, which has no decoder of JPEG."""
    with Image.open(io.BytesIO(photo.data)) as opened:
        return {"width": opened.width, "height": opened.height, "grey": b64encode(opened.tobytes()).decode()}


def test_the_page_reads_what_a_person_can_photograph(node: Node) -> None:
    enough = hits = 0
    for photo in photographs(COUNT):
        texts = node.ask("textsIn", **grey(photo))
        assert texts in ([], [photo.text])
        if photo.module >= ENOUGH:
            enough += 1
            hits += texts == [photo.text]
    assert hits >= 0.98 * enough


def test_a_frame_of_the_camera_is_read_within_four_glances(node: Node) -> None:
    enough = hits = 0
    for photo in photographs(COUNT // 2):
        glances = [node.ask("textsIn", turn=turn, **grey(photo)) for turn in range(4)]
        assert all(texts in ([], [photo.text]) for texts in glances)
        if photo.module >= ENOUGH:
            enough += 1
            hits += any(glances)
    assert hits >= 0.95 * enough


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)")
def test_the_worker_in_chromium_reads_them_too(tmp_path: Path) -> None:
    enough = hits = 0
    with worker(tmp_path) as read:
        for photo in photographs(COUNT):
            texts = read(photo.data)
            assert texts in ([], [photo.text])
            if photo.module >= ENOUGH:
                enough += 1
                hits += bool(texts)
    assert hits >= 0.98 * enough
