"""Keeps a house's published folder fresh: status lists signed and the checkpoint cosigned anew every so often.

Runs beside the server as a process of its own (`python -m hallmark.publishing HOME SECONDS`), so that web workers hold no
signing key. It ends when its standard input closes, that is, when whoever started it is gone.
"""

import select
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Final

from hallmark.house import House
from hallmark.settings import read_settings

EVERY: Final = 60
"""Seconds between two publications: a verifier wants a status list at most five minutes old."""


def keep_publishing(house: House, every: int) -> None:
    """Publish now and every `every` seconds until standard input closes; a failure is told and tried again."""
    while True:
        try:
            published = house.publish()
            for missing in published.missing if published else ():
                print(f"publish: {missing.witness} {missing.code}", file=sys.stderr)  # noqa: T201
        except Exception as defect:  # noqa: BLE001  # whatever it is, the next round may succeed; silence would not be safe
            print(f"publish: {getattr(defect, 'code', '')} {defect!r}", file=sys.stderr)  # noqa: T201
            traceback.print_exc(limit=3)
        if select.select([sys.stdin], [], [], every)[0] and not sys.stdin.read(1):
            return


def start(home: Path, every: int = EVERY) -> subprocess.Popen[bytes]:
    """Start the publisher of the house in `home` beside this process."""
    command = [sys.executable, "-m", "hallmark.publishing", str(home), str(every)]
    return subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603  # our own interpreter and module


if __name__ == "__main__":
    keep_publishing(House(read_settings(Path(sys.argv[1]))), int(sys.argv[2]))
