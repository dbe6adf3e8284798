"""A registry alone in a folder, with real keys: its log, its witness, its published folder, and certificates nobody sealed.

Issuers' signatures are left out, because they cost more than everything measured here: entries, slots and lists are written
by the same code inside the same transactions as `registry.recorder` writes them.
"""

import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from sqlalchemy import insert

from keys.algorithms import Algorithm
from keys.roots import KeySet, Roots
from keys.roots import Witness as WitnessKey
from keys.rotation import Purpose
from keys.signer import SoftwareSigner
from registry.contract import StatusChange
from registry.entries import CredentialEntry
from registry.events import EVENTS, Detail, seal_detail
from registry.log import Log
from registry.publish import Publication, publish
from registry.recorder import Recorder
from registry.slots import reserve
from registry.statuses import ListBook
from registry.statuslist import SLOTS
from registry.tables import SLOT, migrate
from registry.watermark import Watermark
from registry.witnesses.cosigner import Witness
from registry.witnesses.known import KnownLog
from web.database import open_engine, sqlite_url

URL = "https://registry.hallmark.example"
_PUBLISHED = (Purpose.TRUST, Purpose.CATALOGUE, Purpose.RECEIPT, Purpose.BUNDLE)
_DIGESTS = [sha256(b"%d" % at).digest() for at in range(4096)]


def clock() -> int:
    """The rim's clock."""
    return int(time.time())  # noqa: TID251


class Bare:
    """One registry on SQLite in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "registry.db"
        self.public = folder / "public"
        url = sqlite_url(self.database)
        migrate(url)
        self.engine = open_engine(url)
        self.operator = SoftwareSigner.from_seed(Algorithm.ES256, b"bench")
        self.log = Log(
            self.engine,
            origin="log.hallmark.example/bench",
            ed25519=SoftwareSigner.from_seed(Algorithm.ED25519, b"bench"),
            ml_dsa_44=SoftwareSigner.from_seed(Algorithm.ML_DSA_44, b"bench"),
            clock=clock,
            watermark=Watermark(folder / "watermark"),
        )
        self.log.found()
        self.recorder = Recorder(self.log, operators=KeySet((self.operator.public_key,), 1))
        witness = SoftwareSigner.from_seed(Algorithm.ED25519, b"witness")
        self._witness_key = WitnessKey("witness", witness.public_key)
        self._witness = Witness("witness", [witness], KnownLog.of(self.log.identity), folder / "witness.json", clock)

    def grow(self, count: int) -> None:
        """Append `count` credential entries in one transaction."""
        with self.log.growing() as growth:
            first, t, add = growth.next_index, growth.t, growth.add
            for index in range(first, first + count):
                add(CredentialEntry(t, b"benchkey", index >> 17, index % SLOTS, _digest(index), _digest(index >> 3)))

    def fill_list(self, number: int) -> None:
        """Reserve, log and open every slot of status list `number`, which must be the next one."""
        with self.log.growing() as growth:
            reserve(growth.connection, f"fill {number}", SLOTS)
            book, rows = ListBook(growth), []
            for slot in range(SLOTS):
                log_index = growth.add(CredentialEntry(growth.t, b"benchkey", number, slot, _digest(slot), bytes(32)))
                rows.append({"list": number, "index": slot, "log_index": log_index, "kid8": b"benchkey"})
            book.issue(number, range(SLOTS))
            growth.connection.execute(insert(SLOT), rows)
            book.close()

    def revoke(self, slots: Sequence[tuple[int, int]]) -> None:
        """Revoke these (list, slot) in one transaction, each with a sealed detail of the operator's."""
        self.recorder.change_statuses(os.urandom(8).hex(), [self._revocation(*slot) for slot in slots])

    def _revocation(self, number: int, slot: int) -> StatusChange:
        now, event = clock(), "revoked"
        detail = Detail(event, "reason", "某人力资源和社会保障局", "沪人社〔2026〕1号", None)
        sealed = seal_detail(detail, list_no=number, index=slot, effective_at=now, signer=self.operator)
        return StatusChange(number, slot, EVENTS[event].status, now, os.urandom(16), sealed)

    def roots(self) -> Roots:
        """The keys by which this registry is judged."""
        return Roots(
            version=1,
            issued=clock(),
            expires=clock() + 86400,
            test=True,
            hosts=("hallmark.example",),
            log=self.log.identity,
            witnesses=(self._witness_key,),
            witness_threshold=1,
            custodians=_keys("custodian"),
            purposes={
                **{each: _keys(each) for each in _PUBLISHED},
                Purpose.STATUS: KeySet((self.operator.public_key,), 1),
            },
        )

    def settle(self) -> None:
        """Bring everything from the write-ahead log into the database file, for its size, and to drop it from the cache."""
        with closing(sqlite3.connect(self.database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        os.sync()

    def forget(self) -> None:
        """Close every connection and drop the database file from the page cache: the next read is a cold one."""
        self.engine.dispose()
        handle = os.open(self.database, os.O_RDONLY)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)

    def publish(self) -> Publication:
        """Bring the published folder up to date."""
        return publish(self.log, self.public, status_signer=self.operator, witnesses=[self._witness], registry_url=URL)


def _keys(name: str) -> KeySet:
    """A key set of one, for a purpose that no benchmark uses."""
    return KeySet((SoftwareSigner.from_seed(Algorithm.ES256, name.encode()).public_key,), 1)


def _digest(number: int) -> bytes:
    return _DIGESTS[number % 4096]
