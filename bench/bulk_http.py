"""`python -m bench.bulk_http`: tokens per processor-second of one real server worker, 1,000 tokens a request.

Counts the processor time of the worker process alone, from /proc, over whole requests through a real socket.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.measure import ROOT, Figure
from bench.world import World

TOKENS, ROUNDS, GOAL = 1_000, 7, 3_500


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        (figure,) = bulk_figures(Path(folder))
    print(f"{figure.name}: {figure.per_second:,.0f} tokens/s/core ({figure.note})")


def bulk_figures(folder: Path) -> list[Figure]:
    """Issue, serve and ask: tokens per processor-second of everything the server runs."""
    world = World(folder)
    world.issue(TOKENS)
    world.house.publish()
    body = b"".join(json.dumps({"id": at, "text": text}).encode() + b"\n" for at, text in enumerate(world.texts()))
    home = world.house.settings.home
    with (home / "hallmark.toml").open("a") as settings:
        settings.write('[limits]\nverify = "10000000/minute"\n')
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "hallmark",
        "--home",
        str(home),
        "serve",
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _until_up(port)
            return [_measured(port, body, server.pid)]
        finally:
            server.terminate()


def _measured(port: int, body: bytes, pid: int) -> Figure:
    _ask(port, body)
    rates = []
    for _ in range(ROUNDS):
        before = _spent(pid)
        _ask(port, body)
        rates.append(TOKENS / (_spent(pid) - before))
    rate = sorted(rates)[ROUNDS // 2]
    note = f"lowest {min(rates):,.0f}, highest {max(rates):,.0f}{' !' if rate < 0.8 * GOAL else ''}"
    return Figure(
        f"bulk verify over HTTP, {TOKENS:,} tokens a request", rate, f">= {GOAL:,}/s/core", rate >= GOAL, note
    )


def _ask(port: int, body: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", "/api/v1/verifications:batch", body, {"Content-Type": "application/x-ndjson"})
    answer = connection.getresponse().read().splitlines()
    assert json.loads(answer[-1])["summary"]["counts"] == {"genuine_valid": TOKENS}, answer[-1][:300]
    connection.close()


def _spent(pid: int) -> float:
    """Processor seconds of the process and all below it, without the publisher, which sleeps meanwhile."""
    total, waiting = 0.0, [pid]
    while waiting:
        one = waiting.pop()
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        for task in Path(f"/proc/{one}/task").iterdir():
            waiting += [int(child) for child in (task / "children").read_text().split()]
    return total


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _until_up(port: int) -> None:
    for _ in range(300):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
