"""Why it was not: nobody told on Saturday, not escalated, not handed off, not given to her."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.core.explain import WhyNot
from hub.errors import UnknownError
from hub.testing.history import History

Ask = Callable[..., WhyNot]


def told(answer: WhyNot) -> str:
    """Give all that was answered, in one text."""
    return "\n".join(f"{each.text} [{each.rule} {each.source}]" for each in answer.causes)


@pytest.fixture
def weekend(history: History) -> History:
    """Live from Friday to Monday evening with one case of the hotline."""
    history.enters("登录失败 报错")
    history.hours(3 * 24 + 4)
    return history


@pytest.mark.usefixtures("weekend")
def test_nobody_was_told_on_saturday_because_it_is_no_working_day(ask: Ask) -> None:
    """The calendar with its line, when the next rung comes, and at which hours people are told."""
    answer = told(ask("notice", "2026-11-28"))

    assert "nothing came in and no timer fell due" in answer
    assert "office hours: no working time then (2026-11-28 (weekend): 0:00)" in answer
    assert "[office calendar.yaml:" in answer
    assert "half of the time has passed (50 %), is told at 2026-11-30 11:00" in answer
    assert "told in working hours alone; at any hour only for critical" in answer


@pytest.mark.usefixtures("weekend")
def test_the_answer_comes_in_chinese_as_well(ask: Ask) -> None:
    """With the names of the handbook."""
    answer = told(ask("notice", "2026-11-28", language="zh"))

    assert "工作日历“工作时间”在此期间没有工作时间" in answer
    assert "任何时间通知仅限：非常紧迫（本问题：一般）" in answer


@pytest.mark.usefixtures("weekend")
def test_on_monday_somebody_was_told_and_that_is_said(ask: Ask) -> None:
    """A question may be mistaken: what did happen comes first."""
    answer = ask("notice", "2026-11-30")

    assert answer.causes[0].text.startswith("it did happen: notice_escalation → Wang Lei")
    assert "office hours: no working time" not in told(answer)


@pytest.mark.usefixtures("weekend")
def test_somebody_is_not_told_because_no_row_tells_their_role(ask: Ask) -> None:
    """The rows that would have told them are named, with the cells on which they missed."""
    answer = ask("notice", "2026-11-27", who="服务部经理")

    (rows,) = [each.rows for each in answer.causes if each.rows]
    assert {"unknown_customer", "technical_critical"} <= {row.id for row in rows}
    critical = next(row for row in rows if row.id == "technical_critical")
    assert [("severity", "critical", "normal")] == [
        (miss.column, miss.wanted, miss.seen) for miss in critical.misses
    ]


def test_why_the_customer_was_not_answered_is_said_by_the_rule_itself(
    history: History, ask: Ask
) -> None:
    """There is no address to mail to."""
    history.enters("登录失败 报错", contact_email="")
    history.hours(1)

    answer = told(ask("notice"))

    assert "said then: acknowledgement is not mailed: the customer has no mail address" in answer


def test_a_clock_that_ended_escalates_no_more(history: History, ask: Ask) -> None:
    """The customer was answered: the response's ladder is quiet."""
    case = history.enters("登录失败 报错")
    history.hours(1)
    history.comments(case, "已在处理", public=True)
    history.hours(72)

    answer = told(ask("escalation", "2026-11-30"))

    assert "response: its clock ended at 2026-11-27 17:00" in answer
    assert "progress update: runs since" in answer


def test_a_clock_that_stands_still_escalates_nothing(history: History, ask: Ask) -> None:
    """We wait for the customer."""
    case = history.enters("登录失败 报错")
    history.hours(1)
    history.edits(case, status="Waiting for Customer")
    history.hours(96)

    answer = told(ask("escalation", "2026-12-01"))

    assert "resolution: its clock stands still (waiting for the customer" in answer


def test_a_case_is_not_handed_to_rnd_unasked_and_incomplete(history: History, ask: Ask) -> None:
    """Nobody named R&D, and three of the four things to record are missing."""
    case = history.enters("登录失败 报错")
    history.hours(1)
    history.edits(case, handling_method="看了日志")
    history.hours(1)

    unasked = told(ask("hand-off"))
    history.edits(case, next_handler="研发部")
    history.hours(1)
    asked = told(ask("hand-off"))

    assert "no next handler is named" in unasked
    assert "is missing: result, open items, next handler [four_items handoff.yaml:" in unasked
    assert "no next handler is named" not in asked
    assert "said then: no hand-off to" in asked


@pytest.mark.usefixtures("weekend")
def test_a_deadline_stands_where_it_does_by_row_and_calendar(ask: Ask) -> None:
    """The row of limits with those that missed, each due time, the days that were counted."""
    answer = ask("deadline")

    assert "limits_normal" == answer.causes[0].rule
    assert ["limits_normal"] == [row.id for row in answer.causes[0].rows if row.chosen]
    assert "due: response 2026-11-30 16:00" in told(answer)
    assert "2026-11-27 (working day): 2:00 · 2026-11-28 (weekend): 0:00" in told(answer)


@pytest.mark.usefixtures("weekend")
def test_before_a_case_was_known_nothing_could_happen(ask: Ask) -> None:
    """The Thursday before."""
    answer = ask("notice", "2026-11-26")

    assert ["the case was not known yet (it was opened at 2026-11-27 16:00)"] == [
        each.text for each in answer.causes
    ]


@pytest.mark.usefixtures("weekend")
def test_what_can_not_be_asked_is_refused(history: History, ask: Ask) -> None:
    """An unknown subject, a date that is none, a case that nobody knows."""
    with pytest.raises(ValueError, match="known: notice, escalation"):
        ask("weather")
    with pytest.raises(ValueError, match="no date such as"):
        ask("notice", "saturday")
    with pytest.raises(UnknownError):
        _unknown(history)


def _unknown(history: History) -> None:
    from hub.core.explain import Books, answered  # noqa: PLC0415

    with history.session.read() as connection:
        answered(connection, "00000077", "notice", Books(connection, history.handbook), "en")


def test_nobody_was_called_on_saturday_because_the_case_was_normal(
    history: History, ask: Ask
) -> None:
    """The row of the night's table says so; and when somebody was called, who took it."""
    history.hours(20)
    history.enters("登录失败 报错，不急")
    history.hours(1)

    answer = told(ask("notice", "2026-11-28", "王磊"))

    assert (
        "nobody is called: it waits for working hours [after_hours_normal after_hours.yaml:"
        in answer
    )
