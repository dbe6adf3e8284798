"""The registry's tables: the log, the slots, the status lists, the keys. Every invariant that must not break is UNIQUE.

Nothing here knows a certificate's content. The SQL over them is the common part of SQLite and PostgreSQL.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from web.database import NAMING
from web.database import migrate as migrate_with

METADATA: Final = MetaData(naming_convention=NAMING)
MIGRATIONS: Final = Path(__file__).parent / "migrations"

ROWID = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER PRIMARY KEY is SQLite's own row number

# The log: entry bodies, C2SP tiles (the newest bytes of each) and the one signed head.
ENTRY = Table(
    "entry",
    METADATA,
    Column("idx", ROWID, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
TILE = Table(
    "tile",
    METADATA,
    Column("level", Integer, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("level", "n"),
)
HEAD = Table(
    "head",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("origin", String(255), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("t", BigInteger, nullable=False),
    Column("note", LargeBinary, nullable=False),
    CheckConstraint("one = 1", name="single"),
)
# Every checkpoint ever signed, so that an audit can hold each of them against the entries.
CHECKPOINT = Table(
    "checkpoint",
    METADATA,
    Column("size", ROWID, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    Column("cosigned_at", BigInteger),
)

# Slots: who reserved which, and which log entry fills each.
SLOT_RUN = Table(
    "slot_run",
    METADATA,
    Column("list", Integer, nullable=False),
    Column("first", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("batch", String(200), nullable=False, index=True),
    PrimaryKeyConstraint("list", "first"),
    UniqueConstraint("batch", "list"),
)
SLOT = Table(
    "slot",
    METADATA,
    Column("list", Integer, nullable=False),
    Column("index", Integer, nullable=False),
    Column("log_index", BigInteger, nullable=False, unique=True),
    Column("kid8", LargeBinary(8), nullable=False),
    PrimaryKeyConstraint("list", "index"),
    sqlite_with_rowid=False,
)

# Status: one row per list (its whole array), the events that explain it, and the hash of each event file.
STATUS_LIST = Table(
    "status_list",
    METADATA,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("array", LargeBinary, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("events_root", LargeBinary(32), nullable=False),
    Column("log_index", BigInteger),
)
EVENT = Table(
    "event",
    METADATA,
    Column("log_index", ROWID, primary_key=True, autoincrement=False),
    Column("list", Integer, nullable=False),
    Column("index", Integer, nullable=False),
    Column("salt", LargeBinary),
    Column("detail", LargeBinary),
    Index(None, "list", "index", "log_index"),
)
EVENT_FILE = Table(
    "event_file",
    METADATA,
    Column("list", Integer, nullable=False),
    Column("block", Integer, nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    PrimaryKeyConstraint("list", "block"),
)

# Issuer keys; kid8 is unique because a QR names its key by these eight bytes alone.
ISSUER_KEY = Table(
    "issuer_key",
    METADATA,
    Column("thumbprint", LargeBinary(32), primary_key=True),
    Column("kid8", LargeBinary(8), nullable=False, unique=True),
    Column("body_code", String(64), nullable=False, index=True),
    Column("jwk", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened", BigInteger, nullable=False, unique=True),
    Column("closed", BigInteger, unique=True),
    Column("boundary", BigInteger),
)

# Idempotency: what was asked under which id (by digest), and where the answer stands.
APPEND_BATCH = Table(
    "append_batch",
    METADATA,
    Column("batch", String(200), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("first_index", BigInteger, nullable=False, unique=True),
    Column("count", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
)
CHANGE_BATCH = Table(
    "change_batch",
    METADATA,
    Column("batch", String(200), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("first_index", BigInteger, nullable=False, unique=True),
    Column("count", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
)

# Published lists (trust, catalogue, …) and roots documents, every version for ever.
PUBLISHED = Table(
    "published",
    METADATA,
    Column("name", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("log_index", BigInteger, nullable=False, unique=True),
    PrimaryKeyConstraint("name", "version"),
)
TRUST_SHARD = Table(
    "trust_shard",
    METADATA,
    Column("version", Integer, nullable=False),
    Column("first_byte", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("version", "first_byte"),
)

# The API for issuers: who may ask, which assertions and tokens were used and given, and who did what.
API_CLIENT = Table(
    "api_client",
    METADATA,
    Column("client_id", String(43), primary_key=True),
    Column("body_code", String(64), nullable=False, index=True),
    Column("jwk", LargeBinary, nullable=False),
    Column("scopes", String(100), nullable=False),
    Column("state", String(16), nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
)
API_ASSERTION = Table(
    "api_assertion",
    METADATA,
    Column("client_id", String(43), nullable=False),
    Column("jti", String(100), nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    PrimaryKeyConstraint("client_id", "jti"),
)
API_TOKEN = Table(
    "api_token",
    METADATA,
    Column("digest", LargeBinary(32), primary_key=True),  # of the token; the token itself is stored nowhere
    Column("client_id", String(43), nullable=False),
    Column("scopes", String(100), nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
# Append-only, each row's digest over the one before: a row that was changed or taken out shows.
API_JOURNAL = Table(
    "api_journal",
    METADATA,
    Column("seq", ROWID, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("body_code", String(64), nullable=False),
    Column("act", String(16), nullable=False),
    Column("subject", String(100), nullable=False),
    Column("result", String(200), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    UniqueConstraint("actor", "act", "subject"),
)


def migrate(url: str) -> None:
    """Bring the registry's database at `url` to the newest schema; harmless when it is there already."""
    migrate_with(url, MIGRATIONS)
