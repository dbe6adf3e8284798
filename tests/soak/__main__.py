"""Soaks a registry from the command line: `python -m tests.soak --store postgresql --processes 8 --seconds 300`."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.soak.soak import soak
from tests.stores.kinds import Postgresql, Sqlite
from tests.stores.server import running


def main() -> None:
    """Run one soak and print its figures; any broken promise is an error."""
    options = argparse.ArgumentParser(prog="tests.soak", description=__doc__)
    options.add_argument("--store", choices=["sqlite", "postgresql"], required=True)
    options.add_argument("--processes", type=int, help="so many append, and as many change statuses (8; SQLite 4)")
    options.add_argument("--seconds", type=float, default=300)
    options.add_argument("--kill-every", type=float, default=4, help="seconds between two kills -9")
    asked = options.parse_args()
    processes = asked.processes or (4 if asked.store == "sqlite" else 8)
    with tempfile.TemporaryDirectory(prefix="soak") as folder:
        told = {"processes": processes, "seconds": asked.seconds, "kill_every": asked.kill_every}
        if asked.store == "sqlite":
            figures = soak(Sqlite(), Path(folder), **told)
        else:
            with running() as server:
                figures = soak(Postgresql(server), Path(folder), **told)
    sys.stdout.write(f"{asked.store} {processes}+{processes}: {figures}\n")


if __name__ == "__main__":
    main()
