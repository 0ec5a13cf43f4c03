"""Ladders: which rung of one comes next for a running clock, and when. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.calendar import Calendar, CalendarError, parse_length
from hub.handbook.targetshapes import LadderShape, RungShape, TargetShape
from hub.handbook.timing import Clock, Pause, due, relevant
from hub.models import Item, Limit

_MOMENT: Final = timedelta(microseconds=1)
GRACE: Final = timedelta(hours=1)
"""An alarm of working hours may ring so much late and is told all the same."""


@dataclass(frozen=True, slots=True)
class Step:
    """One telling: a rung, for the how-manieth time, and when."""

    rung: RungShape
    time: int
    at: datetime

    def mark(self, clock: Clock) -> str:
        """Give the sign by which it is remembered that this was told."""
        return f"{clock.target} {clock.started.isoformat()} {self.rung.id}#{self.time}"


@dataclass(frozen=True, slots=True)
class Ladders:
    """The ladders of a handbook, and the calendars they are climbed by."""

    ladders: Mapping[str, LadderShape]
    calendars: Mapping[str, Calendar]
    working: str

    def ladder(self, shape: TargetShape) -> LadderShape | None:
        """Give a target's ladder; None if it has none."""
        return self.ladders.get(shape.ladder)

    def following(
        self,
        item: Item,
        shape: TargetShape,
        clock: Clock,
        limit: Limit,
        pauses: Sequence[Pause],
        told: Sequence[str],
        now: datetime,
    ) -> Step | None:
        """Give the next step of a clock; None if it has ended, stands still or all were told.

        Rungs are climbed in order: one that lies below what was told already is passed over. Of
        a repeated rung only the latest time that is due counts, so that a long silence of the
        hub is not made up for by many notices at once.
        """
        ladder = self.ladder(shape)
        if ladder is None or clock.ended is not None:
            return None
        rungs = [
            r for r in ladder.rungs if not r.severities or item.text("severity") in r.severities
        ]
        place, time = _place(ladder, clock, told)
        for rung in rungs:
            index = ladder.rungs.index(rung)
            if index < place or (index == place and not rung.every and time):
                continue
            found = due(clock, limit, relevant(shape, pauses), self.calendars, rung.at)
            if found is None:
                return None
            if not rung.every:
                return Step(rung, 1, self._hour(ladder, item, found.at, now))
            before = time if index == place else 0
            return self._repeated(ladder, item, rung, limit, found.at, before, now)
        return None

    def _repeated(
        self,
        ladder: LadderShape,
        item: Item,
        rung: RungShape,
        limit: Limit,
        first: datetime,
        told: int,
        now: datetime,
    ) -> Step | None:
        calendar = self.calendars[limit.calendar]
        every = parse_length(rung.every or "").on(calendar)
        passed = int(calendar.between(first, now) / every) + 1
        time = max(told + 1, passed)
        if rung.times and time > rung.times:
            time = rung.times
        if time <= told:
            return None
        try:
            at = calendar.add(first, every * (time - 1)).at
        except CalendarError:
            return None
        return Step(rung, time, self._hour(ladder, item, at, now))

    def _hour(self, ladder: LadderShape, item: Item, at: datetime, now: datetime) -> datetime:
        """Give when people may be told of what is due then; closing time is early enough."""
        if item.text("severity") in ladder.any_hour:
            return at
        allowed = self._allowed(at)
        # What was due long ago, and comes up only now, waits for working hours as all else does.
        return allowed if allowed >= now - GRACE else self._allowed(now)

    def _allowed(self, at: datetime) -> datetime:
        working = self.calendars[self.working]
        return at if working.is_open(at - _MOMENT) else working.next_open(at).at


def _place(ladder: LadderShape, clock: Clock, told: Sequence[str]) -> tuple[int, int]:
    """Give the highest rung told to in this run of a clock, and how often; (0, 0) if none."""
    known = {rung.id: index for index, rung in enumerate(ladder.rungs)}
    prefix = f"{clock.target} {clock.started.isoformat()} "
    marks = [mark.removeprefix(prefix) for mark in told if mark.startswith(prefix)]
    places = [
        (known[name], int(time))
        for name, _, time in (mark.rpartition("#") for mark in marks)
        if name in known
    ]
    return max(places, default=(0, 0))
