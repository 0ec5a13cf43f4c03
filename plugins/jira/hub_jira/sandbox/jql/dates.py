"""Reads JQL's dates: absolute ones in the zone of the calling user, periods, milliseconds."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hub_jira.sandbox.jql.lexer import JqlError

_FORMATS: Final = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_PERIOD: Final = re.compile(r"([+-]?)(\d{1,9}[wdhm](?: +\d{1,9}[wdhm])*)")
_PART: Final = re.compile(r"(\d+)([wdhm])")
_SHIFT: Final = re.compile(r"([+-]?)(\d{1,6})([yMwdhm]?)")
_UNITS: Final = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
}
_BOUND: Final = re.compile(r"(start|end)Of(Day|Week|Month|Year)", re.IGNORECASE)
_MOMENT: Final = timedelta(milliseconds=1)
FORMATS_TOLD: Final = (
    "Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', "
    "or a period format e.g. '-5d', '4w 2d'."
)
NAMES: Final = (
    "now", "startOfDay", "startOfWeek", "startOfMonth", "startOfYear", "endOfDay", "endOfWeek",
    "endOfMonth", "endOfYear",
)  # fmt: skip


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
    try:
        if text.removeprefix("-").isascii() and text.removeprefix("-").isdigit():
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        if (distance := period(text)) is not None:
            return now + distance
        return _absolute(text, zone)
    except (OverflowError, ValueError, OSError):
        return None


def _absolute(text: str, zone: str) -> datetime | None:
    for form in _FORMATS:
        try:
            wall = datetime.strptime(text, form)  # noqa: DTZ007 - the user's zone comes next
        except ValueError:
            continue
        return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return None


def function(name: str, arguments: Sequence[str], zone: str, now: datetime) -> datetime | None:
    """Compute `now()`, `startOfDay(-1d)` and their like; None for another function.

    Without a unit the shift counts in the function's own: `startOfMonth(-1)` is last month's.
    """
    if name.lower() == "now":
        expect(name, arguments, 0, 0)
        return now
    match = _BOUND.fullmatch(name)
    if match is None:
        return None
    expect(name, arguments, 0, 1)
    unit = match[2].lower()
    count, step = _shift(name, arguments[0], unit) if arguments else (0, "d")
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    try:
        begin = _begin(local, unit)
        if step in "yM":
            begin = _months(begin, count * (12 if step == "y" else 1))
        ends = match[1].lower() == "end"
        moment = _next(begin, unit) - _MOMENT if ends else begin
        if step not in "yM":
            moment += count * _UNITS[step]
        return moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        raise _bad_shift(name) from None


def expect(name: str, arguments: Sequence[str], least: int, most: int) -> None:
    """Refuse a call with the wrong number of arguments."""
    if least <= len(arguments) <= most:
        return
    wanted = f"'{least}'" if least == most else f"between '{least}' and '{most}'"
    raise JqlError(
        f"Function '{name}' expected {wanted} arguments but received '{len(arguments)}'."
    )


def _bad_shift(name: str) -> JqlError:
    return JqlError(
        f"Duration for function '{name}' should have the format (+/-)n(yMwdm), e.g -1M for 1 month "
        "earlier."
    )


def _shift(name: str, text: str, unit: str) -> tuple[int, str]:
    match = _SHIFT.fullmatch(text.strip())
    if match is None:
        raise _bad_shift(name)
    count = int(match[2]) * (-1 if match[1] == "-" else 1)
    return count, match[3] or {"day": "d", "week": "w", "month": "M", "year": "y"}[unit]


def _begin(local: datetime, unit: str) -> datetime:
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return day - timedelta(days=(day.weekday() + 1) % 7)
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def _next(begin: datetime, unit: str) -> datetime:
    if unit in {"month", "year"}:
        return _months(begin, 12 if unit == "year" else 1)
    return begin + timedelta(days=7 if unit == "week" else 1)


def _months(day: datetime, count: int) -> datetime:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))
