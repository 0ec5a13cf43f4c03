"""The first tables."""

from __future__ import annotations

from alembic import op
from sqlalchemy import insert

from hub.core.store.schema import SHARDS, metadata, shards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables and the shards."""
    connection = op.get_bind()
    metadata.create_all(connection)
    connection.execute(insert(shards), [{"shard": number} for number in range(SHARDS)])


def downgrade() -> None:
    """Remove all tables."""
    metadata.drop_all(op.get_bind())
