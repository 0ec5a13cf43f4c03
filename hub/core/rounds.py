"""Rounds: linked records are read afresh now and then, since no poll tells of what is not there.

A poll finds what was changed. A record that was deleted for good, or moved to where the poll does
not look, is changed nowhere: only who asks for it by its id learns that.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from hub.clock import Clock
from hub.core.intake import Intake
from hub.core.store import Session, items

BATCH: Final = 100
"""Records for one call of `step`; with a call a minute a large store costs a system no more."""
ROUND_SECONDS: Final = 3600.0
"""A small store is not gone round more often."""


class Rounds:
    """Goes round the records of some kinds, those of the newest items first.

    The position is kept in memory: after a restart the newest come first again.
    """

    def __init__(self, intake: Intake, kinds: Collection[str], clock: Clock) -> None:
        self._intake = intake
        self._kinds = kinds
        self._clock = clock
        self._before: tuple[str, str] | None = None
        self._began: float | None = None

    def step(self, session: Session) -> int:
        """Read the next records of the round afresh; give how many changes were new.

        Raises the connector's errors; the round then goes on where it was.
        """
        now = self._clock.monotonic()
        if self._before is None:
            if self._began is not None and now - self._began < ROUND_SECONDS:
                return 0
            self._began = now
        with session.read() as connection:
            found = items.load_linked(
                connection, self._intake.name, self._kinds, self._before, BATCH
            )
        count = self._intake.reread(session, [ref for _, ref in found]) if found else 0
        self._before = found[-1][0] if len(found) == BATCH else None
        return count
