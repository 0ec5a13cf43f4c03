"""An item's past: what its fields were before each decision and at any instant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from hub.core.entries import ChangeEntry, Decision, decode_entry
from hub.core.store import items, journal
from hub.models import Fields, Item


@dataclass(frozen=True, slots=True)
class Moment:
    """One decision, with the item's fields as they were before it."""

    at: datetime
    entry: ChangeEntry
    decision: Decision
    before: Fields


@dataclass(frozen=True, slots=True)
class Past:
    """All that was decided on an item, in order."""

    item: Item
    moments: tuple[Moment, ...] = field(default=())

    def at(self, instant: datetime) -> Item:
        """Give the item as it was at an instant, that instant's decisions included."""
        fields: Fields = {}
        for moment in self.moments:
            if moment.at > instant:
                break
            fields = {**moment.before, **_set(moment.decision)}
        return Item(
            id=self.item.id, kind=self.item.kind, fields=fields, opened_at=self.item.opened_at
        )

    def during(self, start: datetime, end: datetime) -> list[Moment]:
        """Give what was decided from one instant to another."""
        return [moment for moment in self.moments if start <= moment.at <= end]

    def handbook_at(self, instant: datetime) -> str:
        """Give the fingerprint of the handbook by which was decided last; empty if unknown."""
        known = [m.entry.handbook for m in self.moments if m.at <= instant and m.entry.handbook]
        return known[-1] if known else ""


def read_past(connection: Connection, item_id: str) -> Past:
    """Read an item's past from the journal."""
    item, _ = items.load_items(connection, [item_id])[item_id]
    return Past(item, tuple(_moments(journal.of_item(connection, item_id))))


def _moments(written: list[journal.Written]) -> Iterator[Moment]:
    fields: Fields = {}
    for each in written:
        entry = decode_entry(each.entry)
        if not isinstance(entry, ChangeEntry):
            continue
        for decision in entry.decisions:
            yield Moment(each.at, entry, decision, fields)
            fields = {**fields, **_set(decision)}


def _set(decision: Decision) -> Fields:
    return decision.fields if decision.action == "set" else {}
