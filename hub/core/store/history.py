"""The past of all cases, read for a summary: what they are now, and what befell them when."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, or_, select

from hub.core.store.bulk import insert_rows
from hub.core.store.codec import decode_fields, encode, instant, micros
from hub.core.store.schema import items, journal
from hub.models import Item

AT_ONCE: Final = 500


def cases(connection: Connection, before: datetime) -> Iterator[Item]:
    """Give all cases that were opened before an instant, some hundred at a time."""
    query = select(items).where(items.c.kind == "case", items.c.opened_at < micros(before))
    yield from _read(connection, query)


def _read(connection: Connection, query: Select[Any]) -> Iterator[Item]:
    for row in connection.execute(query.execution_options(yield_per=AT_ONCE)):
        yield Item(
            id=row.id,
            kind=row.kind,
            fields=decode_fields(row.fields),
            opened_at=instant(row.opened_at),
            updated_at=instant(row.updated_at),
            revision=row.revision,
        )


def cases_since(connection: Connection, since: datetime) -> Iterator[Item]:
    """Give all cases that were opened or changed since an instant."""
    query = select(items).where(items.c.kind == "case", items.c.updated_at >= micros(since))
    yield from _read(connection, query)


def entries_with(
    connection: Connection, names: Collection[str], before: datetime
) -> Iterator[tuple[str, datetime, str]]:
    """Give the entries of changes whose JSON names some fields: item, instant, JSON; in order."""
    named = or_(*(journal.c.entry.like(f'%"{name}":%') for name in names))
    query = (
        select(journal.c.item_id, journal.c.at, journal.c.entry)
        .where(journal.c.kind == "change", journal.c.at < micros(before), named)
        .order_by(journal.c.at, journal.c.chain, journal.c.seq)
    )
    for item_id, at, entry in connection.execute(query.execution_options(yield_per=AT_ONCE)):
        yield item_id, instant(at), entry


def add_item(connection: Connection, item: Item, shard: int) -> bool:
    """Add an item; False if there is one of its id already, in whichever process it was made."""
    columns = ("id", "kind", "shard", "revision", "fields", "opened_at", "updated_at")
    at = micros(item.opened_at)
    row = (item.id, item.kind, shard, item.revision, encode(item.fields), at, at)
    return bool(insert_rows(connection, items, columns, [row], skip_existing=True))


def any_case(connection: Connection, before: datetime) -> bool:
    """Say whether a case was opened before an instant."""
    query = select(items.c.id).where(items.c.kind == "case", items.c.opened_at < micros(before))
    return connection.execute(query.limit(1)).first() is not None
