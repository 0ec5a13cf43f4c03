"""The journal: append-only, chained by hashes, one entry for each change or effect.

Each entry's hash covers the one before, so that a changed or missing entry is found. On PostgreSQL
there is a chain for each shard and writer, so that workers do not wait for one another; SQLite has
one writer, and so one chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, select

from hub.core.store.bulk import insert_rows, select_in, upsert_rows
from hub.core.store.codec import instant, micros
from hub.core.store.schema import chains, journal

_ONE: Final = "hub"
_COLUMNS: Final = ("chain", "seq", "at", "item_id", "kind", "entry", "hash")


class Writing(msgspec.Struct, frozen=True, gc=False):
    """An entry to be written: which chain, for which item, what kind, and its JSON.

    A chain is named after a shard and who writes there; one writer at a time holds it.
    """

    chain: str
    item_id: str
    kind: str
    entry: str


@dataclass(frozen=True, slots=True)
class Written:
    """An entry as it stands in the journal."""

    chain: str
    seq: int
    at: datetime
    item_id: str
    kind: str
    entry: str
    hash: str


def append(connection: Connection, entries: Sequence[Writing], now: datetime) -> None:
    """Append entries, in order; the caller holds the right to write these chains."""
    if not entries:
        return
    shared = connection.dialect.name == "sqlite"
    heads = _heads(connection, [_ONE] if shared else {entry.chain for entry in entries})
    moment = micros(now)
    rows: list[tuple[object, ...]] = []
    for entry in entries:
        chain = _ONE if shared else entry.chain
        seq, head = heads.get(chain, (0, ""))
        digest = _hash(head, seq + 1, moment, entry.item_id, entry.kind, entry.entry)
        heads[chain] = (seq + 1, digest)
        rows.append((chain, seq + 1, moment, entry.item_id, entry.kind, entry.entry, digest))
    insert_rows(connection, journal, _COLUMNS, rows)
    changed = [(chain, seq, head) for chain, (seq, head) in heads.items()]
    upsert_rows(connection, chains, ("chain",), ("seq", "hash"), changed)


def _heads(connection: Connection, names: Iterable[str]) -> dict[str, tuple[int, str]]:
    rows = select_in(connection, chains, ("chain", "seq", "hash"), "chain", names)
    return {chain: (seq, head) for chain, seq, head in rows}


def _hash(head: str, seq: int, moment: int, item_id: str, kind: str, entry: str) -> str:
    return sha256(f"{head}\n{seq}\n{moment}\n{item_id}\n{kind}\n{entry}".encode()).hexdigest()


def of_item(connection: Connection, item_id: str) -> list[Written]:
    """Give the entries of an item, oldest first."""
    query = select(journal).where(journal.c.item_id == item_id)
    return _written(connection, query)


def of_rule(connection: Connection, rule: str, since: datetime) -> list[Written]:
    """Give the entries since an instant in which a decision cites a rule, oldest first."""
    query = select(journal).where(
        journal.c.at >= micros(since), journal.c.entry.like(f'%"rule":"{rule}"%')
    )
    return _written(connection, query)


def _written(connection: Connection, query: Select[Any]) -> list[Written]:
    rows = connection.execute(query.order_by(journal.c.at, journal.c.chain, journal.c.seq))
    return [
        Written(row.chain, row.seq, instant(row.at), row.item_id, row.kind, row.entry, row.hash)
        for row in rows
    ]


def broken_chains(connection: Connection) -> list[str]:
    """Verify all chains; give what does not hold, in words."""
    problems: list[str] = []
    last: dict[str, tuple[int, str]] = {}
    for row in connection.execute(select(journal).order_by(journal.c.chain, journal.c.seq)):
        seq, head = last.get(row.chain, (0, ""))
        digest = _hash(head, row.seq, row.at, row.item_id, row.kind, row.entry)
        if row.seq != seq + 1:
            problems.append(f"chain {row.chain}: entry {seq + 1} is missing")
        elif digest != row.hash:
            problems.append(f"chain {row.chain}: entry {row.seq} was changed")
        last[row.chain] = (row.seq, row.hash)
    heads = {row.chain: (row.seq, row.hash) for row in connection.execute(select(chains))}
    cut = [name for name in sorted({*heads, *last}) if last.get(name) != heads.get(name)]
    return problems + [f"chain {name}: its end is missing" for name in cut]
