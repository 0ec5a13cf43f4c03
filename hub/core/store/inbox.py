"""The inbox: changes as they came, each at most once, with the cursor that stands behind them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, func, literal_column, select

from hub.core.store.bulk import Row, insert_rows, select_in, update_rows, upsert_rows
from hub.core.store.codec import encode, micros, shard_of
from hub.core.store.schema import (
    IS_NEW,
    InboxState,
    cursors,
    fetches,
    inbox,
    links,
    shards,
)
from hub.models import Change, Ref, Unreadable

COLUMNS: Final = (
    "connector", "kind", "record_id", "version", "shard", "state", "payload", "received_at",
)  # fmt: skip

_pending: Final = (
    select(inbox.c.seq, inbox.c.shard, inbox.c.payload)
    .where(IS_NEW)
    .order_by(inbox.c.seq)
    .limit(bindparam("limit"))
)
_pending_of_shards: Final = _pending.where(inbox.c.shard.in_(bindparam("shards", expanding=True)))


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """A change that waits in the inbox, not yet decoded."""

    seq: int
    shard: int
    payload: str


def inbox_row(change: Change, shard: int, now: datetime) -> Row:
    """Make the row of a change; UnicodeEncodeError if its text is no Unicode."""
    ref = change.ref
    payload = encode(change)
    return (ref.connector, ref.kind, ref.id, change.version, shard, InboxState.NEW, payload, micros(now))  # fmt: skip  # noqa: E501


def add_changes(connection: Connection, rows: Sequence[Row]) -> int:
    """Put changes in; give how many were not there before."""
    return insert_rows(connection, inbox, COLUMNS, rows, skip_existing=True)


def add_unreadable(connection: Connection, record: Unreadable, now: datetime) -> bool:
    """Keep a record that can not be read; False if this version of it is kept already."""
    ref = record.ref
    payload = encode(record)
    row = (
        ref.connector,
        ref.kind,
        ref.id,
        record.version,
        0,
        InboxState.DEAD,
        payload,
        micros(now),
    )
    return insert_rows(connection, inbox, COLUMNS, [row], skip_existing=True) == 1


def forget_unreadable(connection: Connection, ref: Ref) -> None:
    """Let a record that could not be read be taken in afresh."""
    connection.execute(
        inbox.delete().where(
            inbox.c.record_id == ref.id,
            inbox.c.kind == ref.kind,
            inbox.c.connector == ref.connector,
            inbox.c.state == InboxState.DEAD,
            inbox.c.done_at.is_(None),
        )
    )


def is_known(connection: Connection, ref: Ref) -> bool:
    """Say whether any change of a record was ever taken in."""
    known = select(inbox.c.seq).where(
        inbox.c.record_id == ref.id, inbox.c.kind == ref.kind, inbox.c.connector == ref.connector
    )
    return connection.execute(known.limit(1)).first() is not None


def shards_of_changes(connection: Connection, changes: Sequence[Change]) -> list[int]:
    """Give the shard of each change: that of the item it belongs to, else of its own address."""
    roots = [change.parent or change.ref for change in changes]
    columns = ("connector", "kind", "record_id", "shard")
    rows = select_in(connection, links, columns, "record_id", {root.id for root in roots})
    known = {(connector, kind, record): shard for connector, kind, record, shard in rows}
    return [known.get((root.connector, root.kind, root.id), shard_of(str(root))) for root in roots]


def take_waiting(
    connection: Connection, limit: int, only: Sequence[int] | None = None
) -> list[Waiting]:
    """Read the changes that wait, oldest first; of the given shards alone, if any are given."""
    if only is None:
        rows = connection.execute(_pending, {"limit": limit})
    else:
        rows = connection.execute(_pending_of_shards, {"limit": limit, "shards": list(only)})
    return [Waiting(*row) for row in rows.fetchall()]


def lock_shards(connection: Connection, limit: int) -> list[int]:
    """Lock shards that have changes waiting and that no other worker has (PostgreSQL)."""
    window = select(inbox.c.shard).where(IS_NEW).order_by(inbox.c.seq).limit(1000)
    wanted = select(window.subquery().c.shard).distinct()
    query = (
        select(shards.c.shard)
        .where(shards.c.shard.in_(wanted))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [row.shard for row in connection.execute(query)]


def hold_waiting(connection: Connection, seq: int) -> Waiting | None:
    """Lock one change with its shard, whoever has it; None if it waits no more by then."""
    query = select(inbox.c.seq, inbox.c.shard, inbox.c.payload).where(inbox.c.seq == seq, IS_NEW)
    row = connection.execute(query).first()
    if row is not None and connection.dialect.name != "sqlite":
        connection.execute(shards.select().where(shards.c.shard == row.shard).with_for_update())
        row = connection.execute(query).first()
    return Waiting(*row) if row is not None else None


def settle_changes(
    connection: Connection, rows: Sequence[tuple[int, int, str | None, str, int]]
) -> None:
    """Note what became of changes: (state, done_at, item, outcome, seq) for each."""
    update_rows(connection, inbox, ("seq",), ("state", "done_at", "item_id", "outcome"), rows)


def forward_changes(connection: Connection, rows: Sequence[tuple[int, int]]) -> None:
    """Hand changes over to the shard of their item: (shard, seq) for each."""
    update_rows(connection, inbox, ("seq",), ("shard",), rows)


def set_aside(connection: Connection, seqs: Sequence[int]) -> None:
    """Let the same versions of these records be taken in once more (they are read afresh)."""
    for seq in seqs:
        aside = inbox.c.version + f"?{seq}"
        connection.execute(inbox.update().where(inbox.c.seq == seq).values(version=aside))


def set_earlier_aside(connection: Connection, ref: Ref, seq: int) -> None:
    """Let versions of a record come in once more that came before this row."""
    earlier = (
        (inbox.c.record_id == ref.id)
        & (inbox.c.kind == ref.kind)
        & (inbox.c.connector == ref.connector)
        & (inbox.c.seq < seq)
        & (inbox.c.state != InboxState.NEW)
    )
    rows = connection.execute(select(inbox.c.seq, inbox.c.version).where(earlier))
    set_aside(connection, [row.seq for row in rows if not row.version.endswith(f"?{row.seq}")])


def wait_for(connection: Connection, rows: Sequence[tuple[str, int]]) -> None:
    """Have changes taken up again when the records above them are known: (record, seq) each."""
    update_rows(connection, inbox, ("seq",), ("waits_for",), rows)


def release_waiting(connection: Connection, refs: Collection[Ref]) -> int:
    """Take up the changes that waited for these records; give how many they are."""
    suffix = "AND waits_for IS NOT NULL"
    found = select_in(connection, inbox, ("seq",), "waits_for", {str(ref) for ref in refs}, suffix)
    rows = [(InboxState.NEW, None, seq) for (seq,) in found]
    return update_rows(connection, inbox, ("seq",), ("state", "waits_for"), rows)


def waited_for(connection: Connection, since: datetime) -> list[Ref]:
    """Give the records that changes received since then wait for."""
    query = select(inbox.c.waits_for).distinct()
    rows = connection.execute(
        query.where(inbox.c.waits_for.is_not(None), inbox.c.received_at >= micros(since))
    )
    return [Ref.parse(str(row.waits_for)) for row in rows]


def overtaken_by(connection: Connection, seq: int) -> tuple[Ref, int] | None:
    """Give the record that a change tells of and the last row that does, if that is a later one."""
    columns = (inbox.c.connector, inbox.c.kind, inbox.c.record_id)
    record = connection.execute(select(*columns).where(inbox.c.seq == seq)).one()
    same = [column == value for column, value in zip(columns, record, strict=True)]
    last = connection.execute(select(func.max(inbox.c.seq)).where(*same)).scalar_one()
    return (Ref(*record), last) if last > seq else None


def reopen_change(connection: Connection, seq: int) -> None:
    """Let a change be processed again."""
    connection.execute(inbox.update().where(inbox.c.seq == seq).values(state=InboxState.NEW))


def read_cursor(connection: Connection, connector: str) -> str | None:
    """Give how far a connector has read; None if it never did."""
    query = select(cursors.c.cursor).where(cursors.c.connector == connector)
    return connection.execute(query).scalar_one_or_none()


def move_cursor(connection: Connection, connector: str, cursor: str, now: datetime) -> None:
    """Set how far a connector has read."""
    row = (connector, cursor, micros(now))
    upsert_rows(connection, cursors, ("connector",), ("cursor", "moved_at"), [row])


def read_completely(connection: Connection, connector: str, now: datetime) -> None:
    """Note that a connector has once read all there was."""
    statement = cursors.update().where(
        cursors.c.connector == connector, cursors.c.complete_at.is_(None)
    )
    connection.execute(statement.values(complete_at=micros(now)))


def unread(connection: Connection, connectors: Sequence[str]) -> list[str]:
    """Give those connectors that have never yet read all there was."""
    complete = select(cursors.c.connector).where(cursors.c.complete_at.is_not(None))
    known = {row.connector for row in connection.execute(complete)}
    return [name for name in connectors if name not in known]


def want_fetch(connection: Connection, refs: Sequence[Ref], now: datetime) -> None:
    """Ask that records be read afresh by their connectors.

    Asked again it becomes another wish, for the fetch that runs may have read too early.
    """
    wanted = sorted(set(refs))
    for ref in wanted:
        known = (
            (fetches.c.connector == ref.connector)
            & (fetches.c.kind == ref.kind)
            & (fetches.c.record_id == ref.id)
        )
        later = fetches.c.wanted_at + literal_column("1")
        connection.execute(fetches.update().where(known).values(wanted_at=later))
    columns = ("connector", "kind", "record_id", "wanted_at")
    rows = [(ref.connector, ref.kind, ref.id, micros(now)) for ref in wanted]
    insert_rows(connection, fetches, columns, rows, skip_existing=True)


def wanted_fetches(connection: Connection, connector: str, limit: int) -> list[tuple[Ref, int]]:
    """Give records to read afresh, with when that was asked (microseconds)."""
    query = select(fetches).where(fetches.c.connector == connector).limit(limit)
    return [
        (Ref(row.connector, row.kind, row.record_id), row.wanted_at)
        for row in connection.execute(query)
    ]


def fetched(connection: Connection, done: Sequence[tuple[Ref, int]]) -> None:
    """Take back fetches that were made, unless they were asked for again since."""
    for ref, wanted_at in done:
        connection.execute(
            fetches.delete().where(
                fetches.c.connector == ref.connector,
                fetches.c.kind == ref.kind,
                fetches.c.record_id == ref.id,
                fetches.c.wanted_at == wanted_at,
            )
        )
