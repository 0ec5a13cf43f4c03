"""Fixtures: calendars of all sorts, and a reference that counts minute by minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.calendar import CLOSED, WHOLE_DAY, Calendar, PublicDays, Span, parse_spans

OFFICE = parse_spans(["09:00-12:00", "13:00-18:00"])
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Terms:
    """What a calendar is made of."""

    zone: str
    week: Sequence[tuple[Span, ...]]
    country: str = ""
    own: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def calendar(self) -> Calendar:
        """Make the calendar under test."""
        public = PublicDays(self.country) if self.country else None
        return Calendar(ZoneInfo(self.zone), self.week, public=public, own=self.own)


class Reference:
    """Counts open minutes one by one, by the wall clock alone."""

    def __init__(self, terms: Terms, makeup: frozenset[date], closed: frozenset[date]) -> None:
        self._terms = terms
        self._zone = ZoneInfo(terms.zone)
        self._makeup = makeup
        self._closed = closed

    def is_open(self, instant: datetime) -> bool:
        """Look at the wall clock."""
        local = instant.astimezone(self._zone)
        day, minute = local.date(), local.hour * 60 + local.minute
        if day in self._terms.own:
            spans = self._terms.own[day]
        elif day in self._makeup:
            spans = next(spans for spans in self._terms.week if spans)
        elif day in self._closed:
            spans = CLOSED
        else:
            spans = self._terms.week[day.weekday()]
        return any(span.start <= minute < span.end for span in spans)

    def add(self, instant: datetime, minutes: int) -> datetime:
        """Walk until so many open minutes have passed."""
        while minutes:
            minutes -= self.is_open(instant)
            instant += MINUTE
        return instant

    def between(self, start: datetime, end: datetime) -> int:
        """Count the open minutes on the way."""
        steps = int((end - start) / MINUTE)
        return sum(self.is_open(start + index * MINUTE) for index in range(steps))


TERMS = {
    "shanghai": Terms(
        "Asia/Shanghai",
        [OFFICE] * 5 + [CLOSED] * 2,
        own={
            date(2026, 12, 31): parse_spans(["09:00-12:00"]),
            date(2027, 3, 1): CLOSED,
            date(2027, 3, 6): OFFICE,
        },
    ),
    "berlin": Terms(
        "Europe/Berlin",
        [parse_spans(["00:30-02:30", "08:00-12:15", "12:45-17:00"])] * 4
        + [parse_spans(["08:00-12:00"]), CLOSED, parse_spans(["01:00-04:00", "22:00-24:00"])],
    ),
    "new_york": Terms("America/New_York", [parse_spans(["00:00-03:00", "20:00-24:00"])] * 7),
    "lord_howe": Terms("Australia/Lord_Howe", [parse_spans(["01:15-02:45"])] * 7),
    "havana": Terms("America/Havana", [parse_spans(["00:00-01:30", "23:00-24:00"])] * 7),
    "apia": Terms("Pacific/Apia", [OFFICE] * 7),
    "kathmandu": Terms("Asia/Kathmandu", [parse_spans(["10:00-17:00"])] * 6 + [CLOSED]),
    "utc": Terms("UTC", [WHOLE_DAY] * 6 + [CLOSED]),
}


@pytest.fixture
def office() -> Calendar:
    """Give the office hours of a Chinese company, with public holidays and make-up days."""
    week = [OFFICE] * 5 + [CLOSED] * 2
    return Calendar(ZoneInfo("Asia/Shanghai"), week, public=PublicDays("CN"))


@pytest.fixture
def at() -> Callable[[str], datetime]:
    """Give instants by the wall clock of Shanghai."""

    def instant(text: str) -> datetime:
        local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
        return local.astimezone(UTC)

    return instant
