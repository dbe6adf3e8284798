"""T59: API keys are kept as digests, revoked within five seconds everywhere, and a damaged file opens nothing."""

import json
import time
from pathlib import Path

import pytest

from hallmark.api_keys import LOOK, ApiKeyFile, KeysInForce
from hallmark.errors import ApiKeyRate, ApiKeysUnreadable, ApiKeyUnknown

NOW = 1_790_000_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "api-keys.json"


@pytest.fixture
def keys(file: Path) -> ApiKeyFile:
    return ApiKeyFile(file, lambda: NOW)


def in_force(keys: ApiKeyFile, file: Path) -> KeysInForce:
    return KeysInForce(keys, file)


def test_a_key_is_known_again_and_stands_nowhere(keys: ApiKeyFile, file: Path) -> None:
    secret = keys.add("HR", ("verify",), "100/minute")
    found = in_force(keys, file)(secret)
    assert found is not None
    assert (found.scopes, found.rate) == (("verify",), "100/minute")
    assert found.id == secret.split("_")[1]
    assert secret.split("_", 2)[2] not in file.read_text("utf-8")
    assert file.stat().st_mode & 0o777 == 0o600


def test_no_other_text_is_a_key(keys: ApiKeyFile, file: Path) -> None:
    secret = keys.add("HR", ("verify",), "100/minute")
    known = in_force(keys, file)
    digest = json.loads(file.read_bytes())[0]["digest"]
    other = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    for text in ("", secret[:-1], secret + "A", other, digest, secret.upper(), "\udcff"):
        assert known(text) is None, text


def test_a_revoked_key_is_refused_within_five_seconds_by_every_process(keys: ApiKeyFile, file: Path) -> None:
    secret, kept = (keys.add(name, ("verify",), "100/minute") for name in ("one", "two"))
    processes = [in_force(keys, file), in_force(keys, file)]
    assert all(each(secret) for each in processes)
    keys.revoke(secret.split("_")[1])
    assert LOOK <= 5
    time.sleep(LOOK + 0.05)
    assert [each(secret) for each in processes] == [None, None]
    assert all(each(kept) for each in processes)
    assert [record.revoked_at for record in keys.listed()] == [NOW, None]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[1]",
        b'[{"id": "a"}]',
        b"\xff",
        b"{}",
        b'[{"id":"a","holder":"","scopes":["root"],"rate":"1/day","digest":"","added_at":1}]',
    ],
)
def test_a_damaged_file_accepts_no_key_and_is_not_written_over(keys: ApiKeyFile, file: Path, data: bytes) -> None:
    secret = keys.add("HR", ("verify",), "100/minute")
    file.write_bytes(data)
    with pytest.raises(ApiKeysUnreadable):
        keys.add("another", ("verify",), "100/minute")
    assert file.read_bytes() == data
    assert in_force(keys, file)(secret) is None


def test_what_cannot_be_meant_is_refused(keys: ApiKeyFile) -> None:
    with pytest.raises(ApiKeyRate):
        keys.add("HR", ("verify",), "often")
    with pytest.raises(ApiKeyUnknown):
        keys.revoke("00000000")
    assert keys.listed() == []
