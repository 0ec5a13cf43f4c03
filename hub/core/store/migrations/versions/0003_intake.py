"""Files that customers hand in, and whose an item is while it is open."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text, inspect, select

from hub.core.store import items
from hub.core.store.schema import files
from hub.core.store.schema import items as table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the column, unless the first revision made them with all the others."""
    connection = op.get_bind()
    files.create(connection, checkfirst=True)
    if "customer" not in {column["name"] for column in inspect(connection).get_columns("items")}:
        op.add_column("items", Column("customer", Text))
        for index in table.indexes:
            index.create(connection, checkfirst=True)
        ids = connection.execute(select(table.c.id)).scalars().all()
        items.save_items(connection, items.load_items(connection, ids).values())


def downgrade() -> None:
    """Remove both."""
    connection = op.get_bind()
    op.drop_index("items_customer", "items")
    op.drop_column("items", "customer")
    files.drop(connection)
