"""How a figure is taken: processor seconds per operation, the median of several runs, alternating with its yardstick."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 7
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Figure:
    """One line of the table: operations per processor-second, and what it is held against."""

    name: str
    per_second: float
    goal: str = ""
    met: bool | None = None
    note: str = ""


def per_second(operation: Callable[[], object], *, seconds: float = 0.25) -> float:
    """Operations per processor-second: the median of `ROUNDS` runs of about `seconds` each."""
    operation()
    started, count = time.process_time(), 0
    while time.process_time() - started < 0.05:
        operation()
        count += 1
    batch = max(1, int(count * seconds / 0.05))
    return sorted(_run(operation, batch) for _ in range(ROUNDS))[ROUNDS // 2]


def _run(operation: Callable[[], object], batch: int) -> float:
    started = time.process_time()
    for _ in range(batch):
        operation()
    return batch / (time.process_time() - started)


def alternating(operations: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Measure several operations in turn, so that a slow spell of the machine falls on all of them alike."""
    runs: dict[str, list[float]] = {name: [] for name in operations}
    for operation in operations.values():
        operation()
    for _ in range(ROUNDS):
        for name, operation in operations.items():
            runs[name].append(_timed(operation))
    return {name: sorted(each)[ROUNDS // 2] for name, each in runs.items()}


def _timed(operation: Callable[[], object], seconds: float = 0.15) -> float:
    started, count = time.process_time(), 0
    while (spent := time.process_time() - started) < seconds:
        for _ in range(20):
            operation()
        count += 20
    return count / spent


def peer_cwt(rounds: int = 1500) -> dict[str, float]:
    """Operations per processor-second of PyPI `cwt`, in its own locked environment (it pins an older cbor2)."""
    uv = ROOT / ".tools" / "bin" / "uv"
    command = [str(uv), "run", "--quiet", "--locked", "--project", "bench/peers", "python", "bench/peers/peer_cwt.py"]
    answer = subprocess.run([*command, str(rounds)], cwd=ROOT, check=True, capture_output=True, text=True)
    return {name: 1 / seconds for name, seconds in json.loads(answer.stdout).items()}


def machine() -> str:
    """One line about where the figures come from."""
    model = "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        model = f"{len(names)} x {names[0]}" if names else model
    priority = "real-time" if os.sched_getscheduler(0) != os.SCHED_OTHER else "usual"
    system = f"Python {platform.python_version()}, {platform.system()} {platform.release()}"
    return f"{model}, {system}, load average {os.getloadavg()[0]:.1f} at the end, {priority} priority"
