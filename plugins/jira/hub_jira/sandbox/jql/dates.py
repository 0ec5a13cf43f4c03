"""Reads JQL's dates: absolute ones in the zone of the calling user, periods, milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_FORMATS: Final = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_PERIOD: Final = re.compile(r"([+-]?)((?:\d+[wdhmMy]\s*)+)")
_PART: Final = re.compile(r"(\d+)([wdhmMy])")
_UNITS: Final = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "M": timedelta(days=30),
    "y": timedelta(days=365),
}
_STARTS: Final = re.compile(r"(start|end)of(day|week|month|year)")


def period(text: str) -> timedelta | None:
    """Read a period such as `-5d` or `4w 2d`; None if it is none."""
    match = _PERIOD.fullmatch(text.strip())
    if match is None:
        return None
    total = sum(
        (int(number) * _UNITS[unit] for number, unit in _PART.findall(match[2])), timedelta()
    )
    return -total if match[1] == "-" else total


def instant(text: str, zone: str, now: datetime) -> datetime | None:
    """Read a date as an instant in UTC; None if Jira would not take it."""
    text = text.strip()
    if text.lstrip("-").isdigit():
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    if (distance := period(text)) is not None:
        return now + distance
    for form in _FORMATS:
        try:
            wall = datetime.strptime(text, form)  # noqa: DTZ007 - the user's zone comes next
        except ValueError:
            continue
        return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return None


def function(name: str, argument: str, zone: str, now: datetime) -> datetime | None:
    """Compute `now()`, `startOfDay(-1d)` and their like; None for another function."""
    if name.lower() == "now":
        return now
    match = _STARTS.fullmatch(name.lower())
    if match is None:
        return None
    day = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    begin, step = _begin(day, match[2])
    moment = begin if match[1] == "start" else begin + step - timedelta(milliseconds=1)
    shift = argument + match[2][0] if argument.lstrip("+-").isdigit() else argument
    moved = moment.replace(tzinfo=None) + (period(shift) or timedelta())
    return moved.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _begin(day: datetime, unit: str) -> tuple[datetime, timedelta]:
    if unit == "day":
        return day, timedelta(days=1)
    if unit == "week":
        return day - timedelta(days=(day.weekday() + 1) % 7), timedelta(weeks=1)
    if unit == "month":
        first = day.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1) - first
    first = day.replace(month=1, day=1)
    return first, first.replace(year=first.year + 1) - first
