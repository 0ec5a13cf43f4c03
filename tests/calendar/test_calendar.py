"""What a calendar answers: by known days, and at the edges of its hours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.calendar import (
    CLOSED,
    WHOLE_DAY,
    Calendar,
    CalendarError,
    Due,
    PublicDays,
    parse_length,
    parse_spans,
)

HOUR = timedelta(hours=1)
At = Callable[[str], datetime]


@pytest.mark.parametrize(
    ("begins", "hours", "due"),
    [
        ("2026-03-02 09:00", 3, "2026-03-02 12:00"),
        ("2026-03-02 09:00", 4, "2026-03-02 14:00"),
        ("2026-03-02 09:00", 8, "2026-03-02 18:00"),
        ("2026-03-02 12:30", 1, "2026-03-02 14:00"),
        ("2026-03-02 02:13", 2, "2026-03-02 11:00"),
        ("2026-03-02 20:00", 2, "2026-03-03 11:00"),
        ("2026-03-06 17:00", 2, "2026-03-09 10:00"),
        ("2026-03-02 02:13", 0, "2026-03-02 02:13"),
        ("2026-09-30 17:00", 2, "2026-10-08 10:00"),
        ("2026-09-19 12:00", 1, "2026-09-20 10:00"),
    ],
)
def test_a_limit_runs_out_when_its_working_time_has_passed(
    office: Calendar, at: At, begins: str, hours: int, due: str
) -> None:
    """Within a day, over lunch, from the night, over a weekend, over a holiday, on a make-up day.

    What ends exactly at lunch or at closing time is due then; no time at all is due at once.
    """
    assert Due(at(due)) == office.add(at(begins), hours * HOUR)


def test_opening_is_open_and_closing_is_not(office: Calendar, at: At) -> None:
    """Spans are half open, as hours are."""
    moments = ["08:59", "09:00", "11:59", "12:00", "13:00", "17:59", "18:00"]

    found = [office.is_open(at(f"2026-03-02 {moment}")) for moment in moments]

    assert [False, True, True, False, True, True, False] == found


def test_the_next_opening_is_now_if_it_is_open(office: Calendar, at: At) -> None:
    """And else the first hour to come, over holidays too."""
    assert Due(at("2026-03-02 10:00")) == office.next_open(at("2026-03-02 10:00"))
    assert Due(at("2026-03-02 13:00")) == office.next_open(at("2026-03-02 12:00"))
    assert Due(at("2026-02-24 09:00")) == office.next_open(at("2026-02-14 18:00"))


def test_a_make_up_saturday_works_and_the_same_saturday_a_year_later_does_not(
    office: Calendar, at: At
) -> None:
    """Make-up days are of one year alone."""
    assert office.is_open(at("2026-02-14 10:00"))
    assert not office.is_open(at("2027-02-13 10:00"))
    assert not office.is_open(at("2025-02-15 10:00"))


def test_the_make_up_days_of_known_years_are_the_announced_ones() -> None:
    """Eight in 2024, five in 2025, six in 2026."""
    public = PublicDays("CN")

    def makeup(year: int) -> list[date]:
        days = [date(year, 1, 1) + timedelta(days=index) for index in range(366)]
        return [day for day in days if public.works(day)]

    assert 8 == len(makeup(2024))
    assert 5 == len(makeup(2025))
    assert [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)] == [
        (day.month, day.day) for day in makeup(2026)
    ]


def test_a_year_without_announced_make_up_days_is_not_trusted(office: Calendar, at: At) -> None:
    """The library answers for 2027 in silence; what depends on it is provisional."""
    before = office.add(at("2026-12-30 09:00"), 16 * HOUR)
    after = office.add(at("2026-12-30 09:00"), 17 * HOUR)

    assert Due(at("2026-12-31 18:00")) == before
    assert after.provisional
    assert office.next_open(at("2026-12-31 18:00")).provisional
    assert [True, True, False, False] == [office.knows(y) for y in (2025, 2026, 2027, 2099)]


def test_an_unknown_year_is_told_sixty_days_ahead(office: Calendar, at: At) -> None:
    """Early enough to write its days down."""
    assert office.unknown_year(at("2026-11-01 12:00"), 60) is None
    assert 2027 == office.unknown_year(at("2026-11-02 12:00"), 60)
    assert 2027 == office.unknown_year(at("2027-05-02 12:00"), 60)


def test_days_of_our_own_go_before_the_table_and_make_a_year_known(at: At) -> None:
    """Companies differ, and know the next year before the library does."""
    hours = parse_spans(["09:00-12:00", "13:00-18:00"])
    own = {date(2026, 2, 14): CLOSED, date(2027, 2, 20): hours}
    calendar = Calendar(
        ZoneInfo("Asia/Shanghai"),
        [hours] * 5 + [CLOSED] * 2,
        public=PublicDays("CN"),
        own=own,
        known=frozenset([2027]),
    )

    assert not calendar.is_open(at("2026-02-14 10:00"))
    assert calendar.is_open(at("2027-02-20 10:00"))
    assert Due(at("2027-03-01 10:00")) == calendar.add(at("2027-03-01 09:00"), HOUR)
    assert calendar.unknown_year(at("2027-06-01 10:00"), 60) is None


def test_other_countries_have_their_own_days() -> None:
    """Bavaria has a day that Berlin has not; an unknown country is named."""
    assert "" == PublicDays("DE").holiday(date(2026, 1, 6))
    assert PublicDays("DE", "BY").holiday(date(2026, 1, 6))
    assert PublicDays("DE").knows(2030)
    with pytest.raises(ValueError, match="XX"):
        PublicDays("XX")
    with pytest.raises(ValueError, match="QQ"):
        PublicDays("DE", "QQ")


def test_round_the_clock_is_always_open_and_counts_plain_time() -> None:
    """Its day has 24 hours, and no year is unknown to it."""
    always = Calendar.round_the_clock()
    night = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)

    assert always.is_open(night)
    assert Due(night) == always.next_open(night)
    assert Due(night + 30 * HOUR) == always.add(night, 30 * HOUR)
    assert 5 * HOUR == always.between(night, night + 5 * HOUR)
    assert 24 * HOUR == always.nominal


def test_business_time_backwards_is_none(office: Calendar, at: At) -> None:
    """A clock that ran back takes nothing away."""
    assert timedelta(0) == office.between(at("2026-03-03 10:00"), at("2026-03-02 10:00"))


def test_a_calendar_without_hours_says_so() -> None:
    """Instead of looking for ever."""
    never = Calendar(ZoneInfo("UTC"), [CLOSED] * 7)
    now = datetime(2026, 1, 1, tzinfo=UTC)

    with pytest.raises(CalendarError, match="twenty years"):
        never.add(now, HOUR)
    with pytest.raises(CalendarError, match="twenty years"):
        never.next_open(now)


def test_an_hour_that_comes_twice_counts_twice_and_one_that_is_skipped_not_at_all() -> None:
    """The wall clock says what is open."""
    berlin = Calendar(ZoneInfo("Europe/Berlin"), [parse_spans(["02:00-03:00"])] * 7)
    autumn = datetime(2026, 10, 25, tzinfo=UTC)
    spring = datetime(2026, 3, 29, tzinfo=UTC)

    assert 2 * HOUR == berlin.between(autumn, autumn + 6 * HOUR)
    assert timedelta(0) == berlin.between(spring, spring + 6 * HOUR)


def test_old_summer_time_of_shanghai_is_minded(office: Calendar) -> None:
    """In 1988 the office opened an hour earlier by the sun."""
    assert office.is_open(datetime(1988, 7, 4, 0, 30, tzinfo=UTC))
    assert not office.is_open(datetime(2026, 7, 6, 0, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["9-12"], "no span of time"),
        (["09:00-25:00"], "00:00 to 24:00"),
        (["09:61-10:00"], "00:00 to 24:00"),
        (["12:00-09:00"], "ends before it begins"),
        (["09:00-12:00", "11:00-13:00"], "begins before 09:00-12:00 has ended"),
    ],
)
def test_a_span_that_can_not_be_is_refused(texts: list[str], told: str) -> None:
    """With what would be right."""
    with pytest.raises(ValueError, match=told):
        parse_spans(texts)


def test_a_whole_day_is_a_span_and_a_week_has_seven_days() -> None:
    """Midnight may be written as 24:00."""
    assert WHOLE_DAY == parse_spans(["00:00-24:00"])
    assert "00:00-24:00" == str(WHOLE_DAY[0])
    with pytest.raises(ValueError, match="seven days"):
        Calendar(ZoneInfo("UTC"), [WHOLE_DAY])


@pytest.mark.parametrize(
    ("text", "hours"),
    [("30 min", 0.5), ("2 bh", 2), ("4h", 4), ("2 wd", 16), ("1.5 小时", 1.5), ("2工作日", 16)],
)
def test_lengths_are_counted_in_the_calendar_s_own_hours(
    office: Calendar, text: str, hours: float
) -> None:
    """A working day is as long as an ordinary one: eight hours here, 24 round the clock."""
    assert hours * HOUR == parse_length(text).on(office)
    assert 48 * HOUR == parse_length("2 wd").on(Calendar.round_the_clock())


@pytest.mark.parametrize("text", ["", "soon", "5", "5 days", "-1 h"])
def test_a_length_without_sense_is_refused(text: str) -> None:
    """And told how one is written."""
    with pytest.raises(ValueError, match="such as 30 min, 4 bh or 2 wd"):
        parse_length(text)
