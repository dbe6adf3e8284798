"""A process of its own that grows a log and publishes it, again and again, until it is killed.

Run as `python -m tests.registry_rim.publish_worker FOLDER`; each line on standard output is the size that a publication ended with.
"""

import random
import sys
from pathlib import Path

from registry.entries import CredentialEntry
from tests.registry_rim.rim_house import House


def main(folder: str) -> None:
    """Grow by a few hundred entries, publish, say so."""
    house, chance = House(Path(folder)), random.Random()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        with house.log.growing() as growth:
            for _ in range(chance.choice((1, 3, 255, 700))):
                growth.add(CredentialEntry(growth.t, b"somebody", 0, growth.next_index, bytes(32), bytes(32)))
        sys.stdout.write(f"{house.publish().size}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
