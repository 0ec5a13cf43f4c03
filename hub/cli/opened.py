"""Opens the configured store for a command, beside a hub that may be running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import StoreError

if TYPE_CHECKING:
    from hub.core.store import Session


@contextmanager
def opened_store(config: Path, *, read_only: bool = False) -> Iterator[Session]:
    """Give a session on the store; StoreError if it is not there or has no tables yet."""
    from hub.core.config import load_config  # noqa: PLC0415
    from hub.core.store import Database  # noqa: PLC0415
    from hub.core.store.migrate import current  # noqa: PLC0415

    store = load_config(config).config.store
    if store.file is not None and not store.file.exists():
        raise StoreError(f"there is no store at {store.shown} yet: `hub run` makes it")
    database = Database(store.url.reveal(), read_only=read_only)
    try:
        if current(database) is None:
            raise StoreError(f"the store {store.shown} has no tables yet: run `hub db upgrade`")
        session = database.session()
        try:
            yield session
        finally:
            session.close()
    finally:
        database.close()
