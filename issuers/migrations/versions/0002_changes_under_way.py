"""Status changes that were asked of the registry and are not noted in the ledger yet."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of changes under way."""
    op.create_table(
        "change",
        sa.Column("batch", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("successor", sa.String(length=20), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("changes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_change")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("change")
