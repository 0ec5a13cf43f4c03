"""Why it was decided so: the rule, what it saw, and the cells on which the other rows missed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from hub.core.explain import Explained
from hub.core.explain.reasons import Reason
from hub.core.inquiry import Step
from hub.testing.history import History

Explain = Callable[..., Explained]


def reasons(told: Explained, field: str) -> tuple[Any, list[Reason]]:
    """Give the last decision that set a field, and why it was made."""
    found = [
        (decision, each.reasons)
        for each in told.because
        for decision in [told.chain.steps[each.step].decisions[each.decision]]
        if field in decision.fields
    ]
    return found[-1]


def misses(reason: Reason) -> dict[str, list[tuple[str, str, str]]]:
    """Give the cells on which each row missed."""
    return {row.id: [(m.column, m.wanted, m.seen) for m in row.misses] for row in reason.rows}


def test_an_assignment_names_its_row_and_where_the_others_missed(
    history: History, explain: Explain
) -> None:
    """In words: who knows no YAML sees what would have had to be otherwise."""
    history.enters("登录失败 报错")
    history.hours(1)

    decision, (reason,) = reasons(explain(), "owner")

    assert ("technical", "P01/问题转交") == (decision.why.rule, decision.why.clause)
    assert ("routing", "1.0", "") == (reason.table, reason.handbook, reason.doubt)
    assert ["technical"] == [row.id for row in reason.rows if row.chosen]
    assert [("severity", "critical", "normal")] == misses(reason)["technical_critical"]
    assert [] == misses(reason)["other"]


def test_each_table_that_had_a_part_in_a_classification_is_told(
    history: History, explain: Explain
) -> None:
    """Type and severity come from two tables; what the first settles the second sees."""
    history.enters("登录失败 报错")
    history.hours(1)

    _, found = reasons(explain(), "severity")

    assert ["classification.type", "classification.severity"] == [each.table for each in found]
    assert [["type_fault"], ["severity_normal"]] == [
        [row.id for row in reason.rows if row.chosen] for reason in found
    ]
    assert [("type", "requirement or training request", "technical problem")] == misses(found[1])[
        "severity_commercial"
    ]


def test_a_long_text_is_asked_as_it_was_and_not_as_it_is_kept(
    history: History, explain: Explain
) -> None:
    """The journal keeps the beginning of a text; the word that decided stands behind it."""
    history.enters("请看", description=f"{'我们的系统有情况。' * 20}课件报错")
    history.hours(1)

    _, found = reasons(explain(), "issue_type")

    assert ["type_fault"] == [row.id for row in found[0].rows if row.chosen]
    assert "" == found[0].doubt


def test_a_deadline_is_told_with_the_days_on_which_it_was_counted(
    history: History, explain: Explain
) -> None:
    """Eight business hours from Friday four o'clock: two on Friday, none on the weekend."""
    history.enters("登录失败 报错")
    history.hours(1)

    decision, found = reasons(explain(), "response_due")

    counted = [each for each in found if each.counted]
    assert "limits_normal" == decision.why.rule
    assert [
        "2026-11-27 (working day): 2:00",
        "2026-11-28 (weekend): 0:00",
        "2026-11-29 (weekend): 0:00",
        "2026-11-30 (working day): 6:00",
    ] == counted[0].counted


def test_an_escalation_is_told_with_the_rungs_of_its_ladder(
    history: History, explain: Explain
) -> None:
    """Which rung, what share of the limit, and why not the higher ones."""
    history.enters("登录失败 报错")
    history.hours(24 * 4)

    told = explain()
    found = [
        reason
        for each in told.because
        for reason in each.reasons
        if _plugin(told.chain.steps[each.step], each.decision) == "rules.escalation"
        and any(row.chosen and row.id == "half" for row in reason.rows)
    ]

    assert [("share of the limit", "80 %", "50 %")] == misses(found[0])["most"]
    assert ("severity", "critical", "normal") in misses(found[0])["far_over"]


def _plugin(step: Step, decision: int) -> str:
    return step.decisions[decision].plugin


def test_a_notice_is_told_with_what_it_follows_from(history: History, explain: Explain) -> None:
    """Of a new case the row of routing that names whom to tell, of an escalation the rung."""
    history.enters("登录失败 报错")
    history.hours(24 * 4)

    told = explain()
    tables: dict[str, set[str]] = {}
    for each in told.because:
        decision = told.chain.steps[each.step].decisions[each.decision]
        if decision.action == "want":
            tables.setdefault(decision.why.rule, set()).update(r.table for r in each.reasons)

    assert {"routing"} == tables["notice_account_manager"] == tables["notice_handler"]
    assert "the time limit's ladder" in tables["notice_escalation"]


def test_what_was_decided_is_explained_by_the_handbook_of_its_time(
    history: History, explain: Explain, other_book: Any
) -> None:
    """It has changed since: lines moved, cells are others. The store keeps what it was."""
    history.enters("登录失败 报错")
    history.hours(1)

    before, now = explain(), explain(other_book)

    assert before == now
    assert "1.0" == reasons(now, "owner")[1][0].handbook


def test_where_a_handbook_is_not_kept_that_is_said(
    history: History, explain: Explain, other_book: Any
) -> None:
    """No rows are made up from another handbook."""
    history.enters("登录失败 报错")
    history.hours(1)
    with history.session.write("test") as connection:
        connection.execute(text("DELETE FROM handbooks"))

    _, (reason,) = reasons(explain(other_book), "owner")

    assert "is not kept" in reason.doubt
    assert [] == reason.rows
