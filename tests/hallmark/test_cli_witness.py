"""From two institutions' point of view: one runs a witness, the other's house is cosigned by it, and a third watches."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hallmark.cli_expected import facts_of
from hallmark.house import House
from hallmark.settings import read_settings
from tests.hallmark.command import environment, run
from tests.registry_rim.second_note import verified
from web.egress import Gate, Unreachable

pytestmark = pytest.mark.network


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, port: int, *, workers: int = 1) -> Iterator[str]:
    """The witness in `folder` as its operator serves it."""
    command = [str(Path(sys.executable).with_name("hallmark")), "witness", "serve", str(folder)]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--workers", str(workers)], env=environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                Gate(url, max_bytes=100).ask("healthz")
                break
            except Unreachable:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_a_house_is_cosigned_by_another_institutions_witness(issued: Path, tmp_path: Path) -> None:
    w1, port = tmp_path / "w1", free_port()
    keys = run(None, "witness", "init", w1, "--name", "witness.example/w1", "--host", "witness.example").fine().out
    ed25519, ml_dsa = keys.split()
    assert run(None, "witness", "key", w1).fine().out == keys
    log_keys = run(issued, "witness", "log-keys").fine().out.split()
    assert "verify.example/registry" in run(None, "witness", "add-log", w1, *log_keys).fine().out
    run(None, "witness", "add-log", w1, *log_keys).refused()
    run(None, "witness", "add-log", w1, *log_keys, "--replace").fine()
    own = run(issued, "witness", "log-keys", "--own-witness").fine().out.strip()
    settings = issued / "hallmark.toml"
    settings.write_text(
        f'{settings.read_text()}\n[[witness]]\nurl = "http://127.0.0.1:{port}"\nkeys = {json.dumps([ed25519, ml_dsa])}\n'
    )

    gone = run(issued, "publish")  # nobody answers yet: publishing goes on and says so
    assert (gone.status, gone.said) == (0, ["witness.example/w1: [registry.witness_unreachable]"])
    with serving(w1, port, workers=2) as url:
        run(issued, "publish").fine()
        note = (issued / "public/checkpoint").read_bytes()
        assert {("witness", 4), ("witness.example/w1", 4), ("witness.example/w1", 6)} < set(
            verified(note, [*log_keys, own, ed25519, ml_dsa])
        )
        certificate = _token(issued)
        verify = ("verify", certificate, "--lang", "en")
        assert run(issued, *verify, "--witnesses", "1").status == 0
        assert run(issued, *verify, "--witnesses", "2").status == 2  # the roots do not know it yet
        changed = run(
            issued, "roots", "draft", "--add-witness", ed25519, "--witness-threshold", 2, "--out", tmp_path / "r"
        )
        assert "witnesses: witness -> witness, witness.example/w1" in changed.fine().out
        run(issued, "roots", "record", tmp_path / "r").refused()  # nobody has signed
        for number in (1, 2):
            signing = (
                "roots",
                "sign",
                tmp_path / "r",
                "--key",
                f"custodian-{number}",
                "--yes",
                "--out",
                tmp_path / "r",
            )
            run(issued, *signing).fine()
        assert run(issued, "roots", "record", tmp_path / "r").fine().out == "roots 2\n"
        assert run(issued, *verify, "--witnesses", "2").status == 0
        assert run(issued, *verify, "--witnesses", "3").status == 2
        line = json.loads(run(None, "witness", "status", w1).fine().out)
        assert (line["origin"], line["size"]) == ("verify.example/registry", int(note_size(issued)))
        watched = run(None, "monitor", issued / "public", "--roots", tmp_path / "r", "--ask", url, "--json").fine()
        assert json.loads(watched.out.splitlines()[-1])["findings"] == 0
    run(issued, "issue", issued.parent / "missing.csv", "--kind", "title")
    (chinese, _english) = run(issued, "publish").refused(75)  # two are demanded now, and one is gone
    assert "witness.example/w1 [registry.witness_unreachable]" in chinese
    run(issued, "roots", "next", "--drop-witness", "stranger", "--key", "custodian-1").refused()


def note_size(home: Path) -> bytes:
    return (home / "public/checkpoint").read_bytes().split(b"\n")[1]


def _token(home: Path) -> str:
    house = House(read_settings(home))
    number = next(house.ledger.records()).number
    from credentials.qrtext import to_text

    return to_text(house.settings.host, house.ledger.sealed_bytes(number)[0])


def test_a_body_exports_what_it_did_and_the_monitor_finds_nothing_else(issued: Path, tmp_path: Path) -> None:
    house = House(read_settings(issued))
    first = next(house.ledger.records())
    body, number = first.body_code, first.number
    count = sum(record.body_code == body for record in house.ledger.records())
    run(issued, "suspend", number).fine()
    lines = list(facts_of(house, body))
    assert len([line for line in lines if line[0].isdigit()]) == count >= 1
    assert [line.split()[3] for line in lines if line.startswith("status ")] == ["2"]
    assert run(issued, "expected", body).fine().out.splitlines() == lines
    mine = tmp_path / "mine.txt"
    run(issued, "expected", body, "--out", mine).fine()
    roots = ("--roots", issued / "roots.json")
    watch = ("monitor", issued / "public", *roots, "--state", tmp_path / "state", "--issuer", body, "--expect", mine)
    run(issued, "publish").fine()
    clean = run(None, *watch)
    assert (clean.status, clean.err) == (0, ""), clean
    assert "monitor.digest" in clean.out
    assert "{" not in clean.out
    mine.write_text("\n".join(lines[:-1]) + "\n")  # what it forgot looks like what it did not do
    fewer = run(None, "monitor", issued / "public", *roots, "--issuer", body, "--expect", mine, "--json")
    assert fewer.status == 1
    told = [json.loads(line) for line in fewer.out.splitlines()]
    assert next(each["code"] for each in told if each["kind"] == "finding") == "monitor.status_not_yours"
    mine.write_text("nonsense\n")
    run(None, *watch).refused()


def test_the_monitor_says_what_it_cannot_read_and_what_is_wrong(issued: Path, tmp_path: Path) -> None:
    roots = ("--roots", issued / "roots.json")
    gone = run(None, "monitor", "http://127.0.0.1:9", *roots, "--json")
    assert (gone.status, json.loads(gone.out)["code"]) == (2, "registry.source_unreachable")
    assert run(None, "monitor", tmp_path / "nowhere", *roots).status == 2
    run(None, "monitor", "ftp://x.example", *roots).refused()
    run(None, "monitor", issued / "public").refused()  # no root of trust was named
    vkeys = [word for key in run(issued, "witness", "log-keys").fine().out.split() for word in ("--log-vkey", key)]
    state = ("--state", tmp_path / "state")
    assert run(None, "monitor", issued / "public", *vkeys, *state).status == 0
    (issued / "public/checkpoint").unlink()  # linked to every other house of these tests
    (issued / "public/checkpoint").write_bytes(b"nonsense\n")
    wrong = run(None, "monitor", issued / "public", *vkeys, *state)
    assert wrong.status == 1
    assert "! [monitor.checkpoint_unreadable]" in wrong.out
    (kept,) = (tmp_path / "state/findings.jsonl").read_text().splitlines()
    assert json.loads(kept)["code"] == "monitor.checkpoint_unreadable"


def test_a_witness_refuses_what_it_cannot_be(tmp_path: Path) -> None:
    run(None, "witness", "serve", tmp_path / "none").refused()
    run(None, "witness", "init", tmp_path / "w", "--name", "two words").refused()
    assert not (tmp_path / "w").exists()
    run(None, "witness", "init", tmp_path / "w", "--name", "w.example", "--no-ml-dsa").fine()
    run(None, "witness", "init", tmp_path / "w", "--name", "w.example").refused()
    run(None, "witness", "add-log", tmp_path / "w", "no vkey").refused()
    (tmp_path / "w/witness.toml").write_text('name = "w.example"\nsurprise = 1\n')
    run(None, "witness", "key", tmp_path / "w").refused()
