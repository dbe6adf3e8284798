"""The API keys of a house: the file that holds their digests, giving out, revoking, and knowing one again at once.

A key is 32 random bytes, shown once and stored as SHA-256 only, so a stolen file opens nothing. A damaged file accepts no key.
"""

import json
import logging
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from hallmark.errors import ApiKeyRate, ApiKeysUnreadable, ApiKeyUnknown
from registry.files import only_one, replace_file
from verifier.rates import SCOPES, ApiKey
from web.limiting import is_rate

FILE_NAME: Final = "api-keys.json"
LOOK: Final = 1.0
"""Seconds between two looks at the file: a revoked key is refused that much later."""
_SECRET: Final = re.compile(r"hmk_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")
_LOG: Final = logging.getLogger("hallmark.error")


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One key as the file holds it. Times are UNIX seconds; `digest` is the SHA-256 of the key, in hexadecimal."""

    id: str
    holder: str
    scopes: tuple[str, ...]
    rate: str
    digest: str
    added_at: int
    revoked_at: int | None = None


class ApiKeyFile:
    """The keys in `file`, which need not exist: then there are none."""

    def __init__(self, file: Path, clock: Callable[[], int]) -> None:
        self._file = file
        self._clock = clock

    def listed(self) -> list[KeyRecord]:
        """Return every key that was ever given out, oldest first. Raises ApiKeysUnreadable."""
        try:
            return _records(json.loads(self._file.read_bytes()))
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError, KeyError):
            raise ApiKeysUnreadable from None

    def add(self, holder: str, scopes: tuple[str, ...], rate: str) -> str:
        """Give out a key and return it; it can never be shown again. Raises ApiKeyRate, ApiKeysUnreadable."""
        if not is_rate(rate):
            raise ApiKeyRate(rate=rate)
        key_id = secrets.token_hex(4)
        secret = f"hmk_{key_id}_{secrets.token_urlsafe(32)}"
        kept = tuple(scope for scope in SCOPES if scope in scopes)
        with self._alone():
            record = KeyRecord(key_id, holder, kept, rate, _digest(secret), self._clock())
            self._write([*self.listed(), record])
        return secret

    def revoke(self, key_id: str) -> None:
        """Refuse a key from now on, for good. Raises ApiKeyUnknown, ApiKeysUnreadable."""
        with self._alone():
            records = self.listed()
            if key_id not in {record.id for record in records}:
                raise ApiKeyUnknown(key=key_id)
            now = self._clock()
            self._write([_revoked(record, now) if record.id == key_id else record for record in records])

    def _alone(self) -> Any:
        return only_one(self._file.with_suffix(".lock"))

    def _write(self, records: list[KeyRecord]) -> None:
        data = json.dumps([asdict(record) for record in records], ensure_ascii=False, indent=1).encode()
        replace_file(self._file, data, durable=True)
        self._file.chmod(0o600)


class KeysInForce:
    """Answers whose a key is from memory, looking at the file once a second at most. One for each process."""

    def __init__(self, keys: ApiKeyFile, file: Path) -> None:
        self._keys = keys
        self._file = file
        self._looked = -LOOK
        self._seen: tuple[int, ...] | None = None
        self._by_digest: dict[str, ApiKey] = {}

    def __call__(self, secret: str, /) -> ApiKey | None:
        """Return the key in force whose secret this is, else None."""
        self._look()
        return self._by_digest.get(_digest(secret)) if _SECRET.fullmatch(secret) else None

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOK:
            return
        self._looked = now
        seen = self._stamp()
        if seen == self._seen:
            return
        try:
            records = self._keys.listed()
        except ApiKeysUnreadable as defect:
            _LOG.error("%s", defect.code)
            records = []
        in_force = [record for record in records if record.revoked_at is None]
        self._by_digest = {each.digest: ApiKey(each.id, each.scopes, each.rate) for each in in_force}
        self._seen = seen

    def _stamp(self) -> tuple[int, ...] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return (found.st_ino, found.st_mtime_ns, found.st_size)


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _records(rows: object) -> list[KeyRecord]:
    if not isinstance(rows, list):
        raise TypeError
    return [_record(row) for row in rows]


def _record(row: dict[str, Any]) -> KeyRecord:
    record = KeyRecord(**{**row, "scopes": tuple(row["scopes"])})
    if not is_rate(record.rate) or not set(record.scopes) <= set(SCOPES):
        raise ValueError
    return record


def _revoked(record: KeyRecord, now: int) -> KeyRecord:
    return KeyRecord(**{**asdict(record), "scopes": record.scopes, "revoked_at": record.revoked_at or now})
