"""Runs the examples of time: a target's clock and its ladder, and lengths on calendars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from hub.calendar import parse_length
from hub.clock import as_utc
from hub.handbook import Handbook
from hub.handbook.examples import ExampleShape
from hub.handbook.ladders import Ladders, Step
from hub.handbook.shapes import NamedRow
from hub.handbook.targetshapes import RungShape
from hub.handbook.timing import Clock, due
from hub.models import Fields, Item, Limit

LONGEST: Final = 50
"""A rung that is told until its cause is gone is followed so often."""


@dataclass(slots=True)
class Run:
    """What came of an example: outcomes, the rungs in order, the calendars that were counted on."""

    came: Fields = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    rungs: list[RungShape] = field(default_factory=list)
    calendars: set[str] = field(default_factory=set)


class Times:
    """Lets clocks run as the rules do, with nothing happening meanwhile."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._zone = ZoneInfo(handbook.about.zone)
        ladders = {ladder.id: ladder for ladder in handbook.targets.ladders}
        self._ladders = Ladders(ladders, handbook.calendars, handbook.working)
        self._shapes = {shape.id: shape for shape in handbook.targets.targets}

    def count(self, shape: ExampleShape) -> Run:
        """Count a length on a calendar."""
        calendar = self._handbook.calendars[shape.calendar]
        length = parse_length(shape.length or "").on(calendar)
        found = calendar.add(self._instant(shape), length)
        return Run({"due": self._local(found.at)}, calendars={shape.calendar})

    def counted(self, run: Run) -> list[NamedRow]:
        """Give the rows of the calendars that were counted on."""
        return [self._handbook.calendar_rows[name] for name in sorted(run.calendars)]

    def climb(self, shape: ExampleShape, item: Item, limits: Sequence[Limit]) -> Run:
        """Let a target's clock run to its end, and its ladder be climbed."""
        limit = next((each for each in limits if each.target == shape.target), None)
        if limit is None:
            return Run()
        clock = Clock(shape.target, self._instant(shape))
        found = due(clock, limit, (), self._handbook.calendars)
        run = Run({"length": limit.length, "calendar": limit.calendar}, calendars={limit.calendar})
        if found is not None:
            run.came["due"] = self._local(found.at)
        for step in self._steps(shape, item, clock, limit):
            run.told.append(f"{step.rung.id} at {self._local(step.at)}")
            run.rungs.append(step.rung)
        return run

    def _steps(self, shape: ExampleShape, item: Item, clock: Clock, limit: Limit) -> Sequence[Step]:
        now, marks, steps = clock.started, list[str](), list[Step]()
        while len(steps) < LONGEST:
            target = self._shapes[shape.target]
            step = self._ladders.following(item, target, clock, limit, (), marks, now)
            if step is None:
                break
            steps.append(step)
            marks.append(step.mark(clock))
            now = step.at
        return steps

    def _instant(self, shape: ExampleShape) -> datetime:
        local = datetime.fromisoformat(shape.started or "")
        return as_utc(local.replace(tzinfo=self._zone))

    def _local(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")
