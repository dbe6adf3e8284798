"""A small registry with real keys, clients and tokens, its app, and a server over it on 127.0.0.1."""

import shutil
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import WSGIRequestHandler, make_server

from keys.b64 import b64u
from registry.api.app import ApiSettings, create_app
from registry.api.assertion import KIND, make_assertion
from registry.api.clients import SCOPES, Client, ClientList
from registry.api.desk import IssuersDesk
from registry.api.limiting import Rates
from registry.api.tokens import TokenDesk
from registry.client import RemoteRegistry
from registry.contract import StatusChange, Submission
from registry.grouped import GroupedRecorder
from tests.registry_rim.rim_house import BODY, OTHER_BODY, House, signer

HOST = "registry.example"
ADDRESS = f"https://{HOST}"


class ApiHouse(House):
    """A registry whose clients are `client` and `other-client`."""

    def settled(self) -> "ApiHouse":
        self.enrol("body", BODY)
        self.enrol("other", OTHER_BODY)
        self.list_client("client", BODY)
        self.list_client("other-client", OTHER_BODY)
        return self

    def copied_files(self, folder: Path) -> Path:
        for name in ("registry.db", "watermark"):
            shutil.copy(self.folder / name, folder / name)
        return folder

    @property
    def clients(self) -> ClientList:
        return ClientList(self.engine, self.clock)

    def list_client(self, name: str, body: str, scopes: tuple[str, ...] = SCOPES) -> Client:
        return self.clients.add(body, signer(name).public_key, scopes)

    def app(self, *, address: str = ADDRESS, rates: Rates | None = None, trusted_hops: int = 0) -> Flask:
        settings = ApiSettings((HOST, "127.0.0.1", "localhost"), trusted_hops, rates or Rates(), "1.0")
        tokens = TokenDesk(self.engine, (address, f"{address}/api/v1/token"), self.clock)
        return create_app(
            settings, IssuersDesk(self.recorder, GroupedRecorder(self.recorder), self.engine, self.clock), tokens
        )


@dataclass
class Caller:
    """One client of an app, in process, with a token."""

    http: FlaskClient
    token: str

    def ask(self, method: str, path: str, json: object = None, **headers: str):
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.http.open(path, method=method, json=json, headers=bearer | headers, base_url=f"http://{HOST}")


_jti = iter(range(10**9))


def form(house: House, name: str = "client", *, audience: str = ADDRESS, **changed: str) -> dict[str, str]:
    """A good token request of the client `name`, with members changed."""
    key = signer(name)
    assertion = make_assertion(key, key.public_key.kid, audience, f"jti-{next(_jti)}", house.clock())
    return {"grant_type": "client_credentials", "client_assertion_type": KIND, "client_assertion": assertion} | changed


def caller(house: ApiHouse, app: Flask, name: str = "client", scope: str | None = None) -> Caller:
    http = app.test_client()
    asked = form(house, name) | ({"scope": scope} if scope else {})
    answer = http.post("/api/v1/token", data=asked, base_url=f"http://{HOST}")
    assert answer.status_code == 200, answer.text
    return Caller(http, answer.json["access_token"])


def sent(item: Submission | StatusChange) -> dict[str, object]:
    """As a client of any make writes it into JSON."""
    return {name: b64u(value) if isinstance(value := getattr(item, name), bytes) else value for name in item.__slots__}


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: object, **__: object) -> None:
        return


@dataclass
class Serving:
    """A running server."""

    house: ApiHouse
    address: str

    def client(self, name: str = "client", **options) -> RemoteRegistry:
        key = signer(name)
        return RemoteRegistry(self.address, key.public_key.kid, key, self.house.clock, **options)


@contextmanager
def serving(house: ApiHouse, *, rates: Rates | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Serving]:
    """Serve the house's API on a free port of 127.0.0.1."""
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=_Quiet, ssl_context=tls)
    address = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    server.app = house.app(address=address, rates=rates)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Serving(house, address)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
