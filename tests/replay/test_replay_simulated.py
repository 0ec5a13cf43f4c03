"""A simulated history, replayed: by the same handbook nothing differs, by another what must."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from hub.core.replay.matters import tied
from hub.core.replay.report import Tally
from hub.core.replay.run import go_through
from hub.testing.clock import TickingClock
from hub.testing.simulator.simulation import Plan, Report, Simulation

FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


class Recorded(Simulation):
    """A history whose record is gone through again, once it has come to rest."""

    def __init__(self, seed: int, plan: Plan) -> None:
        super().__init__(seed, plan)
        self.world.wall = TickingClock(self.clock)
        self.tally = Tally()

    def _report(self, problems: list[str]) -> Report:
        session = self._database.session()
        with session.read() as connection:
            groups = tied(connection, FIRST, LAST).groups
            until = self.clock.now()
            self.tally = go_through(connection, groups, self._handbooks[0], until, frozenset())
        session.close()
        return super()._report(problems)

    def _reload(self) -> None:
        """One handbook is in force throughout."""


def replayed(seed: int, **plan: Any) -> Recorded:
    """Live through a history, and go through its record."""
    made = Recorded(seed, Plan(bugs=0.0, jumps=False, **plan))
    made.run()
    return made


@pytest.mark.parametrize("seed", range(1, 13))
def test_the_same_handbook_replayed_gives_no_difference(seed: int) -> None:
    """Mails, edits on all sides, faults and crashes: what was decided is decided again."""
    history = replayed(seed)

    assert history.tally.cases > 0
    assert [] == history.tally.differing
    assert {} == history.tally.troubles
