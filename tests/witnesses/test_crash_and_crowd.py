"""A witness that is killed, or asked by a crowd, cosigns one history all the same (T19)."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from registry.errors import RegistryError
from registry.witnesses.client import RemoteWitness
from registry.witnesses.folder import WitnessFolder
from registry.witnesses.refusals import WitnessConflict, WitnessUnreachable
from tests.registry_rim.second_note import verified
from tests.witnesses.conftest import PASSPHRASE, Clock, Served
from tests.witnesses.growing_log import GrowingLog

PROJECT = Path(__file__).parents[2]


@pytest.mark.network
@pytest.mark.parametrize(("when", "size"), [("before", 5), ("after", 600)])
def test_killed_around_the_write_of_its_state_it_costs_a_cosignature_and_never_a_second_history(
    served: Served, log: GrowingLog, when: str, size: int
) -> None:
    served.client()(log.note(5), log.prove)
    command = [sys.executable, "-m", "tests.witnesses.dying_witness", str(served.folder.folder), when]
    dying = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=PROJECT)
    assert dying.stdout is not None
    address = f"http://127.0.0.1:{dying.stdout.readline().strip()}"
    with pytest.raises(WitnessUnreachable):
        RemoteWitness(address, served.known_by(), timeout=20)(log.note(600), log.prove)
    assert dying.wait(timeout=20) == -9
    dying.stdout.close()
    assert served.folder.witness_of(log.origin).seen().size == size
    fork = log.fork(400, 600)  # the cosignature for the first branch was lost; the second must not get one for it
    if when == "after":
        with pytest.raises(RegistryError) as refused:
            served.client()(fork.note(600), fork.prove)
        assert refused.value.code == "registry.witness_sees_fork"
    note = served.client()(log.note(600), log.prove)
    assert len(verified(note, [key.to_vkey() for key in served.known_by()])) == 2


def test_a_crowd_with_two_branches_gets_cosignatures_of_one(folder: WitnessFolder, log: GrowingLog) -> None:
    fork = log.fork(0, 600)
    given: list[tuple[int, bytes]] = []
    start = threading.Barrier(8)

    def offer(branch: GrowingLog) -> None:
        witness = WitnessFolder(folder.folder, PASSPHRASE, Clock()).witness_of(log.origin)  # as another process would
        known = 0
        start.wait()
        for size in range(20, 600, 20):
            while known < size:
                try:
                    witness.add_checkpoint(known, branch.prove(known, size) if known else (), branch.note(size))
                    given.append((size, branch.root(size)))
                    break
                except WitnessConflict as conflict:
                    known = conflict.params["size"]
                except RegistryError:
                    return

    crowd = [threading.Thread(target=offer, args=(each,)) for each in [log, fork] * 4]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    sizes = {size for size, _ in given}
    assert len(sizes) == len(set(given)) > 5  # one root for each size
    branches = [branch for branch in (log, fork) if any(root == branch.root(size) for size, root in given)]
    assert len(branches) == 1
    assert all(root == branches[0].root(size) for size, root in given)
    assert folder.witness_of(log.origin).seen().size == max(sizes)
