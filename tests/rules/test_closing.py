"""A solution, the wait for the customer's word, silence, the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from hub.handbook import Handbook
from hub.models import (
    CancelTimer,
    Event,
    PublicText,
    SendNotice,
    SendReply,
    StartTimer,
)
from hub.rules.closing import ClosingRules

SOLVED = "2026-03-02T01:00:00+00:00"
RANG = Event(name="timer_due", data={"name": "close_silent"})


@pytest.fixture
def closing(handbook: Handbook) -> ClosingRules:
    """Give the rules of closing."""
    return ClosingRules(handbook)


def _moved(before: str) -> Event:
    return Event(name="fields_changed", before={"state": before})


def _timers(actions: Any) -> list[StartTimer]:
    return [action for action in actions if isinstance(action, StartTimer)]


def test_a_solution_is_mailed_and_starts_the_wait(
    closing: ClosingRules, make: SimpleNamespace
) -> None:
    """Five working days; the mail has the solution, which is public, and nothing internal."""
    item = make.item(state="resolved", solution="升级到 9.1.2", handling_result="内部：代码缺陷")

    actions = closing.hub_react(item, _moved("in_progress"), make.context())

    (timer,) = _timers(actions)
    (mail,) = make.effects(actions, SendReply)
    assert ("close_silent", datetime(2026, 3, 6, 10, tzinfo=UTC)) == (timer.name, timer.due_at)
    assert "closing" == timer.why.rule
    assert {"solved_at": SOLVED, "customer_answer": None} == make.sets(actions)
    assert "升级到 9.1.2" in mail.text.text
    assert "5个工作日后关闭" in mail.text.text
    assert isinstance(mail.text, PublicText)
    assert "代码缺陷" not in mail.text.text


def test_a_solution_without_words_leaves_their_lines_out(
    closing: ClosingRules, make: SimpleNamespace
) -> None:
    """No empty heading."""
    actions = closing.hub_react(make.item(state="resolved"), _moved("new"), make.context())

    (mail,) = make.effects(actions, SendReply)

    assert "解决方案" not in mail.text.text


def test_taking_it_up_again_ends_the_wait(closing: ClosingRules, make: SimpleNamespace) -> None:
    """A reopened case is not closed for silence."""
    (action,) = closing.hub_react(make.item(state="reopened"), _moved("resolved"), make.context())

    assert isinstance(action, CancelTimer)


def test_silence_closes_what_is_solved(closing: ClosingRules, make: SimpleNamespace) -> None:
    """And says that it was silence; what is no longer solved stays open."""
    silent = closing.hub_react(make.item(state="resolved"), RANG, make.context())
    late = closing.hub_react(make.item(state="reopened"), RANG, make.context())

    assert {"state": "closed", "close_reason": "silent"} == make.sets(silent)
    assert ({}, 1) == (make.sets(late), len(make.notes(late)))


def test_an_unclear_answer_is_not_silence(closing: ClosingRules, make: SimpleNamespace) -> None:
    """Handler and desk are told, and the wait begins anew: no case is closed over it."""
    item = make.item(state="resolved", customer_answer="unclear")

    actions = closing.hub_react(item, RANG, make.context())

    told = [effect.to[0] for effect in make.effects(actions, SendNotice)]
    assert ["wang.lei@vendor.example", "zhang.min@vendor.example"] == told
    assert {} == make.sets(actions)
    assert 1 == len(_timers(actions))


def test_a_handler_s_answer_settles_what_was_unclear(
    closing: ClosingRules, make: SimpleNamespace
) -> None:
    """Then silence counts again, from that answer on."""
    item = make.item(state="resolved", customer_answer="unclear")
    answered = Event(name="fields_changed", before={"answered": None})
    cleared = Event(name="fields_changed", before={"customer_answer": "unclear"})

    settled = closing.hub_react(item, answered, make.context())
    waits = closing.hub_react(make.item(state="resolved"), cleared, make.context())

    assert {"customer_answer": None} == make.sets(settled)
    assert [make.now + timedelta(days=4, hours=9)] == [each.due_at for each in _timers(waits)]


def test_other_timers_and_edits_are_none_of_its_business(
    closing: ClosingRules, make: SimpleNamespace
) -> None:
    """Only its own timer closes, and an edit of a solved case is not news to the customer."""
    other = Event(name="timer_due", data={"name": "other"})
    edit = Event(name="fields_changed", before={"severity": "normal"})

    assert closing.hub_react(make.item(state="resolved"), other, make.context()) is None
    assert closing.hub_react(make.item(state="resolved"), edit, make.context()) is None


def test_another_handbook_moves_the_end_of_the_silence(
    closing: ClosingRules, make: SimpleNamespace
) -> None:
    """It is reckoned from when the solution was given."""
    item = make.item(state="resolved", solved_at="2026-02-27T01:00:00+00:00")

    actions = closing.hub_react(item, Event(name="handbook_changed"), make.context())

    assert [datetime(2026, 3, 4, 10, tzinfo=UTC)] == [each.due_at for each in _timers(actions)]


@pytest.mark.parametrize(
    ("reason", "words"),
    [("", "感谢您的配合"), ("confirmed", "感谢您的配合"), ("silent", "未收到您的其他意见")],
)
def test_each_end_has_its_own_words(
    closing: ClosingRules, make: SimpleNamespace, reason: str, words: str
) -> None:
    """And asks how content the customer is."""
    item = make.item(state="closed", close_reason=reason)

    (mail,) = make.effects(closing.hub_react(item, _moved("x"), make.context()), SendReply)

    assert words in mail.text.text
    assert "1 至 5" in mail.text.text


def test_closed_is_closed_in_jira_as_well(closing: ClosingRules, make: SimpleNamespace) -> None:
    """By the field map, to the status that the handbook names."""
    context = make.context(links=[make.link("rnd", "issue")])

    sets = make.sets(closing.hub_react(make.item(state="closed"), _moved("resolved"), context))

    assert "Closed" == sets["rnd_status"]
    assert (make.now.isoformat(), "agreed") == (sets["closed_at"], sets["close_reason"])


@pytest.mark.parametrize("links", [[], [True]], ids=["no issue", "issue gone"])
def test_without_an_issue_nothing_is_closed_in_jira(
    closing: ClosingRules, make: SimpleNamespace, links: list[bool]
) -> None:
    """A case that R&D never saw, or no longer has, closes by itself."""
    context = make.context(links=[make.link("rnd", "issue", gone=gone) for gone in links])

    sets = make.sets(closing.hub_react(make.item(state="closed"), _moved("resolved"), context))

    assert "rnd_status" not in sets


def test_reopening_forgets_the_end(closing: ClosingRules, make: SimpleNamespace) -> None:
    """The next closing has its own time and reason."""
    item = make.item(state="reopened", closed_at="x", close_reason="silent")

    sets = make.sets(closing.hub_react(item, _moved("closed"), make.context()))

    assert {"closed_at": None, "close_reason": None} == sets
