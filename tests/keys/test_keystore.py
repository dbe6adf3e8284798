"""Private keys at rest: closed to others, whole after a crash, silent outside their window."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from keys.algorithms import Algorithm
from keys.errors import (
    KeyExists,
    KeyExpired,
    KeyFileDamaged,
    KeyFileExposed,
    KeyMissing,
    KeyNameInvalid,
    KeyNotActive,
    KeyNotYetOpen,
    KeysError,
    PassphraseMissing,
    PassphraseWrong,
    RecordInvalid,
    TransitionNotAllowed,
)
from keys.keystore import KeyStore
from keys.rotation import KeyState, Purpose

_OPENS, _CLOSES = 1_000_000, 2_000_000
_PASSPHRASE = "印信口令".encode()


class _Clock:
    def __init__(self) -> None:
        self.now = _OPENS

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def store(folder: Path, clock: _Clock) -> KeyStore:
    return KeyStore(folder, _PASSPHRASE, clock)


def _make(store: KeyStore, name: str = "seal", **changes: object) -> None:
    wanted: dict[str, object] = {"opens_at": _OPENS, "closes_at": _CLOSES, **changes}
    store.generate(name, Purpose.CREDENTIAL, Algorithm.ES256, **wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_key_signs_again_after_a_restart(store: KeyStore, folder: Path, clock: _Clock, algorithm: Algorithm) -> None:
    record = store.generate("any", Purpose.LOG, algorithm, opens_at=_OPENS)
    signature = store.signer("any").sign(b"x")
    again = KeyStore(folder, _PASSPHRASE, clock)
    assert again.record("any") == record
    assert again.signer("any").public_key == record.public_key
    again.signer("any").public_key.verify(signature, b"x")


def test_files_and_folder_are_closed_to_others(store: KeyStore, folder: Path) -> None:
    before = os.umask(0)
    try:
        _make(store)
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o7777 for path in folder.iterdir()}
    assert modes == {"seal.pem": 0o600, "seal.json": 0o600, ".lock": 0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_no_file_shows_the_private_key_or_the_passphrase(store: KeyStore, folder: Path) -> None:
    _make(store)
    private = store._opened("seal").private.private_numbers().private_value.to_bytes(32, "big")  # type: ignore[union-attr]
    for path in folder.iterdir():
        data = path.read_bytes()
        assert private not in data
        assert _PASSPHRASE not in data
        assert b"PRIVATE KEY" not in data or b"BEGIN ENCRYPTED PRIVATE KEY" in data


def test_a_wrong_passphrase_gives_one_clear_error(store: KeyStore, folder: Path, clock: _Clock) -> None:
    _make(store)
    wrong = KeyStore(folder, b"wrong", clock)
    with pytest.raises(PassphraseWrong) as caught:
        wrong.signer("seal")
    assert caught.value.params == {"name": "seal"}
    with pytest.raises(PassphraseWrong):
        _make(wrong, "second")
    assert [record.name for record in wrong.records()] == ["seal"]
    with pytest.raises(PassphraseMissing):
        KeyStore(folder, b"", clock)


def test_one_stretch_serves_the_whole_folder(store: KeyStore, folder: Path) -> None:
    _make(store)
    _make(store, "second")
    heads = {path.read_bytes().splitlines()[0] for path in folder.glob("*.pem")}
    assert len(heads) == 1
    assert heads.pop().startswith(b"Hallmark-Scrypt: 15 ")


def test_a_name_is_taken_once(store: KeyStore) -> None:
    _make(store)
    before = store.record("seal")
    with pytest.raises(KeyExists):
        _make(store)
    assert store.record("seal") == before


@pytest.mark.parametrize("name", ["", ".", "..", "../seal", "a/b", "a.b", "-a", "a b", "密钥", "x" * 65, "a\0", "a\n"])
def test_names_that_could_leave_the_folder_are_refused(store: KeyStore, folder: Path, name: str) -> None:
    for use in (
        lambda: _make(store, name),
        lambda: store.record(name),
        lambda: store.move(name, KeyState.RETIRED),
        lambda: store.signer(name),
    ):
        with pytest.raises(KeyNameInvalid):
            use()
    assert not list(folder.glob("*.pem"))


def test_an_unknown_key_is_missing(store: KeyStore) -> None:
    for use in (
        lambda: store.record("none"),
        lambda: store.signer("none"),
        lambda: store.move("none", KeyState.RETIRED),
    ):
        with pytest.raises(KeyMissing):
            use()


def test_records_are_listed_by_name(store: KeyStore) -> None:
    for name in ("b", "body-91310000MA1K12345X", "a"):
        _make(store, name)
    assert [record.name for record in store.records()] == ["a", "b", "body-91310000MA1K12345X"]


@pytest.mark.parametrize(
    ("now", "refusal"), [(_OPENS - 1, KeyNotYetOpen), (_CLOSES, KeyExpired), (_CLOSES + 1, KeyExpired)]
)
def test_never_signs_outside_its_window(store: KeyStore, clock: _Clock, now: int, refusal: type[KeysError]) -> None:
    _make(store)
    signer = store.signer("seal")
    signer.sign(b"x")
    clock.now = now
    with pytest.raises(refusal):
        signer.sign(b"x")


def test_a_staged_key_signs_only_once_it_is_active(store: KeyStore) -> None:
    _make(store, state=KeyState.STAGED)
    signer = store.signer("seal")
    with pytest.raises(KeyNotActive):
        signer.sign(b"x")
    store.move("seal", KeyState.ACTIVE)
    signer.sign(b"x")


@pytest.mark.parametrize("state", [KeyState.RETIRED, KeyState.COMPROMISED])
def test_a_key_that_left_service_stops_every_signer_at_once(
    store: KeyStore, folder: Path, clock: _Clock, state: KeyState
) -> None:
    _make(store)
    held = store.signer("seal")
    held.sign(b"x")
    elsewhere = KeyStore(folder, _PASSPHRASE, clock)  # as another process would
    assert elsewhere.move("seal", state).closes_at == _OPENS
    with pytest.raises(KeyNotActive):
        held.sign(b"x")
    with pytest.raises(KeyNotActive):
        store.signer("seal").sign(b"x")
    with pytest.raises(TransitionNotAllowed):
        store.move("seal", KeyState.ACTIVE)
    assert KeyStore(folder, _PASSPHRASE, clock).record("seal").state is state


def test_a_record_deleted_under_it_stops_the_signer(store: KeyStore, folder: Path) -> None:
    _make(store)
    held = store.signer("seal")
    (folder / "seal.json").unlink()
    with pytest.raises(KeyMissing):
        held.sign(b"x")


def test_a_window_that_runs_backwards_makes_no_file(store: KeyStore, folder: Path) -> None:
    with pytest.raises(RecordInvalid):
        _make(store, closes_at=_OPENS - 1)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_file_that_others_may_read_is_not_used(store: KeyStore, folder: Path, mode: int) -> None:
    _make(store)
    (folder / "seal.pem").chmod(mode)
    with pytest.raises(KeyFileExposed) as caught:
        store.signer("seal")
    assert caught.value.params == {"name": "seal", "mode": f"{mode:04o}"}


def _with_another_key(folder: Path, store: KeyStore) -> None:
    _make(store, "other")
    (folder / "seal.pem").write_bytes((folder / "other.pem").read_bytes())


@pytest.mark.parametrize(
    ("harm", "error"),
    [
        (lambda folder, _: (folder / "seal.pem").write_bytes(b""), KeyFileDamaged),
        (lambda folder, _: (folder / "seal.pem").write_bytes(b"\xff" * 500), KeyFileDamaged),
        (lambda folder, _: (folder / "seal.pem").write_bytes(bytes(20_000)), KeyFileDamaged),
        (
            lambda folder, _: (folder / "seal.pem").write_bytes((folder / "seal.pem").read_bytes()[:200]),
            PassphraseWrong,
        ),
        (lambda folder, _: (folder / "seal.pem").unlink(), KeyMissing),
        (lambda folder, _: (folder / "seal.json").write_bytes(b"{"), KeyFileDamaged),
        (lambda folder, _: (folder / "seal.json").write_bytes(b"[]"), KeyFileDamaged),
        (lambda folder, _: (folder / "seal.json").write_bytes(b"[" * 10_000), KeyFileDamaged),
        (lambda folder, _: (folder / "seal.json").write_bytes(bytes(20_000)), KeyFileDamaged),
        (lambda folder, _: (folder / "seal.json").write_bytes(b"null"), KeyFileDamaged),
        (_with_another_key, RecordInvalid),
    ],
)
def test_damaged_files_are_told_apart(
    store: KeyStore, folder: Path, harm: Callable[[Path, KeyStore], object], error: type[KeysError]
) -> None:
    _make(store)
    harm(folder, store)
    with pytest.raises(error):
        store.signer("seal")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"active"', b'"shining"'), (b'"credential"', b'"everything"'), (b'"opens_at":1000000', b'"opens_at":true'),
        (b'"opens_at":1000000', b'"opens_at":"1"'), (b'"closes_at":2000000', b'"closes_at":1.5'), (b'"use":"sig"', b'"use":"enc"'),
        (b'"kty":"EC"', b'"kty":"RSA"'), (b'"opens_at"', b'"opened_at"'),
    ],
)  # fmt: skip
def test_a_record_that_says_nonsense_is_damaged(store: KeyStore, folder: Path, old: bytes, new: bytes) -> None:
    _make(store)
    path = folder / "seal.json"
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(KeyFileDamaged):
        store.record("seal")


_CRASH = """
import os, sys
from pathlib import Path
from keys.algorithms import Algorithm
from keys.keystore import KeyStore
from keys.rotation import KeyState, Purpose
folder, action, survive = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
really, done = Path.rename, []
def crashing(self, target):
    if len(done) == survive:
        os._exit(9)
    done.append(target)
    return really(self, target)
Path.rename = crashing
store = KeyStore(folder, sys.argv[4].encode(), lambda: 1_000_500)
if action == "move":
    store.move("seal", KeyState.RETIRED)
else:
    store.generate("fresh", Purpose.LOG, Algorithm.ED25519, opens_at=1_000_000)
"""


@pytest.mark.parametrize(("action", "survive"), [("move", 0), ("generate", 0), ("generate", 1)])
def test_a_crash_between_temporary_file_and_rename_leaves_the_old_key(
    store: KeyStore, folder: Path, clock: _Clock, action: str, survive: int
) -> None:
    _make(store)
    arguments = [sys.executable, "-c", _CRASH, str(folder), action, str(survive), _PASSPHRASE.decode()]
    assert subprocess.run(arguments, cwd=Path(__file__).parents[2], check=False).returncode == 9
    left = [path for path in folder.iterdir() if path.name.startswith(".") and path.name != ".lock"]
    assert left, "the crash came after the temporary file was written"
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in left)
    again = KeyStore(folder, _PASSPHRASE, clock)
    assert [(record.name, record.state) for record in again.records()] == [("seal", KeyState.ACTIVE)]
    again.signer("seal").sign(b"x")
    # The same work done again succeeds and clears what the crash left.
    again.generate("fresh", Purpose.LOG, Algorithm.ED25519, opens_at=_OPENS)
    again.signer("fresh").sign(b"x")
    assert sorted(path.name for path in folder.iterdir()) == [
        ".lock",
        "fresh.json",
        "fresh.pem",
        "seal.json",
        "seal.pem",
    ]


def test_a_failed_write_leaves_no_trace(store: KeyStore, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(store)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("keys.keystore.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.move("seal", KeyState.RETIRED)
    monkeypatch.undo()
    assert store.record("seal").state is KeyState.ACTIVE
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "seal.json", "seal.pem"]


def test_file_and_folder_are_both_made_durable(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    really_sync, really_rename = os.fsync, Path.rename

    def sync(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        really_sync(descriptor)

    def rename(self: Path, target: Path) -> Path:
        steps.append("rename")
        return really_rename(self, target)

    monkeypatch.setattr("keys.keystore.os.fsync", sync)
    monkeypatch.setattr(Path, "rename", rename)
    _make(store)
    assert steps == ["file", "rename", "folder"] * 2


def test_eight_threads_make_one_key(folder: Path, clock: _Clock) -> None:
    outcomes: list[str] = []

    def make() -> None:
        try:
            _make(KeyStore(folder, _PASSPHRASE, clock))
            outcomes.append("made")
        except KeyExists:
            outcomes.append("exists")

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["exists"] * 7 + ["made"]
    KeyStore(folder, _PASSPHRASE, clock).signer("seal").sign(b"x")
