"""Lays out the offline bundle in the published folder, made anew every hour by the process that publishes."""

import os
from pathlib import Path
from typing import Final

from hallmark.house import House
from registry.bundle import write_bundle
from registry.paths import BUNDLE

EVERY: Final = 3_600
"""Seconds. A verifier takes a status offline for a day at most: a bundle that lay here for a day would be of no use."""


def refresh_bundle(house: House) -> bool:
    """Write the bundle where there is none or it is an hour old; return whether one was written. It holds no tiles."""
    target, now = house.settings.public / BUNDLE, house.clock()
    if 0 <= now - _made(target) < EVERY:
        return False
    target.parent.mkdir(exist_ok=True)
    write_bundle(house.settings.public, target, house.keystore.signer("bundle"), now, with_tiles=False)
    os.utime(target, (now, now))
    return True


def _made(target: Path) -> int:
    try:
        return int(target.stat().st_mtime)
    except FileNotFoundError:
        return -EVERY
