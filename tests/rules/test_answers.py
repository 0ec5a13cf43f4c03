"""What customers say of a solution and of us; what becomes of a word that is unclear."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from hub.handbook import Handbook
from hub.handbook.messages import round_of
from hub.models import (
    AddComment,
    Change,
    Event,
    InternalText,
    PublicText,
    Ref,
    SendNotice,
)
from hub.rules.answers import AnswerRules, rated

SOLVED = "2026-03-02T01:00:00+00:00"
MANAGER = "li.qiang@vendor.example"


@pytest.fixture
def answers(handbook: Handbook) -> AnswerRules:
    """Give the rules of customers' answers."""
    return AnswerRules(handbook)


def _mailed(change: Change) -> Event:
    return Event(name="mail_received", change=change, part="mail:x")


def _told(what: str, value: str = "", text: str = "", by: str = "desk") -> Event:
    change = Change(
        ref=Ref("hub", "request", "x/1"), version="1", seen_at=datetime(2026, 3, 2, tzinfo=UTC)
    )
    data: Any = {"what": what, "value": value, "text": text, "by": by}
    return Event(name="told", change=change, data=data)


@pytest.mark.parametrize(
    ("state", "text", "after"),
    [
        ("resolved", "已经好了，谢谢！", "closed"),
        ("resolved", "Confirmed, it works now. Thanks!", "closed"),
        ("resolved", "还是不行", "reopened"),
        ("resolved", "It is not solved.", "reopened"),
        ("resolved", "好了吗？", None),
        ("resolved", "谢谢", None),
        ("resolved", "5", None),
        ("resolved", "", None),
        ("resolved", "解决了。" + "另附说明" * 80, None),
        ("closed", "谢谢！", None),
        ("closed", "又出现了", "reopened"),
        ("closed", "请问发票怎么开", "reopened"),
        ("in_progress", "好了", None),
    ],
)
def test_a_mail_is_taken_for_no_more_than_it_says(
    answers: AnswerRules, make: SimpleNamespace, state: str, text: str, after: str | None
) -> None:
    """A confirmation closes, an objection reopens, all else leaves the state alone."""
    event = _mailed(make.mail(text=text))

    sets = make.sets(answers.hub_react(make.item(state=state), event, make.context()))

    assert after == sets.get("state")
    assert (state == "resolved" and after is None) is (sets.get("customer_answer") == "unclear")


def test_only_who_raised_the_case_confirms_by_mail(
    answers: AnswerRules, make: SimpleNamespace
) -> None:
    """A colleague of theirs may mean something else; one of ours says nothing at all."""
    other = _mailed(make.mail("liu@pku.edu.cn", text="已解决"))
    staff = _mailed(make.mail("wang.lei@vendor.example", text="已解决"))

    unclear = make.sets(answers.hub_react(make.item(state="resolved"), other, make.context()))

    assert {"customer_answer": "unclear"} == unclear
    assert answers.hub_react(make.item(state="resolved"), staff, make.context()) is None


def test_a_decision_about_a_mail_cites_its_row_and_words(
    answers: AnswerRules, make: SimpleNamespace, handbook: Handbook
) -> None:
    """`hub why` shows why a case was closed."""
    event = _mailed(make.mail(text="问题解决了"))

    actions = answers.hub_react(make.item(state="resolved"), event, make.context())

    (action,) = actions or ()
    row = next(r for r in handbook.tables["answers"].rules if r.id == "answer_confirms")
    assert (row.id, row.source) == (action.why.rule, action.why.source)
    assert "confirmed" == action.why.inputs["verdict"]


def test_a_word_by_link_is_about_one_solution(answers: AnswerRules, make: SimpleNamespace) -> None:
    """That of an earlier one does nothing, and says so."""
    item = make.item(state="resolved", solved_at=SOLVED)

    now = answers.hub_react(item, _told("confirmed", round_of(item)), make.context())
    old = answers.hub_react(item, _told("confirmed", "17"), make.context())
    late = answers.hub_react(make.item(state="new"), _told("confirmed"), make.context())

    ended = {"state": "closed", "close_reason": "confirmed", "customer_answer": "confirmed"}
    assert ended == make.sets(now)
    assert ["the word is about an earlier solution"] == make.notes(old)
    assert ["there is nothing to confirm: the state is new"] == make.notes(late)


def test_an_objection_by_link_is_recorded_and_told(
    answers: AnswerRules, make: SimpleNamespace
) -> None:
    """In the customer's own words, which stay public; handler and account manager hear them."""
    event = _told("objected", text="导出仍然是空的")

    actions = answers.hub_react(make.item(state="resolved"), event, make.context())

    (comment,) = make.effects(actions, AddComment)
    told = [effect.to[0] for effect in make.effects(actions, SendNotice)]
    assert "reopened" == make.sets(actions)["state"]
    assert PublicText("陈老师 来信：\n导出仍然是空的") == comment.text
    assert ["wang.lei@vendor.example", MANAGER] == told


# How content they are.


@pytest.mark.parametrize(
    ("text", "rating", "rest"),
    [
        ("5", "5", ""),
        ("4分，处理很快", "4", "处理很快"),
        ("满意度：3", "3", ""),
        ("Rating: 2/5. Too slow", "2", "Too slow"),
        ("1 star", "1", ""),
        ("6", "", "6"),
        ("5个用户无法登录", "", "5个用户无法登录"),
        ("第 5 章打不开", "", "第 5 章打不开"),
        ("2026", "", "2026"),
    ],
)
def test_a_rating_stands_alone_at_the_beginning(text: str, rating: str, rest: str) -> None:
    """A number within a sentence is none."""
    assert (rating, rest) == rated(text)


def test_a_rating_is_kept_and_reopens_nothing(answers: AnswerRules, make: SimpleNamespace) -> None:
    """It stands on the case and in its record; a low one is told."""
    good = answers.hub_react(
        make.item(state="closed"), _mailed(make.mail(text="5")), make.context()
    )
    event = _mailed(make.mail(text="2分，太慢"))
    low = answers.hub_react(make.item(state="closed"), event, make.context())

    (record,) = make.effects(low, AddComment)
    assert {"satisfaction": "5"} == make.sets(good)
    assert [] == make.effects(good, SendNotice)
    assert {"satisfaction": "2"} == make.sets(low)
    assert InternalText("客户满意度：2 分\n说明：太慢") == record.text
    assert [MANAGER, "zhou.jing@vendor.example"] == [
        effect.to[0] for effect in make.effects(low, SendNotice)
    ]


def test_a_rating_with_an_objection_reopens(answers: AnswerRules, make: SimpleNamespace) -> None:
    """The problem goes before the number."""
    event = _mailed(make.mail(text="1分。又出现了"))

    sets = make.sets(answers.hub_react(make.item(state="closed"), event, make.context()))

    assert "reopened" == sets["state"]
