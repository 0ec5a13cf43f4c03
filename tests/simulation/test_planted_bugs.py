"""Bugs of the kind that engines have, planted one at a time: the simulator finds each of them.

What is planted replaces one part of the simulated hub; no code of the hub is patched.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from hub.core.dispatch import Dispatcher
from hub.core.engine import Engine
from hub.core.intake import Intake
from hub.core.process import HUB
from hub.core.receipts import Result, Sending
from hub.core.store import Session, inbox, items, timers
from hub.core.timekeeper import Timekeeper
from hub.models import Change, Ref
from hub.testing.simulator import Parts, Plan, simulate

SEEDS = range(1, 61)
WILD = Plan(faults=1.5, crashes=0.03, deeds=60)


class CursorFirst(Intake):
    """Moves the cursor in a transaction of its own, before the changes are in."""

    def poll(self, session: Session) -> tuple[int, bool]:
        """Move, then store."""
        with session.read() as connection:
            cursor = inbox.read_cursor(connection, self.name)
        page = self._connector.poll(cursor)
        with session.write("cursor") as connection:
            inbox.move_cursor(connection, self.name, page.cursor, self._clock.now())
        return self._store(session, page.changes, None), page.more


class NoDedupe(Intake):
    """Takes every change in, also one that it took in before."""

    taken: set[tuple[Ref, str]]
    count = 0

    def _store(self, session: Session, changes: Sequence[Any], *rest: Any, **more: Any) -> int:
        self.taken = getattr(self, "taken", set())
        others = [self._another(change) for change in changes]
        return super()._store(session, others, *rest, **more)

    def _another(self, change: Change) -> Change:
        NoDedupe.count += 1
        if (change.ref, change.version) in self.taken:
            return replace(change, version=f"{change.version}#{NoDedupe.count}")
        self.taken.add((change.ref, change.version))
        return change


class NoLookUp(Dispatcher):
    """Tries again what may have been made, without looking for it."""

    def _look(self, session: Session, sending: Sending) -> list[Result]:
        self._begin(session, [sending])
        return self._send([sending])


class TryingUncommitted(Dispatcher):
    """Calls the system before the store knows of it."""

    def _begin(self, session: Session, sendings: Sequence[Sending]) -> None:
        """Leave it all for later."""


class ShadowUnmoved(Dispatcher):
    """Settles effects without remembering what was written."""

    def _commit(self, session: Session, results: Sequence[Result]) -> None:
        wanted = {result.entry.command.item_id for result in results}
        with session.read() as connection:
            before = items.load_links_of_items(connection, wanted, connector=self.name)
        super()._commit(session, results)
        shadows = {(link.item_id, link.part): link.shadow for link in before}
        shards = {result.entry.command.item_id: result.entry.shard for result in results}
        with session.write("receipt") as connection:
            after = items.load_links_of_items(connection, wanted, connector=self.name)
            kept = [replace(x, shadow=shadows.get((x.item_id, x.part), {})) for x in after]
            items.save_links(connection, [(link, shards[link.item_id]) for link in kept])


class StaleTaken(Engine):
    """Believes a change whatever its age."""

    def _one(self, space: Any, row: Any, change: Change, batch: Any) -> None:
        super()._one(space, row, replace(change, at=None), batch)


class PendingIgnored(Engine):
    """Forgets what is on its way."""

    def _one(self, space: Any, row: Any, change: Change, batch: Any) -> None:
        for links in space._links.values():
            for key, link in links.items():
                links[key] = replace(link, pending={}, overtaken={})
        super()._one(space, row, change, batch)


class TimerDroppedFirst(Timekeeper):
    """Takes timers away before their ringing is in the inbox."""

    def step(self, session: Session, limit: int = 500) -> int:
        """Drop, then ring."""
        now = self._clock.now()
        with session.write("timers") as connection:
            due = timers.take_due(connection, now, limit)
            timers.drop(connection, due)
        with session.write("timers") as connection:
            for timer in due:
                change = Change(
                    ref=Ref(HUB, "timer", f"{timer.item_id}/{timer.name}"),
                    version=timer.due_at.isoformat(),
                    seen_at=now,
                    fields={"hub.event": "timer_due", "name": timer.name},
                    mentions=(f"item:{timer.item_id}",),
                )
                (shard,) = inbox.shards_of_changes(connection, [change])
                inbox.add_changes(connection, [inbox.inbox_row(change, shard, now)])
        return len(due)


BUGS = {
    "the cursor moved before the inbox commit": Parts(intake=CursorFirst),
    "dedupe left out": Parts(intake=NoDedupe),
    "the key look-up left out": Parts(dispatcher=NoLookUp),
    "trying not committed before the call": Parts(dispatcher=TryingUncommitted),
    "the shadow not moved by the receipt": Parts(dispatcher=ShadowUnmoved),
    "a stale change not refused": Parts(engine=StaleTaken),
    "what is pending ignored": Parts(engine=PendingIgnored),
    "a timer dropped before it rings": Parts(timekeeper=TimerDroppedFirst),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(bug: str) -> None:
    """Within some tens of seeds a history goes wrong with the bug that goes well without it."""
    for seed in SEEDS:
        if not simulate(seed, WILD, BUGS[bug]).ok and simulate(seed, WILD).ok:
            return
    pytest.fail(f"{bug}: no history of {len(SEEDS)} seeds went wrong")


def test_a_failing_history_replays() -> None:
    """A history that goes wrong goes wrong in the same way, to the letter, when it is replayed."""
    parts = BUGS["the key look-up left out"]
    failed = next(report for seed in SEEDS if not (report := simulate(seed, WILD, parts)).ok)
    again = simulate(failed.seed, WILD, parts)
    assert (failed.problems, failed.trace) == (again.problems, again.trace)
