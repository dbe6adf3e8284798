"""A stand-alone witness in a folder: its name, its keys, the logs it serves, and what it has cosigned of each.

    witness.toml            name, hosts, and one [[log]] for each log (origin, keys as vkeys, require_ml_dsa)
    keys/                   its encrypted private keys (keys.keystore)
    state/<SHA-256>.json    the newest head of one log that it has cosigned, named for the SHA-256 of the log's origin

It needs no house. Any number of processes may serve one folder; a log that is added counts from the next request on.
"""

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from keys.algorithms import Algorithm
from keys.keystore import KeyStore
from keys.rotation import Purpose
from keys.signer import Signer
from registry.errors import NoteInvalid
from registry.files import only_one, replace_file
from registry.note import NoteKey, require_name
from registry.witnesses.cosigner import Witness
from registry.witnesses.known import KnownLog, cosigner_key
from registry.witnesses.refusals import LogKnownAlready, WitnessFolderExists, WitnessFolderInvalid, WitnessFolderMissing

FILE_NAME: Final = "witness.toml"
_KEYS: Final = {"cosigner-ed25519": Algorithm.ED25519, "cosigner-ml-dsa-44": Algorithm.ML_DSA_44}


@dataclass(frozen=True, slots=True)
class WitnessBook:
    """What `witness.toml` says: the witness's name, the hosts it answers under, the logs by origin."""

    name: str
    hosts: tuple[str, ...]
    logs: Mapping[str, KnownLog]

    def to_toml(self) -> str:
        """Return the file's text; a JSON string is a TOML string."""
        told = [f"name = {_quoted(self.name)}", f"hosts = {_quoted(list(self.hosts))}"]
        for log in self.logs.values():
            told += ["", "[[log]]", f"origin = {_quoted(log.origin)}"]
            told += [f"keys = {_quoted([key.to_vkey() for key in log.keys])}"]
            told += [f"require_ml_dsa = {_quoted(log.require_ml_dsa)}"]
        return "\n".join([*told, ""])

    @classmethod
    def from_toml(cls, text: str) -> "WitnessBook":
        """Read the file; raises WitnessFolderInvalid naming the member."""
        try:
            members = tomllib.loads(text)
        except tomllib.TOMLDecodeError as defect:
            raise WitnessFolderInvalid(member=FILE_NAME, defect=str(defect)) from None
        _require(members.keys() <= {"name", "hosts", "log"}, min(members.keys() - {"name", "hosts", "log"}, default=""))
        name, hosts = members.get("name"), members.get("hosts", [])
        _require(isinstance(name, str), "name")
        _require(isinstance(hosts, list) and all(isinstance(host, str) for host in hosts), "hosts")
        logs = [_log_from(each) for each in members.get("log", [])]
        _require(len({log.origin for log in logs}) == len(logs), "origin")
        try:
            require_name(str(name))
        except NoteInvalid:
            raise WitnessFolderInvalid(member="name", defect="no key name") from None
        return cls(str(name), tuple(hosts), {log.origin: log for log in logs})


def _log_from(members: Any) -> KnownLog:
    _require(isinstance(members, dict) and members.keys() == {"origin", "keys", "require_ml_dsa"}, "log")
    origin, keys, require = members["origin"], members["keys"], members["require_ml_dsa"]
    _require(isinstance(origin, str) and isinstance(keys, list) and isinstance(require, bool), "log")
    try:
        return KnownLog(origin, tuple(NoteKey.from_vkey(str(key)) for key in keys), require)
    except NoteInvalid as defect:
        raise WitnessFolderInvalid(member=origin, defect=str(defect.params.get("reason"))) from None


def _require(holds: bool, member: str) -> None:
    if not holds:
        raise WitnessFolderInvalid(member=member, defect="unknown or of another type")


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


class WitnessFolder:
    """A stand-alone witness, opened. `clock` returns UNIX seconds. Safe to share between threads."""

    def __init__(self, folder: Path, passphrase: bytes, clock: Callable[[], int]) -> None:
        """Open the folder; keys are opened when they are first used. Raises WitnessFolderMissing, WitnessFolderInvalid."""
        self.folder = folder
        self._clock = clock
        self._book: tuple[tuple[int, int, int], WitnessBook] | None = None
        self.book()
        self._keystore = KeyStore(folder / "keys", passphrase, clock)

    @classmethod
    def found(  # noqa: PLR0913  # what a witness is made of, each by its name
        cls, folder: Path, passphrase: bytes, clock: Callable[[], int], *, name: str, hosts: Sequence[str], ml_dsa: bool
    ) -> "WitnessFolder":
        """Make a new witness with fresh keys in `folder`, which must be empty or new. Raises WitnessFolderExists."""
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise WitnessFolderExists(folder=str(folder))
        book = WitnessBook.from_toml(WitnessBook(name, tuple(hosts), {}).to_toml())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        store = KeyStore(folder / "keys", passphrase, clock)
        for key_name, algorithm in _KEYS.items():
            if ml_dsa or algorithm is Algorithm.ED25519:
                store.generate(key_name, Purpose.WITNESS, algorithm, opens_at=clock())
        replace_file(folder / FILE_NAME, book.to_toml().encode(), durable=True)
        return cls(folder, passphrase, clock)

    def book(self) -> WitnessBook:
        """Return what `witness.toml` says now. Raises WitnessFolderMissing, WitnessFolderInvalid."""
        file = self.folder / FILE_NAME
        try:
            found = file.stat()
            stamp = found.st_ino, found.st_mtime_ns, found.st_size
            if self._book is None or self._book[0] != stamp:
                self._book = stamp, WitnessBook.from_toml(file.read_text("utf-8"))
        except FileNotFoundError:
            raise WitnessFolderMissing(folder=str(self.folder)) from None
        except UnicodeDecodeError:
            raise WitnessFolderInvalid(member=FILE_NAME, defect="not UTF-8") from None
        return self._book[1]

    def add_log(self, log: KnownLog, *, replacing: bool = False) -> None:
        """Serve one more log, or with `replacing` a known one under other keys. Raises LogKnownAlready."""
        with only_one(self.folder / ".lock"):
            book = self.book()
            if (log.origin in book.logs) != replacing:
                raise LogKnownAlready(origin=log.origin, known="yes" if log.origin in book.logs else "no")
            changed = replace(book, logs={**book.logs, log.origin: log})
            text = changed.to_toml()
            WitnessBook.from_toml(text)  # what cannot be read back is not written
            replace_file(self.folder / FILE_NAME, text.encode(), durable=True)

    def signers(self) -> list[Signer]:
        """Return its signers, the Ed25519 one first."""
        made = {record.name for record in self._keystore.records()}
        return [self._keystore.signer(name) for name in _KEYS if name in made]

    def keys(self) -> list[NoteKey]:
        """Return its public keys by name and type, for whoever is to trust it."""
        return [cosigner_key(self.book().name, signer) for signer in self.signers()]

    def witness_of(self, origin: str) -> Witness | None:
        """Return the cosigner of one log, None for a log that is not in the book."""
        book = self.book()
        log = book.logs.get(origin)
        if log is None:
            return None
        return Witness(book.name, self.signers(), log, self._state(sha256(origin.encode()).hexdigest()), self._clock)

    def shown(self, origin_hash: str) -> bytes | None:
        """Return the note last cosigned of the log whose origin has this hex SHA-256, None where there is none."""
        for origin in self.book().logs:
            if sha256(origin.encode()).hexdigest() == origin_hash:
                witness = self.witness_of(origin)
                seen = witness.seen() if witness else None
                return seen.note or None if seen else None
        return None

    def _state(self, origin_hash: str) -> Path:
        return self.folder / "state" / f"{origin_hash}.json"
