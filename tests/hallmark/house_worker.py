"""A process of its own that issues a file, or suspends what was issued, and says so only after it was released.

Run as `python -m tests.hallmark.house_worker HOME issue FILE|suspend FIRST`. It loads everything, says "ready", waits for a
line, works in small batches, and says a line of JSON for each batch that was acknowledged. It is made to be killed.
"""

import json
import sys
from pathlib import Path

from credentials.kinds import Kind
from hallmark.house import House
from hallmark.settings import read_settings
from issuers import issue as issuing
from issuers.changes import Order
from issuers.cli import check_file


def main(home: str, what: str, argument: str) -> None:
    """Do the work, one acknowledged step after the other."""
    house = House(read_settings(Path(home)))
    rows = check_file(house, Path(argument), Kind.TITLE) if what == "issue" else []
    house.publish()  # every key is open, every module loaded
    told({"ready": what})
    sys.stdin.readline()
    if what == "issue":
        issuing.CHUNK = 10
        house.issuing_desk.resume()
        for done in house.issuing_desk.issue(rows, kind="title", source="titles.csv"):
            for batch in done.batches:
                told({"released": [record.number for record in house.ledger.records(batch=batch)]})
    else:
        house.status_desk.resume()
        for number in numbers(house, int(argument)):
            house.status_desk.change([number], Order("suspended", house.clock()))
            told({"suspended": number})
    house.publish()
    told({"done": what})


def numbers(house: House, first: int) -> list[str]:
    """The certificates that are not suspended yet, from the `first` on."""
    return [record.number for record in house.ledger.records() if record.state == "released"][first:]


def told(acknowledged: dict[str, object]) -> None:
    """Let it out of the process at once."""
    sys.stdout.write(json.dumps(acknowledged) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
