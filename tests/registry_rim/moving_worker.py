"""Moves a registry in a process of its own, in small steps, and says after each how far it is. It is made to be killed.

Run as `python -m tests.registry_rim.moving_worker SOURCE TARGET`.
"""

import sys

from registry import moving


def main(source: str, target: str) -> None:
    """Move, a few rows at a time."""
    moving._COMMIT = 150
    moving.move(source, target, progress=told)


def told(table: str, rows: int) -> None:
    """Let it out of the process at once."""
    sys.stdout.write(f"{table} {rows}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
