"""Has what is open reckoned anew when another handbook times it: at the start, and by reload."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hub.clock import Clock
from hub.core import log
from hub.core.process import HUB
from hub.core.store import Session, inbox, items
from hub.models import Change, Ref

BATCH: Final = 500


class Reckoning:
    """Looks once through the open cases for those that another handbook timed.

    Each gets a change of the hub's own, `handbook_changed`, and so goes the way of every change:
    what differs then stands in its journal. Looking again, or in several processes, adds nothing.

    Args:
        timed_by: what the handbook in force times by (`Handbook.timed_by`).
        clock: where time comes from.
    """

    def __init__(self, timed_by: str, clock: Clock) -> None:
        self._timed_by = timed_by
        self._clock = clock
        self._behind = ""
        self._found = 0
        self._done = False

    def step(self, session: Session) -> int:
        """Look through some; give how many were found, 0 when there are no more."""
        if self._done:
            return 0
        with session.read() as connection:
            found = items.timed_otherwise(connection, self._timed_by, self._behind, BATCH)
        if found:
            self._tell(session, found, self._clock.now())
            self._behind = found[-1][0]
            self._found += len(found)
            return len(found)
        self._done = True
        session.drop()  # What it read of the whole store need not be kept at hand.
        if self._found:
            log.event("handbook.reckoned", count=self._found, timed_by=self._timed_by)
        return 0

    def _tell(self, session: Session, found: Sequence[tuple[str, int]], now: datetime) -> None:
        changes = [
            Change(
                ref=Ref(HUB, "request", f"{item_id}/handbook"),
                version=f"{self._timed_by}/{revision}",
                seen_at=now,
                fields={"hub.event": "handbook_changed", "timed_by": self._timed_by},
                mentions=(f"item:{item_id}",),
            )
            for item_id, revision in found
        ]
        with session.write("reckoning") as connection:
            shards = inbox.shards_of_changes(connection, changes)
            rows = [inbox.inbox_row(c, s, now) for c, s in zip(changes, shards, strict=True)]
            inbox.add_changes(connection, rows)
            session.wake("inbox")
