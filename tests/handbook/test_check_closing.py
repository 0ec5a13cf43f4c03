"""Broken ends of cases: each defect has its message, line and remedy."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.errors import Problem

Breaker = Callable[..., tuple[Problem, ...]]
Finder = Callable[[str, str], int]

CASES = [
    ("silent: 5 wd", "silent: soon", "'soon' is no length of time", "", "silent: soon"),
    ("silent: 5 wd", "silent: 0 wd", "closing, silent: 0 wd is no time at all", "some", "closing:"),
    ("reopen: 10 wd", "reopen: 9000 wd", "reopen: 9000 wd do not pass", "shorter", "closing:"),
    ("within: 3 wd", "within: 0 h", "unreachable, within: 0 h", "some time", "unreachable:"),
    (
        "unsettled: [handler, customer_specialist]",
        "unsettled: [handler, desk]",
        "closing, unsettled: unknown role 'desk'",
        "known:",
        "closing:",
    ),
    ("unsettled: [handler", "unsettled: [rnd", "rnd can not be told by mail", "system", "closing:"),
    (
        "unsettled: [handler, customer_specialist]",
        "unsettled: [handler, customer_specialist, account_manager, service_manager]",
        "closing, unsettled tells 4 roles at once",
        "who tells everybody tells nobody",
        "closing:",
    ),
    ("tries: 3", "tries: 0", "greater than or equal to 1", "", "tries: 0"),
    ("state: suspended", "state: asleep", "unknown state 'asleep'", "suspended", "unreachable:"),
    (
        "state: suspended",
        "state: in_progress",
        "unreachable: in in_progress the clocks run on",
        "add in_progress to the states of pauses in targets.yaml",
        "unreachable:",
    ),
    ("low: 2", "low: 6", "less than or equal to 5", "", "low: 6"),
    (
        "tell: [account_manager, service_manager]",
        "tell: [acount_manager]",
        "satisfaction: unknown role 'acount_manager'",
        "did you mean account_manager?",
        "satisfaction:",
    ),
    ("role: account_manager", "role: rnd", "rnd can not be told", "its system", "feedback:"),
    ("severities: [urgent", "severities: [urgently", "unknown severity", "urgent", "feedback:"),
    (
        "state: closed\n",
        "state: shut\n",
        "state: 'shut' can not occur",
        "resolved, closed",
        "",
    ),
    (
        "then: {verdict: unclear}\n\n",
        "then: {verdict: confirmed}\n\n",
        "row answer_unknown takes any words for a confirmation",
        "name the words, under text",
        "- id: answer_unknown",
    ),
    (
        "then: {verdict: objected}",
        "then: {verdict: refused}",
        "'refused'",
        "confirmed, objected, unclear",
        "",
    ),
    ("hit: first", "hit: collect", "answers takes several rows", "first or unique", ""),
    ("    text: text\n", "    words: text\n", "answers: unknown input 'words'", "text", ""),
    ("{id: rated,", "{id: rating,", "provisions are missing: rated", "the rules cite them", ""),
    ("{id: rated,", "{id: rating,", "no rule cites the provision rating", "known", "{id: rating"),
    ("labels:\n", "lables:\n", "unknown setting lables", "labels", "lables:"),
]


@pytest.mark.parametrize(("old", "new", "what", "remedy", "stands_at"), CASES)
def test_each_defect_of_the_end_has_its_message_line_and_remedy(
    broken: Breaker, line_of: Finder, old: str, new: str, what: str, remedy: str, stands_at: str
) -> None:
    """What is wrong, where, and what would be right."""
    problems = broken("closing.yaml", (old, new))

    found = [each for each in problems if what in each.what]
    assert found, [str(each) for each in problems]
    assert remedy in found[0].remedy
    if stands_at:
        line = line_of("closing.yaml", stands_at)
        assert found[0].line in (line, line + 1)


def test_a_message_of_the_end_may_name_no_internal_field(broken: Breaker) -> None:
    """What the customer reads of a solution is public."""
    problems = broken("messages/customer.yaml", ("{solution!}{solution}", "{handling_result}"))

    assert any("would show the customer {handling_result}" in each.what for each in problems)
