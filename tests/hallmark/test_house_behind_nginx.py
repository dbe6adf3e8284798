"""T21: the shipped nginx configuration in front of a house that goes on publishing; no cache rule ever gives a wrong body."""

import gzip
import os
import random
import re
import resource
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hallmark.house import House
from issuers.changes import Order
from registry.app import _KINDS, BRIEFLY, FOREVER
from registry.app import create_app as create_registry_app
from tests.hallmark.behind_nginx import CONFIGURATION, MISSING, NGINX, Answer, Client, Front, nginx, served
from tests.hallmark.conftest import copied, numbers_of, opened

REQUESTS = int(os.environ.get("HALLMARK_REQUESTS", "500"))
VERIFY, REGISTRY, OFFICE = "verify.example", "registry.example", "office.example"
pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(NGINX is None, reason=MISSING),
    pytest.mark.timeout(120 + REQUESTS // 10),
]


@pytest.fixture(scope="module")
def home(_issued: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(_issued, tmp_path_factory.mktemp("nginx") / "house")


@pytest.fixture(scope="module")
def front(home: Path, passphrase: None) -> Iterator[Front]:
    with served(home) as port, nginx(home.parent / "nginx", home / "public", verifier=port) as running:
        yield running


@pytest.fixture
def client(front: Front) -> Iterator[Client]:
    made = front.client()
    yield made
    made.close()


def published(public: Path) -> dict[str, bytes]:
    """Every file of the published folder by its path."""
    files = (file for file in public.rglob("*") if file.is_file() and ".publishing" not in file.parts)
    return {file.relative_to(public).as_posix(): file.read_bytes() for file in files}


def test_every_published_file_leaves_with_the_headers_that_the_application_gives(home: Path, client: Client) -> None:
    """The configuration repeats what registry/app.py says of each path; here the two are held against each other."""
    app = create_registry_app(home / "public", hosts=(REGISTRY,)).test_client()
    seen = set()
    for path in published(home / "public"):
        ours = app.get(f"/{path}", headers={"Host": REGISTRY})
        ours.close()
        theirs = client.ask(REGISTRY, f"/{path}")
        assert (theirs.status, ours.status_code) == (200, 200), path
        for name in ("content-type", "cache-control", "access-control-allow-origin", "cross-origin-resource-policy"):
            assert theirs.headers[name] == ours.headers[name], (path, name)
        assert ("etag" in theirs.headers) == (ours.headers["Cache-Control"] == FOREVER), path
        assert "last-modified" not in theirs.headers, path
        seen |= {pattern.pattern for pattern, *_ in _KINDS if pattern.fullmatch(path)}
    assert len(seen) >= len(_KINDS) - 1


@pytest.mark.parametrize(
    "path",
    [
        "/.publishing/state.json",
        "/.publishing/lock",
        "/tile/0/.part-x",
        "/",
        "/status/",
        "/../registry.db",
        "/status/%2e%2e/%2e%2e/registry.db",
        "/keys/log-ed25519.pem",
        "/tile/0/999",
        "/status/77",
        "/nothing",
    ],
)
def test_nothing_else_leaves_and_what_is_missing_is_kept_by_no_cache(path: str, client: Client) -> None:
    answer = client.ask(REGISTRY, path)
    assert answer.status in (404, 400)
    assert answer.status == 400 or answer.headers["cache-control"] == "no-store"


def test_a_host_that_is_not_ours_gets_no_answer(front: Front) -> None:
    import http.client

    client = front.client()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError, OSError)):
        client.ask("elsewhere.example", "/")
    client.close()


# Mixed requests while the house publishes ---------------------------------------------------------------------------


@dataclass
class Reader:
    """A cache's view of the registry: what it was given, and by which validators."""

    public: Path
    forever: dict[str, bytes] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def ask(self, client: Client, path: str, chance: random.Random) -> int:
        """One request in one of many forms; raise AssertionError for a wrong answer, return its status."""
        query = chance.choice(["", "", "", "?v=1", "?size=3&size=4", "?../checkpoint", "?%00"])
        headers = dict(chance.choice(_FORMS))
        if path in self.tags and chance.random() < 0.5:
            headers["If_None_Match"] = self.tags[path]
        method = "HEAD" if chance.random() < 0.1 else "GET"
        before = self._file(path)
        answer = client.ask(REGISTRY, f"/{path}{query}", method, **headers)
        if headers.get("If_None_Match") == "*" and answer.status == 304:
            return 304  # "only if there is none", and there is one
        self._judge(path, method, answer, {before, self._file(path)})
        return answer.status

    def _file(self, path: str) -> bytes | None:
        try:
            return (self.public / path).read_bytes()
        except FileNotFoundError:
            return None

    def _judge(self, path: str, method: str, answer: Answer, possible: set[bytes | None]) -> None:
        caching = answer.headers.get("cache-control")
        if answer.status == 404:
            assert None in possible
            assert caching == "no-store"
            return
        assert answer.status in (200, 206, 304, 416), (path, answer.status)
        lasting = any(pattern.fullmatch(path) and kind == FOREVER for pattern, _, kind in _KINDS)
        if answer.status != 416:
            assert caching == (FOREVER if lasting else BRIEFLY)
        if answer.status == 304:
            assert lasting, "a validator for what is replaced"
            assert self.forever[path] in possible
            return
        if answer.status == 206:
            first, last, _ = re.match(r"bytes (\d+)-(\d+)/(\d+)", answer.headers["content-range"]).groups()  # type: ignore[union-attr]
            cut = {each[int(first) : int(last) + 1] for each in possible if each is not None}
            assert method == "HEAD" or answer.body in cut
        if answer.status == 200 and method == "GET":
            packed = answer.headers.get("content-encoding") == "gzip"
            body = gzip.decompress(answer.body) if packed else answer.body
            assert body in possible, path
            assert not packed or "Accept-Encoding" in answer.headers["vary"]
            if lasting:
                assert self.forever.setdefault(path, body) == body
                self.tags[path] = answer.headers["etag"]


_FORMS: tuple[dict[str, str], ...] = (
    {},
    {},
    {"Accept_Encoding": "gzip"},
    {"Accept_Encoding": "gzip, deflate, br", "Accept_Language": "zh-CN"},
    {"Accept_Language": "en", "Accept": "text/html"},
    {"Range": "bytes=0-31"},
    {"Range": "bytes=32-"},
    {"Range": "bytes=999999999-"},
    {"If_Modified_Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
    {"If_None_Match": '"nonsense"'},
    {"If_None_Match": "*"},
    {"Cache_Control": "no-cache", "Pragma": "no-cache"},
    {"Origin": "https://elsewhere.example"},
    {"X_Forwarded_For": "6.6.6.6", "X_Original_URL": "/checkpoint", "X_Rewrite_URL": "/checkpoint"},
)


def test_no_body_is_wrong_while_the_house_publishes(home: Path, client: Client) -> None:
    """Query strings, languages, encodings, ranges, validators, partial tiles that go when the full one is there."""
    house, chance = opened(home), random.Random(21)
    reader, statuses = Reader(home / "public"), dict.fromkeys((200, 206, 304, 404, 416), 0)
    known = set(published(home / "public"))
    every, numbers = max(20, REQUESTS // 10), numbers_of(home)
    for number in range(REQUESTS):
        if number % every == 0:
            event = "reinstated" if house.ledger.record(numbers[0]).state == "suspended" else "suspended"
            house.status_desk.change(numbers[:1], Order(event, house.clock()))
            enrol_many(house, number)
            house.publish()
            known |= set(published(home / "public"))
        path = "checkpoint" if chance.random() < 0.2 else chance.choice(sorted(known))
        statuses[reader.ask(client, path, chance)] += 1
    assert all(statuses.values()), statuses
    assert statuses[200] > REQUESTS // 3


def enrol_many(house: House, round_no: int) -> None:
    """Let the log grow past a full tile, so that partial ones go."""
    from keys.algorithms import Algorithm
    from keys.signer import SoftwareSigner

    for each in range(40):
        key = SoftwareSigner.from_seed(Algorithm.ES256, f"{round_no} {each}".encode()).public_key
        house.recorder.enrol("91310000MA1K00000X", key)


def test_an_entry_is_seen_at_once_and_its_evidence_is_whole(home: Path, client: Client) -> None:
    """What is published is what the next request gets: nothing in between remembers the old file."""
    house = opened(home)
    for _ in range(20):
        note = house.publish().checkpoint
        answer = client.ask(REGISTRY, "/checkpoint", If_Modified_Since="Fri, 01 Jan 2100 00:00:00 GMT")
        assert answer.status == 200
        served_size = int(answer.body.split(b"\n")[1])
        assert served_size >= int(note.split(b"\n")[1])


# The verifier -------------------------------------------------------------------------------------------------------


def test_the_verifiers_answers_are_kept_by_nobody_and_its_files_by_digest(client: Client) -> None:
    page = client.ask(VERIFY, "/", Accept_Language="zh-CN")
    assert page.status == 200
    assert page.headers["cache-control"] == "no-store"
    assert "max-age" in page.headers["strict-transport-security"]
    assert client.ask(VERIFY, "/", Accept_Language="en").body != page.body
    answer = client.ask(VERIFY, "/api/v1/verifications", "POST", b'{"text": "x"}', Content_Type="application/json")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    (style,) = set(re.findall(rb'href="(/site\.css\?v=[^"]+)"', page.body))
    assert client.ask(VERIFY, style.decode()).headers["cache-control"] == "public, max-age=86400"


def test_limits_of_size_stand_at_the_door(client: Client) -> None:
    answer = client.ask(VERIFY, "/check", "POST", bytes(11 << 20), Content_Type="application/octet-stream")
    assert answer.status == 413


def test_the_folder_under_the_verifiers_host_is_the_same(home: Path, client: Client) -> None:
    """`registry_url` is https://<host>/registry where there is no host of its own."""
    for path in random.Random(3).sample(sorted(published(home / "public")), 40):
        assert client.ask(VERIFY, f"/registry/{path}").body == client.ask(REGISTRY, f"/{path}").body


def test_nothing_that_was_asked_stands_in_the_log(front: Front, client: Client) -> None:
    client.ask(VERIFY, "/check?text=canary-query-4711", Referer="https://canary-referrer.example/")
    client.ask(VERIFY, "/api/v1/verifications", "POST", b'{"text": "canary-body"}', Content_Type="application/json")
    log = (front.folder / "access.log").read_text() + (front.folder / "error.log").read_text()
    assert "/check" in log
    assert "canary" not in log
    assert "127.0.0.1" not in log


# Slow clients -------------------------------------------------------------------------------------------------------

SLOW = int(os.environ.get("HALLMARK_SLOW_CLIENTS", "300"))


def test_slow_clients_hold_connections_of_nginx_and_nobody_else(front: Front) -> None:
    """T54: thousands who begin a handshake or a request and never end it; everyone else is answered."""
    context = ssl.create_default_context(cafile=str(front.folder / "verify.crt"))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, SLOW + 1000)), hard))
    with ExitStack() as held:
        for number in range(SLOW):
            client = held.enter_context(socket.create_connection(("127.0.0.1", front.port), 30))
            if number % 10:  # nine of ten do not even finish the handshake
                client.sendall(b"\x16\x03\x01")
            else:
                client = held.enter_context(context.wrap_socket(client, server_hostname=VERIFY))
                client.sendall(b"GET / HTTP/1.1\r\nHost: verify.example\r\nX-Slow: ")
        took = [_good_request(front) for _ in range(30)]
    print(f"{SLOW} slow clients: 30 of 30 answered, median {sorted(took)[15] * 1000:.1f} ms")  # noqa: T201


def _good_request(front: Front) -> float:
    client, began = front.client(), time.monotonic()
    assert client.ask(VERIFY, "/healthz").status == 200
    client.close()
    return time.monotonic() - began


# One hop ------------------------------------------------------------------------------------------------------------


def test_the_configuration_hands_on_one_address_and_nothing_that_a_client_wrote(home: Path, tmp_path: Path) -> None:
    """T43: a spoofed X-Forwarded-For, Forwarded or X-Real-IP is replaced or removed, on every proxied host."""
    import threading

    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)

        def listen() -> None:
            for _ in range(2):
                connection, _address = listening.accept()
                with connection:
                    heard.append(connection.recv(65536))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        thread = threading.Thread(target=listen)
        thread.start()
        port = listening.getsockname()[1]
        spoofed = {
            "X_Forwarded_For": "6.6.6.6, 7.7.7.7",
            "X_Real_IP": "6.6.6.6",
            "Forwarded": "for=6.6.6.6",
            "X_Forwarded_Proto": "http",
            "X_Forwarded_Host": "evil.example",
            "X_Forwarded_Prefix": "/evil",
        }
        with nginx(tmp_path / "nginx", home / "public", verifier=port, office=port) as front:
            client = front.client()
            for host in (VERIFY, OFFICE):
                assert client.ask(host, "/", **spoofed).status == 200
            client.close()
        thread.join()
    for request in heard:
        headers = {line.split(b":")[0].lower(): line.split(b": ")[-1] for line in request.split(b"\r\n")[1:]}
        assert headers[b"x-forwarded-for"] == b"127.0.0.1"
        assert headers[b"x-forwarded-proto"] == b"https"
        for gone in (b"forwarded", b"x-real-ip", b"x-forwarded-host", b"x-forwarded-prefix"):
            assert gone not in headers
    assert len(heard) == 2


# What the file says -------------------------------------------------------------------------------------------------


def test_the_limits_written_down_are_the_code_s() -> None:
    from verifier.ports import MEGABYTE, VerifierSettings

    text = CONFIGURATION.read_text("utf-8")
    verifier = text[text.index("server_name verify.example") : text.index("server_name registry.example")]
    assert f"client_max_body_size {VerifierSettings('x').max_body // MEGABYTE}m;" in verifier
    assert f'"{FOREVER}"' in text
    assert f'"{BRIEFLY}"' in text
