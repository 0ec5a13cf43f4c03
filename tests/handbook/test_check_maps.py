"""The handbook's maps against what a system says of its fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hub.connector import FieldInfo
from hub.errors import Problem
from hub.handbook import check_maps, load_handbook

SEVERITY = "record: priority, closed: true, values: {critical: Highest"
PRIORITIES = ("Highest", "High", "Medium", "Low")
ISSUE = {
    "key": FieldInfo(name="key", type="string", writable=False),
    "status": FieldInfo(name="status", type="status", values=("To Do", "In Progress", "Closed")),
    "status_category": FieldInfo(name="status_category", type="string", writable=False),
    "resolution": FieldInfo(name="resolution", type="resolution", writable=False),
    "priority": FieldInfo(name="priority", type="priority", values=PRIORITIES),
}


@pytest.fixture
def check(copy: Path) -> Callable[..., list[Problem]]:
    """Give a function that checks the maps of R&D's system, with fields of it replaced."""

    def against(*edits: tuple[str, str], **fields: FieldInfo | None) -> list[Problem]:
        file = copy / "handoff.yaml"
        text = file.read_text(encoding="utf-8")
        for old, new in edits:
            assert old in text, f"{old!r} is not there: the test has to follow the handbook"
            text = text.replace(old, new, 1)
        file.write_text(text, encoding="utf-8")
        there = [info for info in {**ISSUE, **fields}.values() if info is not None]
        return check_maps(load_handbook(copy), "rnd", {"issue": there})

    return against


def test_the_shipped_maps_suit_a_plain_project(check: Callable[..., list[Problem]]) -> None:
    """No false alarm."""
    assert check() == []


def test_a_field_that_is_not_there_is_told_with_the_nearest(
    check: Callable[..., list[Problem]], line_of: Callable[[str, str], int], copy: Path
) -> None:
    """File and line are those of the field's own map."""
    (problem,) = check(
        (
            SEVERITY,
            SEVERITY.replace("priority", "prioritty"),
        )
    )

    assert (problem.file, problem.line) == (
        str(copy / "handoff.yaml"),
        line_of("handoff.yaml", "prioritty"),
    )
    assert problem.what == "jira_issue: rnd's issue has no field 'prioritty'"
    assert problem.remedy.startswith("did you mean 'priority'?")


def test_a_field_that_only_comes_in_must_be_there_too(
    check: Callable[..., list[Problem]],
) -> None:
    """Else the item would wait for it for ever."""
    (problem,) = check(status_category=None)

    assert "no field 'status_category'" in problem.what


def test_a_field_that_can_not_be_written_is_told(check: Callable[..., list[Problem]]) -> None:
    """Unless the map only reads it."""
    (problem,) = check(priority=replace(ISSUE["priority"], writable=False))

    assert problem.what == "jira_issue: priority can not be written"
    assert "direction: in" in problem.remedy


def test_a_value_that_is_not_allowed_is_told(check: Callable[..., list[Problem]]) -> None:
    """Each by itself, and with what is meant."""
    few = replace(ISSUE["priority"], values=("Highest", "High", "Mediun"))

    (problem,) = check(priority=few)

    assert problem.what == "jira_issue: priority does not take 'Medium'"
    assert problem.remedy == "did you mean 'Mediun'?"


def test_a_value_that_is_written_as_it_is_must_be_allowed_as_well(
    check: Callable[..., list[Problem]],
) -> None:
    """An open map passes what it does not name: the handbook's own words go to the system."""
    problems = check(
        (
            f"{SEVERITY}, urgent: High, normal: Medium}}",
            "record: priority, values: {critical: Highest}",
        )
    )

    assert [each.what for each in problems] == [
        "jira_issue: priority does not take 'normal'",
        "jira_issue: priority does not take 'urgent'",
    ]


def test_where_a_closed_case_leaves_its_issue_must_be_a_status(
    check: Callable[..., list[Problem]], line_of: Callable[[str, str], int]
) -> None:
    """The line is that of the provision, not of the map."""
    status = replace(ISSUE["status"], values=("To Do", "In Progress", "Done"))

    (problem,) = check(status=status)

    assert problem.what == "jira_issue: status does not take 'Closed'"
    assert problem.line == line_of("closing.yaml", "closing:")


def test_a_field_too_short_for_what_is_written_is_told(
    check: Callable[..., list[Problem]],
) -> None:
    """By the longest value of the map, and by what the hub shortens texts to."""
    short = replace(ISSUE["priority"], values=(), length=5)
    key = "      - {item: jira_key, record: key, direction: in}\n"
    mapped = (key, f"{key}      - {{item: subject, record: summary}}\n")

    problems = check(
        mapped, priority=short, summary=FieldInfo(name="summary", type="string", length=100)
    )

    assert [each.what for each in problems] == [
        "jira_issue: summary takes 100 characters, and 240 may be written",
        "jira_issue: priority takes 5 characters, and 7 may be written",
    ]


def test_a_kind_that_the_system_does_not_have_is_told(copy: Path) -> None:
    """As when a map stands under the wrong system."""
    problems = check_maps(load_handbook(copy), "rnd", {"ticket": list(ISSUE.values())})

    assert [each.what for each in problems] == [
        "jira_issue: rnd has no records of the kind 'issue'"
    ]


def test_a_system_that_describes_nothing_is_not_held_against_anything(copy: Path) -> None:
    """`describe` may be left out by a connector."""
    assert check_maps(load_handbook(copy), "rnd", {}) == []
