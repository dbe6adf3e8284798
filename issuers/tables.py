"""The issuers' ledger: what was planned, sealed, registered and released, with its audit rows.

Personal data (who the holder is, the sealed bytes) stands encrypted in `personal` and can be erased without touching the
record; every invariant that must not break is UNIQUE here.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from web.database import NAMING

METADATA: Final = MetaData(naming_convention=NAMING)
MIGRATIONS: Final = Path(__file__).parent / "migrations"

BATCH = Table(
    "batch",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("source", String(255), nullable=False),
    Column("signer", String(64), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
)

CERTIFICATE = Table(
    "certificate",
    METADATA,
    Column("id", LargeBinary(16), primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("source_key", LargeBinary(32), nullable=False, unique=True),
    Column("batch", String(64), ForeignKey("batch.id"), nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("row", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("body_code", String(18), nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("list", Integer),
    Column("index", Integer),
    Column("log_index", BigInteger, unique=True),
    Column("released_at", BigInteger),
    Column("successor", String(20)),
    UniqueConstraint("list", "index"),
    UniqueConstraint("batch", "place"),
)

PERSONAL = Table(
    "personal",
    METADATA,
    Column("id", LargeBinary(16), ForeignKey("certificate.id"), primary_key=True),
    Column("facts", LargeBinary, nullable=False),
    Column("sealed", LargeBinary),
)
"""AES-256-GCM ciphertexts, bound to the certificate's id (issuers.personal). Deleting a row erases the person."""

CHANGE = Table(
    "change",
    METADATA,
    Column("batch", String(64), primary_key=True),
    Column("event", String(16), nullable=False),
    Column("successor", String(20)),
    Column("asked_at", BigInteger, nullable=False),
    Column("changes", LargeBinary, nullable=False),
)
"""Status changes asked of the registry and not noted yet: the very bytes, so that a crash is mended by asking again."""

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("act", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("log_index", BigInteger),
    Index(None, "subject"),
)
