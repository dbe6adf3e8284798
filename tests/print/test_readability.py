"""T67: how many spoiled pictures are read. The generator is tests/print/spoiled_pictures.py."""

import random

import pytest

from tests.print.spoiled_pictures import DIGITS_OF_VERSION, spoiled, text_of_version
from verifier.errors import NoCodeFound
from verifier.pictures import read_picture


def read_share(severity: float, a_version: int, *, module: tuple[float, float] = (3.2, 6.0)) -> float:
    """The share of pictures read whole; a text that is read wrong is an error, not a miss."""
    rng = random.Random(20261122)
    hits = total = 0
    for version in DIGITS_OF_VERSION:
        for _ in range(a_version):
            text = text_of_version(version, rng)
            total += 1
            try:
                texts = read_picture(spoiled(text, severity, rng, module=module))
            except NoCodeFound:
                continue
            assert texts == [text]
            hits += 1
    return hits / total


@pytest.mark.parametrize(("severity", "a_version", "wanted"), [(0.3, 3, 1.0), (0.5, 3, 0.98), (0.8, 8, 0.95)])
def test_spoiled_pictures_are_read(severity: float, a_version: int, wanted: float) -> None:
    assert read_share(severity, a_version) >= wanted


def test_three_pixels_a_module_are_enough() -> None:
    assert read_share(0.3, 3, module=(3.0, 3.0)) >= 0.98
