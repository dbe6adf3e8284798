"""How many photographs the server reads: at least 98 of 100 where three pixels a module remain, and never a wrong text (T67)."""

import os

from tests.print.photographs import ENOUGH, photographs
from verifier.errors import NoCodeFound
from verifier.pictures import read_picture

COUNT = int(os.environ.get("HALLMARK_PHOTOGRAPHS", "40"))


def test_what_a_person_can_photograph_the_server_reads() -> None:
    enough = hits = 0
    for photo in photographs(COUNT):
        try:
            texts = read_picture(photo.data)
        except NoCodeFound:
            texts = []
        assert texts in ([], [photo.text])
        if photo.module >= ENOUGH:
            enough += 1
            hits += texts == [photo.text]
    assert enough >= COUNT // 2
    assert hits >= 0.98 * enough


def test_the_photographs_are_the_same_everywhere() -> None:
    first, again = (list(photographs(2)) for _ in range(2))
    assert first == again
    assert 12 <= first[0].millimetres <= 40
    assert first[0].text != first[1].text
