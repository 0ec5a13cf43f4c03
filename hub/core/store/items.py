"""Items, links, aliases and reference records: read for a whole batch, written in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, or_, select

from hub.core.store.bulk import insert_rows, upsert_rows
from hub.core.store.codec import (
    decode_fields,
    decode_record,
    encode,
    instant,
    maybe_instant,
    maybe_micros,
    micros,
)
from hub.core.store.schema import aliases, items, links, records
from hub.models import Item, Link, Record, Ref

_LINK_KEYS: Final = ("item_id", "connector", "part")
_LINK_VALUES: Final = (
    "kind", "record_id", "shard", "shadow", "pending", "at", "written_at", "gone",
)  # fmt: skip


def load_items(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[Item, int]]:
    """Give items by id, each with its shard."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = connection.execute(select(items).where(items.c.id.in_(wanted)))
    return {row.id: (_item(row), row.shard) for row in rows}


def _item(row: Row[Any]) -> Item:
    return Item(
        id=row.id,
        kind=row.kind,
        fields=decode_fields(row.fields),
        opened_at=instant(row.opened_at),
        updated_at=instant(row.updated_at),
        revision=row.revision,
    )


def save_items(connection: Connection, changed: Iterable[tuple[Item, int]]) -> None:
    """Write items with their shards."""
    rows = [
        (
            item.id,
            item.kind,
            shard,
            item.revision,
            encode(item.fields),
            micros(item.opened_at),
            micros(item.updated_at or item.opened_at),
        )
        for item, shard in changed
    ]
    values = ("kind", "shard", "revision", "fields", "opened_at", "updated_at")
    upsert_rows(connection, items, ("id",), values, rows)


def load_links_of_items(
    connection: Connection, ids: Iterable[str], *, lock: bool = False
) -> list[Link]:
    """Give all links of items; `lock` keeps them until the transaction ends (PostgreSQL)."""
    wanted = list(ids)
    if not wanted:
        return []
    query = select(links).where(links.c.item_id.in_(wanted)).order_by(links.c.item_id, links.c.part)
    if lock:
        query = query.order_by(links.c.connector).with_for_update()
    return [_link(row) for row in connection.execute(query)]


def load_links_of_refs(connection: Connection, refs: Iterable[Ref]) -> dict[Ref, str]:
    """Give the items that records belong to, by record."""
    wanted = set(refs)
    if not wanted:
        return {}
    query = select(links.c.item_id, links.c.connector, links.c.kind, links.c.record_id)
    found = connection.execute(query.where(links.c.record_id.in_({ref.id for ref in wanted})))
    result = {Ref(row.connector, row.kind, row.record_id): str(row.item_id) for row in found}
    return {ref: item for ref, item in result.items() if ref in wanted}


def _link(row: Row[Any]) -> Link:
    return Link(
        item_id=row.item_id,
        connector=row.connector,
        part=row.part,
        kind=row.kind,
        record_id=row.record_id or "",
        shadow=decode_fields(row.shadow),
        pending=decode_fields(row.pending),
        at=maybe_instant(row.at),
        written_at=maybe_instant(row.written_at),
        gone=bool(row.gone),
    )


def save_links(connection: Connection, changed: Iterable[tuple[Link, int]]) -> None:
    """Write links with their items' shards."""
    rows = [
        (
            link.item_id,
            link.connector,
            link.part,
            link.kind,
            link.record_id or None,
            shard,
            encode(link.shadow),
            encode(link.pending),
            maybe_micros(link.at),
            maybe_micros(link.written_at),
            int(link.gone),
        )
        for link, shard in changed
    ]
    upsert_rows(connection, links, _LINK_KEYS, _LINK_VALUES, rows)


def save_aliases(connection: Connection, pairs: Iterable[tuple[str, Ref]]) -> None:
    """Add keys under which records can be found."""
    rows = [(key, ref.connector, ref.kind, ref.id) for key, ref in pairs]
    columns = ("key", "connector", "kind", "record_id")
    insert_rows(connection, aliases, columns, rows, skip_existing=True)


def resolve_aliases(connection: Connection, keys: Iterable[str]) -> dict[str, list[Ref]]:
    """Give the records known under keys."""
    wanted = list(set(keys))
    if not wanted:
        return {}
    query = select(aliases).where(aliases.c.key.in_(wanted)).order_by(aliases.c.record_id)
    found: dict[str, list[Ref]] = {}
    for row in connection.execute(query):
        found.setdefault(row.key, []).append(Ref(row.connector, row.kind, row.record_id))
    return found


def load_records(connection: Connection, refs: Iterable[Ref]) -> dict[Ref, Record]:
    """Give reference records by address."""
    wanted = set(refs)
    if not wanted:
        return {}
    query = select(records.c.payload).where(records.c.record_id.in_({ref.id for ref in wanted}))
    found = [decode_record(row.payload) for row in connection.execute(query)]
    return {record.ref: record for record in found if record.ref in wanted}


def save_records(connection: Connection, changed: Sequence[tuple[Record, datetime | None]]) -> None:
    """Write reference records unless a newer one is known, and the keys they now answer to."""
    known = _stamps(connection, [record.ref for record, _ in changed])
    fresh = [(r, maybe_micros(at)) for r, at in changed]
    fresh = [(r, at) for r, at in fresh if at is None or at >= (known.get(r.ref) or 0)]
    rows = [(r.ref.id, r.ref.kind, r.ref.connector, at, encode(r)) for r, at in fresh]
    keys = ("record_id", "kind", "connector")
    upsert_rows(connection, records, keys, ("at", "payload"), rows)
    for record, _ in fresh:
        if record.ref in known:
            _drop_other_aliases(connection, record)
    save_aliases(connection, [(key, record.ref) for record, _ in fresh for key in record.aliases])


def _stamps(connection: Connection, refs: Sequence[Ref]) -> dict[Ref, int | None]:
    if not refs:
        return {}
    columns = (records.c.connector, records.c.kind, records.c.record_id, records.c.at)
    query = select(*columns).where(records.c.record_id.in_({ref.id for ref in refs}))
    found = connection.execute(query)
    return {Ref(row.connector, row.kind, row.record_id): row.at for row in found}


def _drop_other_aliases(connection: Connection, record: Record) -> None:
    connection.execute(
        aliases.delete().where(
            aliases.c.record_id == record.ref.id,
            aliases.c.kind == record.ref.kind,
            aliases.c.connector == record.ref.connector,
            aliases.c.key.not_in(record.aliases or [""]),
        )
    )


def find_item_id(connection: Connection, text: str) -> str | None:
    """Find an item by its id, by a record's address, or by any key of one of its records."""
    if connection.execute(select(items.c.id).where(items.c.id == text)).first():
        return text
    names = [links.c.record_id == text]
    parts = text.split(":", 2)
    if len(parts) == 3:
        names.append((links.c.connector == parts[0]) & (links.c.record_id == parts[2]))
    row = connection.execute(select(links.c.item_id).where(or_(*names))).first()
    if row is not None:
        return str(row.item_id)
    suffixes = [text, f"case-number:{text}", f"jira-key:{text}", f"message-id:{text.strip('<>')}"]
    for refs in resolve_aliases(connection, suffixes).values():
        for item_id in load_links_of_refs(connection, refs).values():
            return item_id
    return None
