"""Runs the shipped deploy/nginx.conf, with its names, ports and paths exchanged for a test's, in front of a house."""

import datetime as dt
import http.client
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.hallmark.command import PROJECT, environment

CONFIGURATION = PROJECT / "deploy" / "nginx.conf"
HOSTS = ("verify.example", "registry.example", "office.example")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
MISSING = "THE DEPLOYED CACHING WAS NOT TESTED: nginx is not there (Debian: apt-get install nginx-light)"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def self_signed(folder: Path) -> None:
    """One certificate for all hosts, under the names that the configuration gives."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)  # noqa: TID251 - the certificate is for now
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS])
    lasting = {"not_before": now - dt.timedelta(days=1), "not_after": now + dt.timedelta(days=1)}
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(lasting["not_before"])
        .not_valid_after(lasting["not_after"])
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for host in ("verify", "registry", "office"):
        (folder / f"{host}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (folder / f"{host}.key").write_bytes(secret)


def exchanged(text: str, changes: Mapping[str, str]) -> str:
    """The configuration with a test's places; each must stand in it."""
    for old, new in changes.items():
        assert old in text, f"{old} is not in deploy/nginx.conf"
        text = text.replace(old, new)
    return text


@dataclass(frozen=True)
class Answer:
    """One HTTP answer: status, headers by lower-case name, body as it came."""

    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One kept connection to nginx, which asks under any host name."""

    def __init__(self, port: int, trusted: Path) -> None:
        self._context = ssl.create_default_context(cafile=str(trusted))
        self._port = port
        self._connections: dict[str, http.client.HTTPSConnection] = {}

    def ask(self, host: str, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        """Send one request; header names with `_` for `-`."""
        if host not in self._connections:
            self._connections[host] = _To(host, self._port, self._context)
        connection = self._connections[host]
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()


class _To(http.client.HTTPSConnection):
    """A connection to 127.0.0.1 that names the host it wants."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=20, context=context)
        self._tls = context

    def connect(self) -> None:
        self.sock = self._tls.wrap_socket(
            socket.create_connection(("127.0.0.1", self.port), 20), server_hostname=self.host
        )

    def putheader(self, header: str, *values: str) -> None:  # type: ignore[override]  # str is enough here
        if header == "Host":
            values = (self.host,)
        super().putheader(header, *values)


@dataclass(frozen=True)
class Front:
    """A running nginx: its TLS port, its certificate, its folder."""

    port: int
    folder: Path

    def client(self) -> Client:
        return Client(self.port, self.folder / "verify.crt")


@contextmanager
def nginx(folder: Path, public: Path, *, verifier: int, office: int = 1) -> Iterator[Front]:
    """Run the shipped configuration until the block ends."""
    assert NGINX is not None
    folder.mkdir()
    self_signed(folder)
    front = Front(free_port(), folder)
    changes = {
        "user www-data;": f"user {pwd.getpwuid(os.getuid()).pw_name}; daemon off;",
        "/run/nginx.pid": str(folder / "pid"),
        "/var/log/nginx/": f"{folder}/",
        "/etc/hallmark/tls/": f"{folder}/",
        "/srv/hallmark/public": str(public),
        "listen 443 ssl": f"listen 127.0.0.1:{front.port} ssl",
        "listen 80 ": f"listen 127.0.0.1:{free_port()} ",
        "127.0.0.1:8700": f"127.0.0.1:{verifier}",
        "127.0.0.1:8701": f"127.0.0.1:{office}",
        "rate=10r/s": "rate=10000r/s",  # what is tested here is not the limit
        "rate=200r/s": "rate=10000r/s",
    }
    file = folder / "nginx.conf"
    file.write_text(exchanged(CONFIGURATION.read_text("utf-8"), changes), "utf-8")
    checked = subprocess.run([NGINX, "-t", "-q", "-c", str(file)], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr.decode()
    process = subprocess.Popen([NGINX, "-c", str(file)], stderr=subprocess.DEVNULL)
    try:
        wait_for(front.port)
        yield front
    finally:
        process.terminate()
        process.wait(timeout=10)


@contextmanager
def served(home: Path) -> Iterator[int]:
    """Run `hallmark serve --no-publish` for the house, as deployed: without a passphrase; yields its port."""
    port = free_port()
    keyless = {name: value for name, value in environment().items() if not name.startswith("HALLMARK_")}
    command = [
        str(Path(sys.executable).with_name("hallmark")),
        "--home",
        str(home),
        "serve",
        "--port",
        str(port),
        "--no-publish",
    ]
    process = subprocess.Popen(command, env=keyless, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(port: int, seconds: float = 20) -> None:
    """Wait until somebody listens on the port."""
    until = time.monotonic() + seconds
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < until, f"nobody listens on {port}"
        time.sleep(0.05)
