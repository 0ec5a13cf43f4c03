"""The handbooks that were in force."""

from __future__ import annotations

from alembic import op

from hub.core.store.schema import handbooks

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, unless it is there already."""
    handbooks.create(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    """Remove the table."""
    handbooks.drop(op.get_bind())
