"""The registry's figures: one certificate at a time for many callers, bulk appends, the quick audit, eight status lists."""

import math
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from bench.bare import Bare
from bench.measure import Figure
from bench.world import World
from issuers.rows import CheckedRow
from registry.audit import audit
from registry.bitstring import to_bitstring
from registry.packing import compress
from registry.statuslist import SLOTS, StatusArray

CALLERS = (8, 16, 32)
EACH = 60
LISTS = 8
REVOKED = 0.01
LEAVES = 1_000_000
DENSITIES = (0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.5)


def single_figures(world: World) -> list[Figure]:
    """Single certificates from so many threads at once, each waiting for his own (wall)."""
    found = []
    for callers in CALLERS:
        rate, p99 = _singles(world, callers)
        met = rate >= 300 and p99 <= 0.020
        mark = " !" if rate < 240 or p99 > 0.025 else ""
        name = f"issue one, durable and logged, {callers} callers at once (wall)"
        found.append(Figure(name, rate, ">= 300/s, p99 <= 20 ms", met, f"p99 {p99 * 1000:.1f} ms{mark}"))
    return found


def _singles(world: World, callers: int) -> tuple[float, float]:
    desk, taken = world.house.singles_desk, list[float]()

    def caller(rows: list[CheckedRow]) -> None:
        for row in rows:
            started = time.perf_counter()
            assert desk.issue(row, kind="title", source="bench").fresh
            taken.append(time.perf_counter() - started)

    shares = [world.rows(EACH) for _ in range(callers)]
    started = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(caller, shares))
    rate = len(taken) / (time.perf_counter() - started)
    return rate, sorted(taken)[len(taken) * 99 // 100]


def log_figures(folder: Path) -> list[Figure]:
    """A million leaves appended in bulk, then hashed again by the second implementation."""
    bare = Bare(folder)
    started = time.process_time()
    while bare.recorder.head().size < LEAVES:
        bare.grow(10_000)
    rate = LEAVES / (time.process_time() - started)
    started = time.perf_counter()
    assert audit(bare.engine, bare.roots(), quick=True) == []
    spent = time.perf_counter() - started
    return [
        Figure("append to the log in bulk, leaves", rate, ">= 100,000/s", rate >= 100_000, _below(rate, 100_000)),
        Figure(
            "quick audit, leaves (wall)",
            LEAVES / spent,
            "1,000,000 in <= 10 s",
            spent <= 10,
            f"{spent:.1f} s{_over(spent, 10)}",
        ),
    ]


def list_figures(folder: Path) -> list[Figure]:
    """Eight full status lists, one in a hundred revoked at random, published again after a change: all are signed anew."""
    bare, chance = Bare(folder), random.Random(20260916)
    for number in range(LISTS):
        bare.fill_list(number)
    slots = chance.sample(
        [(number, slot) for number in range(LISTS) for slot in range(SLOTS)], int(LISTS * SLOTS * 0.011)
    )
    known = int(LISTS * SLOTS * REVOKED)
    for at in range(0, known, 1000):
        bare.revoke(slots[at : min(at + 1000, known)])
    bare.publish()
    rest = iter(slots[known:])
    one = median(_republished(bare, [next(rest)]) for _ in range(7))
    each = median(_republished(bare, _one_of_each(rest)) for _ in range(5))
    started = time.perf_counter()
    bare.revoke([next(rest)])
    bare.publish()
    seen = time.perf_counter() - started
    return [
        _wall("republish eight status lists after one change (wall)", one, 0.150),
        _wall("republish eight status lists after a change in each (wall)", each, 0.150),
        _wall("a revocation, from asking to the published list (wall)", seen, 60),
    ]


def _one_of_each(slots: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    while len(found) < LISTS:
        slot = next(slots)
        found.setdefault(slot[0], slot)
    return list(found.values())


def _republished(bare: Bare, slots: list[tuple[int, int]]) -> float:
    bare.revoke(slots)
    started = time.perf_counter()
    bare.publish()
    return time.perf_counter() - started


def _wall(name: str, seconds: float, goal: float) -> Figure:
    wanted = f"< {goal * 1000:.0f} ms" if goal < 1 else f"< {goal:.0f} s"
    return Figure(name, 1 / seconds, wanted, seconds < goal, f"{seconds * 1000:.0f} ms{_over(seconds, goal)}")


def _below(rate: float, goal: float) -> str:
    return "!" if rate < 0.8 * goal else ""


def _over(seconds: float, goal: float) -> str:
    return " !" if 0.8 * seconds > goal else ""


def size_table() -> str:
    """Bytes of one packed list of 131,072 slots against the entropy of its revocations, by their density."""
    lines = ["| revoked | entropy, bytes | IETF list | ratio | W3C list | ratio |", "|---:|---:|---:|---:|---:|---:|"]
    for density in DENSITIES:
        array = StatusArray(bytes(SLOTS // 4))
        for slot in random.Random(density).sample(range(SLOTS), round(SLOTS * density)):
            array.set(slot, 1)
        entropy = -SLOTS / 8 * (density * math.log2(density) + (1 - density) * math.log2(1 - density))
        ietf, w3c = len(compress(bytes(array))), len(compress(to_bitstring(array, "revocation"), gzip=True))
        lines.append(
            f"| {density:.2%} | {entropy:,.0f} | {ietf:,} | {ietf / entropy:.2f} | {w3c:,} | {w3c / entropy:.2f} |"
        )
    return "\n".join(lines)
