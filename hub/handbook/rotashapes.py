"""The shapes of `rota.yaml` and `after_hours.yaml`: who is on duty or away."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from hub.calendar import parse_spans
from hub.handbook.shapes import NamedRow, Row, TableShape
from hub.handbook.targetshapes import LengthText
from hub.handbook.timeshapes import dates_of
from hub.settings import Settings


def _date(text: str) -> str:
    if len(dates_of(text)) != 1:
        raise ValueError(f"{text!r} is more than one date")
    return text


def _dates(text: str) -> str:
    dates_of(text)
    return text


def _time(text: str) -> str:
    (span,) = parse_spans([f"{text}-24:00"])
    return f"{span.start // 60:02}:{span.start % 60:02}"


DateText = Annotated[str, AfterValidator(_date)]
"""One date: `2026-10-01`."""
DatesText = Annotated[str, AfterValidator(_dates)]
"""A date, or several in a row: `2026-10-01..2026-10-07`."""
TimeText = Annotated[str, AfterValidator(_time)]
"""A time of day by the department's clock: `09:00`."""


class TurnsShape(Row):
    """Who is on duty in a line, one after the other, from a first night to a last.

    Args:
        line: the line that is covered.
        first, last: written `from` and `until`; without `until` it goes on for ever.
        each: for how long one person has duty before the next one does.
        people: in their order, by e-mail address.
    """

    line: str
    first: DateText = Field(alias="from")
    last: DateText | None = Field(default=None, alias="until")
    each: Literal["night", "week"] = "week"
    people: tuple[str, ...] = Field(min_length=1)


class SwapShape(Row):
    """Nights that one person takes over from another, and who approved it."""

    line: str
    nights: tuple[DatesText, ...] = Field(min_length=1)
    giver: str = Field(alias="from")
    taker: str = Field(alias="to")
    approved_by: str


class AbsenceShape(Row):
    """Days on which a person is away, and who stands in; without one, their teams share it."""

    person: str
    days: tuple[DatesText, ...] = Field(min_length=1)
    stand_in: str = ""


class RotaShape(Settings):
    """`rota.yaml`: duty by nights and weeks, swaps, absences and stand-ins.

    Args:
        role: the role of who is on duty.
        changeover: when the night of a date begins, and that of the day before ends.
        lines: who is called first, who next: the lines of duty, in their order.
    """

    role: str
    changeover: TimeText
    lines: tuple[NamedRow, ...] = Field(min_length=1)
    turns: tuple[TurnsShape, ...]
    swaps: tuple[SwapShape, ...] = ()
    absences: tuple[AbsenceShape, ...] = ()


class CallStepShape(NamedRow):
    """One step of a call: a line of duty or a role, and how long we wait for their word."""

    tell: str
    wait: LengthText


class CallShape(NamedRow):
    """Who is called out of hours, one after the other, until somebody acknowledges."""

    steps: tuple[CallStepShape, ...] = Field(min_length=1)


class MorningShape(NamedRow):
    """Who gets the list of the night when the department opens."""

    tell: tuple[str, ...] = Field(min_length=1)


class AfterHoursShape(Settings):
    """`after_hours.yaml`: what is owed to who contacts us outside working hours.

    Args:
        emergency_phone: the number that customers are given.
        night: the hours that the column `night` of decision tables means.
        rules: the table that says, by severity, who is called and by when we answer.
        calls: whom a call reaches, in what order.
        morning: who gets the list of the night.
    """

    emergency_phone: str
    night: tuple[TimeText, TimeText]
    rules: TableShape
    calls: tuple[CallShape, ...]
    morning: MorningShape
    provisions: tuple[NamedRow, ...]
