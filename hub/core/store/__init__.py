"""The store: all that the hub knows, in SQLite or PostgreSQL. The one room that speaks SQL."""

from __future__ import annotations

from hub.core.store.database import Database, Session, TryAgainError, again
from hub.core.store.locks import Locks
from hub.core.store.migrate import upgrade

__all__ = ["Database", "Locks", "Session", "TryAgainError", "again", "upgrade"]
