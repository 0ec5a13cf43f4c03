"""Whole lives under random handbooks, with all rules: nothing fails, nobody is forgotten."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.handbook import Handbook
from tests.rules.lives import Life
from tests.rules.test_time_properties import LENGTHS, START, STATES, other, rungs_told, shipped

PERIODS = ("4 bh", "1 wd", "5 wd", "20 wd")
SAID = (
    "好了，谢谢", "还是不行", "5", "2分，太慢", "谢谢", "请问什么时候？", "", "我要投诉",
    "It works now.", "not solved", "1", "问题解决了吗", "\ue000confirm/0\ue000",
)  # fmt: skip
CUSTOMER = "chen@pku.edu.cn"
MANAGER = "li.qiang@vendor.example"
SENDERS = (CUSTOMER, "liu@pku.edu.cn", MANAGER, "wang.lei@vendor.example")

ACTS = st.one_of(
    st.tuples(st.just("state"), st.sampled_from(STATES)),
    st.tuples(st.just("severity"), st.sampled_from(("normal", "urgent", "critical"))),
    st.tuples(st.just("owner"), st.sampled_from(("wang.lei@vendor.example", "queue:Support"))),
    st.tuples(st.just("issue_type"), st.sampled_from(("technical", "requirement", "other"))),
    st.tuples(st.just("solution"), st.sampled_from(("重启", "", "{owner}"))),
    st.tuples(st.just("agreed_until"), st.sampled_from(("2026-02-20", "", "soon"))),
    st.tuples(st.just("handling_method"), st.sampled_from(("重启", ""))),
    st.tuples(st.just("mail"), st.tuples(st.sampled_from(SENDERS), st.sampled_from(SAID))),
    st.tuples(st.just("unreached"), st.just("")),
    st.tuples(st.just("confirmed"), st.sampled_from(("", "17"))),
    st.tuples(st.just("objected"), st.sampled_from(("", "17"))),
    st.tuples(st.just("rated"), st.sampled_from(("1", "5"))),
    st.tuples(st.just("feedback"), st.just("")),
    st.tuples(st.just("agreed"), st.sampled_from(("2026-02-25", "2026-02-20T10:00", ""))),
    st.tuples(st.sampled_from(("answered", "comments", "early", "reload")), st.just("")),
)
HISTORIES = st.lists(st.tuples(st.integers(0, 60 * 72), ACTS), max_size=16)
SEEDS = st.integers(0, 2**32)
TOLD = ("unreached", "confirmed", "objected", "rated", "feedback", "agreed")


def another(seed: int) -> Handbook:
    """Give a valid handbook that differs in its times and in how a case ends."""
    chance, book = random.Random(seed), other(shipped(), seed)
    ending = book.ending
    closing = ending.closing.model_copy(
        update={"silent": chance.choice(PERIODS), "reopen": chance.choice(PERIODS)}
    )
    unreachable = ending.unreachable.model_copy(
        update={"tries": chance.randint(1, 4), "within": chance.choice(LENGTHS)}
    )
    feedback = ending.feedback.model_copy(
        update={"severities": chance.choice([(), ("normal",), ("urgent", "critical")])}
    )
    update = {"closing": closing, "unreachable": unreachable, "feedback": feedback}
    return replace(book, ending=ending.model_copy(update=update))


def act(life: Life, what: str, value: object, seed: int) -> None:
    """Do one thing to a case."""
    if what in TOLD:
        life.tells(what, str(value), text="满意" if what == "feedback" else "")
    elif what == "mail":
        assert isinstance(value, tuple)
        life.writes(*value)
    elif what == "answered":
        life.answered()
    elif what == "comments":
        life.comments()
    elif what == "reload":
        life.reloads(another(seed + life.changes))
    elif what == "early":
        if life.timers:
            life.rings(min(life.timers))
    else:
        life.sets(**{what: value})


def watch(life: Life) -> None:
    """Hold what must always be so."""
    assert [] == life.failures
    assert life.item.text("owner"), "a case without an owner"
    if life.item.text("state") == "resolved":
        assert "close_silent" in life.timers, "a solution that waits for ever"
    elif life.item.text("state") != "closed":
        assert life.timers, "an open case without a next deadline"
        assert "close_silent" not in life.timers
    for told in life.told:
        assert "\ue000" not in told.subject


@given(HISTORIES, SEEDS)
@settings(max_examples=15, deadline=None)
def test_no_history_under_any_handbook_breaks_a_case(
    history: list[tuple[int, tuple[str, object]]], seed: int
) -> None:
    """No rule fails, an open case has an owner and a next deadline, no rung is told twice."""
    life = Life(another(seed), START, whole=True).opens(severity="normal", contact_email=CUSTOMER)
    watch(life)

    for minutes, (what, value) in history:
        life.until(life.now + timedelta(minutes=minutes))
        watch(life)
        act(life, what, value, seed)
        watch(life)
    life.until(life.now + timedelta(days=15))

    watch(life)
    if not any(what == "reload" for _, (what, _) in history):
        for run, places in rungs_told(life).items():
            assert places == sorted(set(places)), run


@given(SEEDS)
@settings(max_examples=6, deadline=None)
def test_every_solution_comes_to_an_end(seed: int) -> None:
    """Whatever the periods: silence closes, and a later answer within the window reopens."""
    life = Life(another(seed), START, whole=True).opens(contact_email=CUSTOMER)

    life.sets(state="resolved").until(life.now + timedelta(days=60))

    assert "closed" == life.item.text("state")
    assert "silent" == life.item.text("close_reason")
    assert "reopened" == life.writes(CUSTOMER, "又出现了").item.text("state")
