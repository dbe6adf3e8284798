"""A publication killed at any moment: every reader finds every file of the checkpoint he sees, and the next run completes it."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from registry.files import PART
from tests.registry_rim import plain_reader
from tests.registry_rim.rim_house import ORIGIN, House

KILLS = int(os.environ.get("HALLMARK_KILLS", "4"))


def read(house: House) -> int:
    """Everything under the checkpoint that lies there, read by a stranger; its size."""
    return len(plain_reader.log(house.public, ORIGIN, house.log.identity.ed25519.raw))


def test_a_kill_at_any_moment_leaves_a_whole_folder_and_the_next_run_completes_it(tmp_path: Path) -> None:
    house, chance = House(tmp_path), random.Random(KILLS)
    house.publish_roots()
    house.publish()
    told = read(house)
    for _ in range(KILLS):
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.registry_rim.publish_worker", str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.02, 0.4))
        worker.kill()
        told = max([told, *(int(line) for line in worker.stdout.read().split("\n")[:-1])])
        worker.wait()
        worker.stdout.close()
        assert read(house) >= told
        assert not [file for file in house.public.rglob(f"{PART}*") if file.parent.name != ".publishing"]
    house.publish()
    assert read(house) == house.recorder.head().size
    assert list(house.public.rglob(f"{PART}*")) == []
    house.engine.dispose()
