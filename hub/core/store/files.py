"""Files that were handed in: kept until they stand in a system, and then let go."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from hub.core.store.codec import micros
from hub.core.store.schema import files
from hub.models import Attachment


def add(connection: Connection, found: Iterable[tuple[Attachment, bytes]], now: datetime) -> None:
    """Keep files with their bytes."""
    rows = [
        {
            "id": file.id,
            "name": file.name,
            "media_type": file.media_type,
            "size": file.size,
            "content": content,
            "received_at": micros(now),
        }
        for file, content in found
    ]
    if rows:
        connection.execute(files.insert(), rows)


def content(connection: Connection, file_id: str) -> bytes | None:
    """Give a file's bytes; None if it is not kept, or no more."""
    row = connection.execute(select(files.c.content).where(files.c.id == file_id)).first()
    return bytes(row.content) if row else None


def drop(connection: Connection, ids: Collection[str]) -> None:
    """Let go of files."""
    if ids:
        connection.execute(files.delete().where(files.c.id.in_(ids)))
