"""Items, links, aliases and reference records: read for a whole batch, written in bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, or_, select, tuple_

from hub.core.store.bulk import insert_rows, select_in, upsert_rows
from hub.core.store.codec import (
    decode_fields,
    decode_overtaken,
    decode_record,
    encode,
    encode_fields,
    instant,
    maybe_instant,
    maybe_micros,
    micros,
)
from hub.core.store.schema import aliases, items, links, records
from hub.models import Item, Link, Record, Ref, customer_key

LONGEST_KEY: Final = 500
_LINK_KEYS: Final = ("item_id", "connector", "part")
_LINK_COLUMNS: Final = (
    "item_id", "connector", "part", "kind", "record_id", "shadow", "pending", "overtaken",
    "at", "written_at", "gone",
)  # fmt: skip
_LINK_VALUES: Final = (
    "kind", "record_id", "shard", "shadow", "pending", "overtaken", "at", "written_at", "gone",
)  # fmt: skip


_ITEM_COLUMNS: Final = ("id", "kind", "fields", "opened_at", "updated_at", "revision", "shard")


def load_items(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[Item, int]]:
    """Give items by id, each with its shard."""
    rows = select_in(connection, items, _ITEM_COLUMNS, "id", ids)
    return {row[0]: (_item(row), row[6]) for row in rows}


def load_open(connection: Connection, customer: str, limit: int) -> list[Item]:
    """Give the open items of a customer, by the key of `customer_key`, the latest first."""
    order = f"AND customer IS NOT NULL ORDER BY opened_at DESC, id DESC LIMIT {limit:d}"
    rows = select_in(connection, items, _ITEM_COLUMNS, "customer", [customer], order)
    return [_item(row) for row in rows]


def _item(row: Sequence[Any]) -> Item:
    identity, kind, fields, opened_at, updated_at, revision, _ = row
    return Item(
        id=identity,
        kind=kind,
        fields=decode_fields(fields),
        opened_at=instant(opened_at),
        updated_at=instant(updated_at),
        revision=revision,
    )


def timed_otherwise(
    connection: Connection, timed_by: str, behind: str, limit: int
) -> list[tuple[str, int]]:
    """Give open cases that were not timed by this, behind one of them: (id, revision) of each."""
    query = (
        select(items.c.id, items.c.revision)
        .where(
            items.c.id > behind,
            items.c.kind == "case",
            items.c.fields.not_like(f'%"timed_by":"{timed_by}"%'),
            items.c.fields.not_like('%"state":"closed"%'),
        )
        .order_by(items.c.id)
        .limit(limit)
    )
    return [(row.id, row.revision) for row in connection.execute(query)]


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
            customer_key(item.fields) or None,
        )
        for item, shard in changed
    ]
    values = ("kind", "shard", "revision", "fields", "opened_at", "updated_at", "customer")
    upsert_rows(connection, items, ("id",), values, rows)


def load_links_of_items(
    connection: Connection, ids: Iterable[str], *, connector: str = "", lock: bool = False
) -> list[Link]:
    """Give the links of items, all or those of one connector.

    `lock` keeps them until the transaction ends (PostgreSQL; SQLite has one writer anyway).
    """
    order = "ORDER BY item_id, part, connector"
    if lock and connection.dialect.name != "sqlite":
        order += " FOR UPDATE"
    also = ("connector", connector) if connector else None
    rows = select_in(connection, links, _LINK_COLUMNS, "item_id", ids, order, also=also)
    return [_link(row) for row in rows]


def load_linked(
    connection: Connection,
    connector: str,
    kinds: Collection[str],
    before: tuple[str, str] | None,
    limit: int,
) -> list[tuple[tuple[str, str], Ref]]:
    """Give records of some kinds that are linked and not gone, those of the newest items first.

    Each comes with its place, (item, part); `before` goes on behind one.
    """
    place = tuple_(links.c.item_id, links.c.part)
    query = select(links.c.item_id, links.c.part, links.c.kind, links.c.record_id).where(
        links.c.connector == connector,
        links.c.kind.in_(list(kinds)),
        links.c.record_id.is_not(None),
        links.c.gone == 0,
    )
    if before is not None:
        query = query.where(place < before)
    query = query.order_by(links.c.item_id.desc(), links.c.part.desc()).limit(limit)
    return [
        ((item, part), Ref(connector, kind, record))
        for item, part, kind, record in connection.execute(query)
    ]


def load_addresses(
    connection: Connection, ids: Iterable[str], connector: str
) -> dict[tuple[str, str], tuple[Ref | None, bool]]:
    """Give the records of items in one system, by (item, part), each with whether it is gone."""
    columns = ("item_id", "part", "kind", "record_id", "gone")
    rows = select_in(connection, links, columns, "item_id", ids, also=("connector", connector))
    return {
        (item, part): (Ref(connector, kind, record) if record else None, bool(gone))
        for item, part, kind, record, gone in rows
    }


def load_links_of_refs(connection: Connection, refs: Iterable[Ref]) -> dict[Ref, str]:
    """Give the items that records belong to, by record."""
    wanted = set(refs)
    columns = ("connector", "kind", "record_id", "item_id")
    rows = select_in(connection, links, columns, "record_id", {ref.id for ref in wanted})
    found = {Ref(connector, kind, record): item for connector, kind, record, item in rows}
    return {ref: item for ref, item in found.items() if ref in wanted}


def load_parts_of_refs(connection: Connection, refs: Iterable[Ref]) -> list[tuple[Ref, str, str]]:
    """Give the item and the part that records are, for those that belong to one."""
    wanted = set(refs)
    columns = ("connector", "kind", "record_id", "item_id", "part")
    rows = select_in(connection, links, columns, "record_id", {ref.id for ref in wanted})
    found = [(Ref(connector, kind, record), *rest) for connector, kind, record, *rest in rows]
    return [(ref, item_id, part) for ref, item_id, part in found if ref in wanted]


def unlink(connection: Connection, ref: Ref) -> None:
    """Part a record from its item."""
    connection.execute(
        links.delete().where(
            links.c.record_id == ref.id,
            links.c.kind == ref.kind,
            links.c.connector == ref.connector,
        )
    )


def _link(row: Sequence[Any]) -> Link:
    item_id, connector, part, kind, record_id, shadow, pending, overtaken, *rest = row
    at, written_at, gone = rest
    return Link(
        item_id=item_id,
        connector=connector,
        part=part,
        kind=kind,
        record_id=record_id or "",
        shadow=decode_fields(shadow),
        pending=decode_fields(pending),
        overtaken=decode_overtaken(overtaken) if overtaken != "{}" else {},
        at=maybe_instant(at),
        written_at=maybe_instant(written_at),
        gone=bool(gone),
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
            encode_fields(link.shadow),
            encode_fields(link.pending),
            encode(link.overtaken) if link.overtaken else "{}",
            maybe_micros(link.at),
            maybe_micros(link.written_at),
            int(link.gone),
        )
        for link, shard in changed
    ]
    upsert_rows(connection, links, _LINK_KEYS, _LINK_VALUES, rows)


def _short(key: str) -> str:
    """Give a key that fits into an index: a stranger's mail decides how long it is."""
    if len(key) <= LONGEST_KEY:
        return key
    digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{key[:LONGEST_KEY]}…{digest}"


def save_aliases(connection: Connection, pairs: Iterable[tuple[str, Ref]]) -> None:
    """Add keys under which records can be found."""
    rows = [(_short(key), ref.connector, ref.kind, ref.id) for key, ref in pairs]
    columns = ("key", "connector", "kind", "record_id")
    insert_rows(connection, aliases, columns, rows, skip_existing=True)


def resolve_aliases(connection: Connection, keys: Iterable[str]) -> dict[str, list[Ref]]:
    """Give the records known under keys."""
    columns = ("key", "connector", "kind", "record_id")
    asked = {_short(key): key for key in keys}
    found: dict[str, list[Ref]] = {}
    order = "ORDER BY record_id"
    rows = select_in(connection, aliases, columns, "key", asked, order)
    for key, connector, kind, record in rows:
        found.setdefault(asked[key], []).append(Ref(connector, kind, record))
    return found


def load_records(connection: Connection, refs: Iterable[Ref]) -> dict[Ref, Record]:
    """Give reference records by address."""
    wanted = set(refs)
    ids = {ref.id for ref in wanted}
    rows = select_in(connection, records, ("payload",), "record_id", ids)
    found = [decode_record(payload) for (payload,) in rows]
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
    columns = ("connector", "kind", "record_id", "at")
    rows = select_in(connection, records, columns, "record_id", {ref.id for ref in refs})
    return {Ref(connector, kind, record): at for connector, kind, record, at in rows}


def _drop_other_aliases(connection: Connection, record: Record) -> None:
    connection.execute(
        aliases.delete().where(
            aliases.c.record_id == record.ref.id,
            aliases.c.kind == record.ref.kind,
            aliases.c.connector == record.ref.connector,
            aliases.c.key.not_in([_short(key) for key in record.aliases] or [""]),
        )
    )


def find_item_id(connection: Connection, text: str) -> str | None:
    """Find an item by its id, by a record's address, or by any key of one of its records."""
    if connection.execute(select(items.c.id).where(items.c.id == text)).first():
        return text
    names = [links.c.record_id == text]
    parts = text.split(":", 2)
    if len(parts) == 3:
        connector, kind, record = parts
        ref = (links.c.connector == connector) & (links.c.kind == kind)
        names.append(ref & (links.c.record_id == record))
    row = connection.execute(select(links.c.item_id).where(or_(*names))).first()
    if row is not None:
        return str(row.item_id)
    suffixes = [text, f"case-number:{text}", f"jira-key:{text}", f"message-id:{text.strip('<>')}"]
    for refs in resolve_aliases(connection, suffixes).values():
        for item_id in load_links_of_refs(connection, refs).values():
            return item_id
    return None
