"""T42: how long look-ups take for a wrong name, a number that does not exist, and one that is none: `python -m bench.lookup_timing`."""

import random
import sys
import tempfile
import time
from importlib import resources
from pathlib import Path
from statistics import median

from werkzeug.test import Client

from credentials.identifiers import new_number
from credentials.kinds import Kind
from hallmark.founding import found
from hallmark.house import House
from hallmark.server import create_server
from hallmark.settings import FILE_NAME, read_settings
from issuers.cli import check_file, issue_rows

GUESSES = 10_000
LIMIT_MS = 2.0


def made(home: Path) -> House:
    """A test house with the demo's titles issued, that looks up without a limit."""
    data = Path(str(resources.files("hallmark.demo").joinpath("data")))
    lists = {"bodies": data / "bodies.csv", "committees": data / "committees.csv"}
    house = found(home, host="hallmark.example", test=True, lookup=True, **lists)
    with (home / FILE_NAME).open("a", encoding="utf-8") as file:
        file.write('[limits]\nlookup = "1000000/second"\n')
    issue_rows(house, check_file(house, data / "titles.csv", Kind.TITLE), Kind.TITLE, "titles.csv")
    house.publish()
    return House(read_settings(home))


def main() -> int:
    """Measure over HTTP's test client, the kinds of guesses in turn; 1 when their medians differ by 2 ms or more."""
    with tempfile.TemporaryDirectory() as folder:
        house = made(Path(folder) / "house")
        client = Client(create_server(house, port=8700))
        chance, numbers = random.Random(42), [record.number for record in house.ledger.records()]
        kinds = {
            "wrong name": lambda: chance.choice(numbers),
            "no such number": lambda: new_number(chance.randbytes(8)),
            "not one of our numbers": lambda: str(chance.getrandbits(40)),
        }
        took: dict[str, list[float]] = {name: [] for name in kinds}
        for _ in range(GUESSES // len(kinds) + 1):
            for name, number in kinds.items():
                guess = {"number": number(), "name": "查无此人"}
                begun = time.perf_counter()
                client.post("/api/v1/lookups", json=guess, base_url="http://127.0.0.1")
                took[name].append((time.perf_counter() - begun) * 1000)
    medians = {name: median(each) for name, each in took.items()}
    for name, each in medians.items():
        print(f"{name}: median {each:.3f} ms over {len(took[name])}")
    apart = max(medians.values()) - min(medians.values())
    print(f"apart: {apart:.3f} ms (below {LIMIT_MS})")
    return int(apart >= LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
