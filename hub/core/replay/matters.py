"""Which items and changes the record ties together: they are gone through together."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from hub.core.known import refs_in
from hub.core.store.codec import decode_change
from hub.core.store.items import load_links_of_refs, resolve_aliases
from hub.core.store.record import Arrived, compared, items_opened, strangers
from hub.models import Change, Ref


@dataclass(frozen=True, slots=True)
class Tied:
    """Items that belong together, changes (by number) that belonged to none, and the first time."""

    first: datetime
    items: list[str] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Matters:
    """All that is gone through; `elsewhere` counts changes left out, of items opened earlier."""

    groups: list[Tied]
    elsewhere: int = 0


class _Union:
    """Sets of things that were joined."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def find(self, name: str) -> str:
        """Give the one that stands for a thing's set."""
        above = self._above
        while (parent := above.setdefault(name, name)) != name:
            above[name] = above[parent]
            name = parent
        return name

    def join(self, one: str, other: str) -> None:
        """Join the sets of two things."""
        self._above[self.find(one)] = self.find(other)


def tied(connection: Connection, since: datetime, until: datetime) -> Matters:
    """Part what is recorded of the cases opened in a span of time into independent matters."""
    opened = items_opened(connection, since, until)
    came = [(row, decode_change(row.payload)) for row in strangers(connection, since, until)]
    known = _Related(connection, [change for _, change in came])
    kept = []
    for row, change in came:
        related = known.related(change)
        # What concerns an item that was opened earlier can not be judged without its beginning.
        if row.item_id in opened or not (row.item_id or related - opened.keys()):
            kept.append((row, change, related))
    union = _joined(kept, opened)
    for one, other in compared(connection, since, until):
        if one in opened and other in opened:
            union.join(one, other)
    loose = {row.seq: row.done_at for row, _, _ in kept if not row.item_id}
    firsts: dict[str, datetime] = {}
    members = [(union.find(item), at) for item, at in opened.items()]
    members += [(union.find(f"seq:{seq}"), at) for seq, at in loose.items()]
    for root, at in members:
        firsts[root] = min(at, firsts.get(root, at))
    groups = {root: Tied(first) for root, first in firsts.items()}
    for item in opened:
        groups[union.find(item)].items.append(item)
    for seq in loose:
        groups[union.find(f"seq:{seq}")].seqs.append(seq)
    in_order = sorted(groups.values(), key=lambda each: each.first)
    return Matters(in_order, len(came) - len(kept))


def _joined(kept: Iterable[tuple[Arrived, Change, set[str]]], opened: Collection[str]) -> _Union:
    """Join what goes by one name: items, changes of one record, answers, comments of an issue."""
    kept = list(kept)
    own = {key for _, change, _ in kept for key in change.aliases}
    union = _Union()
    for row, change, related in kept:
        names = [item for item in related if item in opened]
        names += [f"alias:{key}" for key in (*change.aliases, *change.mentions) if key in own]
        for name in (*names, f"ref:{change.parent or change.ref}"):
            union.join(_node(row), name)
    return union


def _node(row: Arrived) -> str:
    return row.item_id or f"seq:{row.seq}"


class _Related:
    """The items that changes mention, as the store knows them."""

    def __init__(self, connection: Connection, changes: Iterable[Change]) -> None:
        changes = list(changes)
        keys = {key for change in changes for key in change.mentions}
        plain = {key for key in keys if not key.startswith(("item:", "ref:"))}
        self._aliases = resolve_aliases(connection, plain)
        refs = {ref for found in self._aliases.values() for ref in found} | set(refs_in(keys))
        refs |= {change.ref for change in changes}
        refs |= {change.parent for change in changes if change.parent is not None}
        self._items = load_links_of_refs(connection, refs)

    def related(self, change: Change) -> set[str]:
        """Give the items that a change is of, or mentions."""
        refs: set[Ref] = {change.ref, *refs_in(change.mentions)}
        if change.parent is not None:
            refs.add(change.parent)
        for key in change.mentions:
            refs.update(self._aliases.get(key, ()))
        found = {self._items[ref] for ref in refs if ref in self._items}
        return found | {key[5:] for key in change.mentions if key.startswith("item:")}
