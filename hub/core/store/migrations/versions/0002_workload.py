"""What everybody has to do, counted."""

from __future__ import annotations

from alembic import op
from sqlalchemy import insert, select

from hub.core.store import items, workload
from hub.core.store.schema import items as all_items
from hub.core.store.schema import workload as table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, unless it is there already, and count."""
    connection = op.get_bind()
    table.create(connection, checkfirst=True)
    connection.execute(insert(table), [{"person": workload.NOBODY, "open_items": 0, "turn": 0}])
    ids = connection.execute(select(all_items.c.id).order_by(all_items.c.id)).scalars()
    loaded = items.load_items(connection, ids)
    workload.fill(connection, (loaded[each][0] for each in sorted(loaded)))


def downgrade() -> None:
    """Remove the table."""
    table.drop(op.get_bind())
