"""The shape of `reports.yaml`: which summaries are compiled, when, and for whom."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from hub.handbook.shapes import Language, NamedRow
from hub.handbook.timeshapes import WEEKDAYS
from hub.settings import Settings


def _time(text: str) -> str:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise ValueError(f"{text!r} is no time of day, such as 09:00")
    return text


TimeOfDay: TypeAlias = Annotated[str, AfterValidator(_time)]
"""A time by the handbook's clock: `09:00`."""


class ReportShape(NamedRow):
    """One summary: of each week or month, sent on a weekday or a day of the month after it.

    If the working calendar is closed then, it is sent as soon as it opens. `tell` are roles;
    each language gets a mail of its own, by default the handbook's.
    """

    every: Literal["week", "month"]
    on: str | int
    at: TimeOfDay
    tell: tuple[str, ...] = Field(min_length=1)
    languages: tuple[Language, ...] = ()

    @model_validator(mode="after")
    def _on_a_day(self) -> Self:
        if self.every == "week" and self.on not in WEEKDAYS:
            raise ValueError(f"a weekly summary is sent on one of {', '.join(WEEKDAYS)}")
        if self.every == "month" and self.on not in range(1, 29):
            raise ValueError("a monthly summary is sent on a day from 1 to 28 of the next month")
        return self


class ReportsShape(Settings):
    """`reports.yaml`."""

    reports: tuple[ReportShape, ...] = ()
