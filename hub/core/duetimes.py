"""Answers what is due next, and which due times moved: by another severity, handbook or pause."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection

from hub.core.entries import ChangeEntry, Decision, decode_entry
from hub.core.store import items, journal, timers
from hub.models import Item, Why

_TIMER: Final = "target:"
_MOVED: Final = "reckoned"
_LIMIT: Final = 10_000


class DueTime(msgspec.Struct, frozen=True, kw_only=True):
    """When a target of a case is due, who has it, and the row of the handbook that says so."""

    item: str
    case: str
    target: str
    due_at: datetime
    severity: str
    owner: str
    why: Why


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """That a due time became another one: `before` and `after` are instants, empty for none."""

    item: str
    case: str
    target: str
    before: str
    after: str
    cause: str
    at: datetime


def coming(connection: Connection, limit: int) -> list[DueTime]:
    """Give what is due next, earliest first."""
    found = timers.named(connection, _TIMER, limit)
    known = _items(connection, {timer.item_id for timer in found})
    return [
        DueTime(
            item=timer.item_id,
            case=known[timer.item_id].text("case_number"),
            target=timer.name.removeprefix(_TIMER),
            due_at=timer.due_at,
            severity=known[timer.item_id].text("severity"),
            owner=known[timer.item_id].text("owner"),
            why=timer.why,
        )
        for timer in found
        if timer.item_id in known
    ]


def moved(connection: Connection, since: datetime) -> list[Moved]:
    """Give the due times that moved since an instant, oldest first."""
    written = journal.of_rule(connection, _MOVED, since)[:_LIMIT]
    known = _items(connection, {entry.item_id for entry in written})
    return [
        _moved(known.get(entry.item_id), entry, decision)
        for entry in written
        for decision in _decisions(entry)
        if decision.why.rule == _MOVED and "before" in decision.why.inputs
    ]


def _decisions(entry: journal.Written) -> list[Decision]:
    decoded = decode_entry(entry.entry)
    return decoded.decisions if isinstance(decoded, ChangeEntry) else []


def _moved(item: Item | None, entry: journal.Written, decision: Decision) -> Moved:
    told = {name: str(value or "") for name, value in decision.why.inputs.items()}
    return Moved(
        item=entry.item_id,
        case=item.text("case_number") if item else "",
        target=told["target"],
        before=told["before"],
        after=told["after"],
        cause=told["cause"],
        at=entry.at,
    )


def _items(connection: Connection, ids: set[str]) -> dict[str, Item]:
    return {name: item for name, (item, _) in items.load_items(connection, ids).items()}
