"""`hallmark serve` as an operator runs it: up within seconds, figures over all workers, logs as JSON without a person in them."""

import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hallmark.behind_nginx import free_port
from tests.hallmark.command import environment

CANARY = "查无此人310115198503070019"
BEGINNING = 30
"""Seconds; how fast it is up is measured in bench/, not here."""


@dataclass(frozen=True)
class Served:
    """A server with two workers, its ports, and the file that its standard error goes to."""

    port: int
    metrics: int
    log: Path

    def ask(
        self, method: str, path: str, body: bytes = b"", *, port: int | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"Connection": "close", **named})
        answer = connection.getresponse()
        told = answer.status, answer.read()
        connection.close()
        return told

    def up(self) -> bool:
        """Whether it answers."""
        try:
            return self.ask("GET", "/healthz") == (200, b"ok\n")
        except OSError:
            return False


@pytest.fixture(scope="module")
def served(_issued: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    from tests.hallmark.conftest import copied

    work = tmp_path_factory.mktemp("served")
    home = copied(_issued, work / "house")
    made = Served(free_port(), free_port(), work / "log")
    command = [Path(sys.executable).with_name("hallmark"), "--home", home, "serve", "--workers", "2", "--no-publish"]
    command += ["--port", str(made.port), "--metrics-port", str(made.metrics)]
    with made.log.open("wb") as log:
        process = subprocess.Popen([str(each) for each in command], stderr=log, env=environment())
    end = time.monotonic() + BEGINNING
    while not made.up():
        assert process.poll() is None, made.log.read_text()
        assert time.monotonic() < end
        time.sleep(0.05)
    yield made
    process.terminate()
    assert process.wait(20) == 0
    assert not list(Path(os.environ.get("TMPDIR", "/tmp")).glob(f"hallmark-metrics-*/*_{process.pid}.db"))


pytestmark = [pytest.mark.network, pytest.mark.timeout(180)]


def figures(served: Served) -> dict[str, float]:
    """The figures by name and labels."""
    status, body = served.ask("GET", "/metrics", port=served.metrics)
    assert status == 200
    lines = [line for line in body.decode().splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_the_figures_of_all_workers_are_added_up_and_hold_nobody(served: Served) -> None:
    for _ in range(40):
        assert served.ask("GET", f"/?x={CANARY.encode().hex()}", Accept_Language="en")[0] == 200
    body = json.dumps({"text": CANARY}).encode()
    for _ in range(10):
        assert served.ask("POST", "/api/v1/verifications", body, Content_Type="application/json")[0] == 200
    served.ask("GET", f"/{CANARY.encode().hex()}")
    found = figures(served)
    assert found['hallmark_requests_total{app="verifier",method="GET",route="/",status="200"}'] == 40
    assert found['hallmark_verdicts_total{door="api",result="unreadable"}'] == 10
    assert found['hallmark_requests_total{app="verifier",method="GET",route="-",status="404"}'] == 1
    assert found['hallmark_request_seconds_count{app="verifier",route="/"}'] == 40
    assert CANARY.encode().hex() not in str(found)


def test_the_figures_are_on_a_port_of_this_machine_and_nowhere_else(served: Served) -> None:
    assert served.ask("GET", "/metrics")[0] == 404
    with Path("/proc/net/tcp").open() as table:
        listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
    assert f"0100007F:{served.metrics:04X}" in listening
    assert f"00000000:{served.metrics:04X}" not in listening


def test_every_line_of_the_log_is_json_and_holds_nothing_that_was_sent(served: Served) -> None:
    headers = {"User_Agent": "canary-agent", "Referer": "https://canary.example/", "X_Forwarded_For": "6.6.6.6"}
    served.ask(
        "POST",
        "/check?canary=1",
        f"text={CANARY}".encode(),
        Content_Type="application/x-www-form-urlencoded",
        **headers,
    )
    served.ask(
        "POST",
        "/api/v1/lookups",
        json.dumps({"number": "canary", "name": CANARY}).encode(),
        Content_Type="application/json",
    )
    time.sleep(0.2)
    text = served.log.read_text("utf-8")
    lines = [json.loads(line) for line in text.splitlines() if not line.startswith("http://127.0.0.1")]
    asked = [line for line in lines if line["log"] == "hallmark.access"]
    (posted,) = [line for line in asked if line["route"] == "/check"]
    assert posted["app"] == "verifier"
    assert (posted["method"], posted["status"]) == ("POST", 200)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", posted["at"])
    assert {"ms", "level", "at", "log", "app", "method", "route", "status"} == posted.keys()
    for trace in ("canary", "310115", "查无此人", "6.6.6.6"):
        assert trace not in text.replace(f"http://127.0.0.1:{served.port}/", ""), trace


def test_who_takes_too_long_over_the_headers_is_cut_off() -> None:
    from hallmark.wsgi import HEADER_MILLISECONDS

    assert 1_000 <= HEADER_MILLISECONDS <= 30_000
