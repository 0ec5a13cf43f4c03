"""The handbooks that were in force, with all their texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from hub.core.store.bulk import insert_rows
from hub.core.store.codec import encode, instant, micros
from hub.core.store.schema import handbooks

_COLUMNS: Final = ("fingerprint", "version", "since", "files")
_decode: Final = msgspec.json.Decoder(dict[str, str]).decode


@dataclass(frozen=True, slots=True)
class Kept:
    """A handbook as it was: its author's version, since when it is known, its files by path."""

    version: str
    since: datetime
    files: Mapping[str, str]


def keep(
    connection: Connection, fingerprint: str, version: str, files: Mapping[str, str], now: datetime
) -> bool:
    """Keep a handbook's texts; False if they are kept already."""
    row = (fingerprint, version, micros(now), encode(files))
    return bool(insert_rows(connection, handbooks, _COLUMNS, [row], skip_existing=True))


def load(connection: Connection, fingerprint: str) -> Kept | None:
    """Give a handbook by its fingerprint; None if it is not kept."""
    row = connection.execute(
        select(handbooks).where(handbooks.c.fingerprint == fingerprint)
    ).first()
    return Kept(row.version, instant(row.since), _decode(row.files)) if row else None
