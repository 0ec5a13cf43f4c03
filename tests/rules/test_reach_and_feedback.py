"""A customer whom nobody reaches; what the account manager has to say."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from hub.handbook import Handbook
from hub.models import (
    Action,
    AddComment,
    Change,
    Event,
    InternalText,
    Ref,
    SendNotice,
    SendReply,
)
from hub.rules.feedback import FeedbackRules
from hub.rules.reach import ReachRules

SOLVED = "2026-03-02T01:00:00+00:00"
MANAGER = "li.qiang@vendor.example"


@pytest.fixture
def reach(handbook: Handbook) -> ReachRules:
    """Give the rules of customers out of reach."""
    return ReachRules(handbook)


@pytest.fixture
def feedback(handbook: Handbook) -> FeedbackRules:
    """Give the rules of account managers' feedback."""
    return FeedbackRules(handbook)


def _mailed(change: Change) -> Event:
    return Event(name="mail_received", change=change, part="mail:x")


def _told(what: str, value: str = "", text: str = "", by: str = "desk") -> Event:
    change = Change(
        ref=Ref("hub", "request", "x/1"), version="1", seen_at=datetime(2026, 3, 2, tzinfo=UTC)
    )
    data: Any = {"what": what, "value": value, "text": text, "by": by}
    return Event(name="told", change=change, data=data)


def test_the_third_try_in_three_working_days_suspends_the_case(
    reach: ReachRules, make: SimpleNamespace
) -> None:
    """The customer is mailed, the account manager told; an old try does not count."""
    old, recent = "2026-02-24T01:00:00+00:00", "2026-02-28T01:00:00+00:00"
    event = _told("unreached")

    two = reach.hub_react(make.item(unreached=[old, recent]), event, make.context())
    three = reach.hub_react(make.item(unreached=[recent, recent]), event, make.context())

    assert {"unreached": [recent, SOLVED]} == make.sets(two)
    assert "suspended" == make.sets(three)["state"]
    assert [MANAGER] == [effect.to[0] for effect in make.effects(three, SendNotice)]
    assert "暂时挂起" in make.effects(three, SendReply)[0].text.text


@pytest.mark.parametrize(
    ("text", "public", "actor", "counts"),
    [
        ("电话无人接听", False, "wang.lei@vendor.example", True),
        ("电话无人接听", True, "wang.lei@vendor.example", False),
        ("电话无人接听", False, "chen@pku.edu.cn", False),
        ("已电话解释", False, "wang.lei@vendor.example", False),
        ("电话无人接听" + "，记录" * 90, False, "wang.lei@vendor.example", False),
    ],
)
def test_a_short_internal_comment_tells_of_a_try(
    reach: ReachRules, make: SimpleNamespace, text: str, public: bool, actor: str, counts: bool
) -> None:
    """By the handbook's words, in a colleague's own comment in the CRM."""
    change = make.comment("crm", text, public=public, actor=actor)
    event = Event(name="comment_added", change=change, part="comment:1")

    sets = make.sets(reach.hub_react(make.item(), event, make.context()))

    assert counts is bool(sets.get("unreached"))


def test_the_customer_s_mail_forgets_the_tries(reach: ReachRules, make: SimpleNamespace) -> None:
    """They were reached after all."""
    item = make.item(state="suspended", unreached=[SOLVED])

    assert {"unreached": None} == make.sets(
        reach.hub_react(item, _mailed(make.mail()), make.context())
    )


# The account manager's feedback.


@pytest.mark.parametrize(("severity", "asked"), [("urgent", [MANAGER]), ("normal", [])])
def test_the_account_manager_is_asked_at_the_end_by_severity(
    feedback: FeedbackRules, make: SimpleNamespace, severity: str, asked: list[str]
) -> None:
    """Not of every small thing."""
    item = make.item(state="closed", severity=severity)
    ended = Event(name="fields_changed", before={"state": "x"})

    actions: list[Action] = list(feedback.hub_react(item, ended, make.context()) or ())

    assert asked == [effect.to[0] for effect in make.effects(actions, SendNotice)]


def test_feedback_is_kept_on_the_case_and_in_its_record(
    feedback: FeedbackRules, make: SimpleNamespace
) -> None:
    """From the command, from a mail about a closed case, from a comment that begins so."""
    closed, open_ = make.item(state="closed"), make.item()
    comment = make.comment("crm", "反馈：客户希望加快", actor=MANAGER)
    said = [
        (open_, _told("feedback", text="客户满意", by=MANAGER), "客户满意"),
        (closed, _mailed(make.mail(MANAGER, text="客户很满意")), "客户很满意"),
        (open_, _mailed(make.mail(MANAGER, text="Feedback: content")), "content"),
        (open_, Event(name="comment_added", change=comment, part="comment:1"), "客户希望加快"),
    ]

    for item, event, text in said:
        actions = feedback.hub_react(item, event, make.context())

        (record,) = make.effects(actions, AddComment)
        assert {"manager_feedback": [f"{SOLVED} {MANAGER}: {text}"]} == make.sets(actions)
        assert isinstance(record.text, InternalText)
        assert text in record.text.text


def test_other_mails_and_other_people_give_no_feedback(
    feedback: FeedbackRules, make: SimpleNamespace
) -> None:
    """An ordinary mail of an open case is none; nor is anybody's but the account manager's."""
    mine = _mailed(make.mail(MANAGER, text="请抓紧处理"))
    theirs = _mailed(make.mail("wang.lei@vendor.example", text="反馈：好"))

    assert not feedback.hub_react(make.item(), mine, make.context())
    assert not feedback.hub_react(make.item(state="closed"), theirs, make.context())
