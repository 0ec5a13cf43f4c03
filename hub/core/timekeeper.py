"""Timers that fall due enter the inbox, as changes of the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from hub.clock import Clock
from hub.core import log
from hub.core.process import HUB
from hub.core.store import Session, inbox, items, timers
from hub.models import Change, Ref

BATCH: Final = 500
SWEEP: Final = timedelta(seconds=30)
SWEPT: Final = timedelta(minutes=10)


def rung(item_id: str, name: str, due_at: datetime, now: datetime) -> Change:
    """Give the change of the clock that a timer becomes when it rings."""
    return Change(
        ref=Ref(HUB, "timer", f"{item_id}/{name}"),
        version=due_at.isoformat(),
        seen_at=now,
        fields={"hub.event": "timer_due", "name": name},
        mentions=(f"item:{item_id}",),
    )


class Timekeeper:
    """Moves due timers into the inbox; safe to run in every process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._swept: datetime | None = None

    def step(self, session: Session, limit: int = BATCH) -> int:
        """Let due timers ring; give how many did."""
        now = self._clock.now()
        if self._swept is None or abs(now - self._swept) >= SWEEP:
            self._swept = now
            self._sweep(session, now)
        with session.read() as connection:
            following = timers.next_due(connection)
        if following is None or following > now:
            return 0
        with session.write("timers") as connection:
            due = timers.take_due(connection, now, limit)
            changes = [rung(timer.item_id, timer.name, timer.due_at, now) for timer in due]
            shards = inbox.shards_of_changes(connection, changes)
            rows = [inbox.inbox_row(c, s, now) for c, s in zip(changes, shards, strict=True)]
            inbox.add_changes(connection, rows)
            timers.drop(connection, due)
            if due:
                session.wake("inbox")
        for timer in due:
            late = (now - timer.due_at).total_seconds()
            log.event(
                "timer.due",
                item=timer.item_id,
                name=timer.name,
                due_at=timer.due_at,
                late_seconds=round(late, 3),
            )
        return len(due)

    def _sweep(self, session: Session, now: datetime) -> None:
        """Take up changes that wait for a record which two workers made known in one moment."""
        with session.read() as connection:
            wanted = inbox.waited_for(connection, now - SWEPT)
            known = items.load_links_of_refs(connection, wanted)
        if known:
            with session.write("waiting changes") as connection:
                inbox.release_waiting(connection, list(known))
                session.wake("inbox")
