"""What is known around changes: items with their links, reference records, and their names.

It answers what processing asks, and keeps what processing leaves, in memory alone. The engine's
workspace fills it from the store and writes it back; a replay fills it from the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from hub.core.turn import LinkKey, Outcome
from hub.errors import InvariantError
from hub.models import (
    Change,
    Command,
    Context,
    Fields,
    Item,
    Link,
    Record,
    Ref,
    Workload,
    customer_key,
)

HOPS = 3
"""So many steps away from a change are the reference records that hooks may look at."""
MOST_OPEN = 50
"""So many open cases of one customer are compared with a new one."""


class Known:
    """Items, links and records around some changes, up to date with what was taken in."""

    def __init__(self) -> None:
        self.adopted: list[Ref] = []
        self._items: dict[str, Item] = {}
        self._links: dict[str, dict[LinkKey, Link]] = {}
        self._by_ref: dict[Ref, str] = {}
        self._aliases: dict[str, list[Ref]] = {}
        self._records: dict[Ref, Record] = {}
        self._commands: dict[str, Command] = {}

    # What processing asks.

    def item_of(self, ref: Ref) -> str | None:
        """Give the item that a record belongs to."""
        return self._by_ref.get(ref)

    def command_of_key(self, change: Change) -> Command | None:
        """Give the hub's own command whose key the change carries."""
        return self._commands.get(change.key)

    def item(self, item_id: str) -> Item:
        """Give an item; InvariantError if there is none of that id."""
        if item_id not in self._items:
            raise InvariantError(f"the item {item_id} does not exist")
        return self._items[item_id]

    def links(self, item_id: str) -> Mapping[LinkKey, Link]:
        """Give all links of an item."""
        return self._links.get(item_id, {})

    def context(self, change: Change, now: datetime) -> Context:
        """Give what a change mentions: reference records, nearest first, and items."""
        records: dict[Ref, Record] = {}
        related: dict[str, None] = {}
        if change.parent and change.parent in self._by_ref:
            related[self._by_ref[change.parent]] = None
        keys: Iterable[str] = change.mentions
        for hop in range(HOPS):
            further: list[str] = []
            for ref in self._mentioned(keys):
                record = None if ref in records else self.record(ref)
                if record is not None:
                    records[ref] = record
                    further += record.mentions
                elif hop == 0 and ref in self._by_ref:
                    related[self._by_ref[ref]] = None
            if hop == 0:
                related.update((k[5:], None) for k in keys if k.startswith("item:"))
            keys = further
        return Context(
            now=now,
            records=tuple(records.values()),
            related=tuple(self._items[i] for i in related if i in self._items),
            workload=self.workload_seen(),
        )

    def open_cases(self, item: Item) -> tuple[Item, ...]:
        """Give earlier open items of the same customer, the latest first, at most fifty."""
        key = customer_key(item.fields)
        earlier = [
            each
            for each in (self.peers(key) if key else ())
            if customer_key(each.fields) == key
            and each.opened_at <= item.opened_at
            and each.id != item.id
        ]
        earlier.sort(key=lambda each: (each.opened_at, each.id), reverse=True)
        return tuple(earlier[:MOST_OPEN])

    def peers(self, key: str) -> Iterable[Item]:  # noqa: ARG002 - here all are known
        """Give items among which are all that are open for a customer, by the customer's key."""
        return self._items.values()

    def workload(self) -> Workload:
        """Give what everybody has to do, kept still until this change is processed."""
        return self.workload_seen()

    def workload_seen(self) -> Workload:
        """Give what everybody has to do, as far as it is known."""
        return Workload()

    def record(self, ref: Ref) -> Record | None:
        """Give a reference record as it is known; None if it is not."""
        return self._records.get(ref)

    def named(self, key: str) -> Sequence[Ref]:
        """Give the records that go by a key."""
        return self._aliases.get(key, ())

    def _mentioned(self, keys: Iterable[str]) -> Iterable[Ref]:
        for key in keys:
            if key.startswith("ref:"):
                yield from refs_in([key])
            else:
                yield from self.named(key)

    # What processing leaves.

    def keep(self, change: Change, outcome: Outcome) -> None:
        """Keep an outcome: its item, its links, the names it brought."""
        if outcome.item is not None:
            self._items[outcome.item.id] = outcome.item
        for key, link in outcome.links.items():
            self._links.setdefault(link.item_id, {})[key] = link
            returned = outcome.turned and not link.gone and link.ref == change.ref
            if link.ref is not None and (returned or link.ref not in self._by_ref):
                self._by_ref[link.ref] = link.item_id
                self.adopted.append(link.ref)
        for alias, ref in outcome.aliases:
            self._aliases.setdefault(alias, []).append(ref)


def reference(change: Change) -> Record:
    """Give the reference record that a change tells of."""
    fields: Fields = {"gone": True} if change.gone else change.fields
    aliases = () if change.gone else change.aliases
    return Record(ref=change.ref, fields=fields, aliases=aliases, mentions=change.mentions)


def refs_in(keys: Iterable[str]) -> Iterable[Ref]:
    """Give the addresses among keys."""
    for key in keys:
        if key.startswith("ref:"):
            # A malformed address is nobody's; it must not stop the batch.
            with suppress(ValueError):
                yield Ref.parse(key[4:])
