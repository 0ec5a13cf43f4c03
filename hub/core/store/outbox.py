"""The outbox: wanted effects, in order for each item and connector, each with its key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from hub.core.store.bulk import insert_rows, update_rows
from hub.core.store.codec import (
    decode_command,
    encode,
    maybe_instant,
    maybe_micros,
    micros,
)
from hub.core.store.schema import IS_OPEN, OutboxState, outbox
from hub.models import Command, Receipt


@dataclass(frozen=True, slots=True)
class Entry:
    """A command in the outbox, with how it stands."""

    seq: int
    shard: int
    state: OutboxState
    attempts: int
    command: Command
    due_at: datetime | None
    first_tried_at: datetime | None
    cause: str = ""
    receipt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of an entry."""

    seq: int
    state: OutboxState
    due_at: datetime | None = None
    done_at: datetime | None = None
    receipt: Receipt | None = None
    cause: str = ""


def add_commands(
    connection: Connection, commands: Iterable[tuple[Command, int]], now: datetime
) -> int:
    """Put commands in, each with its item's shard; one whose key is there already is not added."""
    moment = micros(now)
    rows = [
        (x.key, x.item_id, x.connector, shard, OutboxState.WANTED, encode(x), 0, moment)
        for x, shard in commands
    ]
    columns = (
        "key", "item_id", "connector", "shard", "state", "payload", "attempts", "created_at",
    )  # fmt: skip
    return insert_rows(connection, outbox, columns, rows, skip_existing=True)


def open_shards(connection: Connection, connector: str, now: datetime) -> list[int]:
    """Give the shards in which this connector has something to do now, oldest first."""
    window = (
        select(outbox.c.shard)
        .where(outbox.c.connector == connector, IS_OPEN, _due(now))
        .order_by(outbox.c.seq)
        .limit(1000)
    )
    return list(dict.fromkeys(row.shard for row in connection.execute(window)))


def take_open(
    connection: Connection,
    connector: str,
    now: datetime,
    limit: int,
    only: Sequence[int] | None = None,
) -> list[Entry]:
    """Read the open entries of a connector that are due, in order, without those that must wait.

    An entry waits while an earlier one of the same item is not yet due.
    """
    mine = (outbox.c.connector == connector) & IS_OPEN
    if only is not None:
        mine &= outbox.c.shard.in_(only)
    waiting = connection.execute(
        select(outbox.c.item_id, func.min(outbox.c.seq).label("seq"))
        .where(mine, outbox.c.due_at > micros(now))
        .group_by(outbox.c.item_id)
    )
    blocked = {row.item_id: row.seq for row in waiting}
    query = select(outbox).where(mine, _due(now))
    if blocked:
        query = query.where(outbox.c.item_id.not_in(list(blocked)[:5000]))
    found = connection.execute(query.order_by(outbox.c.seq).limit(limit))
    entries = [_entry(row) for row in found]
    return [x for x in entries if x.seq < blocked.get(x.command.item_id, x.seq + 1)]


def _due(now: datetime) -> Any:
    return or_(outbox.c.due_at.is_(None), outbox.c.due_at <= micros(now))


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        seq=row.seq,
        shard=row.shard,
        state=OutboxState(row.state),
        attempts=row.attempts,
        command=decode_command(row.payload),
        due_at=maybe_instant(row.due_at),
        first_tried_at=maybe_instant(row.first_tried_at),
        cause=row.cause or "",
        receipt=row.receipt or "",
    )


def mark_trying(connection: Connection, entries: Sequence[Entry], now: datetime) -> None:
    """Note, before the first byte is sent, that these are being tried."""
    rows = [
        (OutboxState.TRYING, x.attempts + 1, micros(x.first_tried_at or now), None, x.seq)
        for x in entries
    ]
    values = ("state", "attempts", "first_tried_at", "due_at")
    update_rows(connection, outbox, ("seq",), values, rows)


def rewrite(connection: Connection, commands: Iterable[tuple[Command, int]]) -> None:
    """Replace the commands of entries by seq: later updates were folded into them."""
    rows = [(encode(command), seq) for command, seq in commands]
    update_rows(connection, outbox, ("seq",), ("payload",), rows)


def settle(connection: Connection, settled: Sequence[Settled]) -> None:
    """Note what became of entries."""
    rows = [
        (
            x.state,
            maybe_micros(x.due_at),
            maybe_micros(x.done_at),
            encode(x.receipt) if x.receipt else None,
            x.cause or None,
            x.seq,
        )
        for x in settled
    ]
    values = ("state", "due_at", "done_at", "receipt", "cause")
    update_rows(connection, outbox, ("seq",), values, rows)


def supersede(connection: Connection, seqs: Sequence[int], cause: str, now: datetime) -> None:
    """Note that entries are no longer wanted, and why."""
    state = OutboxState.SUPERSEDED
    settle(connection, [Settled(seq=s, state=state, done_at=now, cause=cause) for s in seqs])


def release_held(connection: Connection, pairs: Iterable[tuple[str, str]]) -> int:
    """Let entries go on that waited for a record of (item, connector) to be made."""
    count = 0
    for item_id, connector in set(pairs):
        statement = outbox.update().where(
            outbox.c.item_id == item_id,
            outbox.c.connector == connector,
            outbox.c.state == OutboxState.HELD,
        )
        result = connection.execute(statement.values(state=OutboxState.WANTED, cause=None))
        count += result.rowcount
    return count


def reopen(connection: Connection, seq: int) -> None:
    """Let a dead entry be tried again; if it was ever sent, it is first looked up by its key."""
    row = connection.execute(select(outbox.c.first_tried_at).where(outbox.c.seq == seq)).one()
    state = OutboxState.WANTED if row.first_tried_at is None else OutboxState.TRYING
    values = {"state": state, "due_at": None, "cause": None, "attempts": 0}
    connection.execute(outbox.update().where(outbox.c.seq == seq).values(values))


def entries_of_item(connection: Connection, item_id: str) -> list[Entry]:
    """Give all entries of an item, oldest first."""
    query = select(outbox).where(outbox.c.item_id == item_id).order_by(outbox.c.seq)
    return [_entry(row) for row in connection.execute(query)]


def entries_by_key(connection: Connection, keys: Iterable[str]) -> dict[str, Entry]:
    """Give entries by their keys."""
    wanted = list(set(keys))
    if not wanted:
        return {}
    rows = connection.execute(select(outbox).where(outbox.c.key.in_(wanted)))
    return {row.key: _entry(row) for row in rows}
