"""Targets: what is promised by when, what stops the clock, what is reckoned anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hub.core.plugins import PluginHost
from hub.handbook import Handbook, load_handbook
from hub.hookspecs import hookimpl
from hub.models import Item, Limit, Targets, Why
from hub.rules.targets import TargetRules
from tests.rules.lives import Life, wall

Edited = Callable[..., Handbook]


@pytest.fixture
def edited(tmp_path: Path) -> Edited:
    """Give a function that loads the shipped handbook with a text replaced in a file."""

    def edit(file: str, old: str, new: str) -> Handbook:
        shipped = Path(__file__).parents[2] / "config" / "handbook"
        folder = Path(shutil.copytree(shipped, tmp_path / f"book{len(list(tmp_path.iterdir()))}"))
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return load_handbook(folder)

    return edit


@pytest.mark.parametrize(
    ("severity", "opened", "response", "resolution"),
    [
        ("critical", "2026-02-14 02:13", "2026-02-14 02:43", "2026-02-15 02:13"),
        ("urgent", "2026-03-02 16:00", "2026-03-02 18:00", "2026-03-04 16:00"),
        ("urgent", "2026-03-02 22:00", "2026-03-03 11:00", "2026-03-04 18:00"),
        ("normal", "2026-02-13 17:00", "2026-02-14 17:00", "2026-02-27 17:00"),
        ("normal", "2025-09-30 17:00", "2025-10-09 17:00", "2025-10-14 17:00"),
    ],
)
def test_due_times_follow_severity_and_calendar(
    handbook: Handbook, severity: str, opened: str, response: str, resolution: str
) -> None:
    """Round the clock, to closing time, from the night, over a make-up Saturday and holidays."""
    life = Life(handbook, wall(opened)).opens(severity=severity)

    assert (response, resolution) == (life.local("response_due"), life.local("resolution_due"))
    assert [] == life.failures


def test_each_deadline_has_a_timer_that_cites_its_row_and_its_inputs(handbook: Handbook) -> None:
    """`hub why` shows file, line, clause, and what was reckoned with."""
    life = Life(handbook, wall("2026-03-02 16:00")).opens()

    timer = life.timers["target:response"]

    row = next(rule for rule in handbook.tables["limits"].rules if rule.id == "limits_urgent")
    assert wall("2026-03-02 18:00") == timer.due_at
    assert ("limits_urgent", row.source, "P01/时限") == (
        timer.why.rule, timer.why.source, timer.why.clause,
    )  # fmt: skip
    assert "2 bh" == timer.why.inputs["limit"]
    assert "office" == timer.why.inputs["calendar"]
    assert wall("2026-03-02 16:00").isoformat() == timer.why.inputs["started"]


def test_a_case_is_timed_from_its_receipt_not_from_when_it_was_read(handbook: Handbook) -> None:
    """What waited in the mailbox has waited for the customer."""
    received = wall("2026-03-02 10:00").isoformat()
    life = Life(handbook, wall("2026-03-02 11:00")).opens(received_at=received)

    assert "2026-03-02 12:00" == life.local("response_due")


def test_an_answer_ends_the_response_and_begins_the_progress_updates(handbook: Handbook) -> None:
    """Each further answer begins the next one."""
    life = Life(handbook, wall("2026-03-02 10:00")).opens()

    life.until("2026-03-02 11:00").answered()
    first = life.local("update_due")
    life.until("2026-03-03 10:00").answered()

    assert "2026-03-03 11:00" == first
    assert "2026-03-04 10:00" == life.local("update_due")
    assert "target:response" not in life.timers
    assert not [mark for mark in life.item.fields["breaches"] if not mark.startswith("plan")]  # type: ignore[union-attr]


def test_a_limit_that_ran_out_is_kept(handbook: Handbook) -> None:
    """Once, with its due time, also when the answer comes later."""
    life = Life(handbook, wall("2026-03-02 10:00")).opens().until("2026-03-02 17:00").answered()

    kept = [mark for mark in life.item.fields["breaches"] if mark.startswith("response")]  # type: ignore[union-attr]

    assert [f"response {wall('2026-03-02 12:00').isoformat()}"] == kept
    assert any("response: the limit of 2 bh ran out" in note for note in life.notes)


def test_waiting_for_the_customer_stops_the_clock(handbook: Handbook) -> None:
    """There is no due time while we wait; afterwards it is later by the working time between."""
    life = Life(handbook, wall("2026-03-02 10:00")).opens()
    assert "2026-03-04 10:00" == life.local("resolution_due")

    life.until("2026-03-02 14:00").sets(state="waiting_customer")
    assert "" == life.local("resolution_due")
    assert "target:resolution" not in life.timers
    life.until("2026-03-03 11:00").sets(state="in_progress")

    assert "2026-03-04 17:00" == life.local("resolution_due")
    assert any("resolution: due" in note and "becomes open" in note for note in life.notes)


def test_an_agreed_date_stops_the_clock_until_then(handbook: Handbook) -> None:
    """The due time is known at once, and moves with the date; taken back, it counts on."""
    life = Life(handbook, wall("2026-03-02 10:00")).opens()

    life.sets(agreed_until="2026-03-09")
    agreed = life.local("resolution_due")
    life.until("2026-03-03 10:00").sets(agreed_until="2026-03-10")
    later = life.local("resolution_due")
    life.until("2026-03-04 10:00").sets(agreed_until=None)

    assert ("2026-03-10 18:00", "2026-03-11 18:00") == (agreed, later)
    assert "2026-03-06 10:00" == life.local("resolution_due")


@pytest.mark.parametrize(
    "value", ["2026-03-09", "2026-03-09T00:00", "2026-03-09T00:00:00+08:00", "2026-03-08T16:00Z"]
)
def test_an_agreed_date_can_be_told_by_command(handbook: Handbook, value: str) -> None:
    """A date or a bare time is meant by the department's clock."""
    life = Life(handbook, wall("2026-03-02 10:00")).opens()

    life.tells("agreed", value)
    agreed = life.local("resolution_due")
    life.tells("agreed", "")

    assert ("2026-03-10 18:00", "2026-03-04 10:00") == (agreed, life.local("resolution_due"))


def test_time_at_rnd_does_not_stop_the_clock(handbook: Handbook) -> None:
    """The customer waits all the same."""
    life = Life(handbook, wall("2026-03-02 10:00")).opens()
    life.until("2026-03-02 14:00").sets(state="waiting_rnd")

    assert "2026-03-04 10:00" == life.local("resolution_due")


def test_another_severity_reckons_anew_and_tells_the_difference(handbook: Handbook) -> None:
    """From the beginning, by the other row and calendar; the journal has both times."""
    life = Life(handbook, wall("2026-03-02 10:00")).opens().until("2026-03-02 11:00")

    life.sets(severity="critical")

    assert "2026-03-03 10:00" == life.local("resolution_due")
    before, after = wall("2026-03-04 10:00").isoformat(), wall("2026-03-03 10:00").isoformat()
    assert any(f"resolution: due {before} becomes {after}" in note for note in life.notes)
    assert wall("2026-03-03 10:00") == life.timers["target:resolution"].due_at


def test_a_contract_of_its_own_goes_before_the_severity(edited: Edited) -> None:
    """A row above the others; a contract that comes later moves what is open."""
    row = """rows:
    - id: gold
      zh: 金牌合同
      en: gold contract
      clause: P01/时限
      origin: default
      when: {contract_no: [HT-1], channel: mail}
      then: {calendar: around_the_clock, resolution: 6 h}
    - id: limits_critical"""
    book = edited("targets.yaml", "rows:\n    - id: limits_critical", row)
    life = Life(book, wall("2026-03-02 22:00")).opens()
    before = life.local("resolution_due")

    life.sets(contract_no="HT-1")

    assert ("2026-03-04 18:00", "2026-03-03 04:00") == (before, life.local("resolution_due"))
    assert "" == life.local("response_due")
    assert "target:response" not in life.timers


def test_a_changed_calendar_moves_what_is_open(handbook: Handbook, edited: Edited) -> None:
    """A holiday that the company gives itself: reckoned anew, with the difference noted."""
    days = """days:
  - id: trip
    zh: 春游
    en: trip
    calendars: [office]
    dates: ["2026-03-03"]
    hours: closed
    clause: P01/时限
    origin: default
"""
    life = Life(handbook, wall("2026-03-02 10:00")).opens()
    book = edited("calendar.yaml", "days: []\n", days)
    before = life.local("resolution_due")

    life.reloads(book)

    assert ("2026-03-04 10:00", "2026-03-05 10:00") == (before, life.local("resolution_due"))
    assert any("becomes" in note and "handbook_changed" in note for note in life.notes)
    assert wall("2026-03-05 10:00") == life.timers["target:resolution"].due_at


def test_a_reopened_case_counts_on_less_the_time_it_was_solved(handbook: Handbook) -> None:
    """What was not solved was promised all the same."""
    life = Life(handbook, wall("2026-03-02 10:00")).opens()
    life.until("2026-03-02 14:00").sets(state="resolved")
    assert not [name for name in life.timers if name.startswith(("target:", "ladder:"))]

    life.until("2026-03-05 10:00").sets(state="reopened")

    assert "2026-03-06 16:00" == life.local("resolution_due")


def test_a_due_time_in_a_year_that_nobody_knows_is_provisional(handbook: Handbook) -> None:
    """And no longer, once the case is solved sooner."""
    life = Life(handbook, wall("2026-12-30 10:00")).opens(severity="normal")

    assert "resolution" in life.item.fields["provisional"]  # type: ignore[operator]
    assert "response" not in life.item.fields["provisional"]  # type: ignore[operator]


def test_a_timer_that_rings_early_is_set_again(handbook: Handbook) -> None:
    """Nothing ran out: the clock of another machine was ahead."""
    life = Life(handbook, wall("2026-03-02 10:00")).opens()

    life.rings("target:response")

    assert wall("2026-03-02 12:00") == life.timers["target:response"].due_at
    assert not life.item.fields.get("breaches")


def test_a_timer_of_what_has_ended_is_noted_and_no_more(handbook: Handbook) -> None:
    """It was on its way already when it was taken back."""
    life = Life(handbook, wall("2026-03-02 10:00")).opens()
    life.until("2026-03-02 11:00").answered().rings("target:response")

    assert "response runs no more" in life.notes
    assert not life.item.fields.get("breaches")


def test_what_is_no_case_is_promised_nothing(handbook: Handbook) -> None:
    """Contracts and licences have time limits of their own."""
    life = Life(handbook, wall("2026-03-02 10:00"))
    item = Item(id="2", kind="contract", fields={}, opened_at=life.now)
    rules = TargetRules(handbook)

    assert rules.hub_targets(item, None) is None  # type: ignore[arg-type]


def test_a_plugin_can_promise_something_else(handbook: Handbook) -> None:
    """`hub_targets` of a plugin answers before the handbook; clocks and timers follow it."""

    class Generous:
        @hookimpl
        def hub_targets(self, item: Item) -> Targets | None:
            if item.text("customer_name") != "北京大学":
                return None
            limit = Limit(target="response", length="10 min", calendar="around_the_clock")
            return Targets(limits=(limit,), why=Why(plugin="generous"))

    life = Life(handbook, wall("2026-03-02 22:00"))
    host = PluginHost.of(("generous", Generous()))
    life.host = host.replace_builtins([("rules.targets", TargetRules(handbook))])

    life.opens(customer_name="北京大学")

    assert "2026-03-02 22:10" == life.local("response_due")
    assert "" == life.local("resolution_due")


def test_reckoning_from_what_happened_gives_one_answer(handbook: Handbook) -> None:
    """There and back again: a severity changed by mistake leaves no trace in the due time."""
    life = Life(handbook, wall("2026-03-02 10:00")).opens()
    before = life.item.text("resolution_due")

    life.until("2026-03-02 10:20").sets(severity="critical").sets(severity="urgent")

    assert before == life.item.text("resolution_due")
    assert datetime.fromisoformat(before) - life.now > timedelta(hours=24)


def test_due_times_are_whole_seconds(handbook: Handbook) -> None:
    """As the systems keep them: what is read back is what was written."""
    life = Life(handbook, wall("2026-03-02 10:00:00.250")).opens()

    assert wall("2026-03-02 12:00").isoformat() == life.item.text("response_due")
