"""Back up and restore a house: keys and both stores together, from one moment.

A backup never holds the passphrase nor the watermark. Restoring asks for the newest published checkpoint and sets the
watermark from it, so a backup older than what the world has seen opens and reads, but refuses to sign.
"""

import json
import sqlite3
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Final

from hallmark.errors import BackupInvalid, HouseExists
from hallmark.house import House
from hallmark.settings import FILE_NAME, read_settings
from keys.roots import open_roots
from registry import paths
from registry.checkpoint import open_checkpoint
from registry.watermark import Watermark
from verifier.gather import EvidenceSource
from web.database import writing

MANIFEST: Final = "backup.json"
DATABASES: Final = ("registry.db", "ledger.db")
_MAX_MEMBERS: Final = 10_000


def back_up(house: House, target: Path) -> int:
    """Write a backup of `house` to `target` (a ZIP, mode 0600), atomically; return its size in bytes.

    SQLite houses only: PostgreSQL has its own tools (docs/operations.md). The ledger's writers wait meanwhile, so no batch
    is in the registry whose sealed bytes are not in the ledger.
    """
    home = house.settings.home
    if not house.settings.registry_database.startswith("sqlite"):
        raise BackupInvalid(defect="not_sqlite")
    temporary = target.with_name(target.name + ".part")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    digests: dict[str, str] = {}
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive, writing(house.ledger_engine):
        for name in DATABASES:
            _add(archive, name, _snapshot(home / name), digests)
        for file in [
            home / FILE_NAME,
            home / "house.id",
            house.settings.roots_file,
            *sorted(house.settings.keys.iterdir()),
        ]:
            _add(archive, file.relative_to(home).as_posix(), file.read_bytes(), digests)
        archive.writestr(MANIFEST, json.dumps(digests))
    temporary.replace(target)
    return target.stat().st_size


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

    Raises `BackupInvalid`, `HouseExists`. The house that is returned refuses to sign when the backup is the older one.
    """
    if (home / FILE_NAME).exists():
        raise HouseExists(home=str(home))
    members = _read_backup(backup)
    note = published.read(paths.CHECKPOINT)
    if note is None:
        raise BackupInvalid(defect="no_published_checkpoint")
    roots = open_roots(members["roots.json"], trusted=None)
    opened = open_checkpoint(note, roots.log, roots.witnesses, require_ml_dsa=True, witness_threshold=1)
    for name, data in members.items():
        _write(home / name, data)
    Watermark(home / "watermark").raise_to(opened.checkpoint.size, opened.checkpoint.root)
    return House(read_settings(home))


def _read_backup(backup: Path) -> dict[str, bytes]:
    """All members of a backup whose digests match its manifest."""
    try:
        with zipfile.ZipFile(backup) as archive:
            if len(archive.infolist()) > _MAX_MEMBERS:
                raise BackupInvalid(defect="too_many_members")
            digests = json.loads(archive.read(MANIFEST))
            members = {name: archive.read(name) for name in digests}
    except (OSError, zipfile.BadZipFile, KeyError, ValueError):
        raise BackupInvalid(defect="unreadable") from None
    for name, data in members.items():
        if sha256(data).hexdigest() != digests[name] or not _stays_inside(name):
            raise BackupInvalid(defect=name)
    return members


def _stays_inside(name: str) -> bool:
    parts = Path(name).parts
    return not Path(name).is_absolute() and ".." not in parts and len(parts) <= 2


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.touch(mode=0o600)
    file.write_bytes(data)
