"""Weeks and months, and when the summary of one is due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.handbook import Handbook
from hub.reports import due_at, last_ended, period_of
from hub.reports.periods import Every

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("every", "name", "first", "following"),
    [
        ("week", "2026-W48", date(2026, 11, 23), date(2026, 11, 30)),
        ("week", "2026-W53", date(2026, 12, 28), date(2027, 1, 4)),
        ("month", "2026-02", date(2026, 2, 1), date(2026, 3, 1)),
        ("month", "2026-12", date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_a_period_has_the_days_of_its_name(
    every: Every, name: str, first: date, following: date
) -> None:
    """Weeks are counted as ISO 8601 does."""
    period = period_of(every, name)

    assert (first, following, name) == (period.first, period.following, str(period))


@pytest.mark.parametrize(
    ("every", "name", "told"),
    [
        ("week", "2026-48", "no week, such as 2026-W48"),
        ("week", "2025-W53", "no week"),
        ("month", "2026-13", "no month, such as 2026-11"),
        ("month", "last", "no month"),
    ],
)
def test_what_names_no_period_is_refused(every: Every, name: str, told: str) -> None:
    """With an example of what would."""
    with pytest.raises(ValueError, match=told):
        period_of(every, name)


@given(st.sampled_from(["week", "month"]), st.integers(0, 20 * 366 * 24))
def test_each_period_begins_where_the_one_before_ends(every: Every, hours: int) -> None:
    """No day is in two periods, none is in none, and the latest that is over has just ended."""
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours)

    latest = last_ended(every, now, SHANGHAI)

    today = now.astimezone(SHANGHAI).date()
    assert latest.before.following == latest.first
    assert latest.following <= today
    assert (today - latest.following).days < (7 if every == "week" else 31)
    assert period_of(every, str(latest)) == latest


@pytest.mark.parametrize(
    ("report", "period", "due"),
    [
        ("weekly", "2026-W09", datetime(2026, 3, 2, 1, 0, tzinfo=UTC)),
        # The Monday after is a holiday: 2026-05-01 to 05-05; it opens on Wednesday.
        ("weekly", "2026-W18", datetime(2026, 5, 6, 1, 0, tzinfo=UTC)),
        # The first of March is a Sunday.
        ("monthly", "2026-02", datetime(2026, 3, 2, 1, 0, tzinfo=UTC)),
        ("monthly", "2026-03", datetime(2026, 4, 1, 1, 0, tzinfo=UTC)),
    ],
)
def test_a_summary_is_due_when_somebody_works(
    handbook: Handbook, report: str, period: str, due: datetime
) -> None:
    """On its day at nine, or as soon as the office opens."""
    row = next(row for row in handbook.reports if row.id == report)

    found = due_at(
        row, period_of(row.every, period), handbook.calendars[handbook.working], handbook.zone
    )

    assert due == found
