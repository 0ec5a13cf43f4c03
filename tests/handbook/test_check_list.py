"""The defects that a handbook's owner meets first: each with its file, line, what and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.connector import FieldInfo
from hub.errors import Problem
from hub.handbook import check_maps, load_handbook

Breaker = Callable[..., tuple[Problem, ...]]
Finder = Callable[[str, str], int]

LAST = "then: {role: customer_specialist, notify: [account_manager, service_manager]}"
TRAINER = "then: {role: trainer, notify: [account_manager]}"
PLAN_NEAR = "en: please record how it is handled, at: 80, tell: [handler]"
PLAN_OVER = "en: there is no plan yet, at: 100, tell: [account_manager]"

CASES = [
    pytest.param(
        "routing.yaml",
        [("when: {issue_type: technical, severity: critical}", "when: {issue_type: technical}")],
        "id: technical\n",
        "row technical of routing is never reached: technical_critical ({line:id: technical_crit}) "
        "takes all before it",
        "move it up, or take it out",
        id="unreachable",
    ),
    pytest.param(
        "handoff.yaml",
        [("returns:\n  hit: first", "returns:\n  hit: unique")],
        "",
        "overlaps",
        "narrow one of them, or use the hit policy first",
        id="overlapping",
    ),
    pytest.param(
        "targets.yaml",
        [("      then:\n        calendar: office\n        response: 8 bh\n        plan: 3 wd",
          ("      when: {severity: urgent, customer_status: formal}\n"
          "      then:\n        calendar: office\n        response: 8 bh\n        plan: 3 wd"))],
        "id: limits_normal",
        "limits: no row for severity = normal",
        "add a row, or a last row without conditions",
        id="missing",
    ),
    pytest.param(
        "routing.yaml",
        [(LAST, f"when: {{severity: [normal, urgent]}}\n      {LAST}")],
        "id: other\n",
        "nobody receives type other with customer_status formal, severity critical",
        "add a row for it, or a last row for all",
        id="a type and severity that nobody receives",
    ),
    pytest.param(
        "routing.yaml",
        [(TRAINER, TRAINER.replace("trainer", "legal"))],
        "id: application\n",
        "row application routes to legal, but nobody holds that role",
        "give the role to a person in people.yaml, or name another",
        id="a role that nobody holds",
    ),
    pytest.param(
        "targets.yaml",
        [(PLAN_NEAR, f"{PLAN_NEAR}, severities: [critical]"),
         (PLAN_OVER, f"{PLAN_OVER}, severities: [urgent]")],
        "id: quiet_deadline\n",
        "the ladder quiet_deadline leads nowhere for normal",
        "give it a rung without severities, or one with it",
        id="a ladder that leads nowhere",
    ),
    pytest.param(
        "targets.yaml",
        [("resolution: 5 wd", "resolution: 400 wd")],
        "id: limits_normal",
        "row limits_normal, resolution: 400 wd do not pass within a year on that calendar",
        "give a shorter time, or another calendar",
        id="a deadline that no calendar can meet",
    ),
    pytest.param(
        "messages/customer.yaml",
        [("严重程度：{severity}", "严重程度：{severty}")],
        "id: acknowledgement\n",
        "acknowledgement (zh) names {{severty}}, which does not exist",
        "did you mean {severity}?",
        id="a template that names a field that does not exist",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("file", "edits", "at", "what", "remedy"), CASES)
def test_a_defect_is_told_with_file_line_why_and_remedy(
    broken: Breaker,
    line_of: Finder,
    copy: Path,
    file: str,
    edits: list[tuple[str, str]],
    at: str,
    what: str,
    remedy: str,
) -> None:
    """What the manual promises that `check` finds, it finds, and says what would be right."""
    problems = broken(file, *edits)

    wanted = _filled(what, file, line_of)
    (problem, *_) = [each for each in problems if wanted in each.what]
    lines = (copy / file).read_text(encoding="utf-8").splitlines()
    assert str(copy / file) == problem.file
    assert at.strip() in lines[problem.line - 1]
    assert remedy in problem.remedy


def _filled(what: str, file: str, line_of: Finder) -> str:
    before, mark, rest = what.partition("{line:")
    if not mark:
        return what.replace("{{", "{").replace("}}", "}")
    text, _, after = rest.partition("}")
    return f"{before}{file}:{line_of(file, text)}{after}"


def test_a_map_that_does_not_fit_the_system_is_told(copy: Path, line_of: Finder) -> None:
    """What a system does not take is found before it is written there."""
    priority = FieldInfo(name="priority", type="priority", values=("Highest", "Low"))
    names = ("key", "status", "status_category", "resolution")
    fields = [FieldInfo(name=name, type="string", writable=name == "status") for name in names]

    problems = check_maps(load_handbook(copy), "rnd", {"issue": [*fields, priority]})

    line = line_of("handoff.yaml", "record: priority, closed: true, values: {critical: Highest")
    told = [p for p in problems if "does not take" in p.what]
    assert {(str(copy / "handoff.yaml"), line)} == {(p.file, p.line) for p in told}
    assert {"jira_issue: priority does not take 'High'",
            "jira_issue: priority does not take 'Medium'"} == {p.what for p in told}  # fmt: skip
    assert all("Highest" in p.remedy for p in told)
