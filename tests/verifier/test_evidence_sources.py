"""Where evidence is read from: a folder that cannot be left, and one address that cannot send us elsewhere."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.verifier.published_world import World, told
from verifier.check import check
from verifier.gaps import RegistryAddressInvalid
from verifier.gather import MAX_ARTIFACT, FolderSource, Gatherer, HttpsSource
from verifier.policy import ONLINE

# a folder -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A published folder with a secret beside it."""
    (tmp_path / "secret").write_bytes(b"secret")
    folder = tmp_path / "public"
    (folder / "tile" / "0").mkdir(parents=True)
    (folder / ".publishing").mkdir()
    (folder / ".publishing" / "state.json").write_bytes(b"state")
    (folder / "checkpoint").write_bytes(b"checkpoint")
    (folder / "tile" / "0" / "000").write_bytes(b"tile")
    return folder


def test_a_folder_gives_its_published_files(published: Path) -> None:
    source = FolderSource(published)
    assert (source.read("checkpoint"), source.read("tile/0/000")) == (b"checkpoint", b"tile")
    assert source.read("nothing") is None
    assert source.read("tile/0") is None


@pytest.mark.parametrize(
    "path",
    ["../secret", "tile/../../secret", "tile/0/../../../secret", "./checkpoint", "/etc/hostname", "//etc/hostname",
     ".publishing/state.json", "tile//0/000", "checkpoint/", "checkpoint\x00", "..", ".", "", "~/x", "C:\\x", "tile\\0"],
)  # fmt: skip
def test_nothing_outside_the_folder_can_be_named(published: Path, path: str) -> None:
    assert FolderSource(published).read(path) is None
    assert FolderSource(published / "tile").read(path) is None


def test_the_absolute_path_of_a_file_in_the_folder_is_no_published_path(published: Path) -> None:
    assert FolderSource(published).read(str(published / "checkpoint")) is None


def test_a_file_larger_than_any_artifact_is_none(published: Path) -> None:
    with (published / "checkpoint").open("wb") as file:
        os.truncate(file.fileno(), MAX_ARTIFACT)
    whole = FolderSource(published).read("checkpoint")
    assert whole is not None
    assert len(whole) == MAX_ARTIFACT
    os.truncate(published / "checkpoint", MAX_ARTIFACT + 1)
    assert FolderSource(published).read("checkpoint") is None


def test_a_real_folder_is_evidence(world: World) -> None:
    gatherer = Gatherer(FolderSource(world.house.settings.public), world.roots, lambda: world.rotated_at)
    verdict = check(world["valid"].text, gatherer.evidence_for(world["valid"].text), ONLINE, now=world.rotated_at)
    assert told(verdict) == ("genuine_valid", None, 0)


# an address ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["https://hallmark.example/registry", "https://hallmark.example", "https://hallmark.example:8443/registry/",
     "https://192.0.2.1/r", "https://[2001:db8::1]/r", "http://127.0.0.1:8080/registry", "http://localhost/registry",
     "http://[::1]:8080"],
)  # fmt: skip
def test_https_anywhere_and_http_on_this_machine(address: str) -> None:
    HttpsSource(address)


@pytest.mark.parametrize(
    "address",
    ["http://hallmark.example/registry", "http://127.0.0.1.evil.example/", "http://localhost.evil.example/",
     "http://localhost:80@evil.example/", "http://127.0.0.1:1@evil.example/", "http://[::1]:x@evil.example/",
     "https://user:password@hallmark.example/", "http://127.0.0.2/", "http://169.254.169.254/", "http://2130706433/",
     "http://0/", "ftp://hallmark.example/", "file:///etc/", "//hallmark.example/", "hallmark.example", "https://",
     "https:///registry", "https://hallmark.example/?x=", "https://hallmark.example/#", "https://hall mark.example/",
     "http://localhost\\@evil.example/", "https://hallmark.example\n.evil.example/", "http://localhost\t.evil/", ""],
)  # fmt: skip
def test_no_other_address_is_taken(address: str) -> None:
    with pytest.raises(RegistryAddressInvalid):
        HttpsSource(address)


class Answers(BaseHTTPRequestHandler):
    """Answers each path in its own wrong way, and keeps what was asked."""

    asked: list[str]
    folder: dict[str, bytes]
    elsewhere: str

    def do_GET(self) -> None:
        self.asked.append(self.path)
        name = self.path.removeprefix("/registry/")
        if name.startswith("status-"):
            self._send(int(name.removeprefix("status-")), b"body")
        elif name.startswith("moved-"):
            self._send(int(name.removeprefix("moved-")), b"", Location=self.elsewhere)
        elif hasattr(self, f"_{name}"):
            getattr(self, f"_{name}")()
        elif name in self.folder:
            self._send(200, self.folder[name])
        else:
            self._send(404, b"")

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if status == 204 else body)

    def _large(self) -> None:
        self._send(200, bytes(MAX_ARTIFACT + 1))

    def _largest(self) -> None:
        self._send(200, bytes(MAX_ARTIFACT))

    def _garbage(self) -> None:
        self.wfile.write(b"\xff\xfe\x00\r\n\r\n")
        self.close_connection = True

    def _nothing(self) -> None:
        self.close_connection = True

    def _chunks(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n")
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@contextmanager
def serving(folder: dict[str, bytes], elsewhere: str = "") -> Iterator[tuple[str, list[str]]]:
    """A tiny server on this machine: its address and the paths it was asked for."""
    asked: list[str] = []
    handler = type("Answering", (Answers,), {"asked": asked, "folder": folder, "elsewhere": elsewhere})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/registry", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.network
def test_a_registry_over_http_is_evidence(world: World) -> None:
    with serving(world.folder) as (address, asked):
        gatherer = Gatherer(HttpsSource(address + "/"), world.roots, lambda: world.now)
        verdict = check(world["valid"].text, gatherer.evidence_for(world["valid"].text), ONLINE, now=world.now)
        assert told(verdict) == ("genuine_valid", None, 0)
        assert "/registry/checkpoint" in asked
        assert not any(world["valid"].number in path or "#" in path for path in asked)


@pytest.mark.network
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with serving({"stolen": b"stolen"}) as (other, asked_there), serving({}, f"{other}/stolen") as (address, asked):
        assert HttpsSource(address).read(f"moved-{status}") is None
        assert asked == [f"/registry/moved-{status}"]
        assert asked_there == []


@pytest.mark.network
@pytest.mark.parametrize("path", ["status-404", "status-500", "status-502", "status-204", "status-206", "status-401",
                                  "large", "garbage", "nothing", "chunks"])  # fmt: skip
def test_anything_but_a_whole_answer_is_none(path: str) -> None:
    with serving({}) as (address, _):
        assert HttpsSource(address).read(path) is None
        whole = HttpsSource(address).read("largest")
        assert whole is not None
        assert len(whole) == MAX_ARTIFACT


@pytest.mark.network
def test_a_server_that_is_gone_is_cannot_say(world: World) -> None:
    with serving({}) as (address, _):
        pass
    source = HttpsSource(address, timeout=1.0)
    assert source.read("checkpoint") is None
    gatherer = Gatherer(source, world.roots, lambda: world.now)
    verdict = check(world["valid"].text, gatherer.evidence_for(world["valid"].text), ONLINE, now=world.now)
    assert told(verdict) == ("not_checkable_now", None, 2)


@pytest.mark.network
def test_a_server_of_login_pages_is_cannot_say(world: World) -> None:
    """A captive portal answers everything with 200 and a page."""
    with serving(dict.fromkeys(world.folder, b"<html>log in</html>")) as (address, _):
        gatherer = Gatherer(HttpsSource(address), world.roots, lambda: world.now)
        for name in ("valid", "revoked"):
            verdict = check(world[name].text, gatherer.evidence_for(world[name].text), ONLINE, now=world.now)
            assert told(verdict) == ("not_checkable_now", None, 2)
