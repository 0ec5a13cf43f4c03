"""The shape of `calendar.yaml`: when the department works."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field

from hub.calendar import parse_spans
from hub.handbook.shapes import NamedRow
from hub.settings import Settings

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST: Final = 366


def _spans(texts: tuple[str, ...]) -> tuple[str, ...]:
    parse_spans(texts)
    return texts


def _weekdays(key: str) -> str:
    weekdays_of(key)
    return key


def _dates(text: str) -> str:
    dates_of(text)
    return text


Hours: TypeAlias = Annotated[tuple[str, ...], AfterValidator(_spans)]
"""Spans of one day, in order: `["09:00-12:00", "13:00-18:00"]`; none: closed."""

Weekdays: TypeAlias = Annotated[str, AfterValidator(_weekdays)]
"""A weekday or several in a row: `mon`, `mon-fri`."""

Dates: TypeAlias = Annotated[str, AfterValidator(_dates)]
"""A date or several in a row: `2027-02-05`, `2027-02-05..2027-02-11`."""


class CalendarShape(NamedRow):
    """One calendar.

    `country` names whose public holidays and make-up days hold (`CN`, `DE-BY`); `makeup` the
    hours of a make-up day, by default those of the first working weekday; `known_years` the
    years whose public days `days` gives in full, where no table does yet.
    """

    zone: str = ""
    country: str = ""
    week: dict[Weekdays, Hours] = Field(min_length=1)
    makeup: Hours | None = None
    known_years: tuple[int, ...] = ()


class OwnDaysShape(NamedRow):
    """Dates on which calendars differ from their week and from the public days."""

    calendars: tuple[str, ...] = Field(min_length=1)
    dates: tuple[Dates, ...] = Field(min_length=1)
    hours: Literal["closed", "workday"] | Hours


class CalendarsShape(Settings):
    """`calendar.yaml`: the calendars, and the one by which colleagues are told things."""

    working: str
    calendars: tuple[CalendarShape, ...] = Field(min_length=1)
    days: tuple[OwnDaysShape, ...] = ()


def weekdays_of(key: str) -> range:
    """Give the weekdays (Monday is 0) that a key of a week names; ValueError if it names none."""
    first, dash, last = (part.strip() for part in key.partition("-"))
    last = last if dash else first
    if first not in WEEKDAYS or last not in WEEKDAYS:
        known = ", ".join(WEEKDAYS)
        raise ValueError(f"{key!r} names no weekday (known: {known}, and spans such as mon-fri)")
    days = range(WEEKDAYS.index(first), WEEKDAYS.index(last) + 1)
    if not days:
        raise ValueError(f"{key!r} runs backwards: a week goes from mon to sun")
    return days


def dates_of(text: str) -> list[date]:
    """Give the dates that a text names; ValueError if it names none, or more than a year."""
    first, dots, last = (part.strip() for part in text.partition(".."))
    try:
        start = date.fromisoformat(first)
        end = date.fromisoformat(last) if dots else start
    except ValueError:
        raise ValueError(
            f"{text!r} is no date, such as 2027-02-05 or 2027-02-05..2027-02-11"
        ) from None
    ordinals = range(start.toordinal(), end.toordinal() + 1)
    if not 0 < len(ordinals) <= _LONGEST:
        raise ValueError(f"{text!r} does not run from a date to a later one within a year")
    return [date.fromordinal(number) for number in ordinals]
