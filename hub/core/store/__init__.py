"""The store: all that the hub knows, in SQLite or PostgreSQL. The one room that speaks SQL."""

from __future__ import annotations

from hub.core.store.database import Database, Session, TryAgainError, again
from hub.core.store.locks import Locks
from hub.core.store.migrate import upgrade
from hub.core.store.signals import Signals

__all__ = ["Database", "Locks", "Session", "Signals", "TryAgainError", "again", "upgrade"]
