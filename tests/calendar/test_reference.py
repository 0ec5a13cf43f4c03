"""The calendar's arithmetic against a count minute by minute, over twenty years."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.calendar import CLOSED, Calendar, PublicDays, parse_spans
from hub.handbook.timing import Clock, Pause, due
from hub.models import Limit
from tests.calendar.conftest import MINUTE, OFFICE, TERMS, Reference, Terms

FIRST = datetime(2008, 1, 1, tzinfo=UTC)
LAST = datetime(2027, 12, 31, tzinfo=UTC)
CHINESE = Terms("Asia/Shanghai", [OFFICE] * 5 + [CLOSED] * 2, country="CN")

INSTANTS = st.integers(0, int((LAST - FIRST) / MINUTE)).map(lambda n: FIRST + n * MINUTE)
NAMES = st.sampled_from(sorted(TERMS))
CHANGES = st.sampled_from(
    [
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),  # Berlin forward
        datetime(2026, 10, 25, 1, 0, tzinfo=UTC),  # Berlin back
        datetime(2026, 11, 1, 6, 0, tzinfo=UTC),  # New York back
        datetime(2026, 4, 4, 15, 0, tzinfo=UTC),  # Lord Howe back by half an hour
        datetime(2026, 11, 1, 5, 0, tzinfo=UTC),  # Havana back, to midnight
        datetime(2011, 12, 30, 10, 0, tzinfo=UTC),  # Apia leaves out a day
    ]
)


@lru_cache
def calendar(name: str) -> Calendar:
    """Give a calendar; its days stay laid out from one example to the next."""
    return TERMS[name].calendar() if name in TERMS else CHINESE.calendar()


@lru_cache
def chinese() -> Reference:
    """Give the reference for Chinese office hours, with the table's days spelt out."""
    public = PublicDays("CN")
    days = [date(2007, 12, 1) + timedelta(days=index) for index in range(7500)]
    makeup = frozenset(day for day in days if public.works(day))
    closed = frozenset(day for day in days if public.holiday(day))
    return Reference(CHINESE, makeup, closed)


def reference(name: str) -> Reference:
    """Give the reference of a calendar."""
    return Reference(TERMS[name], frozenset(), frozenset())


@given(NAMES, INSTANTS, st.integers(0, 900))
@settings(max_examples=60, deadline=None)
def test_adding_agrees_with_counting(name: str, start: datetime, minutes: int) -> None:
    """In all zones, from any minute, nights and gaps included."""
    expected = reference(name).add(start, minutes)

    assert expected == calendar(name).add(start, minutes * MINUTE).at


@given(NAMES, INSTANTS, st.integers(0, 6000))
@settings(max_examples=60, deadline=None)
def test_what_has_passed_agrees_with_counting(name: str, start: datetime, minutes: int) -> None:
    """Between any two minutes."""
    end = start + minutes * MINUTE

    expected = reference(name).between(start, end) * MINUTE

    assert expected == calendar(name).between(start, end)


@given(NAMES, CHANGES, st.integers(-1500, 1500), st.integers(0, 400))
@settings(max_examples=80, deadline=None)
def test_nights_on_which_the_clock_changes_agree_with_counting(
    name: str, change: datetime, before: int, minutes: int
) -> None:
    """Hours that come twice, that are left out, and a day that never was."""
    start = change + before * MINUTE

    assert reference(name).is_open(start) is calendar(name).is_open(start)
    assert reference(name).add(start, minutes) == calendar(name).add(start, minutes * MINUTE).at


@given(INSTANTS, st.integers(0, 1200))
@settings(max_examples=60, deadline=None)
def test_holidays_and_make_up_days_agree_with_counting(start: datetime, minutes: int) -> None:
    """Twenty years of Chinese office hours."""
    expected = chinese().add(start, minutes)

    assert expected == calendar("chinese").add(start, minutes * MINUTE).at


@given(NAMES, INSTANTS, st.integers(1, 5000), st.integers(1, 5000))
@settings(max_examples=60, deadline=None)
def test_a_limit_can_be_used_up_in_parts(
    name: str, start: datetime, first: int, second: int
) -> None:
    """As it is when it pauses: two parts take as long as the whole."""
    whole = calendar(name).add(start, (first + second) * MINUTE).at

    half = calendar(name).add(start, first * MINUTE).at

    assert whole == calendar(name).add(half, second * MINUTE).at
    assert (first + second) * MINUTE == calendar(name).between(start, whole)


PAUSES = st.lists(st.tuples(st.integers(-300, 3000), st.integers(0, 1500)), max_size=4)


@given(NAMES, INSTANTS, st.integers(1, 500), PAUSES)
@settings(max_examples=60, deadline=None)
def test_limits_with_pauses_agree_with_counting(
    name: str, start: datetime, minutes: int, spans: list[tuple[int, int]]
) -> None:
    """Pauses of any length, that touch, overlap, or began before the clock did."""
    pauses = [
        Pause("waiting", start + first * MINUTE, start + (first + long) * MINUTE)
        for first, long in spans
    ]
    limit = Limit(target="response", length=f"{minutes} min", calendar=name)
    counted, expected, left = reference(name), start, minutes
    while left:
        still = any(each.start <= expected < (each.end or LAST) for each in pauses)
        left -= counted.is_open(expected) and not still
        expected += MINUTE

    found = due(Clock("response", start), limit, pauses, {name: calendar(name)})

    assert found is not None
    assert expected == found.at


WEEKS = st.lists(
    st.lists(st.integers(0, 96), max_size=4, unique=True).map(
        lambda marks: tuple(
            f"{a // 4:02d}:{a % 4 * 15:02d}-{b // 4:02d}:{b % 4 * 15:02d}"
            for a, b in zip(sorted(marks)[::2], sorted(marks)[1::2], strict=False)
        )
    ),
    min_size=7,
    max_size=7,
).filter(any)


@given(WEEKS, INSTANTS, st.integers(0, 300))
@settings(max_examples=50, deadline=None)
def test_any_week_agrees_with_counting(
    week: list[tuple[str, ...]], start: datetime, minutes: int
) -> None:
    """Half days, days without hours, breaks of any length."""
    terms = Terms("Europe/Berlin", [parse_spans(day) for day in week])
    expected = Reference(terms, frozenset(), frozenset()).add(start, minutes)

    assert expected == terms.calendar().add(start, minutes * MINUTE).at


@pytest.mark.soak
@pytest.mark.parametrize("name", [*sorted(TERMS), "chinese"])
def test_every_minute_of_twenty_years_agrees(name: str) -> None:
    """All ten million of them, in each calendar."""
    counted, exact = chinese() if name == "chinese" else reference(name), calendar(name)
    wrong = [
        at
        for index in range(int((LAST - FIRST) / MINUTE))
        if counted.is_open(at := FIRST + index * MINUTE) is not exact.is_open(at)
    ]

    assert [] == wrong


def test_the_zones_of_the_reference_change_their_clocks() -> None:
    """Else the nights above would prove nothing."""
    berlin = ZoneInfo("Europe/Berlin")
    night = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    folds = [(night + timedelta(hours=h)).astimezone(berlin).fold for h in (0, 1)]

    assert [0, 1] == folds
