"""Targets: what is promised by when, the clocks that run for it, and what stops them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from hub.handbook import Answer, Handbook
from hub.handbook.scribe import Scribe, listed
from hub.handbook.targetshapes import TargetShape
from hub.handbook.timing import (
    CLOCKS,
    PAUSES,
    Cited,
    Clock,
    Pause,
    clocks_of,
    due,
    instant_of,
    limits_of,
    pauses_of,
    relevant,
)
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
    Targets,
    Value,
)
from hub.rules.signals import signals_of

PLUGIN: Final = "rules.targets"
TIMER: Final = "target:"
TIMED_BY: Final = "timed_by"
_HEARD: Final = frozenset(
    {
        "item_opened", "fields_changed", "mail_received", "comment_added", "comment_changed",
        "timer_due", "handbook_changed",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Times:
    """Clocks and pauses as they now are, and which of the targets have to be reckoned anew."""

    clocks: Mapping[str, Clock]
    pauses: Sequence[Pause]
    anew: frozenset[str] = field(default_factory=frozenset)


class TargetRules:
    """Answers what is promised by the handbook's table; starts, stops and reckons the clocks."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._shapes = {shape.id: shape for shape in handbook.targets.targets}
        self._states = handbook.targets.pauses.states
        self._until = handbook.targets.pauses.until
        self._zone = ZoneInfo(handbook.about.zone)
        self._limits: dict[str, tuple[Limit, ...]] = {}
        self._scribe = Scribe(handbook, PLUGIN)

    @hookimpl
    def hub_targets(self, item: Item, context: Context) -> Targets | None:  # noqa: ARG002
        """Say by when what is promised."""
        handbook = self._handbook
        if item.kind != "case":
            return None
        table = handbook.tables["limits"]
        answer = table.decide(item.fields)
        if answer is None:
            why = handbook.why(PLUGIN, "nothing_promised", table.seen(item.fields))
            return Targets(limits=(), why=why)
        row = answer.rule
        if row.id not in self._limits:
            self._limits[row.id] = self._limits_of(answer)
        why = handbook.why(PLUGIN, row, answer.inputs)
        return Targets(limits=self._limits[row.id], why=why)

    def _limits_of(self, answer: Answer) -> tuple[Limit, ...]:
        row = answer.rule
        return tuple(
            Limit(
                target=name,
                length=answer.text(name),
                calendar=answer.text("calendar") or self._handbook.working,
                rule=row.id,
                source=row.source,
                clause=row.clause,
            )
            for name in self._shapes
            if answer.text(name)
        )

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Start, stop and reckon clocks; note what ran out."""
        if item.kind != "case":
            return None
        if event.name == "told" and event.data.get("what") == "agreed":
            return [self._agreed_anew(event)]
        if event.name not in _HEARD:
            return None
        # Whole seconds: systems that keep due times hold no finer ones.
        now = context.now.replace(microsecond=0)
        times = self._advanced(item, event, now)
        actions: list[Action] = []
        if times.anew:
            actions += [*self._kept(item, times, event), *self._reckoned(item, times, event)]
        if event.name == "timer_due":
            target = str(event.data.get("name")).removeprefix(TIMER)
            if target in self._shapes:
                actions += self._rang(item, times, target, now)
        return actions

    # Clocks and pauses.

    def _advanced(self, item: Item, event: Event, now: datetime) -> _Times:
        known, pauses = clocks_of(item), pauses_of(item)
        signals = signals_of(self._handbook, item, event)
        clocks: dict[str, Clock] = {}
        moved = list(self._paused(item, pauses, now))
        for shape in self._shapes.values():
            clock, gap = _next(shape, known.get(shape.id), signals, item, now)
            if clock is not None:
                clocks[shape.id] = clock
            if gap is not None and gap not in moved:
                moved.append(gap)
        anew = {name for name, clock in clocks.items() if clock != known.get(name)}
        anew |= set(known) - set(clocks)
        if moved != pauses or self._all_anew(item, event):
            anew = set(self._shapes)
        return _Times(clocks, moved, frozenset(anew))

    def _all_anew(self, item: Item, event: Event) -> bool:
        promised = event.name == "item_opened" or PROMISES in event.before
        return promised or item.text(TIMED_BY) != self._handbook.timed_by

    def _paused(self, item: Item, pauses: Sequence[Pause], now: datetime) -> Iterator[Pause]:
        """Give the pauses as they now are: begun, ended, or with another agreed date."""
        waits = item.text("state") in self._states
        until = self._agreed(item)
        for pause in pauses:
            if pause.kind == "waiting" and pause.end is None and not waits:
                yield replace(pause, end=now)
            elif pause.kind == "agreed" and pause.end != until and (pause.end or now) > now:
                if pause.start < now:
                    yield replace(pause, end=now)
            else:
                yield pause
        if waits and not any(p.kind == "waiting" and p.end is None for p in pauses):
            yield Pause("waiting", now)
        agreed = [p for p in pauses if p.kind == "agreed" and p.end == until]
        if until is not None and until > now and not agreed:
            yield Pause("agreed", now, until)

    def _agreed_anew(self, event: Event) -> Action:
        """Keep until when a person says that was agreed to wait; by the wall clock if bare."""
        value = str(event.data.get("value") or "")
        at = datetime.fromisoformat(value) if value else None
        if at is not None and at.tzinfo is None:
            at = at.replace(tzinfo=self._zone)
        text = at.astimezone(UTC).isoformat() if at else None
        inputs: Fields = {"value": value, "by": event.data.get("by")}
        return self._scribe.set(self._handbook.targets.pauses, {self._until: text}, inputs)

    def _agreed(self, item: Item) -> datetime | None:
        """Give until when was agreed to wait: an instant, or the beginning of a date."""
        text = item.text(self._until).strip()
        if not text:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return instant_of(text)
        return datetime.combine(day, datetime.min.time(), self._zone)

    # What follows.

    def _kept(self, item: Item, times: _Times, event: Event) -> Iterator[Action]:
        clocks, pauses = _written(times.clocks.values()), _written(times.pauses)
        fields: Fields = {CLOCKS: clocks, PAUSES: pauses, TIMED_BY: self._handbook.timed_by}
        changed = {name: value for name, value in fields.items() if value != item.fields.get(name)}
        if changed:
            inputs: Fields = {"event": event.name, "state": item.text("state")}
            yield self._scribe.set(self._handbook.targets.pauses, changed, inputs)

    def _reckoned(self, item: Item, times: _Times, event: Event) -> Iterator[Action]:
        """Set the due times of what has to be reckoned anew, and their timers."""
        limits = limits_of(item)
        provisional = set(listed(item.fields.get("provisional")))
        breaches = listed(item.fields.get("breaches"))
        for name in sorted(times.anew):
            shape, clock, limit = self._shapes[name], times.clocks.get(name), limits.get(name)
            found = None
            if clock is not None and limit is not None:
                pauses = relevant(shape, times.pauses)
                found = due(clock, limit, pauses, self._handbook.calendars)
            provisional.discard(name)
            if found is not None and found.provisional:
                provisional.add(name)
            if clock is not None and clock.ended and found is not None and clock.ended > found.at:
                breaches = _breached(breaches, clock, found.at)
            if shape.due:
                at = found.at if found is not None else None
                yield from self._due(item, shape, clock, limit, at, event)
        fields: Fields = {"provisional": sorted(provisional), "breaches": breaches}
        changed = {n: v for n, v in fields.items() if v != listed(item.fields.get(n))}
        if changed:
            yield self._scribe.set("reckoned", changed, {"timed_by": self._handbook.timed_by})

    def _due(
        self,
        item: Item,
        shape: TargetShape,
        clock: Clock | None,
        limit: Limit | None,
        at: datetime | None,
        event: Event,
    ) -> Iterator[Action]:
        before, after = item.text(shape.due), at.isoformat() if at else ""
        runs = clock is not None and clock.ended is None
        inputs = _inputs(item, clock, limit)
        row = Cited(limit) if limit is not None else shape
        name = f"{TIMER}{shape.id}"
        why = self._handbook.why(PLUGIN, row, inputs, note=shape.label(self._language))
        if before != after:
            yield self._scribe.set(row, {shape.due: after or None}, inputs)
            if before and clock is not None and clock == clocks_of(item).get(shape.id):
                cause = self._cause(item, event)
                said = f"{shape.id}: due {before} becomes {after or 'open'} ({cause})"
                moved: Fields = {"target": shape.id, "before": before, "after": after}
                yield self._scribe.note("reckoned", said, {**inputs, **moved, "cause": cause})
        if not runs or at is None:
            if before:
                yield CancelTimer(name=name, why=why)
        elif before != after or shape.id not in clocks_of(item):
            yield StartTimer(name=name, due_at=at, why=why)

    def _rang(self, item: Item, times: _Times, target: str, now: datetime) -> list[Action]:
        """Note that a limit ran out, unless its clock has ended or its time has moved."""
        shape, clock = self._shapes[target], times.clocks.get(target)
        limit = limits_of(item).get(target)
        if clock is None or clock.ended is not None or limit is None:
            return [self._scribe.note("quiet", f"{target} runs no more", {"target": target})]
        found = due(clock, limit, relevant(shape, times.pauses), self._handbook.calendars)
        inputs = _inputs(item, clock, limit)
        if found is None:
            return [self._scribe.note("quiet", f"{target} stands still", inputs)]
        if found.at > now:
            why = self._handbook.why(PLUGIN, Cited(limit), inputs)
            return [StartTimer(name=f"{TIMER}{target}", due_at=found.at, why=why)]
        known = listed(item.fields.get("breaches"))
        breaches = _breached(known, clock, found.at)
        said = f"{target}: the limit of {limit.length} ran out at {found.at.isoformat()}"
        noted: list[Action] = [self._scribe.note(Cited(limit), said, inputs)]
        if breaches != known:
            noted.append(self._scribe.set(Cited(limit), {"breaches": breaches}, inputs))
        return noted

    def _cause(self, item: Item, event: Event) -> str:
        if item.text(TIMED_BY) not in ("", self._handbook.timed_by):
            return "handbook_changed"
        return ", ".join(sorted(event.before)) if event.name == "fields_changed" else event.name

    @property
    def _language(self) -> str:
        return self._handbook.about.language


def _next(
    shape: TargetShape, clock: Clock | None, signals: set[str], item: Item, now: datetime
) -> tuple[Clock | None, Pause | None]:
    """Give a clock as an event leaves it, and the pause that going on makes of its rest."""
    state = item.text("state")
    over = state in shape.ended_in or bool(shape.runs_in and state not in shape.runs_in)
    begins = bool(signals.intersection(shape.starts)) and not over
    if clock is None:
        return (Clock(shape.id, _began(signals, item, now)) if begins else None), None
    if clock.ended is None:
        if begins and shape.restarts:
            return Clock(shape.id, now), None
        ends = over or bool(signals.intersection(shape.ends))
        return (replace(clock, ended=now) if ends else clock), None
    if not over and signals.intersection(shape.resumes):
        return Clock(shape.id, clock.started), Pause(shape.id, clock.ended, now)
    return (Clock(shape.id, now) if begins else clock), None


def _began(signals: set[str], item: Item, now: datetime) -> datetime:
    """Give since when a clock runs: of a new item, since it was received."""
    received = instant_of(item.text("received_at")) if "opened" in signals else None
    return now if received is None else min(received.replace(microsecond=0), now)


def _breached(known: list[str], clock: Clock, at: datetime) -> list[str]:
    mark = f"{clock.target} {at.isoformat()}"
    return known if mark in known else [*known, mark]


def _written(rows: Iterable[Clock | Pause]) -> list[str]:
    return [str(row) for row in rows]


def _inputs(item: Item, clock: Clock | None, limit: Limit | None) -> Fields:
    started: Value = clock.started.isoformat() if clock else None
    inputs: Fields = {"started": started, "pauses": item.fields.get(PAUSES)}
    if limit is not None:
        inputs |= {"limit": limit.length, "calendar": limit.calendar}
    return inputs
