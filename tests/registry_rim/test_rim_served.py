"""The published folder as the application serves it, while a publication replaces its files."""

import threading
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from registry.app import create_app
from registry.files import replace_file

HEADERS = {"Host": "registry.example"}


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_app(tmp_path, hosts=("registry.example",)).test_client()


def test_a_file_replaced_within_one_second_is_not_taken_for_the_same(tmp_path: Path, client: FlaskClient) -> None:
    """Same length, same second: whoever asks with what he was given gets the new bytes."""
    for number in range(50):
        replace_file(tmp_path / "checkpoint", b"checkpoint %03d" % number, durable=False)
        first = client.get("/checkpoint", headers=HEADERS)
        assert "Last-Modified" not in first.headers
        assert "Expires" not in first.headers
        replace_file(tmp_path / "checkpoint", b"CHECKPOINT %03d" % number, durable=False)
        validators = {"If-None-Match": first.headers["ETag"], "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
        again = client.get("/checkpoint", headers=HEADERS | validators)
        assert (again.status_code, again.data) == (200, b"CHECKPOINT %03d" % number)
        same = client.get("/checkpoint", headers=HEADERS | {"If-None-Match": again.headers["ETag"]})
        assert (same.status_code, same.data) == (304, b"")


def test_body_length_and_digest_belong_together_while_files_are_replaced(tmp_path: Path, client: FlaskClient) -> None:
    bodies = [bytes([65 + size % 26]) * (1 + size * 37 % 5000) for size in range(100)]
    tags = dict.fromkeys(bodies, "")
    for body in bodies:
        replace_file(tmp_path / "checkpoint", body, durable=False)
        tags[body] = client.get("/checkpoint", headers=HEADERS).headers["ETag"]
    stop = threading.Event()

    def replace() -> None:
        while not stop.is_set():
            for body in bodies:
                replace_file(tmp_path / "checkpoint", body, durable=False)

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        for _ in range(500):
            answer = client.get("/checkpoint", headers=HEADERS)
            assert answer.headers["ETag"] == tags[answer.data]
            assert int(answer.headers["Content-Length"]) == len(answer.data)
    finally:
        stop.set()
        writer.join()


def test_a_range_and_a_range_beyond_the_end(tmp_path: Path, client: FlaskClient) -> None:
    replace_file(tmp_path / "hints" / "0" / "0", bytes(range(100)), durable=False)
    part = client.get("/hints/0/0", headers=HEADERS | {"Range": "bytes=5-9"})
    assert (part.status_code, part.data, part.headers["Content-Range"]) == (206, bytes(range(5, 10)), "bytes 5-9/100")
    assert client.get("/hints/0/0", headers=HEADERS | {"Range": "bytes=100-"}).status_code == 416
    assert client.head("/hints/0/0", headers=HEADERS).headers["Content-Length"] == "100"
    for missing in ("/hints/0/1", "/hints/0", "/hints/0/0/0"):
        assert client.get(missing, headers=HEADERS).status_code == 404
