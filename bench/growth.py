"""`make bench-growth`: grows one log on SQLite to ten million entries and measures, at each power of ten, what must not grow.

The real path throughout: `Log.growing` stores, reads back, hashes a second way and signs; `publish` lays out what changed.
Writes docs/growth.json and docs/growth.md, and docs/growth.svg by `bench.growth_plot`.
"""

import argparse
import gc
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.bare import Bare, clock
from bench.growth_plot import draw
from bench.measure import ROOT, machine
from registry.merkle import leaf_hash, verify_consistency, verify_inclusion
from registry.stored import Head, stored_bodies, tile_reader
from registry.tiles import consistency_proof, root
from web.database import reading

SIZES = (10**4, 10**5, 10**6, 10**7)
BATCH = 10_000
WARM, COLD = 2000, 200
JSON = ROOT / "docs" / "growth.json"
PAGE = ROOT / "docs" / "growth.md"
PICTURE = ROOT / "docs" / "growth.svg"

Row = dict[str, float]


def main() -> int:
    """Grow, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES), help="sizes to measure at, ascending")
    parser.add_argument("--folder", type=Path, help="where to grow it (a few gigabytes for ten million)")
    parser.add_argument("--write", action="store_true", help="write docs/growth.json, .md and .svg")
    parser.add_argument("--draw", action="store_true", help="only write .md and .svg again from docs/growth.json")
    arguments = parser.parse_args()
    if not arguments.draw:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            rows = measured(folder, arguments.sizes)
            grown = {
                "machine": machine(),
                "day": clock() // 86400 * 86400,
                "rows": rows,
            }
        print(table(grown["rows"]))
        if not arguments.write:
            return 0
        JSON.write_text(json.dumps(grown, indent=1) + "\n", "utf-8")
    grown = json.loads(JSON.read_text("utf-8"))
    PAGE.write_text(page(grown), "utf-8")
    draw(grown["rows"], PICTURE)
    return 0


def measured(folder: str, sizes: Sequence[int]) -> list[Row]:
    """One row for each size."""
    bare = Bare(Path(folder))
    bare.grow(1)
    bare.publish()
    gc.collect()
    gc.freeze()
    rows = []
    for size in sizes:
        rows.append({"size": size, **appended(bare, size), **published(bare), **proven(bare)})
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    return rows


def appended(bare: Bare, size: int) -> Row:
    """Append up to `size` entries in batches; leaves a second, memory, bytes on disk."""
    reset_peak()
    start, wall, cpu = bare.recorder.head().size, time.perf_counter(), time.process_time()
    for first in range(start, size, BATCH):
        bare.grow(min(BATCH, size - first))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    bare.settle()
    return {
        "append_wall": (size - start) / wall,
        "append_cpu": (size - start) / cpu,
        "append_peak_mib": peak_mib(),
        "database_bytes": bare.database.stat().st_size / size,
    }


def published(bare: Bare) -> Row:
    """Publish everything new, then one more entry, then five hundred more: from accepting to the published checkpoint."""
    reset_peak()
    catching_up = seconds(bare.publish)
    peak = peak_mib()
    one = median(seconds(lambda: (bare.grow(1), bare.publish())) for _ in range(7))
    many = median(seconds(lambda: (bare.grow(500), bare.publish())) for _ in range(5))
    files, size = folder_size(bare.public)
    return {
        "publish_all_s": catching_up,
        "publish_peak_mib": peak,
        "publish_one_s": one,
        "publish_500_s": many,
        "public_files": files,
        "public_bytes": size / bare.recorder.head().size,
    }


def proven(bare: Bare) -> Row:
    """Inclusion and consistency proofs of random entries and sizes, each verified; milliseconds, wall and processor."""
    bare.settle()
    head, chance, found = bare.recorder.head(), random.Random(20260916), {}
    for what, prove in (("inclusion", inclusion), ("consistency", consistency)):
        warm = [prove(bare, head, chance) for _ in range(WARM)]
        cold = [(bare.forget(), prove(bare, head, chance))[1] for _ in range(COLD)]
        kinds = {
            "warm": [wall for wall, _ in warm],
            "processor": [cpu for _, cpu in warm],
            "cold": [wall for wall, _ in cold],
        }
        for name, unsorted in kinds.items():
            times = sorted(unsorted)
            found[f"{what}_{name}_p50_ms"] = 1000 * times[len(times) // 2]
            found[f"{what}_{name}_p99_ms"] = 1000 * times[len(times) * 99 // 100]
    return found


def inclusion(bare: Bare, head: Head, chance: random.Random) -> tuple[float, float]:
    """Wall and processor seconds for one inclusion proof through the recorder, from the database."""
    index = chance.randrange(head.size)
    started, used = time.perf_counter(), time.thread_time()
    (proof,) = bare.recorder.prove(index, 1, head.size)
    spent = time.perf_counter() - started, time.thread_time() - used
    with reading(bare.engine) as connection:
        (body,) = stored_bodies(connection, index, index + 1)
    verify_inclusion(index, head.size, leaf_hash(body), proof, head.root)
    return spent


def consistency(bare: Bare, head: Head, chance: random.Random) -> tuple[float, float]:
    """Wall and processor seconds for one consistency proof between a random size and the newest."""
    old = chance.randrange(1, head.size)
    started, used = time.perf_counter(), time.thread_time()
    with reading(bare.engine) as connection:
        proof = consistency_proof(old, head.size, tile_reader(connection))
    spent = time.perf_counter() - started, time.thread_time() - used
    with reading(bare.engine) as connection:
        verify_consistency(old, head.size, root(old, tile_reader(connection)), head.root, proof)
    return spent


def seconds(operation: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    started = time.perf_counter()
    operation()
    return time.perf_counter() - started


def reset_peak() -> None:
    """Let the kernel measure this process's peak memory anew, where it allows that."""
    try:
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    except OSError:
        return


def peak_mib() -> float:
    """Peak resident memory of this process in MiB since `reset_peak` (else since its start)."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text("ascii").split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def folder_size(folder: Path) -> tuple[int, int]:
    """Number of files in a folder, and their bytes."""
    files = total = 0
    for at, _, names in os.walk(folder):
        files += len(names)
        total += sum((Path(at) / name).stat().st_size for name in names)
    return files, total


COLUMNS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("size", "entries", lambda value: f"{value:,.0f}"),
    ("append_wall", "append, leaves/s (wall)", lambda value: f"{value:,.0f}"),
    ("append_cpu", "append, leaves/s (processor)", lambda value: f"{value:,.0f}"),
    ("append_peak_mib", "peak memory appending, MiB", lambda value: f"{value:.0f}"),
    ("database_bytes", "database, bytes/entry", lambda value: f"{value:.0f}"),
    ("inclusion_warm_p50_ms", "inclusion proof warm p50, ms", lambda value: f"{value:.2f}"),
    ("inclusion_warm_p99_ms", "inclusion proof warm p99, ms", lambda value: f"{value:.2f}"),
    ("inclusion_processor_p99_ms", "inclusion proof warm p99, processor ms", lambda value: f"{value:.2f}"),
    ("inclusion_cold_p50_ms", "inclusion proof cold p50, ms", lambda value: f"{value:.2f}"),
    ("inclusion_cold_p99_ms", "inclusion proof cold p99, ms", lambda value: f"{value:.2f}"),
    ("consistency_warm_p50_ms", "consistency proof warm p50, ms", lambda value: f"{value:.2f}"),
    ("consistency_warm_p99_ms", "consistency proof warm p99, ms", lambda value: f"{value:.2f}"),
    ("consistency_processor_p99_ms", "consistency proof warm p99, processor ms", lambda value: f"{value:.2f}"),
    ("consistency_cold_p50_ms", "consistency proof cold p50, ms", lambda value: f"{value:.2f}"),
    ("consistency_cold_p99_ms", "consistency proof cold p99, ms", lambda value: f"{value:.2f}"),
    ("publish_one_s", "one entry to published checkpoint, ms", lambda value: f"{1000 * value:.0f}"),
    ("publish_500_s", "500 entries to published checkpoint, ms", lambda value: f"{1000 * value:.0f}"),
    ("publish_all_s", "publish all that is new since the row before, s", lambda value: f"{value:.1f}"),
    ("publish_peak_mib", "peak memory doing that, MiB", lambda value: f"{value:.0f}"),
    ("public_files", "published files", lambda value: f"{value:,.0f}"),
    ("public_bytes", "published, bytes/entry", lambda value: f"{value:.0f}"),
)


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table, one column for each size."""
    lines = ["| " + " | ".join([name, *(show(row[key]) for row in rows)]) + " |" for key, name, show in COLUMNS]
    return "\n".join([lines[0], "|---|" + "---:|" * len(rows), *lines[1:]])


def page(grown: dict[str, Any]) -> str:
    """docs/growth.md, generated as a whole."""
    day = time.strftime("%Y-%m-%d", time.gmtime(grown["day"]))
    return f"""# Growth

Written by `make bench-growth` on {day}: {grown["machine"]}. One log on SQLite (WAL, `synchronous=FULL`), grown in batches of
{BATCH:,} credential entries by `Log.growing`: each batch is stored, read back, hashed a second way, signed with both keys and
committed before the next. The figures of the last run stand in `docs/growth.json`.

![How the log's figures change with its size](growth.svg)

{table(grown["rows"])}

Goals: append at least 100,000 leaves a second in bulk; memory flat; proofs below 5 ms (p99); an accepted entry in a published
checkpoint within 2 s, whatever the size.

How to read it:

- **append**: all of it, from the entry object to the committed checkpoint, issuers' signatures excepted (each certificate has two,
  verified before the log is entered). *Processor* is per second of this one process; *wall* has the disk and the neighbours in it.
- **proofs** are wall times but for the lines that say processor: beside other work, the slowest of a hundred is as long as its turn
  to wait. They come from the database, every one of them verified. *Warm*: {WARM:,} in turn. *Cold*: {COLD} times the connection is
  closed and the database file dropped from the page cache, so opening the database is in the figure, and the disk.
- **to published checkpoint**: append, commit, lay out the changed files durably, cosignature by the witness, checkpoint replaced.
  There are no status lists in this log; `docs/benchmarks.md` says what eight of them cost.
- **memory** grows until the store's page cache (64 MiB) is full and no further.
- the **database** holds each entry once, each tile once, every checkpoint that was signed; slots and status lists come on top.
"""


if __name__ == "__main__":
    sys.exit(main())
