"""What everybody has to do at any time of a replay: it decides who is given the next case.

What is gone through counts as the replay gives it out; all else as it was given out in the record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection

from hub.core.entries import ChangeEntry, decode_entry
from hub.core.store.history import entries_with
from hub.core.store.record import decided_at
from hub.models import Fields, Item, Workload
from hub.models.items import CASE

_SAID: Final = ("owner", "state")
_MOMENT: Final = timedelta(microseconds=1)


class Given(msgspec.Struct, gc=False, frozen=True):
    """That a case passed from one person to another in the record; empty for nobody."""

    at: datetime
    item: str
    left: str
    worker: str


class Workloads:
    """The workload as time goes on.

    Args:
        recorded: what was given out in the record and is not gone through, in order.
    """

    def __init__(self, recorded: Sequence[Given] = ()) -> None:
        self._seen = Workload(open={}, turns={})
        self._recorded = recorded
        self._place = 0
        self._last = 0

    def at(self, now: datetime) -> Workload:
        """Give the workload at an instant, not before any that was asked for."""
        while self._place < len(self._recorded) and self._recorded[self._place].at <= now:
            each = self._recorded[self._place]
            self._pass(each.left, each.worker)
            self._place += 1
        return self._seen

    def take(self, before: Item | None, after: Item) -> None:
        """Count what an item's change means for who has it, and for who had it."""
        self._pass(before.worker if before else "", after.worker)

    def _pass(self, left: str, worker: str) -> None:
        if left == worker:
            return
        seen = self._seen
        if left:
            seen.open[left] = seen.open.get(left, 0) - 1
        if worker:
            seen.open[worker] = seen.open.get(worker, 0) + 1
            self._last += 1
            seen.turns[worker] = self._last


def given(connection: Connection, until: datetime, without: Collection[str]) -> Iterator[Given]:
    """Give who was given which cases in the record, in order, but for some items."""
    at = decided_at(connection)
    owned: dict[str, Fields] = {}
    for item_id, written, text in entries_with(connection, _SAID, until + _MOMENT):
        if item_id in without:
            continue
        entry = decode_entry(text)
        if not isinstance(entry, ChangeEntry):
            continue
        fields = owned.setdefault(item_id, {})
        left = _worker(item_id, fields, written)
        for decision in entry.decisions:
            fields |= {n: v for n, v in decision.fields.items() if n in _SAID}
        worker = _worker(item_id, fields, written)
        if left != worker:
            when = at.get((entry.change, entry.version), written)
            yield Given(when, item_id, left, worker)


def _worker(item_id: str, fields: Fields, at: datetime) -> str:
    return Item(id=item_id, kind=CASE, fields=fields, opened_at=at).worker if fields else ""
