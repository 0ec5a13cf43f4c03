"""What a batch of changes needs, read at once, kept up to date while it runs, written at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from hub.core.known import HOPS, MOST_OPEN, Known, reference, refs_in
from hub.core.process import is_own
from hub.core.store import inbox, items, journal, outbox, timers, workload
from hub.core.store.codec import encode
from hub.core.turn import Outcome
from hub.models import (
    Change,
    Command,
    Item,
    Record,
    Ref,
    StartTimer,
    Workload,
    customer_key,
)


class ElsewhereError(Exception):
    """The change concerns an item of a shard that this worker does not hold."""

    def __init__(self, shard: int) -> None:
        super().__init__(shard)
        self.shard = shard


class Workspace(Known):
    """Items, links and records around a batch.

    Args:
        connection: the batch's transaction.
        held: the shards that this worker has locked; None for all.
    """

    def __init__(self, connection: Connection, held: frozenset[int] | None) -> None:
        super().__init__()
        self._connection = connection
        self._held = held
        self._shards: dict[str, int] = {}
        self._made: dict[str, outbox.Entry] = {}
        self._changed_items: dict[str, int] = {}
        self._of_customer: dict[str, dict[str, None]] = {}
        self._changed_links: dict[tuple[str, str, str], None] = {}
        self._new_aliases: list[tuple[str, Ref]] = []
        self._new_records: dict[Ref, tuple[Record, datetime | None]] = {}
        self._wanted: list[tuple[Command, int]] = []
        self._remade: list[Command] = []
        self._timers: dict[tuple[str, str], timers.Timer | None] = {}
        self._fetches: list[Ref] = []
        self._journal: list[journal.Writing] = []
        self._ledger = workload.Ledger(connection)

    def load(self, changes: Sequence[Change]) -> None:
        """Read all that these changes may need."""
        connection = self._connection
        mentions = {key for change in changes for key in change.mentions}
        keys = {key for key in mentions if not key.startswith(("item:", "ref:"))}
        self._aliases = items.resolve_aliases(connection, keys)
        refs = {change.ref for change in changes if not is_own(change.ref)}
        refs |= set(refs_in(mentions))
        refs |= {change.parent for change in changes if change.parent}
        refs |= {ref for found in self._aliases.values() for ref in found}
        self._by_ref = items.load_links_of_refs(connection, refs)
        self._made = outbox.entries_by_key(connection, (c.key for c in changes if c.key))
        wanted = set(self._by_ref.values())
        wanted |= {entry.command.item_id for entry in self._made.values()}
        wanted |= {key[5:] for key in mentions if key.startswith("item:")}
        for item_id, (item, shard) in items.load_items(connection, wanted).items():
            self._items[item_id], self._shards[item_id] = item, shard
        for link in items.load_links_of_items(connection, self._items, lock=True):
            self._links.setdefault(link.item_id, {})[(link.connector, link.part)] = link
        self._load_records(changes)

    def _load_records(self, changes: Sequence[Change]) -> None:
        wanted = {ref for found in self._aliases.values() for ref in found}
        wanted |= set(refs_in(key for change in changes for key in change.mentions))
        for _ in range(HOPS):
            missing = {ref for ref in wanted if ref not in self._records}
            found = items.load_records(self._connection, missing)
            if not found:
                return
            self._records.update(found)
            wanted = set(refs_in(key for record in found.values() for key in record.mentions))

    def command_of_key(self, change: Change) -> Command | None:
        """Give the hub's own command whose key the change carries."""
        entry = self._made.get(change.key)
        return entry.command if entry else None

    def item(self, item_id: str) -> Item:
        """Give an item that this worker holds; ElsewhereError if another may be at it."""
        item = super().item(item_id)
        shard = self._shards[item_id]
        if self._held is not None and shard not in self._held:
            raise ElsewhereError(shard)
        return item

    def workload(self) -> Workload:
        """Give what everybody has to do; no other process gives anybody a case meanwhile."""
        return self._ledger.seen(hold=True)

    def workload_seen(self) -> Workload:
        """Give what everybody has to do."""
        return self._ledger.seen()

    def peers(self, key: str) -> Iterable[Item]:
        """Give the open items of a customer, the latest; those that this batch changed included."""
        stored = items.load_open(self._connection, key, MOST_OPEN + 1)
        found = {x.id: self._items[x.id] if x.id in self._changed_items else x for x in stored}
        return (found | {x: self._items[x] for x in self._of_customer.get(key, ())}).values()

    def shard(self, item_id: str) -> int:
        """Give the shard of an item."""
        return self._shards[item_id]

    def take(self, change: Change, outcome: Outcome, shard: int) -> str | None:
        """Keep an outcome for writing; give the id of its item."""
        # What may fail comes first: of an outcome that can not be told nothing must stay.
        told = encode(outcome.entry) if outcome.entry is not None else ""
        item = outcome.item
        if item is not None:
            shard = self._shards.setdefault(item.id, shard)
            before = self._items.get(item.id)
            if before is not item:
                self._ledger.take(before, item)
                self._changed_items[item.id] = shard
                self._of_customer.setdefault(customer_key(item.fields), {})[item.id] = None
        self.keep(change, outcome)
        for key, link in outcome.links.items():
            self._changed_links[(link.item_id, *key)] = None
        self._new_aliases += outcome.aliases
        self._wanted += [(command, shard) for command in outcome.commands]
        self._remade += outcome.remade
        self._fetches += outcome.fetches
        owner = item.id if item is not None else str(change.ref)
        for name, action in outcome.timers.items():
            started = isinstance(action, StartTimer)
            timer = timers.Timer(owner, name, action.due_at, action.why) if started else None  # type: ignore[union-attr]
            self._timers[(owner, name)] = timer
        if told:
            self._journal.append(journal.Writing(f"item/{shard}", owner, "change", told))
        return item.id if item is not None else None

    def take_record(self, change: Change) -> None:
        """Keep a reference record for writing, with the keys it answers to."""
        record = reference(change)
        seen = self._new_records.get(change.ref)
        if seen is not None and seen[1] and change.at and change.at < seen[1]:
            return
        self._records[change.ref] = record
        for alias in record.aliases:
            known = self._aliases.setdefault(alias, [])
            if change.ref not in known:
                known.append(change.ref)
        self._new_records[change.ref] = (record, change.at)

    def flush(self, now: datetime) -> set[str]:
        """Write everything; give the connectors that have something to do."""
        connection = self._connection
        items.save_items(
            connection, [(self._items[i], shard) for i, shard in self._changed_items.items()]
        )
        changed = [
            (self._links[item_id][(connector, part)], self._shards[item_id])
            for item_id, connector, part in self._changed_links
        ]
        items.save_links(connection, changed)
        self._ledger.flush()
        items.save_aliases(connection, self._new_aliases)
        items.save_records(connection, list(self._new_records.values()))
        timers.start(connection, [timer for timer in self._timers.values() if timer])
        timers.cancel(connection, [key for key, timer in self._timers.items() if timer is None])
        outbox.remake(connection, self._remade, now)
        outbox.add_commands(connection, self._wanted, now)
        inbox.want_fetch(connection, self._fetches, now)
        journal.append(connection, self._journal, now)
        busy = {command.connector for command, _ in self._wanted}
        return busy | {command.connector for command in self._remade} | self._release_held()

    def _release_held(self) -> set[str]:
        """Let effects go on that waited for records which are known now; give their connectors."""
        known: dict[str, set[str]] = {}
        for ref in self.adopted:
            known.setdefault(ref.connector, set()).add(self._by_ref[ref])
        return {
            connector
            for connector, ids in known.items()
            if outbox.release_held(self._connection, connector, ids)
        }
