"""What was recorded, read in bulk to be gone through again: changes, decisions, effects.

Nothing of it is ever removed: the inbox keeps each change as it came with the instant at which it
was decided on, the outbox keeps each effect with its receipt, the journal keeps each decision.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, func, literal_column, or_, select

from hub.core.store.bulk import select_in
from hub.core.store.codec import (
    decode_command,
    decode_fields,
    decode_receipt,
    instant,
    maybe_instant,
    micros,
)
from hub.core.store.schema import InboxState, OutboxState, commands, inbox, items, journal, outbox
from hub.models import DUPLICATES, NOT_DUPLICATES, Command, Receipt, Value

_COLUMNS: Final = (
    "seq", "connector", "item_id", "outcome", "received_at", "done_at", "payload",
)  # fmt: skip
_DECIDED: Final = inbox.c.done_at.is_not(None) & (inbox.c.state != literal_column("0"))


class Arrived(msgspec.Struct, gc=False, frozen=True):
    """A change that was decided on, as the inbox keeps it; `payload` is the change's JSON."""

    seq: int
    connector: str
    item_id: str
    outcome: str
    received_at: datetime
    done_at: datetime
    payload: str


class Effected(msgspec.Struct, gc=False, frozen=True):
    """A command of the record, and what became of it."""

    command: Command
    state: OutboxState
    done_at: datetime | None
    receipt: Receipt | None


class Entered(msgspec.Struct, gc=False, frozen=True):
    """An entry of the journal about a change, as JSON."""

    item_id: str
    entry: str


def span(connection: Connection) -> tuple[datetime, datetime] | None:
    """Give the first and last instant at which a change was decided on; None if none ever was."""
    query = select(func.min(inbox.c.done_at), func.max(inbox.c.done_at)).where(_DECIDED)
    first, last = connection.execute(query).one()
    return (instant(first), instant(last)) if first is not None else None


def items_opened(connection: Connection, since: datetime, until: datetime) -> dict[str, datetime]:
    """Give when the items were opened that were in a span of time, by their ids, in order."""
    query = select(items.c.id, items.c.opened_at).where(
        items.c.opened_at >= micros(since), items.c.opened_at <= micros(until)
    )
    rows = connection.execute(query.order_by(items.c.opened_at, items.c.id))
    return {str(row.id): instant(row.opened_at) for row in rows}


def compared(connection: Connection, since: datetime, until: datetime) -> Iterator[tuple[str, str]]:
    """Give pairs of items of which one was proposed, or refused, as a duplicate of the other."""
    told = or_(*(items.c.fields.contains(f'"{name}":["') for name in (DUPLICATES, NOT_DUPLICATES)))
    query = select(items.c.id, items.c.fields).where(
        items.c.opened_at >= micros(since), items.c.opened_at <= micros(until), told
    )
    for row in connection.execute(query.order_by(items.c.id)):
        fields = decode_fields(row.fields)
        for text in (*_texts(fields.get(DUPLICATES)), *_texts(fields.get(NOT_DUPLICATES))):
            yield str(row.id), text.partition("|")[0]


def _texts(value: Value) -> list[str]:
    return value if isinstance(value, list) else []


def decided_at(connection: Connection) -> dict[tuple[str, str], datetime]:
    """Give when changes were decided on, by record and version."""
    columns = ("connector", "kind", "record_id", "version", "done_at")
    query = select(*(inbox.c[name] for name in columns))
    query = query.where(inbox.c.item_id.is_not(None), _DECIDED)
    return {
        (f"{connector}:{kind}:{record}", version): instant(done_at)
        for connector, kind, record, version, done_at in connection.execute(query)
    }


def strangers(connection: Connection, since: datetime, until: datetime) -> Iterator[Arrived]:
    """Give the readable changes of records that no item had when they came, in order."""
    unlinked = inbox.c.outcome.in_(["opened", "joined"]) | inbox.c.item_id.is_(None)
    query = select(*(inbox.c[name] for name in _COLUMNS)).where(
        _DECIDED,
        unlinked,
        or_(inbox.c.connector != "hub", inbox.c.kind == "submission"),
        or_(inbox.c.outcome.is_(None), inbox.c.outcome.not_in(["reference", "overtaken"])),
        inbox.c.done_at >= micros(since),
        inbox.c.done_at <= micros(until),
    )
    for row in connection.execute(query.order_by(inbox.c.seq)):
        yield _arrived(row)


def references(connection: Connection, until: datetime) -> Iterator[Arrived]:
    """Give all changes of reference records, in the order in which they were taken in."""
    query = select(*(inbox.c[name] for name in _COLUMNS)).where(
        inbox.c.outcome == "reference",
        inbox.c.state == InboxState.DONE,
        inbox.c.done_at <= micros(until),
    )
    for row in connection.execute(query.order_by(inbox.c.done_at, inbox.c.seq)):
        yield _arrived(row)


def changes_of(
    connection: Connection, ids: Collection[str], seqs: Collection[int], until: datetime
) -> list[Arrived]:
    """Give the changes of some items, and others by number, in the order they were decided on."""
    rows: list[Sequence[object]] = list(
        select_in(connection, inbox, _COLUMNS, "item_id", ids, "AND done_at IS NOT NULL")
    )
    if seqs:
        query = select(*(inbox.c[name] for name in _COLUMNS))
        rows += connection.execute(query.where(inbox.c.seq.in_(list(seqs)), _DECIDED)).fetchall()
    found = {row[0]: _arrived(row) for row in rows}
    decided = [row for row in found.values() if row.done_at <= until and row.outcome != "overtaken"]
    return sorted(decided, key=lambda row: (row.done_at, row.seq))


def entries_of(connection: Connection, ids: Iterable[str]) -> list[Entered]:
    """Give what the journal says of the changes of some items, in order."""
    columns = ("item_id", "entry")
    rows = select_in(
        connection,
        journal,
        columns,
        "item_id",
        ids,
        "ORDER BY at, chain, seq",
        also=("kind", "change"),
    )
    return [Entered(item_id, entry) for item_id, entry in rows]


def effects_of(connection: Connection, ids: Collection[str]) -> list[Effected]:
    """Give the commands of some items and what became of them, in order."""
    query = (
        select(commands.c.payload, outbox.c.state, outbox.c.done_at, outbox.c.receipt)
        .join(commands, commands.c.key == outbox.c.key)
        .where(outbox.c.item_id.in_(list(ids)))
        .order_by(outbox.c.seq)
    )
    return [
        Effected(
            decode_command(payload),
            OutboxState(state),
            maybe_instant(done_at),
            decode_receipt(receipt) if receipt else None,
        )
        for payload, state, done_at, receipt in connection.execute(query)
    ]


def _arrived(row: Sequence[object]) -> Arrived:
    seq, connector, item_id, outcome, received_at, done_at, payload = row
    return Arrived(
        int(seq),  # type: ignore[call-overload]
        str(connector),
        str(item_id or ""),
        str(outcome or ""),
        instant(received_at),  # type: ignore[arg-type]
        instant(done_at),  # type: ignore[arg-type]
        str(payload),
    )
