"""Back up and restore a house: keys and both stores together, from one moment.

A backup never holds the passphrase nor the watermark. Restoring asks for the newest published checkpoint and sets the
watermark from it, so a backup older than what the world has seen opens and reads, but refuses to sign.
"""

import json
import re
import sqlite3
import zipfile
import zlib
from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Final

from hallmark.errors import BackupInvalid, HouseExists
from hallmark.house import House
from hallmark.settings import FILE_NAME, NO_LEDGER, Settings, read_settings, settings_in
from keys.errors import KeysError
from keys.roots import open_roots
from keys.strictjson import loads
from registry import paths
from registry.checkpoint import open_checkpoint
from registry.watermark import Watermark
from verifier.gather import EvidenceSource
from web.database import sqlite_url, writing

MANIFEST: Final = "backup.json"
DATABASES: Final = ("registry.db", "ledger.db")
_MAX_MEMBERS: Final = 10_000
_KEY_FILES: Final = (".pem", ".json")
_BELONGS: Final = re.compile(
    r"(registry|ledger)\.db|hallmark\.toml|house\.id|roots\.json|keys/[A-Za-z0-9][\w.-]{0,99}\.(pem|json)"
)


def back_up(house: House, target: Path) -> int:
    """Write a backup of `house` to `target` (a ZIP, mode 0600), atomically; return its size in bytes.

    For SQLite inside the house's folder; other databases have their own tools. The ledger's writers
    wait meanwhile, so no batch is in the registry whose sealed bytes are not in the ledger.
    """
    named = databases_of(house.settings)
    if any(url != sqlite_url(house.settings.home / name) for name, url in named.items()):
        raise BackupInvalid(defect="database_elsewhere")
    temporary = target.with_name(target.name + ".part")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    try:
        _write_archive(house, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target.stat().st_size


def databases_of(settings: Settings) -> dict[str, str]:
    """Return file name -> URL of the stores that this house has; one that only issues or only registers has one."""
    registry = {} if settings.remote else {DATABASES[0]: settings.registry_database}
    ledger = {} if settings.ledger_database == NO_LEDGER else {DATABASES[1]: settings.ledger_database}
    return registry | ledger


def _write_archive(house: House, file: Path) -> None:
    home, digests = house.settings.home, dict[str, str]()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, _quiet(house):
        for name in databases_of(house.settings):
            _add(archive, name, _snapshot(home / name), digests)
        keys = [each for each in sorted(house.settings.keys.iterdir()) if each.suffix in _KEY_FILES]
        for each in (home / FILE_NAME, home / "house.id", house.settings.roots_file, *keys):
            _add(archive, each.relative_to(home).as_posix(), each.read_bytes(), digests)
        archive.writestr(MANIFEST, json.dumps(digests))


def _quiet(house: House) -> AbstractContextManager[object]:
    """While this is held nothing is issued here."""
    return nullcontext() if house.settings.ledger_database == NO_LEDGER else writing(house.ledger_engine)


def _snapshot(database: Path) -> bytes:
    """The database's bytes at one moment, whatever is being written meanwhile."""
    source = sqlite3.connect(database)
    copy = sqlite3.connect(":memory:")
    try:
        source.backup(copy)
        return copy.serialize()
    finally:
        source.close()
        copy.close()


def _add(archive: zipfile.ZipFile, name: str, data: bytes, digests: dict[str, str]) -> None:
    digests[name] = sha256(data).hexdigest()
    archive.writestr(name, data)


def restore(backup: Path, home: Path, published: EvidenceSource) -> House:
    """Restore `backup` into the empty folder `home`; the newest `published` checkpoint becomes the watermark.

    Raises `BackupInvalid`, `HouseExists`, and what opening roots and checkpoint raises; then nothing was written. The house
    that is returned refuses to sign when the backup is the older one.
    """
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise HouseExists(home=str(home))
    members = _read_backup(backup)
    if not databases_of(settings_in(home, members[FILE_NAME])).keys() <= members.keys():
        raise BackupInvalid(defect="member_missing")
    note = published.read(paths.CHECKPOINT)
    if note is None:
        raise BackupInvalid(defect="no_published_checkpoint")
    roots = open_roots(members["roots.json"], trusted=None)
    opened = open_checkpoint(note, roots.log, roots.witnesses, require_ml_dsa=True, witness_threshold=1)
    home.mkdir(parents=True, exist_ok=True)
    for name, data in members.items():
        _write(home / name, data)
    Watermark(home / "watermark").raise_to(opened.checkpoint.size, opened.checkpoint.root)
    return House(read_settings(home))


def _read_backup(backup: Path) -> dict[str, bytes]:
    """All members of a backup: the ones a house is made of and no others, each with the digest its manifest names."""
    try:
        with zipfile.ZipFile(backup) as archive:
            if len(archive.infolist()) > _MAX_MEMBERS:
                raise BackupInvalid(defect="too_many_members")
            digests = loads(archive.read(MANIFEST))
            members = {name: archive.read(name) for name in _require_names(digests)}
    except (OSError, zipfile.BadZipFile, zlib.error, KeysError, KeyError, RuntimeError, NotImplementedError, EOFError):
        raise BackupInvalid(defect="unreadable") from None
    if any(sha256(data).hexdigest() != digests[name] for name, data in members.items()):
        raise BackupInvalid(defect="member_differs")
    return members


def _require_names(digests: object) -> list[str]:
    """The names of a manifest, none of which leads out of the house."""
    if not isinstance(digests, dict) or not all(_BELONGS.fullmatch(name) for name in digests):
        raise BackupInvalid(defect="member_differs")
    if not digests.keys() >= {FILE_NAME, "house.id", "roots.json"}:
        raise BackupInvalid(defect="member_missing")
    return list(digests)


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(exist_ok=True, mode=0o700)
    file.touch(mode=0o600)
    file.write_bytes(data)
