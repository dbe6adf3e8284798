"""Forks one process for each fault: it opens a registry, says it is ready, waits for a line, does one thing, and tells.

Run as `python -m tests.faults.fault_worker`; each line on standard input is `OPERATION FOLDER`. What a child tells leaves
by `writev`, a call that no test injects a fault into, so an acknowledgement is heard whatever happens to the disk.
"""

import json
import os
import pickle
import sys
import traceback
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from registry.contract import Submission
from registry.errors import RegistryError
from registry.stored import storing, tile_reader
from registry.tiles import consistency_proof
from registry.watermark import Watermark
from tests.registry_rim.rim_house import House
from web.database import reading, sqlite_url

Work = Callable[[], Any]


def append(folder: Path) -> Work:
    """Log the batch that was reserved and sealed before."""
    house = House(folder)
    submissions = pickle.loads((folder / "submissions").read_bytes())
    return lambda: appended(house, submissions)


def start(folder: Path) -> Work:
    """Open the database for the first time in this process, and log the batch."""
    submissions = pickle.loads((folder / "submissions").read_bytes())
    url = sqlite_url(folder / "registry.db")  # named, so that no migration runs
    return lambda: appended(House(folder, url=url), submissions)


def appended(house: House, submissions: list[Submission]) -> Any:
    """Where the batch came to stand, and the digest of the checkpoint over it."""
    answer = house.recorder.append("faulted", submissions)
    return [answer.first_index, answer.count, sha256(answer.checkpoint).hexdigest()]


def change(folder: Path) -> Work:
    """Suspend one certificate."""
    house = House(folder)
    asked = pickle.loads((folder / "change").read_bytes())

    def work() -> Any:
        changed = house.recorder.change_status(asked, "faulted change")
        return [*changed.indices, sha256(changed.checkpoint).hexdigest()]

    return work


def publish(folder: Path) -> Work:
    """Bring the published folder up to the head, cosigned."""
    house = House(folder)
    return lambda: house.publish().size


def watermark(folder: Path) -> Work:
    """Raise the mark above the head that it stands at."""
    mark = Watermark(folder / "mark")

    def work() -> Any:
        with storing():
            mark.raise_to(77, bytes(32))
        return 77

    return work


def witness(folder: Path) -> Work:
    """Cosign the newest checkpoint."""
    house = House(folder)
    head, cosigner = house.recorder.head(), house.witness()

    def prove(old: int, new: int) -> list[bytes]:
        with reading(house.engine) as connection:
            return consistency_proof(old, new, tile_reader(connection))

    def work() -> Any:
        with storing():
            cosigner(head.note, prove)
        return head.size

    return work


OPERATIONS = {each.__name__: each for each in (append, start, change, publish, watermark, witness)}


def child(operation: str, folder: Path) -> None:
    """Do it, and do it again when it was refused: the disk is sound the second time."""
    work = OPERATIONS[operation](folder)
    told({"ready": os.getpid()})
    os.read(0, 3)
    for _ in range(3):
        if "answer" in attempt(work):
            return


def attempt(work: Work) -> dict[str, Any]:
    """One try, and what it came to."""
    try:
        said = {"answer": work()}
    except RegistryError as refusal:
        said = {"refused": refusal.code, "params": str(refusal.params)}
    except BaseException as defect:
        said = {"crashed": repr(defect), "trace": "".join(traceback.format_exception(defect, limit=12))}
    told(said)
    return said


def told(said: dict[str, Any]) -> None:
    """Let it out of the process at once."""
    os.writev(1, [json.dumps(said).encode() + b"\n"])


def main() -> None:
    """Take commands until standard input ends."""
    while line := next_line():
        operation, folder = line.split(" ", 1)
        if (pid := os.fork()) == 0:
            try:
                child(operation, Path(folder))
            finally:
                os._exit(0)
        _, status = os.waitpid(pid, 0)
        told({"ended": status})


def next_line() -> str:
    """One line of standard input, unbuffered: what follows belongs to the child."""
    line = b""
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        line += byte
    return line.decode()


if __name__ == "__main__":
    sys.exit(main())
