"""Every attack on the log is named by the monitor and by the verifier, each by its own means, and neither is misled (T11, T19).

Monitor and verifier have both seen the honest log before. Then the registry, or whoever stands in between, shows something
else: the table says what, and what each of them must say. The verifier never calls the certificate valid.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry.checkpoint import Checkpoint
from registry.merkle import leaf_hash, root_of
from registry.monitor.memory import Memory
from registry.monitor.watch import Orders, Report, visit
from registry.monitor.watched import Watched
from registry.tiles import decode_bundle, encode_bundle
from tests.verifier.published_world import DAY, Folder, InMemory, World, make_world, told
from tests.verifier.tampering import CHECKPOINT, STATUS, TRUST, head, note
from verifier.gather import Gatherer

VALID = ("genuine_valid", None, 0)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(tmp_path_factory.mktemp("attacked") / "house")
    yield made
    made.house.registry_engine.dispose()
    made.house.ledger_engine.dispose()


def paths_of(folder: Folder) -> tuple[str, str]:
    """The bundle and the tile of this small log."""
    size = folder[CHECKPOINT].split(b"\n")[1].decode()
    return f"tile/entries/000.p/{size}", f"tile/0/000.p/{size}"


def other_tree(world: World, size: int, *, changed: int) -> Folder:
    """The log with entry `changed` exchanged and grown or cut to `size`, signed and cosigned as if it were the log."""
    bodies = decode_bundle(world.folder[paths_of(world.folder)[0]])
    bodies[changed] = bodies[changed + 1]
    bodies = (bodies + bodies)[:size]
    leaves = [leaf_hash(body) for body in bodies]
    signed = note(world, Checkpoint(world.roots.log.origin, size, root_of(leaves)))
    files = {f"tile/entries/000.p/{size}": encode_bundle(bodies), f"tile/0/000.p/{size}": b"".join(leaves)}
    return {**world.folder, **files, CHECKPOINT: signed}


def flipped(folder: Folder, path: str, at: int) -> Folder:
    data = bytearray(folder[path])
    data[at] ^= 1
    return {**folder, path: bytes(data)}


def without(folder: Folder, path: str) -> Folder:
    return {name: data for name, data in folder.items() if name != path}


def resigned(world: World) -> Folder:
    """The older edition's tree under a checkpoint of today."""
    bodies = decode_bundle(world.before[paths_of(world.before)[0]])
    root = root_of([leaf_hash(body) for body in bodies])
    later = Checkpoint(world.roots.log.origin, len(bodies), root)
    from registry.checkpoint import cosign, sign

    signed = sign(later, world.signer("log-ed25519"), world.signer("log-ml-dsa-44"), world.now)
    return {**world.before, CHECKPOINT: cosign(signed, "witness", world.signer("witness"), world.now)}


def spoilt_signature(world: World, line: int) -> Folder:
    lines = world.folder[CHECKPOINT].split(b"\n")
    lines[3 + line] = lines[3 + line][:-8] + (b"AAAAAAA=" if not lines[3 + line].endswith(b"AAAAAAA=") else b"BBBBBBA=")
    return {**world.folder, CHECKPOINT: b"\n".join(lines)}


@dataclass(frozen=True)
class Attack:
    """What is shown, and what monitor and verifier must say. `defect` None: the verifier has no means to see it."""

    shown: Callable[[World], Folder]
    monitor: str
    defect: str | None
    fresh: bool | str = False
    """Whether a verifier without a memory sees it too, or what it says instead."""


ATTACKS = {
    "split view, same size": Attack(
        lambda w: other_tree(w, head(w).size, changed=8), "monitor.split_view", "check.log_forked"
    ),
    "split view, larger": Attack(
        lambda w: other_tree(w, head(w).size + 3, changed=8), "monitor.split_view", "check.log_forked"
    ),
    "rewound": Attack(lambda w: dict(w.before), "monitor.log_rewound", "check.log_shrank"),
    "older tree signed anew": Attack(resigned, "monitor.older_tree_resigned", "check.log_shrank"),
    "missing tile": Attack(
        lambda w: without(w.folder, paths_of(w.folder)[1]), "monitor.file_missing", "verifier.evidence_missing", True
    ),
    "missing bundle": Attack(
        lambda w: without(w.folder, paths_of(w.folder)[0]), "monitor.file_missing", "verifier.evidence_missing", True
    ),
    "flipped bit in a tile": Attack(
        lambda w: flipped(w.folder, paths_of(w.folder)[1], 5), "monitor.tile_differs", "registry.proof_invalid", True
    ),
    "flipped bit in a bundle": Attack(
        lambda w: flipped(w.folder, paths_of(w.folder)[0], 150), "monitor.bundle_differs", None
    ),
    "flipped bit in the log's signature": Attack(
        lambda w: spoilt_signature(w, 1), "monitor.checkpoint_false", "registry.checkpoint_forged", True
    ),
    "flipped bit in the lasting signature": Attack(
        lambda w: spoilt_signature(w, 2), "monitor.checkpoint_false", "registry.checkpoint_forged", True
    ),
    "flipped bit in a cosignature": Attack(
        lambda w: spoilt_signature(w, 3), "monitor.checkpoint_false", "registry.checkpoint_forged", True
    ),
    "no cosignature": Attack(
        lambda w: {**w.folder, CHECKPOINT: note(w, head(w), cosigned=False)},
        "monitor.witnesses_missing",
        "registry.witnesses_missing",
        True,
    ),
    "signed, but not what is shown": Attack(
        lambda w: {**w.folder, CHECKPOINT: note(w, Checkpoint(w.roots.log.origin, head(w).size, bytes(32)))},
        "monitor.split_view",
        "check.log_forked",
        "registry.proof_invalid",
    ),
    "no checkpoint": Attack(
        lambda w: without(w.folder, CHECKPOINT), "monitor.file_missing", "verifier.evidence_missing", True
    ),
    "status list rolled back": Attack(
        lambda w: {**w.folder, STATUS: w.before[STATUS], f"{STATUS}.tlog-proof": w.before[f"{STATUS}.tlog-proof"]},
        "monitor.list_rolled_back",
        "check.list_rolled_back",
    ),
}


def monitored(world: World, state: Path, folder: Folder, now: int) -> Report:
    orders = Orders(Watched.of_roots(world.roots), 2 * DAY)
    return visit(InMemory(folder), orders, Memory.opened(state, world.roots.log.origin), None, now)


def defects(world: World, folder: Folder, floor: Path | None) -> tuple[tuple[str, str | None, int], set[str]]:
    """The verdict on a valid certificate, and the defects it names."""
    verdict = world.ask(world["valid"].text, folder, floor_file=floor)
    named = {str(found.params.get("defect", "")) for found in verdict.findings} | {f.code for f in verdict.findings}
    absent = {"check.log_evidence_absent", "check.status_absent", "check.trust_absent"}
    return told(verdict), named | ({"verifier.evidence_missing"} if named & absent else set())


@pytest.mark.parametrize("name", ATTACKS)
def test_the_monitor_names_it(world: World, tmp_path: Path, name: str) -> None:
    attack = ATTACKS[name]
    assert monitored(world, tmp_path, world.folder, world.now).findings == []
    kept = (tmp_path / "monitor.json").read_bytes()
    for _ in range(2):  # it does not get used to it
        report = monitored(world, tmp_path, attack.shown(world), world.now)
        assert attack.monitor in [each.code for each in report.findings], report
    if attack.monitor in {"monitor.split_view", "monitor.log_rewound", "monitor.older_tree_resigned"}:
        (where,) = {each.params["evidence"] for each in report.findings if each.code == attack.monitor}
        assert {file.name for file in Path(str(where)).iterdir()} == {"kept.checkpoint", "found.checkpoint"}
        assert (Path(str(where)) / "kept.checkpoint").read_bytes() == world.folder[CHECKPOINT]
        assert (Path(str(where)) / "found.checkpoint").read_bytes().startswith(world.roots.log.origin.encode())
    assert monitored(world, tmp_path, world.folder, world.now).findings == []  # nothing false was believed
    assert len((tmp_path / "monitor.json").read_bytes()) == len(kept)


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if attack.defect])
def test_the_verifier_names_it_and_fails_closed(world: World, tmp_path: Path, name: str) -> None:
    attack, floor = ATTACKS[name], tmp_path / "seen.json"
    assert defects(world, world.folder, floor)[0] == VALID
    kept = floor.read_bytes()
    verdict, named = defects(world, attack.shown(world), floor)
    assert verdict[0] in {"not_checkable_now", "genuine_unconfirmed"}
    assert attack.defect in named, named
    assert floor.read_bytes() == kept  # nothing false was believed
    assert defects(world, world.folder, floor)[0] == VALID
    if attack.fresh:
        wanted = attack.defect if attack.fresh is True else attack.fresh
        assert wanted in defects(world, attack.shown(world), None)[1]


def test_a_bit_that_flips_where_the_verifier_looks_is_named_too(world: World) -> None:
    path = paths_of(world.folder)[0]
    bodies = decode_bundle(world.folder[path])
    at = 2 * (world["valid"].log_index + 1) + sum(map(len, bodies[: world["valid"].log_index])) + 20
    verdict, named = defects(world, flipped(world.folder, path, at), None)
    assert verdict[0] != "genuine_valid"
    assert named & {"check.entry_not_in_tree", "registry.entry_invalid"}


def test_a_stale_checkpoint_and_one_of_tomorrow(world: World, tmp_path: Path) -> None:
    late = monitored(world, tmp_path, world.folder, world.now + 3 * DAY).findings
    assert "monitor.checkpoint_stale" in [each.code for each in late]
    early = monitored(world, tmp_path, world.folder, world.folder_at - DAY).findings
    assert "monitor.checkpoint_from_future" in [each.code for each in early]


def test_a_list_that_goes_back_and_one_that_is_not_in_the_log(world: World, tmp_path: Path) -> None:
    assert monitored(world, tmp_path, world.rotated, world.rotated_at).findings == []
    old = {**world.rotated, TRUST: world.folder[TRUST]}
    (found,) = monitored(world, tmp_path, old, world.rotated_at).findings
    assert (found.code, found.params) == ("monitor.list_rolled_back", {"list": "trust", "version": 1, "seen": 2})
    gatherer = Gatherer(InMemory(world.rotated), world.roots, lambda: world.rotated_at, floor_file=tmp_path / "f.json")
    gatherer.evidence_for(world["valid"].text)
    verdict = world.ask(world["valid"].text, old, now=world.rotated_at, floor_file=tmp_path / "f.json")
    assert told(verdict) != VALID
    assert "check.list_rolled_back" in {found.params.get("defect") for found in verdict.findings}


def test_a_witness_that_was_shown_another_tree_convicts_the_log(world: World, tmp_path: Path) -> None:
    from registry.witnesses.protocol import monitoring_path

    path = monitoring_path(world.roots.log.origin)
    seen = {
        "the same": (world.folder[CHECKPOINT], []),
        "an older one": (world.before[CHECKPOINT], []),
        "another one": (other_tree(world, 5, changed=2)[CHECKPOINT], ["monitor.witness_split_view"]),
        "nonsense": (b"nonsense", ["monitor.witness_shows_nonsense"]),
    }
    for name, (shown, codes) in seen.items():
        orders = Orders(Watched.of_roots(world.roots), 2 * DAY, None, (("w", InMemory({path: shown})),))
        memory = Memory.opened(tmp_path / name, world.roots.log.origin)
        report = visit(InMemory(world.folder), orders, memory, None, world.now)
        assert [each.code for each in report.findings] == codes, name
    ahead = Orders(Watched.of_roots(world.roots), 2 * DAY, None, (("w", InMemory({path: world.folder[CHECKPOINT]})),))
    report = visit(InMemory(world.before), ahead, Memory(None, world.roots.log.origin), None, world.before_at)
    assert "monitor.witness_ahead" in [each.code for each in report.notices]
