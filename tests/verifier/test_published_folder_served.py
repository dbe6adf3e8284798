"""The registry's app: the published folder and nothing else, with the right types, caching, ETags and open to any origin."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registry.app import create_app
from tests.verifier.published_world import World

FOREVER, BRIEFLY = "public, max-age=31536000, immutable", "public, max-age=5"
JOSE, OCTETS, PLAIN = "application/jose+json", "application/octet-stream", "text/plain; charset=utf-8"


@pytest.fixture(scope="module")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the newest edition with a secret beside it."""
    place = tmp_path_factory.mktemp("served")
    (place / "secret").write_bytes(b"secret")
    shutil.copytree(world.house.settings.public, place / "public")
    return place / "public"


class Client(FlaskClient):
    """A client that reads every answer to its end and closes its file, as a server does."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{**kwargs, "buffered": True})


@pytest.fixture
def client(folder: Path) -> FlaskClient:
    app = create_app(folder, hosts=("localhost",))
    app.test_client_class = Client
    return app.test_client()


def newest(world: World) -> int:
    return world.evidence(world.rotated).checkpoint().checkpoint.size


KINDS = [
    ("checkpoint", PLAIN, BRIEFLY),
    ("tile/0/000.p/{size}", OCTETS, FOREVER),
    ("tile/entries/000.p/{size}", OCTETS, FOREVER),
    ("roots/1.json", JOSE, FOREVER),
    ("lists/trust.json", JOSE, BRIEFLY),
    ("lists/catalogue.json", JOSE, BRIEFLY),
    ("lists/trust/1.json", JOSE, FOREVER),
    ("lists/trust/2/00.json", "application/json", FOREVER),
    ("status/0", "application/statuslist+jwt", BRIEFLY),
    ("status/0.tlog-proof", PLAIN, BRIEFLY),
    ("bitstring/0/revocation", "application/vc+jwt", BRIEFLY),
    ("bitstring/0/suspension", "application/vc+jwt", BRIEFLY),
    ("events/0/0", OCTETS, BRIEFLY),
    ("events/0/leaves", OCTETS, BRIEFLY),
    ("hints/0/0", OCTETS, BRIEFLY),
]


@pytest.mark.parametrize(("path", "content_type", "caching"), KINDS, ids=[path for path, _, _ in KINDS])
def test_each_kind_of_file_with_its_type_and_caching(
    client: FlaskClient, world: World, path: str, content_type: str, caching: str
) -> None:
    path = path.format(size=newest(world))
    answer = client.get(f"/{path}")
    assert answer.status_code == 200
    assert answer.data == world.rotated[path]
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Cache-Control"] == caching
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    assert client.head(f"/{path}").headers["ETag"] == answer.headers["ETag"]


def test_every_published_file_is_served_and_the_publishers_own_are_not(client: FlaskClient, world: World) -> None:
    for path, data in world.rotated.items():
        answer = client.get(f"/{path}")
        assert (answer.status_code, answer.data) == (200, data), path
    for path in (".publishing/state.json", ".publishing/lock", ".publishing"):
        assert client.get(f"/{path}").status_code == 404


def conditional(client: FlaskClient, path: str, etag: str) -> TestResponse:
    return client.get(path, headers={"If-None-Match": etag})


def test_what_has_not_changed_is_not_sent_again(client: FlaskClient, folder: Path) -> None:
    first = client.get("/status/0")
    again = conditional(client, "/status/0", first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == BRIEFLY
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert conditional(client, "/status/0", '"another"').status_code == 200
    whole = (folder / "status" / "0").read_bytes()
    (folder / "status" / "0.new").write_bytes(whole[:-1] + b"x")
    (folder / "status" / "0.new").replace(folder / "status" / "0")
    changed = conditional(client, "/status/0", first.headers["ETag"])
    assert (changed.status_code, changed.data) == (200, whole[:-1] + b"x")
    (folder / "status" / "0").write_bytes(whole)


def test_a_query_is_no_part_of_the_address(client: FlaskClient, world: World) -> None:
    """F4: a cache that ignores it and one that does not must give the same bytes."""
    assert client.get("/checkpoint?size=1").data == world.rotated["checkpoint"]


@pytest.mark.parametrize(
    "path",
    ["", "x", "checkpoint/", "checkpoint.txt", "Checkpoint", "status", "status/", "status/1", "status/0/", "status/x",
     "status/0.tlog-proof.bak", "tile/0", "tile/0/0", "tile/0/000.p/", "tile/0/000.p/9999", "tile/100/000",
     "lists/", "lists/trust", "lists/trust/1", "lists/trust/1/zz.json", "lists/Trust.json", "lists/trust/1/00.JSON",
     "roots/x.json", "roots/1", "bitstring/0", "bitstring/0/other", "events/0", "events/0/100", "hints/0/leaves",
     "registry.db", "hallmark.toml", "secret"],
)  # fmt: skip
def test_anything_else_is_not_found(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/{path}")
    assert answer.status_code == 404
    assert b"secret" not in answer.data


@pytest.mark.parametrize(
    "path",
    ["../secret", "%2e%2e/secret", "status/../../secret", "status/%2e%2e/%2e%2e/secret", "..%2fsecret", "//secret",
     "status/0/../../../secret", "tile/entries/..%2f..%2f..%2fsecret", "checkpoint%00", "checkpoint%0a", "\\secret",
     "status/%2e%2e%5c%2e%2e%5csecret", "lists/trust/1/../../../../secret", ".publishing/state.json", "/etc/passwd"],
)  # fmt: skip
def test_nothing_outside_the_folder_is_served(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/{path}")
    assert answer.status_code in {400, 404}
    assert b"root:" not in answer.data
    assert answer.data != b"secret"


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_can_be_written(client: FlaskClient, method: str) -> None:
    assert getattr(client, method)("/checkpoint", data=b"x").status_code in {404, 405}


def test_a_name_that_is_not_ours_is_refused(client: FlaskClient) -> None:
    assert client.get("/checkpoint", headers={"Host": "evil.example"}).status_code == 400


def test_a_part_of_a_file_can_be_asked_for(client: FlaskClient, world: World) -> None:
    answer = client.get("/hints/0/0", headers={"Range": "bytes=5-9"})
    assert (answer.status_code, answer.data) == (206, world.rotated["hints/0/0"][5:10])
