"""How the ladders of an item stood at an instant: what is told when, and what keeps it back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from hub.core.explain.causes import Cause
from hub.core.explain.reasons import counted
from hub.core.explain.words import WORDS
from hub.handbook import Handbook
from hub.handbook.handbook import Provision
from hub.handbook.ladders import Ladders
from hub.handbook.naming import Names
from hub.handbook.shapes import Language
from hub.handbook.targetshapes import LadderShape, TargetShape
from hub.handbook.timing import Clock, clocks_of, limits_of, pauses_of, relevant, texts
from hub.models import Item, Limit

TOLD = "escalations"


class Climbing:
    """An item's ladders over a span of time.

    Args:
        item: as it was at the end of the span.
        book: the handbook of then.
        start: where the span begins.
        end: where it ends.
        language: of the answers.
    """

    def __init__(
        self, item: Item, book: Handbook, start: datetime, end: datetime, language: Language
    ) -> None:
        self._item = item
        self._book = book
        self._start = start
        self._end = end
        self._language: Language = language
        self._say = WORDS[language]
        self._named = Names(book, language)
        ladders = {ladder.id: ladder for ladder in book.targets.ladders}
        self._ladders = Ladders(ladders, book.calendars, book.working)

    def causes(self) -> Iterator[Cause]:
        """Say of each target how its clock stood, and of each ladder what holds it back."""
        yield from self._closed()
        clocks = clocks_of(self._item)
        running: dict[str, LadderShape] = {}
        stopped: list[Cause] = []
        for shape in self._book.targets.targets:
            clock, ladder = clocks.get(shape.id), self._ladders.ladder(shape)
            stands = self._stands(shape, clock)
            if clock is not None and clock.ended is None and ladder is not None:
                running[ladder.id] = ladder
                yield stands
                yield from self._passed_over(shape, ladder)
            else:
                stopped.append(stands)
        for ladder in running.values():
            yield from self._hours(ladder)
        yield from stopped

    def _closed(self) -> Iterator[Cause]:
        """Say which calendars had no working time in the whole span."""
        limits = limits_of(self._item).values()
        for name in dict.fromkeys([*(limit.calendar for limit in limits), self._book.working]):
            calendar = self._book.calendars.get(name)
            if calendar is None or calendar.between(self._start, self._end):
                continue
            row = self._book.calendar_rows[name]
            days = " · ".join(counted(calendar, self._start, self._end, (), self._language))
            label = row.label(self._language)
            yield self._cause("closed day", row, calendar=label, days=days)

    def _stands(self, shape: TargetShape, clock: Clock | None) -> Cause:
        target, limit = shape.label(self._language), limits_of(self._item).get(shape.id)
        ladder = self._ladders.ladder(shape)
        if limit is None:
            return self._cause("no limit", shape, target=target)
        if clock is None:
            return self._cause("never", shape, target=target)
        if clock.ended is not None:
            return self._cause("ended", shape, target=target, at=self._moment(clock.ended))
        if ladder is None:
            return self._cause("no ladder", shape, target=target)
        return self._climbs(shape, clock, limit, ladder)

    def _climbs(self, shape: TargetShape, clock: Clock, limit: Limit, ladder: LadderShape) -> Cause:
        target, pauses = shape.label(self._language), relevant(shape, pauses_of(self._item))
        told = texts(self._item.fields.get(TOLD))
        step = self._ladders.following(self._item, shape, clock, limit, pauses, told, self._end)
        stands = [p for p in pauses if p.start <= self._end and not (p.end and p.end <= self._end)]
        if step is None and stands:
            pause = stands[0]
            since, kind = self._moment(pause.start), self._say[pause.kind]
            return self._cause("paused", shape, target=target, kind=kind, since=since)
        if step is None:
            return self._cause("all told", ladder, target=target)
        return self._cause(
            "runs",
            step.rung,
            target=target,
            since=self._moment(clock.started),
            rung=step.rung.label(self._language),
            share=str(step.rung.at),
            at=self._moment(step.at),
        )

    def _passed_over(self, shape: TargetShape, ladder: LadderShape) -> Iterator[Cause]:
        """Say which rungs are for other severities."""
        severity = self._item.text("severity")
        for rung in ladder.rungs:
            if rung.severities and severity not in rung.severities:
                yield self._cause(
                    "severity",
                    rung,
                    target=shape.label(self._language),
                    rung=rung.label(self._language),
                    wanted=self._named.value("severity", list(rung.severities)),
                    seen=self._named.value("severity", severity),
                )

    def _hours(self, ladder: LadderShape) -> Iterator[Cause]:
        severity = self._item.text("severity")
        if severity not in ladder.any_hour:
            yield self._cause(
                "hours",
                ladder,
                ladder=ladder.label(self._language),
                severities=self._named.value("severity", list(ladder.any_hour)) or "–",
                severity=self._named.value("severity", severity),
            )

    def _cause(self, words: str, row: Provision, **named: str) -> Cause:
        text = self._say[words].format(**named)
        return Cause(text=text, rule=row.id, source=row.source, clause=row.clause)

    def _moment(self, at: datetime) -> str:
        return self._book.messages.local(at)
