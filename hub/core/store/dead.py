"""Dead letters: what could not be done, with its cause, until a person retries or drops it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from hub.core import log
from hub.core.log import redacted
from hub.core.store.codec import instant, micros
from hub.core.store.schema import dead_letters

CODES: Final = {
    "HUB-P-010": "A plugin's hook raised, or answered a wrong type; the other plugins ran on.",
    "HUB-S-040": "Whether an effect was made can not be learned: perhaps sent, a person decides.",
}
"""Codes of dead letters that no error class has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One thing that could not be done.

    `kind` is `change` (a change that no rule could process), `record` (one that could not be
    read), `effect` (one that the system refused), or `hook` (a plugin that raised).
    `source_seq` is the row of inbox or outbox; `detail` holds what a retry needs.
    """

    kind: str
    connector: str
    ref: str
    item_id: str
    code: str
    cause: str
    remedy: str
    detail: str = ""
    source_seq: int | None = None
    at: datetime
    id: int = 0
    state: str = "open"


def add(connection: Connection, letter: DeadLetter) -> int:
    """Keep a dead letter; give its number, or that of one that is open for the same thing."""
    if letter.source_seq is not None:
        same = select(dead_letters.c.id).where(
            dead_letters.c.kind == letter.kind,
            dead_letters.c.source_seq == letter.source_seq,
            dead_letters.c.code == letter.code,
            dead_letters.c.connector == letter.connector,
            dead_letters.c.state == "open",
        )
        if letter.kind == "hook":
            # One plugin may fail on several events of one change: the detail names the event.
            same = same.where(dead_letters.c.detail == _storable(letter.detail))
        known = connection.execute(same).scalar()
        if known is not None:
            return int(known)
    result = connection.execute(
        dead_letters.insert().values(
            kind=letter.kind,
            connector=letter.connector,
            ref=_storable(letter.ref),
            item_id=_storable(letter.item_id),
            source_seq=letter.source_seq,
            code=letter.code,
            cause=_storable(redacted("cause", letter.cause)),
            remedy=_storable(letter.remedy),
            detail=_storable(letter.detail),
            at=micros(letter.at),
            state="open",
        )
    )
    key = result.inserted_primary_key
    return int(key[0]) if key else 0


def tell(letter: DeadLetter) -> None:
    """Log that a dead letter was added; once it is committed."""
    log.event(
        "dead_letter.added",
        kind=letter.kind,
        item=letter.item_id,
        connector=letter.connector,
        ref=letter.ref,
        cause=letter.cause,
        remedy=letter.remedy,
        error_code=letter.code,
    )


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "�")


def listing(connection: Connection, *, state: str = "open", limit: int = 1000) -> list[DeadLetter]:
    """Give dead letters in a state, oldest first."""
    query = select(dead_letters).where(dead_letters.c.state == state)
    return [_letter(row) for row in connection.execute(query.order_by("id").limit(limit))]


def get(connection: Connection, number: int) -> DeadLetter | None:
    """Give one dead letter."""
    row = connection.execute(select(dead_letters).where(dead_letters.c.id == number)).first()
    return _letter(row) if row else None


def of_item(connection: Connection, item_id: str) -> list[DeadLetter]:
    """Give all dead letters of an item."""
    query = select(dead_letters).where(dead_letters.c.item_id == item_id).order_by("id")
    return [_letter(row) for row in connection.execute(query)]


def count(connection: Connection) -> int:
    """Give how many are open."""
    query = select(func.count()).select_from(dead_letters).where(dead_letters.c.state == "open")
    return connection.execute(query).scalar_one()


def mark(connection: Connection, number: int, state: str, now: datetime) -> bool:
    """Set an open letter to `retried` or `dropped`; False if it is not open."""
    statement = (
        dead_letters.update()
        .where(dead_letters.c.id == number, dead_letters.c.state == "open")
        .values(state=state, settled_at=micros(now))
    )
    return connection.execute(statement).rowcount == 1


def _letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(
        id=row.id,
        kind=row.kind,
        connector=row.connector,
        ref=row.ref,
        item_id=row.item_id,
        source_seq=row.source_seq,
        code=row.code,
        cause=row.cause,
        remedy=row.remedy,
        detail=row.detail,
        at=instant(row.at),
        state=row.state,
    )
