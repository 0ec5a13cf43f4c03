"""Escalation: who is told as a target's time runs out, each rung once and in order.

A ladder is quiet as soon as its clock has ended or stands still. An open case for which nothing
is due any more is looked at now and then: none is left without a next deadline.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from hub.calendar import parse_length
from hub.handbook import Handbook
from hub.handbook.ladders import Ladders, Step
from hub.handbook.scribe import Scribe, listed
from hub.handbook.targetshapes import TargetShape
from hub.handbook.timing import CLOCKS, PAUSES, Cited, Clock, clocks_of, limits_of, pauses_of
from hub.hookspecs import hookimpl
from hub.models import (
    PROMISES,
    Action,
    CancelTimer,
    Context,
    Event,
    Fields,
    Item,
    Limit,
    StartTimer,
)

PLUGIN: Final = "rules.escalation"
TIMER: Final = "ladder:"
REVIEW: Final = "review"
ALARMS: Final = "alarms"
TOLD: Final = "escalations"
_MATTERS: Final = frozenset({CLOCKS, PAUSES, PROMISES, TOLD, "severity", "timed_by", "state"})
_SETTLED: Final = ("resolved", "closed")
"""What is resolved is closed by a timer of its own; what is closed needs nobody."""


class EscalationRules:
    """Sets an alarm for the next rung of each running clock, and tells whom it names."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._shapes = {shape.id: shape for shape in handbook.targets.targets}
        ladders = {ladder.id: ladder for ladder in handbook.targets.ladders}
        self._ladders = Ladders(ladders, handbook.calendars, handbook.working)
        self._scribe = Scribe(handbook, PLUGIN)

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Answer changes of what is due, and alarms that ring."""
        if item.kind != "case":
            return None
        if event.name == "fields_changed" and _MATTERS.intersection(event.before):
            return list(self._set(item, listed(item.fields.get(TOLD)), context.now))
        if event.name == "timer_due":
            name = str(event.data.get("name"))
            if name == REVIEW:
                return self._review(item, context.now)
            target = name.removeprefix(TIMER)
            if name.startswith(TIMER) and target in self._shapes:
                return self._rang(item, target, context.now)
        return None

    # Alarms.

    def _set(
        self, item: Item, told: Sequence[str], now: datetime, rang: str = ""
    ) -> Iterator[Action]:
        """Set the alarms that are to ring, take the others back, and keep what is set."""
        limits, clocks = limits_of(item), clocks_of(item)
        known = dict(mark.split(" ", 1) for mark in listed(item.fields.get(ALARMS)))
        known.pop(rang, None)
        wanted: dict[str, str] = {}
        for name, clock in clocks.items():
            step = self._next(item, clock, limits, told, now)
            if step is None:
                continue
            wanted[name] = step.at.isoformat()
            if known.get(name) != wanted[name]:
                yield self._start(item, clock, limits[name], step)
        if not wanted and item.text("state") not in _SETTLED:
            yield from self._look_again(known, wanted, now)
        for name in known.keys() - wanted.keys():
            why = self._handbook.why(PLUGIN, "quiet", {"target": name, "state": item.text("state")})
            yield CancelTimer(name=_timer(name), why=why)
        alarms = [f"{name} {at}" for name, at in wanted.items()]
        if alarms != listed(item.fields.get(ALARMS)):
            yield self._scribe.set("alarms", {ALARMS: alarms})

    def _next(
        self,
        item: Item,
        clock: Clock,
        limits: Mapping[str, Limit],
        told: Sequence[str],
        now: datetime,
    ) -> Step | None:
        shape, limit = self._shapes.get(clock.target), limits.get(clock.target)
        if shape is None or limit is None:
            return None
        return self._ladders.following(item, shape, clock, limit, pauses_of(item), told, now)

    def _start(self, item: Item, clock: Clock, limit: Limit, step: Step) -> StartTimer:
        inputs = _inputs(item, clock, limit, step)
        note = f"{self._label(clock.target)}: {step.rung.label(self._language)}"
        why = self._handbook.why(PLUGIN, Cited(limit), inputs, note=note)
        return StartTimer(name=_timer(clock.target), due_at=step.at, why=why)

    def _look_again(
        self, known: Mapping[str, str], wanted: dict[str, str], now: datetime
    ) -> Iterator[Action]:
        """Have somebody look at a case for which nothing else is due."""
        if REVIEW in known:
            wanted[REVIEW] = known[REVIEW]
            return
        row, calendar = (
            self._handbook.targets.review,
            self._handbook.calendars[self._handbook.working],
        )
        at = calendar.add(now.replace(microsecond=0), parse_length(row.after).on(calendar)).at
        wanted[REVIEW] = at.isoformat()
        why = self._handbook.why(PLUGIN, row, {"after": row.after})
        yield StartTimer(name=REVIEW, due_at=at, why=why)

    # Telling.

    def _rang(self, item: Item, target: str, now: datetime) -> list[Action]:
        """Tell all steps that are due, in order, and set the next alarm."""
        shape, clock = self._shapes[target], clocks_of(item).get(target)
        limits = limits_of(item)
        told = _current(listed(item.fields.get(TOLD)), clocks_of(item).values())
        actions: list[Action] = []
        step = self._next(item, clock, limits, told, now) if clock else None
        if step is None:
            said = f"{target} runs no more: nobody is told"
            actions.append(self._scribe.note("quiet", said, {"state": item.text("state")}))
        while clock is not None and step is not None and step.at <= now:
            actions += self._tell(item, shape, clock, limits[target], step, now)
            told = [*told, step.mark(clock)]
            step = self._next(item, clock, limits, told, now)
        if told != listed(item.fields.get(TOLD)):
            actions.append(self._scribe.set("alarms", {TOLD: told}))
        return [*actions, *self._set(item, told, now, rang=target)]

    def _tell(
        self,
        item: Item,
        shape: TargetShape,
        clock: Clock,
        limit: Limit,
        step: Step,
        now: datetime,
    ) -> Iterator[Action]:
        handbook, rung, language = self._handbook, step.rung, self._language
        ladder = self._ladders.ladder(shape)
        inputs = _inputs(item, clock, limit, step)
        people = handbook.people_of(rung.tell, item, now)
        said = f"{shape.id}: {rung.id} after {rung.at} % of {limit.length}, to {', '.join(people)}"
        yield self._scribe.note(rung, said, inputs)
        details = {
            "target": shape.label(language),
            "share": f"{rung.at} %",
            "limit": limit.length,
            "since": handbook.messages.local(clock.started),
            "rung": rung.label(language),
            "ladder": ladder.label(language) if ladder else "",
        }
        if rung.by == "record":
            part = (
                f"comment:escalation:{shape.id}:{rung.id}:{step.time}:{clock.started.isoformat()}"
            )
            yield self._scribe.record("escalation_record", item, part, details)
        else:
            yield from self._scribe.notice("notice_escalation", item, people, details)

    def _review(self, item: Item, now: datetime) -> list[Action]:
        row = self._handbook.targets.review
        known = [mark for mark in listed(item.fields.get(ALARMS)) if mark.startswith(f"{REVIEW} ")]
        if item.text("state") in _SETTLED or not known:
            return [
                self._scribe.note(
                    "quiet", "the case needs no review", {"state": item.text("state")}
                )
            ]
        people = self._handbook.people_of(row.tell, item, now)
        told = self._scribe.notice("notice_review", item, people, {"after": row.after})
        return [*told, *self._set(item, listed(item.fields.get(TOLD)), now, rang=REVIEW)]

    def _label(self, target: str) -> str:
        return self._shapes[target].label(self._language)

    @property
    def _language(self) -> str:
        return self._handbook.about.language


def _timer(name: str) -> str:
    return name if name == REVIEW else f"{TIMER}{name}"


def _current(told: Sequence[str], clocks: Collection[Clock]) -> list[str]:
    """Give what was told in the present run of each clock; what came before is past."""
    runs = tuple(f"{clock.target} {clock.started.isoformat()} " for clock in clocks)
    return [mark for mark in told if mark.startswith(runs)] if runs else []


def _inputs(item: Item, clock: Clock, limit: Limit, step: Step) -> Fields:
    return {
        "started": clock.started.isoformat(),
        "limit": limit.length,
        "calendar": limit.calendar,
        "share": step.rung.at,
        "pauses": item.fields.get(PAUSES),
        "severity": item.text("severity"),
    }
