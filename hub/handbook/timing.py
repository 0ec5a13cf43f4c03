"""Clocks of an item: when they began, when they stood still, when their limits run out. Pure.

Everything is reckoned anew from what happened, never from what was reckoned before: a change of
limit, calendar or pause so gives the same as if it had always been so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, Self

import msgspec

from hub.calendar import Calendar, CalendarError, Due, parse_length
from hub.clock import as_utc
from hub.handbook.targetshapes import TargetShape
from hub.models import PROMISES, Item, Limit, Value

CLOCKS: Final = "clocks"
PAUSES: Final = "pauses"


class Clock(msgspec.Struct, gc=False, frozen=True):
    """A target's clock: since when it runs, and until when it ran. As text `target start/end`."""

    target: str
    started: datetime
    ended: datetime | None = None

    def __str__(self) -> str:
        return f"{self.target} {_span(self.started, self.ended)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form."""
        target, _, span = text.partition(" ")
        return cls(target, *_instants(span))


class Pause(msgspec.Struct, gc=False, frozen=True):
    """A time in which clocks stood still, and why. As text `kind start/end`."""

    kind: str
    start: datetime
    end: datetime | None = None

    def __str__(self) -> str:
        return f"{self.kind} {_span(self.start, self.end)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form."""
        kind, _, span = text.partition(" ")
        return cls(kind, *_instants(span))


class Cited:
    """The row of the table behind a limit, as a provision that decisions cite."""

    def __init__(self, limit: Limit) -> None:
        self.id, self.clause, self.source = limit.rule, limit.clause, limit.source


def relevant(shape: TargetShape, pauses: Sequence[Pause]) -> list[Pause]:
    """Give the pauses that stop a target's clock; between an end and going on all stand still."""
    return [each for each in pauses if each.kind in shape.pauses or each.kind == shape.id]


def clocks_of(item: Item) -> dict[str, Clock]:
    """Give an item's clocks by target."""
    return {clock.target: clock for clock in map(Clock.parse, texts(item.fields.get(CLOCKS)))}


def pauses_of(item: Item) -> list[Pause]:
    """Give an item's pauses, in the order in which they were noted."""
    return [Pause.parse(text) for text in texts(item.fields.get(PAUSES))]


def limits_of(item: Item) -> dict[str, Limit]:
    """Give what is promised for an item, by target."""
    return {limit.target: limit for limit in map(Limit.parse, texts(item.fields.get(PROMISES)))}


def texts(value: Value) -> list[str]:
    """Give a field that holds a list."""
    return value if isinstance(value, list) else []


def due(
    clock: Clock,
    limit: Limit,
    pauses: Iterable[Pause],
    calendars: Mapping[str, Calendar],
    share: int = 100,
) -> Due | None:
    """Give when a share of a limit (in per cent) runs out.

    None while the clock stands still for nobody knows how long, if the calendar is not known any
    more, or if it never comes to that.
    """
    calendar = calendars.get(limit.calendar)
    if calendar is None:
        return None
    left = parse_length(limit.length).on(calendar) * share / 100
    provisional = False
    try:
        for start, end in running(clock.started, pauses):
            if end is None or left <= (passed := calendar.between(start, end)):
                found = calendar.add(start, left)
                return Due(found.at, provisional or found.provisional)
            provisional = provisional or calendar.add(start, passed).provisional
            left -= passed
    except CalendarError:
        return None
    return None


def running(start: datetime, pauses: Iterable[Pause]) -> Sequence[tuple[datetime, datetime | None]]:
    """Give the spans since an instant in which nothing paused; the last may have no end."""
    spans: list[tuple[datetime, datetime | None]] = []
    for pause in sorted(pauses, key=lambda each: each.start):
        if pause.end is not None and pause.end <= start:
            continue
        if pause.start > start:
            spans.append((start, pause.start))
        if pause.end is None:
            return spans
        start = pause.end
    return [*spans, (start, None)]


def instant_of(text: str) -> datetime | None:
    """Read an instant as the item's fields hold it; None if it is none."""
    try:
        return as_utc(datetime.fromisoformat(text))
    except ValueError:
        return None


def _span(start: datetime, end: datetime | None) -> str:
    return f"{start.isoformat()}/{end.isoformat() if end else ''}"


@lru_cache(maxsize=16_384)
def _instants(span: str) -> tuple[datetime, datetime | None]:
    start, _, end = span.partition("/")
    return datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None
