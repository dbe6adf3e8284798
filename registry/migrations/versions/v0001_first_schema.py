"""The first schema: log, slots, status, keys, idempotency, published lists."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROWID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "append_batch",
        sa.Column("batch", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("first_index", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_append_batch")),
        sa.UniqueConstraint("first_index", name=op.f("uq_append_batch_first_index")),
    )
    op.create_table(
        "change_batch",
        sa.Column("batch", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("first_index", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_change_batch")),
        sa.UniqueConstraint("first_index", name=op.f("uq_change_batch_first_index")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", ROWID, autoincrement=False, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("cosigned_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "entry",
        sa.Column("idx", ROWID, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("idx", name=op.f("pk_entry")),
    )
    op.create_table(
        "event",
        sa.Column("log_index", ROWID, autoincrement=False, nullable=False),
        sa.Column("list", sa.Integer(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("detail", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_list_index_log_index"), "event", ["list", "index", "log_index"], unique=False)
    op.create_table(
        "event_file",
        sa.Column("list", sa.Integer(), nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("list", "block", name=op.f("pk_event_file")),
    )
    op.create_table(
        "head",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("t", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("one = 1", name=op.f("ck_head_single")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_head")),
    )
    op.create_table(
        "issuer_key",
        sa.Column("thumbprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kid8", sa.LargeBinary(length=8), nullable=False),
        sa.Column("body_code", sa.String(length=64), nullable=False),
        sa.Column("jwk", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.Column("boundary", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("thumbprint", name=op.f("pk_issuer_key")),
        sa.UniqueConstraint("closed", name=op.f("uq_issuer_key_closed")),
        sa.UniqueConstraint("kid8", name=op.f("uq_issuer_key_kid8")),
        sa.UniqueConstraint("opened", name=op.f("uq_issuer_key_opened")),
    )
    op.create_index(op.f("ix_issuer_key_body_code"), "issuer_key", ["body_code"], unique=False)
    op.create_table(
        "published",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_published")),
        sa.UniqueConstraint("log_index", name=op.f("uq_published_log_index")),
    )
    op.create_table(
        "slot",
        sa.Column("list", sa.Integer(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("kid8", sa.LargeBinary(length=8), nullable=False),
        sa.PrimaryKeyConstraint("list", "index", name=op.f("pk_slot")),
        sa.UniqueConstraint("log_index", name=op.f("uq_slot_log_index")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "slot_run",
        sa.Column("list", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("list", "first", name=op.f("pk_slot_run")),
        sa.UniqueConstraint("batch", "list", name=op.f("uq_slot_run_batch_list")),
    )
    op.create_index(op.f("ix_slot_run_batch"), "slot_run", ["batch"], unique=False)
    op.create_table(
        "status_list",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("array", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("events_root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_status_list")),
    )
    op.create_table(
        "tile",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "n", name=op.f("pk_tile")),
    )
    op.create_table(
        "trust_shard",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("first_byte", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version", "first_byte", name=op.f("pk_trust_shard")),
    )
