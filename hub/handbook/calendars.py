"""Makes the calendars that `calendar.yaml` describes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.calendar import CLOSED, Calendar, PublicDays, Span, parse_spans
from hub.errors import Problem
from hub.handbook.files import Files
from hub.handbook.timeshapes import (
    WEEKDAYS,
    CalendarShape,
    CalendarsShape,
    OwnDaysShape,
    dates_of,
    weekdays_of,
)
from hub.settings import Location

FILE = "calendar.yaml"


@dataclass(slots=True)
class CalendarBuilder:
    """Makes all calendars of a handbook; what is wrong with them is among the problems."""

    files: Files
    shape: CalendarsShape
    zone: ZoneInfo
    problems: list[Problem] = field(default_factory=list)

    def build(self) -> Mapping[str, Calendar]:
        """Give the calendars by id; one that can not be made is left out."""
        made: dict[str, Calendar] = {}
        for index, row in enumerate(self.shape.calendars):
            at: Location = ("calendars", index)
            if row.id in made:
                self._problem(at, f"the calendar {row.id} is given twice")
            calendar = self._calendar(at, row)
            if calendar is not None:
                made[row.id] = calendar
        known = [row.id for row in self.shape.calendars]
        if self.shape.working not in known:
            self._unknown(("working",), "working", self.shape.working)
        for index, days in enumerate(self.shape.days):
            for name in days.calendars:
                if name not in known:
                    self._unknown(("days", index, "calendars"), days.id, name)
        return made

    def _calendar(self, at: Location, row: CalendarShape) -> Calendar | None:
        zone, public = self._zone(at, row), self._public(at, row)
        week = self._week(at, row)
        if zone is None or (row.country and public is None):
            return None
        makeup = None if row.makeup is None else parse_spans(row.makeup)
        ordinary = makeup or next((spans for spans in week if spans), CLOSED)
        own = self._own(row.id, ordinary)
        if not any(week) and not any(own.values()):
            what = f"the calendar {row.id} is never open"
            self._problem((*at, "week"), what, "give some weekday its hours")
            return None
        self._check_known(at, row, own)
        known = frozenset(row.known_years)
        return Calendar(zone, week, public=public, makeup=makeup, own=own, known=known)

    def _zone(self, at: Location, row: CalendarShape) -> ZoneInfo | None:
        if not row.zone:
            return self.zone
        try:
            return ZoneInfo(row.zone)
        except (ZoneInfoNotFoundError, ValueError):
            what = f"{row.id}: unknown time zone {row.zone!r}"
            self._problem((*at, "zone"), what, "an IANA name, such as Asia/Shanghai")
            return None

    def _public(self, at: Location, row: CalendarShape) -> PublicDays | None:
        if not row.country:
            return None
        country, _, part = row.country.partition("-")
        try:
            return PublicDays(country, part)
        except ValueError as error:
            what = f"{row.id}: {error}"
            self._problem((*at, "country"), what, "an ISO 3166 code, such as CN or DE-BY")
            return None

    def _week(self, at: Location, row: CalendarShape) -> list[tuple[Span, ...]]:
        week: dict[int, tuple[Span, ...]] = {}
        for key, texts in row.week.items():
            for day in weekdays_of(key):
                if day in week:
                    what = f"{row.id}: {WEEKDAYS[day]} has its hours twice"
                    self._problem((*at, "week", key), what, "name each weekday once")
                week[day] = parse_spans(texts)
        return [week.get(day, CLOSED) for day in range(7)]

    def _own(self, calendar: str, ordinary: tuple[Span, ...]) -> dict[date, tuple[Span, ...]]:
        own: dict[date, tuple[Span, ...]] = {}
        settled: dict[date, str] = {}
        for index, row in enumerate(self.shape.days):
            if calendar not in row.calendars:
                continue
            for day in _dates(row):
                if day in settled:
                    what = f"{row.id}: {day} of {calendar} is settled twice"
                    at: Location = ("days", index, "dates")
                    self._problem(at, what, f"also by {settled[day]}; name each date once")
                settled.setdefault(day, row.id)
                own[day] = _hours(row, ordinary)
        return own

    def _check_known(
        self, at: Location, row: CalendarShape, own: Mapping[date, tuple[Span, ...]]
    ) -> None:
        written = {day.year for day in own}
        for year in row.known_years:
            if year not in written:
                what = f"{row.id}: {year} is called known, and not one of its days is given"
                remedy = "write its holidays and make-up days under days"
                self._problem((*at, "known_years"), what, remedy)

    def _unknown(self, at: Location, place: str, name: str) -> None:
        known = ", ".join(row.id for row in self.shape.calendars)
        self._problem(at, f"{place}: unknown calendar {name!r}", f"known: {known}")

    def _problem(self, at: Location, what: str, remedy: str = "") -> None:
        self.problems.append(self.files.problem(FILE, at, what, remedy))


def _dates(row: OwnDaysShape) -> Iterator[date]:
    for text in row.dates:
        yield from dates_of(text)


def _hours(row: OwnDaysShape, ordinary: tuple[Span, ...]) -> tuple[Span, ...]:
    if row.hours == "closed":
        return CLOSED
    return ordinary if row.hours == "workday" else parse_spans(row.hours)
