"""SOQL's words and functions for dates, in the zone of the user who asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

import pytest
from hub_crm.sandbox.soql.dates import PARTS, Calendar, calendar_for, span, takes_number
from hub_crm.sandbox.soql.nodes import DateLiteral

Run: TypeAlias = Callable[[str], list[dict[str, Any]]]
Names: TypeAlias = Callable[[str], list[str]]
WEDNESDAY = date(2026, 7, 15)


@pytest.mark.parametrize(
    ("word", "number", "first", "after"),
    [
        ("TODAY", 0, "2026-07-15", "2026-07-16"),
        ("YESTERDAY", 0, "2026-07-14", "2026-07-15"),
        ("TOMORROW", 0, "2026-07-16", "2026-07-17"),
        ("THIS_WEEK", 0, "2026-07-13", "2026-07-20"),
        ("LAST_WEEK", 0, "2026-07-06", "2026-07-13"),
        ("NEXT_WEEK", 0, "2026-07-20", "2026-07-27"),
        ("THIS_MONTH", 0, "2026-07-01", "2026-08-01"),
        ("LAST_MONTH", 0, "2026-06-01", "2026-07-01"),
        ("NEXT_MONTH", 0, "2026-08-01", "2026-09-01"),
        ("LAST_90_DAYS", 0, "2026-04-16", "2026-07-16"),
        ("NEXT_90_DAYS", 0, "2026-07-16", "2026-10-14"),
        ("LAST_N_DAYS", 3, "2026-07-12", "2026-07-16"),
        ("NEXT_N_DAYS", 3, "2026-07-16", "2026-07-19"),
        ("N_DAYS_AGO", 3, "2026-07-12", "2026-07-13"),
        ("LAST_N_WEEKS", 2, "2026-06-29", "2026-07-13"),
        ("NEXT_N_WEEKS", 2, "2026-07-20", "2026-08-03"),
        ("N_WEEKS_AGO", 2, "2026-06-29", "2026-07-06"),
        ("LAST_N_MONTHS", 8, "2025-11-01", "2026-07-01"),
        ("NEXT_N_MONTHS", 6, "2026-08-01", "2027-02-01"),
        ("N_MONTHS_AGO", 7, "2025-12-01", "2026-01-01"),
        ("THIS_QUARTER", 0, "2026-07-01", "2026-10-01"),
        ("LAST_QUARTER", 0, "2026-04-01", "2026-07-01"),
        ("NEXT_N_QUARTERS", 2, "2026-10-01", "2027-04-01"),
        ("N_QUARTERS_AGO", 3, "2025-10-01", "2026-01-01"),
        ("THIS_YEAR", 0, "2026-01-01", "2027-01-01"),
        ("LAST_N_YEARS", 2, "2024-01-01", "2026-01-01"),
        ("N_YEARS_AGO", 1, "2025-01-01", "2026-01-01"),
        ("THIS_FISCAL_YEAR", 0, "2026-02-01", "2027-02-01"),
        ("LAST_FISCAL_YEAR", 0, "2025-02-01", "2026-02-01"),
        ("THIS_FISCAL_QUARTER", 0, "2026-05-01", "2026-08-01"),
        ("LAST_N_FISCAL_QUARTERS", 2, "2025-11-01", "2026-05-01"),
        ("NEXT_N_FISCAL_YEARS", 1, "2027-02-01", "2028-02-01"),
        ("N_FISCAL_QUARTERS_AGO", 1, "2026-02-01", "2026-05-01"),
    ],
)
def test_every_word_spans_its_days(word: str, number: int, first: str, after: str) -> None:
    """Weeks begin on Monday here, fiscal years in February."""
    calendar = Calendar(today=WEDNESDAY, fiscal_month=2)

    assert takes_number(word) is (number > 0)
    assert span(DateLiteral(word, number), calendar) == (
        date.fromisoformat(first),
        date.fromisoformat(after),
    )


@pytest.mark.parametrize(
    ("function", "day", "number"),
    [
        ("CALENDAR_MONTH", "2026-07-15", 7),
        ("CALENDAR_QUARTER", "2026-07-15", 3),
        ("CALENDAR_YEAR", "2026-07-15", 2026),
        ("DAY_IN_MONTH", "2026-07-15", 15),
        ("DAY_IN_WEEK", "2026-07-12", 1),
        ("DAY_IN_WEEK", "2026-07-18", 7),
        ("DAY_IN_YEAR", "2026-02-01", 32),
        ("WEEK_IN_MONTH", "2026-07-07", 1),
        ("WEEK_IN_MONTH", "2026-07-08", 2),
        ("WEEK_IN_YEAR", "2026-01-08", 2),
        ("FISCAL_MONTH", "2026-01-31", 12),
        ("FISCAL_QUARTER", "2026-02-01", 1),
        ("FISCAL_YEAR", "2026-01-31", 2026),
        ("FISCAL_YEAR", "2026-02-01", 2027),
    ],
)
def test_functions_take_the_parts_of_a_day(function: str, day: str, number: int) -> None:
    """Sunday is day 1; a fiscal year is called after the year in which it ends."""
    calendar = Calendar(today=WEDNESDAY, fiscal_month=2)

    assert number == PARTS[function](date.fromisoformat(day), calendar)


def test_words_are_read_in_the_users_zone() -> None:
    """At 17:00 UTC it is the next day in Shanghai, and days begin at 16:00 UTC."""
    now = datetime(2026, 7, 14, 17, tzinfo=UTC)

    calendar = calendar_for(now, {"TimeZoneSidKey": "Asia/Shanghai"}, {})

    assert calendar.today == WEDNESDAY
    assert calendar.instant(WEDNESDAY) == datetime(2026, 7, 14, 16, tzinfo=UTC)


def test_a_users_week_follows_his_locale() -> None:
    """In the United States weeks begin on Sunday."""
    calendar = calendar_for(datetime(2026, 7, 15, tzinfo=UTC), {"LocaleSidKey": "en_US"}, {})

    assert span(DateLiteral("THIS_WEEK"), calendar)[0] == date(2026, 7, 12)


def test_words_compare_with_instants_and_days(names: Names) -> None:
    """A span holds what lies within; before it is less, behind it is more."""
    earlier, within, later = (names(f"Since__c {sign} TODAY") for sign in ("<", "=", ">"))

    assert (len(earlier), within, later) == (3, ["丁 大学", "alpha Beta"], ["Zeta"])
    assert sorted(names("Since__c <= TODAY")) == sorted(earlier + within)
    assert sorted(names("Since__c >= TODAY")) == sorted(within + later)
    assert sorted(names("Since__c != TODAY")) == sorted(earlier + later + names("Since__c = null"))


def test_functions_of_dates_can_be_compared(names: Names, run: Run) -> None:
    """Parts of dates are numbers; DAY_ONLY gives a day, in the user's zone if so asked."""
    day = names("DAY_ONLY(Since__c) = 2026-01-05")
    local = names("DAY_ONLY(convertTimezone(Since__c)) = 2026-01-05")
    hours = names("HOUR_IN_DAY(convertTimezone(Since__c)) = 9")

    assert day != local
    assert hours == ["丁 大学"]
    assert names("CALENDAR_YEAR(Service_Until__c) = 2025") == names("Service_Until__c < 2026-01-01")
    assert run("SELECT Id FROM Account WHERE FISCAL_YEAR(CreatedDate) > 2026") == []


def test_distances_are_measured_along_the_globe(run: Run, names: Names) -> None:
    """From Beijing to Shanghai it is about 1070 km."""
    place = "DISTANCE(Place__c, GEOLOCATION(31.2, 121.5), 'km')"

    assert names(f"{place} > 1060 AND Name != '海滨学院'") == ["Alpha"]
    assert names(f"{place} < 1") == names("Place__Latitude__s = 31.2")
    assert len(run(f"SELECT Name FROM Account ORDER BY {place} DESC NULLS LAST LIMIT 1")) == 1
