"""Weeks and months by the handbook's clock, and when the summary of one is due."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from hub.calendar import Calendar
from hub.clock import as_utc
from hub.handbook.reportshapes import ReportShape
from hub.handbook.timeshapes import WEEKDAYS

Every = Literal["week", "month"]
_WEEK: Final = re.compile(r"(\d{4})-W(\d{2})")
_MONTH: Final = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Period:
    """A week (`2026-W48`, as ISO 8601 counts them) or a month (`2026-11`).

    `first` is its first day, `following` the first day after it, by the handbook's clock.
    """

    every: Every
    first: date
    following: date

    def __str__(self) -> str:
        if self.every == "month":
            return f"{self.first:%Y-%m}"
        year, week, _ = self.first.isocalendar()
        return f"{year}-W{week:02}"

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Give its beginning and its end, which is no longer part of it, in UTC."""
        return _midnight(self.first, zone), _midnight(self.following, zone)

    @property
    def before(self) -> Period:
        """Give the period before it."""
        return _holding(self.every, self.first - timedelta(days=1))


def period_of(every: Every, text: str) -> Period:
    """Read a period's name; ValueError if it names none."""
    match = (_WEEK if every == "week" else _MONTH).fullmatch(text)
    day = _first_day(every, int(match[1]), int(match[2])) if match else None
    if day is None:
        example = "week, such as 2026-W48" if every == "week" else "month, such as 2026-11"
        raise ValueError(f"{text!r} is no {example}")
    return _holding(every, day)


def _first_day(every: Every, year: int, number: int) -> date | None:
    try:
        return date.fromisocalendar(year, number, 1) if every == "week" else date(year, number, 1)
    except ValueError:
        return None


def last_ended(every: Every, now: datetime, zone: ZoneInfo) -> Period:
    """Give the latest period that is over."""
    return _holding(every, now.astimezone(zone).date()).before


def due_at(row: ReportShape, period: Period, working: Calendar, zone: ZoneInfo) -> datetime:
    """Give when the summary of a period is to be sent, in UTC.

    If the working calendar is closed then, it is when it opens.
    """
    if isinstance(row.on, int):
        day = period.following.replace(day=row.on)
    else:
        day = period.following + timedelta(days=WEEKDAYS.index(row.on))
    at = as_utc(datetime.combine(day, time.fromisoformat(row.at), zone))
    return at if working.is_open(at) else working.next_open(at).at


def _holding(every: Every, day: date) -> Period:
    if every == "week":
        first = day - timedelta(days=day.weekday())
        return Period(every, first, first + timedelta(days=7))
    first = day.replace(day=1)
    return Period(every, first, (first + timedelta(days=31)).replace(day=1))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return as_utc(datetime.combine(day, time.min, zone))
