"""The days that a query's words for dates stand for, and the parts that its functions take."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub_crm.sandbox.soql.nodes import DateLiteral

_UNITS: Final = "FISCAL_QUARTER|FISCAL_YEAR|QUARTER|YEAR|MONTH|WEEK"
_NEAR: Final = re.compile(rf"(LAST|THIS|NEXT)_({_UNITS})")
_SPAN: Final = re.compile(rf"(LAST|NEXT)_N_({_UNITS}|DAY)S")
_AGO: Final = re.compile(rf"N_({_UNITS}|DAY)S_AGO")
_DAYS: Final = {
    "YESTERDAY": (-1, 0), "TODAY": (0, 1), "TOMORROW": (1, 2),
    "LAST_90_DAYS": (-90, 1), "NEXT_90_DAYS": (1, 91),
}  # fmt: skip
_SUNDAY_FIRST: Final = frozenset(
    {"en_AU", "en_CA", "en_HK", "en_IN", "en_SG", "en_US", "es_MX", "es_US", "fr_CA", "he_IL",
     "iw_IL", "ja_JP", "ko_KR", "pt_BR", "th_TH", "zh_HK", "zh_TW"}
)  # fmt: skip
_OFFSETS: Final = {"LAST": (-1, 0), "THIS": (0, 1), "NEXT": (1, 2)}


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a user's words for dates depend on.

    Args:
        today: the day it is for the user.
        zone: the user's time zone.
        first_weekday: the day on which the user's week begins; Monday is 0.
        fiscal_month: the month in which the organisation's fiscal year begins.
        named_by_start: whether a fiscal year is called after the year in which it begins.
        locale: how days and times are written for the user.
    """

    today: date
    zone: tzinfo = UTC
    first_weekday: int = 0
    fiscal_month: int = 1
    named_by_start: bool = False
    locale: str = "zh_CN"

    def starts(self, unit: str, offset: int) -> date:
        """Give the first day of the period that lies so many periods from today's."""
        match unit:
            case "DAY":
                return self.today + timedelta(days=offset)
            case "WEEK":
                into = (self.today.weekday() - self.first_weekday) % 7
                return self.today + timedelta(days=7 * offset - into)
        length = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit.removeprefix("FISCAL_")]
        shift = self.fiscal_month - 1 if unit.startswith("FISCAL_") else 0
        month = self.today.year * 12 + self.today.month - 1 - shift
        year, month = divmod(month // length * length + offset * length + shift, 12)
        return date(year, month + 1, 1)

    def instant(self, day: date) -> datetime:
        """Give the instant at which a day begins for the user."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def fiscal(self, day: date) -> tuple[int, int]:
        """Give the fiscal year and the month within it, from 1, of a day."""
        year, month = divmod(day.year * 12 + day.month - self.fiscal_month, 12)
        named_later = self.fiscal_month > 1 and not self.named_by_start
        return year + named_later, month + 1


def calendar_for(
    now: datetime, user: Mapping[str, Any], organization: Mapping[str, Any]
) -> Calendar:
    """Give the calendar of a user: his own zone and week, the organisation's fiscal year."""
    name = user.get("TimeZoneSidKey") or organization.get("TimeZoneSidKey") or "UTC"
    try:
        zone: tzinfo = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        zone = UTC
    return Calendar(
        today=now.astimezone(zone).date(),
        zone=zone,
        first_weekday=6 if user.get("LocaleSidKey") in _SUNDAY_FIRST else 0,
        fiscal_month=organization.get("FiscalYearStartMonth") or 1,
        locale=user.get("LocaleSidKey") or "zh_CN",
        named_by_start=bool(organization.get("UsesStartDateAsFiscalYearName")),
    )


def takes_number(word: str) -> bool | None:
    """Tell whether a word for dates, in upper case, takes a number; None if it is none."""
    if word in _DAYS or _NEAR.fullmatch(word):
        return False
    return True if _SPAN.fullmatch(word) or _AGO.fullmatch(word) else None


def span(literal: DateLiteral, calendar: Calendar) -> tuple[date, date]:
    """Give the first day of the span and the first day after it; ValueError beyond all years."""
    unit, (start, end) = _offsets(literal)
    try:
        return calendar.starts(unit, start), calendar.starts(unit, end)
    except OverflowError as error:
        raise ValueError(str(error)) from None


def _offsets(literal: DateLiteral) -> tuple[str, tuple[int, int]]:
    if literal.name in _DAYS:
        return "DAY", _DAYS[literal.name]
    if near := _NEAR.fullmatch(literal.name):
        return near[2], _OFFSETS[near[1]]
    number = literal.number
    if ago := _AGO.fullmatch(literal.name):
        return ago[1], (-number, 1 - number)
    named = _SPAN.fullmatch(literal.name)
    assert named is not None  # noqa: S101  # takes_number let it in
    if named[1] == "NEXT":
        return named[2], (1, number + 1)
    return named[2], (-number, 1 if named[2] == "DAY" else 0)


Part = Callable[[date, Calendar], int]
PARTS: Final[dict[str, Part]] = {
    "CALENDAR_MONTH": lambda day, _: day.month,
    "CALENDAR_QUARTER": lambda day, _: (day.month + 2) // 3,
    "CALENDAR_YEAR": lambda day, _: day.year,
    "DAY_IN_MONTH": lambda day, _: day.day,
    "DAY_IN_WEEK": lambda day, _: day.isoweekday() % 7 + 1,
    "DAY_IN_YEAR": lambda day, _: day.timetuple().tm_yday,
    "FISCAL_MONTH": lambda day, calendar: calendar.fiscal(day)[1],
    "FISCAL_QUARTER": lambda day, calendar: (calendar.fiscal(day)[1] + 2) // 3,
    "FISCAL_YEAR": lambda day, calendar: calendar.fiscal(day)[0],
    "WEEK_IN_MONTH": lambda day, _: (day.day + 6) // 7,
    "WEEK_IN_YEAR": lambda day, _: (day.timetuple().tm_yday + 6) // 7,
}
"""Functions that take a number out of a day; Sunday is day 1 of a week."""
