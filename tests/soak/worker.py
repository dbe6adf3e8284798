"""A process that appends, or changes statuses, without end, and says so only after it was told so. It is made to be killed.

Run as `python -m tests.soak.worker FOLDER URL NAME append|change`. What it is about to ask lies on the disk first, as the
issuers' desk does it: after a kill the same bytes are asked again under the same id, and must be carried out once.
"""

import json
import os
import pickle
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from registry.contract import StatusChange, Submission
from registry.refusals import StorageLost
from registry.statuslist import SUSPENDED, VALID
from tests.registry_rim.rim_house import House, change, signer

SIZES = (1, 1, 2, 5, 20, 100)
_LOST_FOR = 30


class Worker:
    """One life of one worker."""

    def __init__(self, folder: Path, url: str, name: str) -> None:
        self.house = House(folder, url=url)
        self._key = signer("body")
        self._life = f"{name}-{os.urandom(4).hex()}"
        self._pending = folder / f"{name}.pending"
        self._chance = random.Random(self._life)

    def begin(self) -> None:
        """Finish what the life before left under way."""
        if self._pending.exists():
            self._ask(*pickle.loads(self._pending.read_bytes()))
        told({"ready": self._life})

    def append(self) -> None:
        """Issue batch after batch."""
        for batch in self._ids():
            self._issue(batch, self._chance.choice(SIZES))

    def change(self) -> None:
        """Issue twenty, suspend each, reinstate some; again and again."""
        for batch in self._ids():
            slots = self._issue(batch, 20)
            for number, slot in enumerate(slots):
                self._change(f"{batch}-s{number}", [change(self._key, slot, "suspended", self.house.clock())])
            back = [change(self._key, slot, "reinstated", self.house.clock()) for slot in slots[::2]]
            self._change(f"{batch}-r", back)

    def _ids(self) -> Iterator[str]:
        number = 0
        while True:
            yield f"{self._life}-{number}"
            number += 1

    def _issue(self, batch: str, count: int) -> list[Submission]:
        sealed = self._patiently(lambda: self.house.sealed(batch, count, self._key))
        self._ask("append", batch, sealed)
        return sealed  # type: ignore[no-any-return]

    def _change(self, batch: str, changes: list[StatusChange]) -> None:
        self._ask("change", batch, changes)

    def _ask(self, what: str, batch: str, asked: list) -> None:
        self._pending.with_suffix(".new").write_bytes(pickle.dumps((what, batch, asked)))
        self._pending.with_suffix(".new").replace(self._pending)
        recorder = self.house.recorder
        if what == "append":
            appended = self._patiently(lambda: recorder.append(batch, asked))
            slots = [[each.list, each.index, each.qr.hex()] for each in asked]
            told({"batch": batch, "first": appended.first_index, "slots": slots})
        else:
            changed = self._patiently(lambda: recorder.change_statuses(batch, asked))
            slots = [[each.list, each.index, each.new] for each in asked]
            told({"batch": batch, "changed": changed.indices, "slots": slots})

    def _patiently(self, ask):
        """Ask again while the database is away; anything else is a failure of the soak."""
        deadline = time.monotonic() + _LOST_FOR
        while True:
            try:
                return ask()
            except StorageLost:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


def told(acknowledged: dict) -> None:
    """Let it out of the process at once."""
    sys.stdout.write(json.dumps(acknowledged) + "\n")
    sys.stdout.flush()


def main(folder: str, url: str, name: str, what: str) -> None:
    """Live until killed."""
    assert (VALID, SUSPENDED) == (0, 2)
    worker = Worker(Path(folder), url, name)
    worker.begin()
    worker.append() if what == "append" else worker.change()


if __name__ == "__main__":
    main(*sys.argv[1:])
