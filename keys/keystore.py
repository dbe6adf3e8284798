"""A folder of keys: `<name>.pem` is the encrypted private key, `<name>.json` its record. Files only, mode 0600.

The record is the commit: a key exists when its record does, and a crash leaves either the old files or the new ones.
Several processes may share a folder; a key retired by one of them stops signing in all of them at once.
"""

import fcntl
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final

from keys.algorithms import Algorithm
from keys.errors import (
    KeyExists,
    KeyFileDamaged,
    KeyFileExposed,
    KeyMissing,
    KeyNameInvalid,
    KeysError,
    RecordInvalid,
)
from keys.jwk import from_jwk, to_jwk
from keys.rotation import GuardedSigner, KeyRecord, KeyState, Purpose
from keys.sealing import SALT_BYTES, Passphrase, open_private, salt_of, seal_private
from keys.signer import SoftwareSigner
from keys.strictjson import dumps, loads

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MAX_FILE: Final = 16384

# What tells that a file was replaced: rename gives a new inode, and the times change.
_Stamp = tuple[int, int, int]


class KeyStore:
    """The keys in `folder`, sealed under `passphrase`; `clock` returns UNIX seconds.

    The folder is made (mode 0700) when it is not there. Private keys are decrypted on first use and then kept.
    Raises PassphraseMissing for an empty passphrase.
    """

    def __init__(self, folder: Path, passphrase: bytes, clock: Callable[[], int]) -> None:
        """Open or make the folder; no key is read yet."""
        self._folder = folder
        self._passphrase = Passphrase(passphrase)
        self._clock = clock
        self._records: dict[str, tuple[_Stamp, KeyRecord, str]] = {}
        self._signers: dict[str, GuardedSigner] = {}
        self._mutex = Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def now(self) -> int:
        """Return what the store's clock says, in UNIX seconds."""
        return self._clock()

    def generate(  # noqa: PLR0913  # a key is made with all that its record says
        self,
        name: str,
        purpose: Purpose,
        algorithm: Algorithm,
        *,
        opens_at: int,
        closes_at: int | None = None,
        state: KeyState = KeyState.ACTIVE,
    ) -> KeyRecord:
        """Make a new key and return its record; when this returns, both files are durable.

        Raises KeyNameInvalid, KeyExists, RecordInvalid, PassphraseWrong when the folder's other keys have another
        passphrase. The private key is read back and compared before the record
        names it. A .pem without a record is what a crash left; it never signed anything and is replaced.
        """
        self._path(name, "pem")  # refuses a wrong name before a key is made
        signer = SoftwareSigner.generate(algorithm)
        record = KeyRecord(name, purpose, signer.public_key, state, opens_at, closes_at)
        self.adopt(record, signer)
        return record

    def records(self) -> list[KeyRecord]:
        """Return the records of all keys, by name. Raises KeyFileDamaged."""
        names = (path.stem for path in self._folder.glob("*.json"))
        return [self.record(name) for name in sorted(names) if _NAME.fullmatch(name)]

    def record(self, name: str) -> KeyRecord:
        """Return the present record of one key, also when another process changed it. Raises KeyMissing."""
        known = self._records.get(name)
        path = known[2] if known else str(self._path(name, "json"))
        try:
            stamp = _stamp(path)
        except FileNotFoundError:
            raise KeyMissing(name=name) from None
        if known is None or known[0] != stamp:
            known = self._records[name] = (stamp, _parsed(name, _read(Path(path), name)), path)
        return known[1]

    def signer(self, name: str) -> GuardedSigner:
        """Return the key's signer, decrypted once; on every signature it asks for the present record and the clock.

        Raises KeyMissing, KeyFileExposed, PassphraseWrong, KeyFileDamaged, RecordInvalid.
        """
        with self._mutex:
            known = self._signers.get(name)
            if known is None:
                self.record(name)
                known = GuardedSigner(self._opened(name), lambda: self.record(name), self._clock)
                self._signers[name] = known
            return known

    def hand_over(self, name: str, other: "KeyStore") -> KeyRecord:
        """Copy one key into another folder, sealed anew under that folder's passphrase; both hold it from then on.

        So a process can be given this key and no other. Raises what `signer` raises, and KeyExists.
        """
        record = self.record(name)
        other.adopt(record, self._opened(name))
        return record

    def adopt(self, record: KeyRecord, signer: SoftwareSigner) -> None:
        """Seal `signer`'s key under this folder's passphrase and write its record, durable. Raises KeyExists, PassphraseWrong.

        The private key is read back and compared before the record names it.
        """
        pem = self._path(record.name, "pem")
        with self._exclusive():
            if self._path(record.name, "json").exists():
                raise KeyExists(name=record.name)
            _write(pem, seal_private(signer.private, self._passphrase, self._salt()))
            if self._opened(record.name).public_key != record.public_key:
                raise KeyFileDamaged(name=record.name)
            self._write_record(record)

    def move(self, name: str, state: KeyState) -> KeyRecord:
        """Bring a key into another state and return its new record, durable. Raises KeyMissing, TransitionNotAllowed."""
        with self._exclusive():
            moved = self.record(name).moved(state, self._clock())
            self._write_record(moved)
        return moved

    def _path(self, name: str, suffix: str) -> Path:
        if not _NAME.fullmatch(name):
            raise KeyNameInvalid(name=name[:64])
        return self._folder / f"{name}.{suffix}"

    def _opened(self, name: str) -> SoftwareSigner:
        path = self._path(name, "pem")
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except FileNotFoundError:
            raise KeyMissing(name=name) from None
        if mode & 0o077:
            raise KeyFileExposed(name=name, mode=f"{mode:04o}")
        return SoftwareSigner.from_private(open_private(_read(path, name), self._passphrase, name=name))

    def _salt(self) -> bytes:
        # One salt per folder: opening all of its keys costs one scrypt. And one passphrase: a typing error while making
        # a key would else lock it for ever.
        for record in self.records():
            path = self._path(record.name, "pem")
            if path.exists():
                sealed = _read(path, record.name)
                open_private(sealed, self._passphrase, name=record.name)
                return salt_of(sealed, name=record.name)
        return secrets.token_bytes(SALT_BYTES)

    def _sweep(self) -> None:
        # What a crash between temporary file and rename left behind; the lock is held, so nobody is writing one.
        for path in self._folder.glob(".*.*.*"):
            path.unlink(missing_ok=True)

    def _write_record(self, record: KeyRecord) -> None:
        _write(self._path(record.name, "json"), _rendered(record))

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        descriptor = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self._sweep()
            yield
        finally:
            os.close(descriptor)


def _write(path: Path, data: bytes) -> None:
    # Temporary file, fsync, rename, fsync of the folder: whoever reads sees the old bytes or the new ones, never half.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE + 1)
    except FileNotFoundError:
        raise KeyMissing(name=name) from None
    if len(data) > _MAX_FILE:
        raise KeyFileDamaged(name=name)
    return data


def _stamp(path: str) -> _Stamp:
    # Asked once for every signature, so by the plain call: pathlib would take as long as the signature's hash.
    found = os.stat(path)  # noqa: PTH116
    return found.st_ino, found.st_mtime_ns, found.st_size


def _rendered(record: KeyRecord) -> bytes:
    return dumps(
        {
            "purpose": record.purpose.value,
            "state": record.state.value,
            "opens_at": record.opens_at,
            "closes_at": record.closes_at,
            "public_key": to_jwk(record.public_key),
        }
    )


def _parsed(name: str, data: bytes) -> KeyRecord:
    try:
        whole: Any = loads(data, max_depth=4)
        numbers = whole["opens_at"], whole["closes_at"]
        if type(numbers[0]) is not int or type(numbers[1]) not in (int, type(None)) or len(whole) != 5:
            raise KeyFileDamaged(name=name)
        public_key = from_jwk(whole["public_key"])
        return KeyRecord(name, Purpose(whole["purpose"]), public_key, KeyState(whole["state"]), *numbers)
    except RecordInvalid:
        raise
    except (KeysError, KeyError, TypeError, ValueError, AttributeError):
        raise KeyFileDamaged(name=name) from None
