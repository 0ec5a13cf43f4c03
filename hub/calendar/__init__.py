"""Business calendars: when a department works, and what a time limit means there.

A calendar has working hours by weekday (lunch breaks and half days are just spans), public
holidays and make-up working days of a country, and days of its own that go before both. It is
pure: instants come in and go out in UTC, and local time is known to the calendar alone.

The one rule of its arithmetic: a limit runs out at the first instant at which its business time
has passed. So what runs out exactly at closing time is due then, not at the next opening.
"""

from __future__ import annotations

from hub.calendar.calendar import Calendar, CalendarError, DayKind, Due
from hub.calendar.lengths import Length, parse_length
from hub.calendar.publicdays import HOLIDAYS, PublicDays
from hub.calendar.spans import CLOSED, WHOLE_DAY, Span, parse_spans

__all__ = [
    "CLOSED",
    "HOLIDAYS",
    "WHOLE_DAY",
    "Calendar",
    "CalendarError",
    "DayKind",
    "Due",
    "Length",
    "PublicDays",
    "Span",
    "parse_length",
    "parse_spans",
]
