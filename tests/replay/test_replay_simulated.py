"""A simulated history, replayed: by the same handbook nothing differs, by another what must."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.core.process import Rulebook
from hub.core.replay.matters import tied
from hub.core.replay.report import Tally
from hub.core.replay.run import go_through
from hub.testing.clock import FrozenClock, JumpingClock
from hub.testing.simulator.simulation import Plan, Report, Simulation

FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


class TickingClock(JumpingClock):
    """No two readings are the same, as on a machine."""

    def __init__(self, true: FrozenClock) -> None:
        super().__init__(true)
        self._clock = true

    def now(self) -> datetime:
        self._clock.advance(timedelta(microseconds=1))
        return super().now()


class Recorded(Simulation):
    """A history whose record is gone through again, once it has come to rest."""

    def __init__(self, seed: int, plan: Plan) -> None:
        super().__init__(seed, plan)
        self.world.wall = TickingClock(self.clock)
        self.tally = Tally()

    def book(self) -> Rulebook:
        return self._handbooks[0]

    def _report(self, problems: list[str]) -> Report:
        session = self._database.session()
        with session.read() as connection:
            groups = tied(connection, FIRST, LAST).groups
            until = self.clock.now()
            self.tally = go_through(connection, groups, self.book(), until, frozenset())
        session.close()
        return super()._report(problems)

    def _reload(self) -> None:
        """One handbook is in force throughout."""


def replayed(seed: int, **plan: Any) -> Recorded:
    made = Recorded(seed, Plan(bugs=0.0, jumps=False, **plan))
    made.run()
    return made


@pytest.mark.parametrize("seed", range(1, 41))
def test_the_same_handbook_replayed_gives_no_difference(seed: int) -> None:
    """Mails, edits on all sides, faults and crashes: what was decided is decided again."""
    history = replayed(seed)

    assert [] == history.tally.differing
    assert {} == history.tally.troubles
