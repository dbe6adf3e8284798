"""A log that has grown may have deleted a partial tile once it was full (C2SP tlog-tiles): its full tile serves as well."""

import pytest

from tests.verifier.published_world import Folder, World, findings, told

GROWN = 32 * 256  # bytes of a full tile


def grown(folder: Folder) -> Folder:
    """The folder after the log outgrew its partial tiles: only full ones are left, which begin with the same hashes."""
    later = dict(folder)
    partials = [path for path in folder if path.startswith("tile/") and ".p/" in path]
    for path in sorted(partials, key=lambda path: int(path.rpartition("/")[2])):  # the widest comes last and stays
        body = later.pop(path)
        later[path.partition(".p/")[0]] = body if "entries" in path else body.ljust(GROWN, b"\x5a")
    return later


def test_the_full_tile_proves_what_the_partial_one_proved(world: World, folder: Folder) -> None:
    later = grown(folder)
    assert not [path for path in later if ".p/" in path]
    verdict = world.ask(world["valid"].text, later)
    assert told(verdict) == ("genuine_valid", None, 0)


@pytest.mark.parametrize("at", [0, 31])
def test_a_full_tile_with_other_hashes_proves_nothing(world: World, folder: Folder, at: int) -> None:
    later = grown(folder)
    path = next(path for path in later if path.startswith("tile/0/"))
    spoiled = bytearray(later[path])
    spoiled[at] ^= 1
    verdict = world.ask(world["valid"].text, {**later, path: bytes(spoiled)})
    assert findings(verdict)["check.log_evidence_rejected"] == "unknown"
    assert verdict.exit_status == 2
