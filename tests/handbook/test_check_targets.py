"""Broken targets, limits and ladders: each defect has its message, line and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.errors import ConfigError, Problem
from hub.handbook import load_handbook

Breaker = Callable[..., tuple[Problem, ...]]
Finder = Callable[[str, str], int]

RESPONSE = "    ended_in: [waiting_customer, resolved, closed]\n    due: response_due\n"
MOST = "at: 80, tell: [account_manager]"

CASES = [
    # What is promised.
    (
        "response: 30 min",
        "response: soon",
        "row limits_critical, response: 'soon' is no length of time, such as 30 min",
        "hours are those of the row's calendar",
        "id: limits_critical",
    ),
    (
        "response: 2 bh",
        "response: 0 bh",
        "row limits_urgent, response: no time at all can never be met",
        "give it some time",
        "id: limits_urgent",
    ),
    (
        "resolution: 5 wd",
        "resolution: 400 wd",
        "row limits_normal, resolution: 400 wd do not pass within a year",
        "give a shorter time, or another calendar",
        "id: limits_normal",
    ),
    (
        "calendar: around_the_clock",
        "calendar: always",
        "row limits_critical, calendar: 'always' is unknown",
        "known: office, around_the_clock",
        "calendar: always",
    ),
    (
        "when: {severity: urgent}",
        "when: {severity: [urgent, critical, normal]}",
        "row limits_normal of limits is never reached",
        "move it up, or take it out",
        "id: limits_normal",
    ),
    (
        "default\n      then:\n        calendar: office\n        response: 8 bh\n        plan",
        (
            "default\n      when: {severity: urgent}\n"
            "      then:\n        calendar: office\n        response: 8 bh\n        plan"
        ),
        "limits: no row for severity = normal",
        "add a row",
        "id: limits_normal",
    ),
    ("hit: first", "hit: collect", "several rows at once", "first or unique", None),
    (
        "    response: text\n",
        "    respond: text\n    response: text\n",
        "limits: unknown target 'respond'",
        "did you mean response?",
        "id: limits_critical",
    ),
    (
        "    contract_no: text\n",
        "    contract: text\n",
        "limits: unknown input 'contract'",
        "did you mean contract_no?",
        "id: limits_critical",
    ),
    # The kinds of targets.
    ("ladder: deadline", "ladder: dedline", "unknown ladder 'dedline'", "deadline", "id: response"),
    (
        RESPONSE,
        RESPONSE.replace("resolved", "solved"),
        "response, ended_in: unknown state 'solved'",
        "resolved",
        "id: response",
    ),
    (
        "    ends: [answered]\n" + RESPONSE,
        "    due: response_due\n",
        "response: nothing ever ends its clock",
        "give ends, ended_in or runs_in",
        "id: response",
    ),
    (
        "runs_in: [routed]",
        "runs_in: [routed]\n    ended_in: [routed]",
        "acceptance: it would end in the states in which alone it runs",
        "take them out",
        "id: acceptance",
    ),
    (
        "    ladder: acceptance\n",
        "",
        "acceptance: nobody is told of it and no field shows it",
        "give it a ladder or a due field",
        "id: acceptance",
    ),
    (
        "due: response_due",
        "due: respons_due",
        "response, due: unknown field 'respons_due'",
        "response_due",
        "id: response",
    ),
    (
        "due: response_due",
        "due: subject",
        "the field subject holds no instants",
        "values: instants",
        "id: response",
    ),
    (
        "due: plan_due",
        "due: response_due",
        "plan, due: response_due already shows response",
        "a field of its own",
        "id: plan",
    ),
    ("id: idle", "id: review", "a target can not be called review", "another id", "id: review"),
    ("id: plan\n", "id: response\n", "the target response is given twice", "stands in", None),
    ("starts: [handed]", "starts: [hand]", "targets.4.starts.0", "", "starts: [hand]"),
    # Pauses.
    (
        "states: [waiting_customer,",
        "states: [waiting,",
        "unknown state 'waiting'",
        "",
        "  id: pauses",
    ),
    (
        "until: agreed_until",
        "until: agreed",
        "unknown field 'agreed'",
        "agreed_until",
        "  id: pauses",
    ),
    # Ladders.
    (
        MOST,
        "at: 80, tell: [acount_manager]",
        "deadline, most: unknown role 'acount_manager'",
        "did you mean account_manager?",
        "{id: most",
    ),
    (
        MOST,
        "at: 80, tell: [legal]",
        "deadline, most tells legal, but nobody holds that role",
        "give the role to a person",
        "{id: most",
    ),
    (MOST, "at: 80, tell: [rnd]", "rnd can not be told by mail", "its system only", "{id: most"),
    (
        MOST,
        "at: 80, tell: [handler, account_manager, service_manager, sales_manager]",
        "deadline, most tells 4 roles at once",
        "who tells everybody tells nobody",
        "{id: most",
    ),
    (
        MOST,
        "at: 50, tell: [account_manager]",
        "deadline: most at 50 % does not come after half",
        "write them in order",
        "{id: most",
    ),
    (
        MOST,
        f"{MOST}, every: 2 h, times: 3",
        "deadline: most is told again, and rungs follow it",
        "only the last rung",
        "{id: most",
    ),
    (
        MOST,
        f"{MOST}, times: 3",
        "deadline, most: told 3 times, and how often?",
        "give every",
        "{id: most",
    ),
    (
        "every: 5 wd, times: 0",
        "every: 5 wd",
        "standstill, long_still: every 5 wd, but told once",
        "0 is until the cause is gone",
        "{id: long_still",
    ),
    (
        "every: 5 wd, times: 0",
        "every: 0 wd, times: 0",
        "standstill, long_still: told without a pause",
        "give every some time",
        "{id: long_still",
    ),
    ("{id: most", "{id: half", "deadline: the rung half is given twice", "", "zh: 时限将到"),
    ("id: reminder", "id: standstill", "the ladder standstill is given twice", "stands in", None),
    (
        "ladder: acceptance",
        "ladder: deadline",
        "no target climbs the ladder acceptance",
        "name it in a target",
        "zh: 接手升级",
    ),
    (
        (
            "at: 80, tell: [handler], clause: P01/升级, origin: default}\n"
            "      - {id: plan_over, zh: 尚无处理方案, en: there is no plan yet, at: 100, "
            "tell: [account_manager],"
        ),
        (
            "at: 80, tell: [handler], severities: [critical], clause: P01/升级, origin: default}\n"
            "      - {id: plan_over, zh: 尚无处理方案, en: there is no plan yet, at: 100, "
            "tell: [account_manager], severities: [urgent],"
        ),
        "the ladder quiet_deadline leads nowhere for normal",
        "a rung without severities",
        "id: quiet_deadline\n    zh",
    ),
    (
        "severities: [critical]",
        "severities: [crit]",
        "deadline, far_over, severities: unknown severity 'crit'",
        "critical",
        "{id: far_over",
    ),
    (
        "any_hour: [critical]",
        "any_hour: [crit]",
        "deadline, any_hour: unknown severity 'crit'",
        "critical",
        "zh: 时限升级",
    ),
    (
        "tell: [customer_specialist]\n  clause",
        "tell: [nobody]\n  clause",
        "review: unknown role 'nobody'",
        "known",
        "  id: review",
    ),
    ("after: 5 wd", "after: later", "'later' is no length of time", "", "after: later"),
    # Provisions.
    ("{id: quiet,", "{id: silent,", "provisions are missing: quiet", "the rules cite them", None),
    ("{id: quiet,", "{id: silent,", "no rule cites the provision silent", "known", "{id: silent"),
]


@pytest.mark.parametrize(("old", "new", "what", "remedy", "stands_at"), CASES)
def test_each_defect_of_the_targets_has_its_message_line_and_remedy(
    broken: Breaker, line_of: Finder, old: str, new: str, what: str, remedy: str, stands_at: str
) -> None:
    """What is wrong, where, and what would be right."""
    problems = broken("targets.yaml", (old, new))

    found = [each for each in problems if what in each.what]
    assert found, [str(each) for each in problems]
    assert remedy in found[0].remedy
    if stands_at is not None:
        line = line_of("targets.yaml", stands_at.partition("\n")[0])
        assert line in (found[0].line, found[0].line + 1)


def test_a_target_to_which_no_row_gives_time_is_told(copy: Path) -> None:
    """It would never run."""
    file = copy / "targets.yaml"
    kept = [
        row
        for row in file.read_text(encoding="utf-8").splitlines(keepends=True)
        if not row.startswith("        rnd_idle: ")
    ]
    file.write_text("".join(kept), encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load_handbook(copy)

    said = [problem.what for problem in caught.value.problems]
    assert ["rnd_idle: no row of the limits gives it any time"] == said
