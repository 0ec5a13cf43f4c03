"""The figures of a summary, beside those that were tallied when the cases were made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from hub.handbook import Handbook
from hub.models import Item
from hub.reports import Move, Period, Summary, summarise
from hub.reports.summary import BANDS, band_of
from tests.reports.histories import History, made_up


def counted(handbook: Handbook, week: Period, history: History) -> Summary:
    """Summarise a history."""
    start, end = week.bounds(handbook.zone)
    return summarise(history.items, history.moves, start, end, ["response", "resolution"])


@pytest.mark.parametrize("seed", range(20))
def test_the_figures_are_those_of_an_independent_count(
    handbook: Handbook, week: Period, seed: int
) -> None:
    """What happened in the week, and what was open at its end, whatever happened afterwards."""
    history = made_up(handbook, seed, 80)

    summary = counted(handbook, week, history)

    names = ("opened", "resolved", "closed", "open", "reopened", "hand_offs", "missed")
    assert {name: history.tally[name] for name in names} == {
        name: getattr(summary.total, name) for name in names
    }
    for role in ("trainer", "consultant"):
        assert history.tally[f"to {role}"] == summary.receivers.get(role, 0)
    for severity, bands in summary.ageing.items():
        assert history.tally[f"open {severity}"] == sum(bands)
    for kind, figures in summary.groups["issue_type"].items():
        assert history.tally.get(f"open of {kind}", 0) == figures.open


def test_every_dimension_adds_up_to_the_total(
    handbook: Handbook, week: Period, history: History
) -> None:
    """No case is lost between types, products, customers and severities."""
    summary = counted(handbook, week, history)

    for groups in summary.groups.values():
        assert summary.total.open == sum(figures.open for figures in groups.values())
        assert summary.total.opened == sum(figures.opened for figures in groups.values())


def test_a_summary_of_the_past_is_the_same_whenever_it_is_made(
    handbook: Handbook, week: Period, history: History
) -> None:
    """What cases became after the week does not count."""
    later = History(
        [replace(item, fields={**item.fields, "state": "closed"}) for item in history.items],
        [*history.moves, Move("ITEM0001", datetime(2026, 6, 1, tzinfo=UTC), "state", "reopened")],
    )

    assert counted(handbook, week, history) == counted(handbook, week, later)


def test_a_target_is_met_if_its_clock_ends_in_time_and_missed_when_it_runs_out(
    handbook: Handbook, week: Period
) -> None:
    """A late answer misses once, when the limit ran out, and is not met afterwards."""
    start, _ = week.bounds(handbook.zone)
    begun, late = start + timedelta(hours=9), start + timedelta(hours=11)

    def case(name: str, ended: datetime, *breaches: datetime) -> Item:
        clock = f"response {begun.isoformat()}/{ended.isoformat()}"
        marks = [f"response {at.isoformat()}" for at in breaches]
        return Item(
            id=name, kind="case", opened_at=begun, fields={"clocks": [clock], "breaches": marks}
        )

    in_time = case("A", begun + timedelta(hours=1))
    too_late = case("B", begun + timedelta(hours=3), late)
    summary = counted(handbook, week, History([in_time, too_late]))

    kept = {each.target: (each.met, each.missed) for each in summary.targets}
    assert {"response": (1, 1), "resolution": (0, 0)} == kept


def test_ratings_given_within_the_period_are_gathered(handbook: Handbook, week: Period) -> None:
    """Those of other weeks are theirs."""
    start, end = week.bounds(handbook.zone)
    item = Item(id="A", kind="case", opened_at=start - timedelta(days=9), fields={})
    given = [(start - timedelta(hours=1), 1), (start, 5), (start + timedelta(days=2), 4), (end, 2)]
    moves = [Move("A", at, "satisfaction", rating) for at, rating in given]

    assert (5, 4) == counted(handbook, week, History([item], moves)).ratings


def test_what_is_no_case_is_not_counted(handbook: Handbook, week: Period) -> None:
    """A summary is an item as well."""
    start, _ = week.bounds(handbook.zone)
    other = Item(id="report:weekly:2026-W09", kind="report", opened_at=start, fields={})

    assert 0 == counted(handbook, week, History([other])).total.opened


@pytest.mark.parametrize(("days", "band"), [(0, 0), (1, 0), (2, 1), (30, 4), (31, len(BANDS))])
def test_an_age_has_one_band(days: int, band: int) -> None:
    """The last is open to above."""
    assert band == band_of(days)
