"""Runs migrations in one transaction on the database that the hub hands over."""

from __future__ import annotations

from alembic import context

from hub.core.store.schema import metadata

database = context.config.attributes["database"]
with database.exclusive(), database.engine.connect() as connection, connection.begin():
    if database.is_sqlite:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7261)")
    context.configure(connection=connection, target_metadata=metadata)
    context.run_migrations()
