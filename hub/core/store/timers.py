"""Durable timers: they fall due into the inbox, as changes of the clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from hub.core.store.bulk import upsert_rows
from hub.core.store.codec import decode_why, encode, instant, maybe_instant, micros
from hub.core.store.schema import timers
from hub.models import Why


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer of an item."""

    item_id: str
    name: str
    due_at: datetime
    why: Why


def start(connection: Connection, started: Iterable[Timer]) -> None:
    """Start timers, or set them anew."""
    rows = [(x.item_id, x.name, micros(x.due_at), encode(x.why)) for x in started]
    upsert_rows(connection, timers, ("item_id", "name"), ("due_at", "why"), rows)


def cancel(connection: Connection, cancelled: Iterable[tuple[str, str]]) -> None:
    """Take timers back, by item and name."""
    for item_id, name in cancelled:
        statement = timers.delete().where(timers.c.item_id == item_id, timers.c.name == name)
        connection.execute(statement)


def take_due(connection: Connection, now: datetime, limit: int) -> list[Timer]:
    """Read timers that are due and no other worker holds, earliest first."""
    query = select(timers).where(timers.c.due_at <= micros(now)).order_by(timers.c.due_at)
    if connection.dialect.name != "sqlite":
        query = query.with_for_update(skip_locked=True)
    rows = connection.execute(query.limit(limit))
    return [Timer(r.item_id, r.name, instant(r.due_at), decode_why(r.why)) for r in rows]


def drop(connection: Connection, due: Sequence[Timer]) -> None:
    """Remove timers that have fallen due, unless they were set anew."""
    for timer in due:
        connection.execute(
            timers.delete().where(
                timers.c.item_id == timer.item_id,
                timers.c.name == timer.name,
                timers.c.due_at == micros(timer.due_at),
            )
        )


def next_due(connection: Connection) -> datetime | None:
    """Give when the next timer is due; None if there is none."""
    return maybe_instant(connection.execute(select(func.min(timers.c.due_at))).scalar())


def named(connection: Connection, prefix: str, limit: int) -> list[Timer]:
    """Give the next timers whose names begin so, earliest first."""
    query = select(timers).where(timers.c.name.startswith(prefix, autoescape=True))
    rows = connection.execute(query.order_by(timers.c.due_at, timers.c.item_id).limit(limit))
    return [Timer(r.item_id, r.name, instant(r.due_at), decode_why(r.why)) for r in rows]


def of_item(connection: Connection, item_id: str) -> list[Timer]:
    """Give the timers of an item."""
    query = select(timers).where(timers.c.item_id == item_id).order_by(timers.c.due_at)
    rows = connection.execute(query)
    return [Timer(r.item_id, r.name, instant(r.due_at), decode_why(r.why)) for r in rows]
