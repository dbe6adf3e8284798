"""How many of all possible faults one run injects: a few in `make test`, all of them in `make nightly`."""

import os
import random
from collections.abc import Sequence
from typing import TypeVar

Each = TypeVar("Each")
_WANTED = os.environ.get("HALLMARK_FAULT_POINTS")
TIMEOUT = 120 if _WANTED is None else 3600


def sampled(every: Sequence[Each], few: int, seed: object) -> list[Each]:
    """`few` of `every`, or as many as HALLMARK_FAULT_POINTS says; the same ones each day, others for another `seed`."""
    return random.Random(str(seed)).sample(every, min(len(every), few if _WANTED is None else int(_WANTED)))
