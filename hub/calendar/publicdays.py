"""Public holidays and make-up working days of a country, from the library that keeps them.

Some countries turn weekend days into working days to make up for long holidays, and announce
that for one year at a time. Of a year that is not yet announced the library gives the holidays
and, in silence, no make-up days. So a year of such a country is known only if it lies between
years that have some.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from typing import Final

import holidays

HOLIDAYS: Final = version("holidays")
"""The version of the tables: with another one, times can come out differently."""
_FIRST: Final = 2000
_LAST: Final = 2050
"""The years in which make-up days are looked for: further ahead nobody announces any."""


@dataclass(frozen=True, slots=True)
class _Year:
    names: Mapping[date, str]
    working: frozenset[date]


class PublicDays:
    """The public days of a country, or of one of its parts.

    Args:
        country: ISO 3166-1 code, such as CN.
        part: ISO 3166-2 code of a part without the country, such as BY; empty for all of it.

    Raises:
        ValueError: the library knows no such country, or no such part of it.
    """

    def __init__(self, country: str, part: str = "") -> None:
        self.country = country
        self.part = part
        try:
            table = _table(country, part, ())
        except NotImplementedError as error:
            raise ValueError(f"no public holidays are known: {error}") from None
        self._first, self._last = table.start_year, table.end_year
        self._years: dict[int, _Year] = {}

    def holiday(self, day: date) -> str:
        """Give a public holiday's name; empty if the day is none."""
        return self._year(day.year).names.get(day, "")

    def works(self, day: date) -> bool:
        """Say whether a weekend day was declared a working day."""
        return day in self._year(day.year).working

    def knows(self, year: int) -> bool:
        """Say whether all holidays and make-up days of a year are known."""
        announced = _makeup_years(self.country, self.part)
        if announced:
            return announced[0] <= year <= announced[-1]
        return self._first <= year <= self._last

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            table = _table(self.country, self.part, (year,))
            names = {day: name for day, name in table.items() if day.year == year}
            working = frozenset(day for day in table.weekend_workdays if day.year == year)
            found = self._years[year] = _Year(names, working - names.keys())
        return found


def _table(country: str, part: str, years: tuple[int, ...]) -> holidays.HolidayBase:
    return holidays.country_holidays(country, subdiv=part or None, years=years, expand=False)


@lru_cache(maxsize=32)
def _makeup_years(country: str, part: str) -> tuple[int, ...]:
    """Give the years that have make-up days, in order."""
    span = _table(country, part, ())
    surveyed = range(max(_FIRST, span.start_year), min(_LAST, span.end_year) + 1)
    table = _table(country, part, tuple(surveyed))
    return tuple(sorted({day.year for day in table.weekend_workdays}))
