"""Reads over the whole store: how much waits, how far each connector has read, what came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from hub.core.store.codec import instant, maybe_instant
from hub.core.store.schema import (
    IS_NEW,
    IS_OPEN,
    InboxState,
    OutboxState,
    cursors,
    inbox,
    items,
    outbox,
    timers,
)
from hub.models import Ref


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a connector has read, and since when it stands there."""

    connector: str
    cursor: str
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """A change as the inbox keeps it, without its payload."""

    ref: Ref
    version: str
    state: InboxState
    received_at: datetime
    done_at: datetime | None
    outcome: str


def inbox_waiting(connection: Connection) -> tuple[int, datetime | None]:
    """Give how many changes wait, and since when the oldest does."""
    count, first = connection.execute(
        select(func.count(), func.min(inbox.c.seq)).where(IS_NEW)
    ).one()
    received = select(inbox.c.received_at).where(inbox.c.seq == first)
    return int(count), maybe_instant(connection.execute(received).scalar())


def outbox_waiting(connection: Connection) -> dict[str, int]:
    """Give how many effects are open, by connector."""
    query = select(outbox.c.connector, func.count()).where(IS_OPEN).group_by(outbox.c.connector)
    return {str(connector): int(count) for connector, count in connection.execute(query)}


def outbox_oldest(connection: Connection) -> datetime | None:
    """Give since when the oldest open effect waits."""
    first = select(func.min(outbox.c.seq)).where(IS_OPEN).scalar_subquery()
    query = select(outbox.c.created_at).where(outbox.c.seq == first)
    return maybe_instant(connection.execute(query).scalar())


def outbox_states(connection: Connection) -> dict[str, int]:
    """Give how many effects there are in each state."""
    query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
    return {OutboxState(state).name.lower(): int(n) for state, n in connection.execute(query)}


def count_items(connection: Connection) -> int:
    """Give how many items there are."""
    return int(connection.execute(select(func.count()).select_from(items)).scalar_one())


def count_timers(connection: Connection) -> int:
    """Give how many timers are running."""
    return int(connection.execute(select(func.count()).select_from(timers)).scalar_one())


def readings(connection: Connection) -> list[Reading]:
    """Give how far each connector has read."""
    rows = connection.execute(select(cursors).order_by(cursors.c.connector))
    return [Reading(row.connector, row.cursor, instant(row.moved_at)) for row in rows]


def arrivals(connection: Connection, item_id: str, refs: Sequence[Ref] = ()) -> list[Arrival]:
    """Give the changes of an item and of records, in the order they came."""
    match = inbox.c.item_id == item_id
    for ref in refs:
        match |= (
            (inbox.c.connector == ref.connector)
            & (inbox.c.kind == ref.kind)
            & (inbox.c.record_id == ref.id)
        )
    rows = connection.execute(select(inbox).where(match).order_by(inbox.c.seq))
    return [
        Arrival(
            Ref(row.connector, row.kind, row.record_id),
            row.version,
            InboxState(row.state),
            instant(row.received_at),
            maybe_instant(row.done_at),
            row.outcome or "",
        )
        for row in rows
    ]
