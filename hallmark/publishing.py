"""Keeps a house's published folder fresh: what was changed within seconds, lists and checkpoint signed anew every minute.

Runs beside the server as a process of its own (`python -m hallmark.publishing HOME SECONDS`), so that web workers hold no
signing key. It ends when its standard input closes, that is, when whoever started it is gone.
"""

import select
import subprocess
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hallmark.bundling import refresh_bundle
from hallmark.house import House
from hallmark.settings import read_settings

EVERY: Final = 60
"""Seconds between two publications: a verifier wants a status list at most five minutes old."""


LOOK: Final = 5
"""Seconds between two looks at the log's size: what was changed is published at the next one."""
RETRY: Final = 15
"""Seconds until a publication that failed is tried again, if the log does not grow meanwhile."""


@dataclass(frozen=True, slots=True)
class Published:
    """The log's size at the last publication, and when it was (UNIX seconds)."""

    size: int
    at: int


def is_due(last: Published | None, size: int, now: int, every: int) -> bool:
    """Whether to publish: nothing was yet, the log has grown, `every` seconds have passed, or the clock went backwards."""
    return last is None or size != last.size or not 0 <= now - last.at < every


def publish_if_due(house: House, last: Published | None, every: int) -> Published | None:
    """Publish if that is due; return the last publication, or after a failure what makes the next try due in time."""
    now, size = house.clock(), -1
    try:
        size = house.recorder.head().size
        if not is_due(last, size, now, every):
            return last
        published = house.publish()
        assert published is not None  # who keeps publishing has a registry of his own
        for missing in published.missing:
            _tell(f"publish: {missing.witness} {missing.code}")
        _bundle(house)
        return Published(published.size, now)
    except Exception as defect:  # noqa: BLE001  # whatever it is, the next round may succeed; silence would not be safe
        _tell(f"publish: {getattr(defect, 'code', '')} {defect!r}")
        traceback.print_exc(limit=3)
    return Published(size, now - every + RETRY)


def _bundle(house: House) -> None:
    """Renew the offline bundle; what was published stands without it."""
    try:
        refresh_bundle(house)
    except Exception as defect:  # noqa: BLE001  # nobody waits for a bundle, and the next round may succeed
        _tell(f"bundle: {getattr(defect, 'code', '')} {defect!r}")


def _tell(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201


def keep_publishing(house: House, every: int) -> None:
    """Publish now, whenever the log has grown, and every `every` seconds, until standard input closes."""
    last = None
    while True:
        last = publish_if_due(house, last, every)
        if select.select([sys.stdin], [], [], min(LOOK, every))[0] and not sys.stdin.read(1):
            return


def start(home: Path, every: int = EVERY) -> subprocess.Popen[bytes]:
    """Start the publisher of the house in `home` beside this process."""
    command = [sys.executable, "-m", "hallmark.publishing", str(home), str(every)]
    return subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603  # our own interpreter and module


if __name__ == "__main__":
    keep_publishing(House(read_settings(Path(sys.argv[1]))), int(sys.argv[2]))
