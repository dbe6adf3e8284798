"""A process of its own that issues and changes statuses on a shared registry, and says so only after it was told so.

Run as `python -m tests.registry_rim.rim_worker FOLDER URL NAME ROUNDS`; each line on standard output is one acknowledgement.
"""

import json
import sys
from pathlib import Path

from tests.registry_rim.rim_house import House, change, signer


def main(folder: str, url: str, name: str, rounds: str) -> None:
    """Reserve, append and change a status, again and again; ROUNDS 0 means until killed."""
    house, key = House(Path(folder), url=url), signer("body")
    told({"ready": name})
    number = 0
    while number < int(rounds) or rounds == "0":
        batch, sealed, appended = house.issue(3 + number % 4, key, f"{name}-{number}")
        told(
            {
                "batch": batch,
                "first": appended.first_index,
                "slots": [[each.list, each.index, each.qr.hex()] for each in sealed],
            }
        )
        asked = change(key, sealed[0], "suspended", house.clock())
        changed = house.recorder.change_status(asked, f"change-{batch}")
        told({"changed": changed.indices[0], "slot": [sealed[0].list, sealed[0].index]})
        number += 1


def told(acknowledged: dict) -> None:
    """Let it out of the process at once."""
    sys.stdout.write(json.dumps(acknowledged) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
