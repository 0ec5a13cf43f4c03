"""Brings a database to the tables of this version."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from hub.core import log
from hub.core.store.database import Database, translated
from hub.errors import StoreError

if TYPE_CHECKING:
    from alembic.config import Config


def _config(database: Database) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - costs 0.15 s, and is seldom needed

    config = Config()
    config.set_main_option("script_location", str(resources.files(__package__) / "migrations"))
    config.attributes["database"] = database
    return config


def _revisions() -> set[str]:
    versions = resources.files(__package__) / "migrations" / "versions"
    names = [entry.name for entry in versions.iterdir() if entry.name[:1].isdigit()]
    return {name.partition("_")[0] for name in names}


def head() -> str:
    """Give the newest revision that this version of the hub knows."""
    return max(_revisions())


def current(database: Database) -> str | None:
    """Give the revision a database is at; None if it has no tables."""
    session = database.session()
    try:
        with session.read() as connection:
            if not database.engine.dialect.has_table(connection, "alembic_version"):
                return None
            row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
            return str(row[0]) if row else None
    finally:
        session.close()


def upgrade(database: Database) -> str:
    """Make or alter the tables as this version needs them; give the revision reached.

    Raises:
        StoreError: the store can not be had, or a newer hub has altered its tables.
    """
    newest, found = head(), current(database)
    if found is not None and found not in _revisions():
        raise StoreError(
            f"the store has tables of a newer hub (revision {found}, this one knows {newest}); "
            "run that version, or restore an older store"
        )
    if found != newest:
        from alembic import command  # noqa: PLC0415 - costs 0.15 s, and is seldom needed

        with translated():
            command.upgrade(_config(database), "head")
        log.event("store.upgraded", revision=newest, before=found or "")
    return newest
