"""The remote client believes no answer: wrong, huge, slow, cut, redirected or forged ones become one known error each."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hallmark.wall import wall_clock
from registry.api.refusals import AskedTooOften
from registry.client import RemoteRegistry
from registry.errors import RegistryError
from registry.refusals import Busy, StorageFailed
from registry.remote_errors import AddressNotAllowed, AnswerInvalid, NotAdmitted, Unreachable
from tests.registry_api.api_house import ApiHouse, Serving, serving
from tests.registry_rim.rim_house import signer

TOKEN = b'{"access_token": "t", "token_type": "Bearer", "expires_in": 600, "scope": "issue"}'


def http(status: str, body: bytes, *headers: str, length: int | None = None) -> bytes:
    head = [
        f"HTTP/1.1 {status}",
        f"Content-Length: {len(body) if length is None else length}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@contextmanager
def answering(answer: Callable[[str], bytes]) -> Iterator[str]:
    """A server that reads a request and writes the bytes it is told to, once per connection."""

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    request = connection.recv(65536)
                    while b"\r\n\r\n" not in request:
                        request += connection.recv(65536)
                    connection.sendall(answer(request.split(b"\r\n", 1)[0].decode()))

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def client(address: str, timeout: float = 2.0) -> RemoteRegistry:
    key = signer("client")
    return RemoteRegistry(address, key.public_key.kid, key, wall_clock, timeout=timeout, sleep=lambda _: None)


def after_token(answer: bytes) -> Callable[[str], bytes]:
    return lambda line: http("200 OK", TOKEN) if "/token" in line else answer


@pytest.mark.network
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", Unreachable),
        (b"garbage\r\n\r\n", Unreachable),
        (http("200 OK", b'{"runs": []', length=500), Unreachable),
        (http("200 OK", b"x" * (9 << 20)), Unreachable),
        (http("500 Oops", b"<html>"), Unreachable),
        (http("502 Bad Gateway", b"<html>"), Unreachable),
        (http("429 Too Many", b"<html>"), AskedTooOften),
        (http("302 Found", b"", "Location: http://127.0.0.1:9/"), AnswerInvalid),
        (http("200 OK", b"<html>"), AnswerInvalid),
        (http("200 OK", b"{}"), AnswerInvalid),
        (http("200 OK", b'{"runs": []}'), AnswerInvalid),
        (http("200 OK", b'{"runs": [{"list": 0, "first": 0, "count": 1}], "more": 1}'), AnswerInvalid),
        (http("200 OK", b'{"runs": [], "runs": []}'), AnswerInvalid),
        (http("200 OK", b"[" * 100_000), AnswerInvalid),
        (http("404 Not Found", b'{"code": "registry.nonsense", "params": {}}'), AnswerInvalid),
        (http("409 Conflict", b'{"code": ["registry.busy"], "params": {}}'), AnswerInvalid),
        (http("409 Conflict", b'{"code": "registry.asked_too_often", "params": {"nonsense": 1}}'), AnswerInvalid),
        (http("503 Busy", b'{"code": "registry.busy", "params": {}}'), Busy),
        (http("503 Full", b'{"code": "registry.storage_failed", "params": {}}'), StorageFailed),
    ],
    ids=lambda value: str(value)[:60],
)
def test_an_answer_that_is_not_in_its_form_becomes_one_known_error(answer: bytes, error: type[RegistryError]) -> None:
    with answering(after_token(answer)) as address, pytest.raises(RegistryError) as refused:
        client(address).reserve("batch", 1)
    assert type(refused.value) is error


@pytest.mark.network
@pytest.mark.parametrize(
    "answer",
    [
        http("401 No", b'{"error": "invalid_client", "error_description": "no"}'),
        http("400 No", b"<html>"),
        http("401 No", b""),
    ],
)
def test_a_client_that_gets_no_token_is_told_so(answer: bytes) -> None:
    with answering(lambda _line: answer) as address, pytest.raises(NotAdmitted):
        client(address).reserve("batch", 1)


@pytest.mark.network
def test_a_registry_that_drips_or_hangs_is_left_in_time() -> None:
    begun = time.monotonic()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener, pytest.raises(Unreachable):
        client(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.2).reserve("batch", 1)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "address",
    ["http://registry.example", "ftp://127.0.0.1", "https://a@b.example", "file:///etc", "https://x.example/?q", ""],
)
def test_only_https_or_this_machine_is_asked(address: str) -> None:
    with pytest.raises(AddressNotAllowed):
        client(address)


@pytest.mark.network
def test_many_threads_share_one_client(running: Serving) -> None:
    registry, runs = running.client(), []

    def reserve(number: int) -> None:
        for each in range(5):
            runs.extend(registry.reserve(f"thread-{number}-{each}", 2))

    threads = [threading.Thread(target=reserve, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(run.first for run in runs) == list(range(0, 60, 2))


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "registry.example")])
    now = datetime.fromtimestamp(wall_clock(), UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "tls.key").write_bytes(private)
    return folder / "tls.crt", folder / "tls.key"


@pytest.mark.network
def test_a_certificate_that_nobody_vouches_for_ends_it(
    house: ApiHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crt, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    with serving(house, tls=context) as running:
        with pytest.raises(Unreachable) as refused:
            running.client(sleep=lambda _: None).reserve("batch", 1)
        assert refused.value.params["reason"] == "SSLCertVerificationError"
        monkeypatch.setenv("SSL_CERT_FILE", str(crt))
        assert running.client().reserve("batch", 1)[0].count == 1
