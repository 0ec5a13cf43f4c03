"""The outbox: wanted effects, in order for each item and connector, each with its key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)

from hub.core.store.bulk import insert_rows, update_rows
from hub.core.store.codec import (
    decode_command,
    encode,
    maybe_instant,
    maybe_micros,
    micros,
)
from hub.core.store.schema import IS_HELD, IS_OPEN, OutboxState, commands, outbox
from hub.models import Command, Receipt, UpdateRecord

_COLUMNS: Final = (
    "seq", "shard", "state", "attempts", "item_id", "due_at", "tried_at", "cause",
)  # fmt: skip
_ENTRIES: Final[Select[Any]] = (
    select(*(outbox.c[name] for name in _COLUMNS), commands.c.payload)
    .join(commands, commands.c.key == outbox.c.key)
    .order_by(outbox.c.seq)
)
_of_keys: Final = _ENTRIES.where(outbox.c.key.in_(bindparam("keys", expanding=True)))
_mine: Final = (outbox.c.connector == bindparam("connector")) & IS_OPEN
_STATES: Final = dict(enumerate(OutboxState))
_now: Final = bindparam("now", type_=BigInteger)
_due: Final = or_(outbox.c.due_at.is_(None), outbox.c.due_at <= _now)
_has_open: Final[Select[Any]] = select(literal_column("1")).where(_mine, _due).limit(1)
_blocked: Final = (
    select(outbox.c.item_id, func.min(outbox.c.seq))
    .where(_mine, outbox.c.due_at > _now)
    .group_by(outbox.c.item_id)
)
_open: Final = _ENTRIES.where(_mine, _due).limit(bindparam("limit"))
_open_of_shards: Final = _open.where(outbox.c.shard.in_(bindparam("shards", expanding=True)))


class Entry(msgspec.Struct, gc=False):
    """A command in the outbox, with how it stands; it is decoded when it is looked at."""

    seq: int
    shard: int
    state: OutboxState
    attempts: int
    item_id: str
    due_at: datetime | None
    tried_at: datetime | None
    cause: str
    payload: str
    decoded: Command | None = None

    @property
    def command(self) -> Command:
        """Give the command."""
        if self.decoded is None:
            self.decoded = decode_command(self.payload)
        return self.decoded


class Settled(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """What became of an entry."""

    seq: int
    state: OutboxState
    due_at: datetime | None = None
    done_at: datetime | None = None
    receipt: Receipt | None = None
    cause: str = ""


def add_commands(
    connection: Connection, wanted: Sequence[tuple[Command, int]], now: datetime
) -> int:
    """Put commands in, each with its item's shard; one whose key is there already is not added."""
    moment = micros(now)
    payloads = [(x.key, encode(x)) for x, _ in wanted]
    insert_rows(connection, commands, ("key", "payload"), payloads, skip_existing=True)
    rows = [
        (x.key, x.item_id, x.connector, shard, OutboxState.WANTED, 0, moment) for x, shard in wanted
    ]
    columns = ("key", "item_id", "connector", "shard", "state", "attempts", "created_at")
    return insert_rows(connection, outbox, columns, rows, skip_existing=True)


def has_open(connection: Connection, connector: str, now: datetime) -> bool:
    """Say whether this connector has something to do now."""
    values = {"connector": connector, "now": micros(now)}
    return connection.execute(_has_open, values).first() is not None


def take_open(
    connection: Connection,
    connector: str,
    now: datetime,
    limit: int,
    only: Sequence[int] | None = None,
) -> list[Entry]:
    """Read the open entries of a connector that are due, in order; of some shards, if given.

    One that must wait is left out: an earlier one of the same item is not yet due.
    """
    values: dict[str, Any] = {"connector": connector, "now": micros(now)}
    blocked: dict[str, int] = dict(connection.execute(_blocked, values).fetchall())
    query, values["limit"] = _open, limit
    if only is not None:
        query, values["shards"] = _open_of_shards, list(only)
    if blocked:
        query = query.where(outbox.c.item_id.not_in(list(blocked)[:5000]))
    entries = [_entry(row) for row in connection.execute(query, values).fetchall()]
    return [x for x in entries if x.seq < blocked.get(x.item_id, x.seq + 1)]


def _entry(row: Sequence[Any]) -> Entry:
    seq, shard, state, attempts, item_id, due_at, tried_at, cause, payload = row
    return Entry(
        seq,
        shard,
        _STATES[state],
        attempts,
        item_id,
        maybe_instant(due_at),
        maybe_instant(tried_at),
        cause or "",
        payload,
    )


def mark_trying(connection: Connection, entries: Sequence[Entry], now: datetime) -> None:
    """Note, before the first byte is sent, that these are being tried."""
    rows = [(OutboxState.TRYING, x.attempts + 1, micros(now), None, x.seq) for x in entries]
    values = ("state", "attempts", "tried_at", "due_at")
    update_rows(connection, outbox, ("seq",), values, rows)


def rewrite(connection: Connection, changed: Iterable[Command]) -> None:
    """Replace commands by key: later updates were folded into them."""
    rows = [(encode(command), command.key) for command in changed]
    update_rows(connection, commands, ("key",), ("payload",), rows)


def settle(connection: Connection, settled: Sequence[Settled]) -> None:
    """Note what became of entries; fields that were read back are the link's matter."""
    rows = [
        (
            x.state,
            maybe_micros(x.due_at),
            maybe_micros(x.done_at),
            encode(replace(x.receipt, fields={})) if x.receipt else None,
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


def release_held(connection: Connection, connector: str, items: Collection[str]) -> int:
    """Let entries go on that waited for a record of their item to be made."""
    query = select(outbox.c.seq, outbox.c.item_id)
    rows = connection.execute(query.where(outbox.c.connector == connector, IS_HELD))
    held = [(OutboxState.WANTED, None, row.seq) for row in rows if row.item_id in items]
    update_rows(connection, outbox, ("seq",), ("state", "cause"), held)
    return len(held)


def reopen(connection: Connection, seq: int) -> None:
    """Let an entry that ended be tried again; if it was ever sent, it is first looked up.

    What was perhaps sent is sent again: a person asked for that who knows more than a look-up.
    """
    query = select(outbox.c.state, outbox.c.tried_at).where(outbox.c.seq == seq)
    row = connection.execute(query).one()
    sent = row.tried_at is not None and row.state != OutboxState.UNCERTAIN
    state = OutboxState.TRYING if sent else OutboxState.WANTED
    values = {"state": state, "due_at": None, "cause": None, "attempts": 0}
    connection.execute(outbox.update().where(outbox.c.seq == seq).values(values))


def remake(connection: Connection, remade: Sequence[Command], now: datetime) -> None:
    """Let records that could not be made be tried again by these commands, of the same keys.

    Updates that waited for such a record are in its command now: they are not wanted any more.
    """
    known = entries_by_key(connection, [command.key for command in remade])
    for command in remade:
        seq = known[command.key].seq
        part = (command.connector, command.part)
        overtaken = [
            x.seq
            for x in entries_of_item(connection, command.item_id)
            if x.state in {OutboxState.HELD, OutboxState.WANTED}
            and (x.command.connector, x.command.part) == part
            and isinstance(x.command.effect, UpdateRecord)
            and not x.command.then
        ]
        supersede(connection, overtaken, "the record is made as the item is now", now)
        rewrite(connection, [command])
        reopen(connection, seq)


def entry(connection: Connection, seq: int) -> Entry:
    """Give one entry."""
    return _entry(connection.execute(_ENTRIES.where(outbox.c.seq == seq)).one())


def entries_of_item(connection: Connection, item_id: str) -> list[Entry]:
    """Give all entries of an item, oldest first."""
    rows = connection.execute(_ENTRIES.where(outbox.c.item_id == item_id)).fetchall()
    return [_entry(row) for row in rows]


def entries_by_key(connection: Connection, keys: Iterable[str]) -> dict[str, Entry]:
    """Give entries by their keys."""
    wanted = sorted(set(keys))
    entries = (
        [_entry(row) for row in connection.execute(_of_keys, {"keys": wanted})] if wanted else []
    )
    return {entry.command.key: entry for entry in entries}
