"""`calendar.yaml`: what the shipped one says, and every defect with its line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.errors import Problem
from hub.handbook import Handbook, load_handbook

Breaker = Callable[..., tuple[Problem, ...]]
Finder = Callable[[str, str], int]

HOURS = 'mon-fri: ["09:00-12:00", "13:00-18:00"]'
DAY = """days:
  - {{id: party, zh: 年会, en: party, calendars: [office], clause: P01, origin: default, {0}}}
"""


def test_the_shipped_calendars_are_office_hours_and_round_the_clock(handbook: Handbook) -> None:
    """Eight hours a day in Shanghai, and all hours of all days."""
    office, always = handbook.calendars["office"], handbook.calendars["around_the_clock"]

    assert timedelta(hours=8) == office.nominal
    assert "Asia/Shanghai" == str(office.zone)
    assert office.is_open(datetime(2026, 2, 14, 2, 0, tzinfo=UTC))
    assert always.always
    assert "office" == handbook.working
    assert "calendar.yaml:15" == handbook.calendar_rows["office"].source


def test_days_of_our_own_are_closed_working_or_have_their_hours(copy: Path) -> None:
    """Single dates and dates in a row."""
    file = copy / "calendar.yaml"
    rows = "".join(
        f"  - {{id: d{number}, zh: 日, en: day, calendars: [office], clause: P01, origin: default, "
        f"dates: [{dates}], hours: {hours}}}\n"
        for number, (dates, hours) in enumerate(
            [
                ('"2026-03-02..2026-03-03"', "closed"),
                ('"2026-03-07"', "workday"),
                ('"2026-03-04"', '["10:00-11:00"]'),
            ]
        )
    )
    text = file.read_text(encoding="utf-8").replace("days: []", f"days:\n{rows}")
    file.write_text(text, encoding="utf-8")

    office = load_handbook(copy).calendars["office"]

    def hours(day: int) -> float:
        begin = datetime(2026, 3, day, tzinfo=UTC) - timedelta(hours=8)
        return office.between(begin, begin + timedelta(days=1)) / timedelta(hours=1)

    assert [0, 0, 1, 8, 8, 8, 0] == [hours(day) for day in range(2, 9)]


def test_a_year_that_is_near_and_not_known_is_told_with_its_remedy(handbook: Handbook) -> None:
    """Sixty days ahead; a calendar without public days has no such year."""
    found = handbook.unknown_years(datetime(2026, 11, 15, tzinfo=UTC))

    assert [("office", 2027)] == [(each.calendar, each.year) for each in found]
    assert "known_years of calendar.yaml:15" in found[0].remedy
    assert [] == handbook.unknown_years(datetime(2026, 10, 15, tzinfo=UTC))


@pytest.mark.parametrize(
    ("old", "new", "what", "remedy", "stands_at"),
    [
        (HOURS, 'mon-fry: ["09:00-12:00"]', "names no weekday", "", "mon-fry"),
        (HOURS, 'fri-mon: ["09:00-12:00"]', "runs backwards", "", "fri-mon"),
        (HOURS, 'mon-fri: ["9 to 5"]', "is no span of time, such as 09:00-12:00", "", "9 to 5"),
        (HOURS, 'mon: ["18:00-09:00"]', "ends before it begins", "", "18:00-09:00"),
        (HOURS, 'mon: ["09:00-12:00", "11:00-13:00"]', "begins before", "", "11:00-13:00"),
        (
            HOURS,
            'mon-fri: ["09:00-12:00"]\n      fri: ["09:00-11:00"]',
            "office: fri has its hours twice",
            "name each weekday once",
            '      fri: ["09:00-11:00"]',
        ),
        (HOURS, "mon-fri: []", "office is never open", "give some weekday its hours", "week:"),
        (
            "zone: Asia/Shanghai",
            "zone: Asia/Peking",
            "unknown time zone 'Asia/Peking'",
            "Asia/Shanghai",
            "Asia/Peking",
        ),
        ("country: CN", "country: XX", "no public holidays are known", "DE-BY", "country: XX"),
        ("working: office", "working: ofice", "unknown calendar 'ofice'", "office", "ofice"),
        ("id: around_the_clock", "id: office", "office is given twice", "", "{line 2}"),
        (
            "country: CN",
            "country: CN\n    known_years: [2027]",
            "2027 is called known, and not one of its days is given",
            "write its holidays",
            "known_years: [2027]",
        ),
        (
            "days: []\n",
            DAY.format('dates: ["2026-13-01"], hours: closed'),
            "is no date, such as 2027-02-05",
            "",
            "id: party",
        ),
        (
            "days: []\n",
            DAY.format('dates: ["2026-03-02..2026-03-01"], hours: closed'),
            "does not run from a date to a later one",
            "",
            "id: party",
        ),
        (
            "days: []\n",
            DAY.format('dates: ["2026-03-02", "2026-03-01..2026-03-03"], hours: closed'),
            "party: 2026-03-02 of office is settled twice",
            "name each date once",
            "id: party",
        ),
        (
            "days: []\n",
            DAY.format('dates: ["2026-03-02"], hours: closed').replace("[office]", "[ofice]"),
            "party: unknown calendar 'ofice'",
            "known: office, around_the_clock",
            "id: party",
        ),
    ],
)
def test_each_defect_of_a_calendar_has_its_message_and_line(
    broken: Breaker, line_of: Finder, old: str, new: str, what: str, remedy: str, stands_at: str
) -> None:
    """What is wrong, where, and what would be right."""
    problems = broken("calendar.yaml", (old, new))

    found = [each for each in problems if what in each.what]
    assert found, problems
    assert remedy in found[0].remedy
    if stands_at != "{line 2}":
        assert line_of("calendar.yaml", stands_at) == found[0].line
