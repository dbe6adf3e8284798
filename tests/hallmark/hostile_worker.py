"""A process of its own in which hostile input is handed to the whole house, and each answer's cost is measured.

Run as `python -m tests.hallmark.hostile_worker commands|server HOME FOLDER`; one line of JSON an answer. Memory is the
process's peak during the case; the verifier's decoding children are limited by themselves.
"""

import contextlib
import io
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from werkzeug.test import Client

from hallmark.server import create_server
from tests.hallmark.command import Ran, run
from tests.hallmark.conftest import opened
from tests.hallmark.hostile_files import files, sheets, sparse, texts

Answer = dict[str, Any]


def measured(name: str, case: Callable[[], Answer]) -> None:
    """Run one case and say what it answered and what it cost: seconds of processor, seconds, bytes above the start."""
    start = _peak_from_now()
    cpu, clock = time.process_time(), time.monotonic()
    answer = case()
    cost = {"cpu": time.process_time() - cpu, "seconds": time.monotonic() - clock, "bytes": _peak() - start}
    sys.stdout.write(json.dumps({"case": name, **cost, **answer}) + "\n")
    sys.stdout.flush()


def _peak_from_now() -> int:
    """Begin a new peak where the kernel lets us, so that what one case took does not hide the next; return it."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> int:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


# command line ------------------------------------------------------------------------------------------------------


def commands(home: Path, folder: Path) -> Iterator[tuple[str, Callable[[], Answer]]]:
    """Every hostile input through every command that reads one."""
    for name, text in texts().items():
        yield f"verify text {name}", lambda text=text: _ran(run(home, "verify", text, "--json"))
    for number, (name, data) in enumerate(files().items()):
        file = folder / f"handed-{number}"
        file.write_bytes(data)
        yield f"verify file {name}", lambda file=file: _ran(run(home, "verify", file, "--json"))
        yield f"verify stdin {name}", lambda data=data: _ran(run(home, "verify", "-", "--json", stdin=data))
    for beginning in (b"", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", "姓名,证件号码\n".encode()):
        file = sparse(folder, beginning)
        yield f"verify sparse {beginning!r}", lambda file=file: _ran(run(home, "verify", file, "--json"))
        yield f"issue sparse {beginning!r}", lambda file=file: _ran(run(home, "issue", file, "--kind", "title"))
        yield f"revoke sparse {beginning!r}", lambda file=file: _ran(run(home, "revoke", "--file", file))
    for number, (name, data) in enumerate(sheets().items()):
        file = folder / f"sheet-{number}"
        file.write_bytes(data)
        for kind in ("title", "postdoc"):
            yield f"issue {kind} {name}", lambda file=file, kind=kind: _ran(run(home, "issue", file, "--kind", kind))
        yield f"revoke {name}", lambda file=file: _ran(run(home, "revoke", "--file", file))
        yield f"bundle {name}", lambda file=file: _ran(run(home, "verify", "1", "--offline", "--bundle", file))
        yield f"roots {name}", lambda file=file: _ran(run(home, "verify", "1", "--roots", file))
        yield (
            f"restore {name}",
            lambda file=file: _ran(run(folder / "new", "restore", file, "--published", home / "public")),
        )
        yield (
            f"init {name}",
            lambda file=file: _ran(
                run(folder / "new", "init", "--host", "a.example", "--bodies", file, "--committees", file)
            ),
        )


def _ran(ran: Ran) -> Answer:
    return {"status": ran.status, "out": ran.out, "err": ran.err}


# server ------------------------------------------------------------------------------------------------------------


def server(home: Path, folder: Path) -> Iterator[tuple[str, Callable[[], Answer]]]:
    """Every hostile input through the API, the form and the published folder of the one-process server."""
    client = Client(create_server(opened(home), port=8700))

    def asked(path: str, **request: Any) -> Answer:
        answer = client.open(path, base_url="https://verify.example", **{"method": "POST", **request})
        body = answer.get_data()
        told = {"status": answer.status_code, "type": answer.headers.get("Content-Type", ""), "length": len(body)}
        return told | {"body": body.decode("utf-8", "replace")[:6_000]}

    api = "/api/v1/verifications"
    for name, text in texts().items():
        data = json.dumps({"text": text}).encode("utf-8", "surrogatepass")
        yield f"api text {name}", lambda data=data: asked(api, data=data, content_type="application/json")
        encoded = text.encode("utf-8", "replace")
        yield f"form text {name}", lambda encoded=encoded: asked("/check", data={"text": encoded.decode()})
    for name, data in (files() | {"twenty megabytes": bytes(20_000_000)}).items():
        yield f"api file {name}", lambda data=data: asked(api, data={"file": (io.BytesIO(data), "x.pdf")})
        yield f"form file {name}", lambda data=data: asked("/check", data={"file": (io.BytesIO(data), "../../x")})
        yield f"api body {name}", lambda data=data: asked(api, data=data, content_type="application/json")
        yield f"api kind {name}", lambda data=data: asked(api, data=data, content_type="application/xml")
    for path in ("/registry/../house.id", "/registry/%2e%2e/ledger.db", "/registry//etc/passwd", "/registry/tile/0/999",
                 "/registry/keys/status.pem", "/registry/lists/..%2f..%2fhallmark.toml.json", "/" + "a" * 9_000, "/%00", "/C/123"):  # fmt: skip
        yield f"get {path[:60]}", lambda path=path: asked(path, method="GET")
        yield f"put {path[:60]}", lambda path=path: asked(path, method="PUT", data=b"x")
    assert folder.is_dir()


def main(what: str, home: str, folder: str) -> None:
    """Warm up on something harmless, then measure."""
    cases = {"commands": commands, "server": server}[what](Path(home), Path(folder))
    run(Path(home), "verify", "1")
    run(Path(home), "status")
    for name, case in cases:
        measured(name, case)


if __name__ == "__main__":
    main(*sys.argv[1:])
