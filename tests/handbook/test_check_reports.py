"""Broken summaries: each defect has its message, line and remedy."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.errors import Problem

Breaker = Callable[..., tuple[Problem, ...]]
Finder = Callable[[str, str], int]


@pytest.mark.parametrize(
    ("old", "new", "what", "remedy", "at"),
    [
        ("on: mon", "on: monday", "a weekly summary is sent on one of mon, tue", "", "id: weekly"),
        ("on: 1\n", "on: 31\n", "a monthly summary is sent on a day from 1", "", "id: monthly"),
        ('at: "09:00"', "at: nine", "'nine' is no time of day, such as 09:00", "", "at: nine"),
        (
            "tell: [customer_specialist, service_manager]\n",
            "tell: [customer_specialst]\n",
            "customer_specialst",
            "did you mean customer_specialist?",
            "id: weekly",
        ),
        (
            "tell: [customer_specialist, service_manager]\n",
            "tell: [legal]\n",
            "weekly: nobody holds legal, so nobody gets it",
            "give it to a person in people.yaml",
            "id: weekly",
        ),
        ("id: monthly", "id: weekly", "the report weekly is given twice", "", ""),
    ],
)
def test_a_defect_of_a_summary_is_told(
    broken: Breaker, line_of: Finder, old: str, new: str, what: str, remedy: str, at: str
) -> None:
    """File, line, what is wrong, what would be right."""
    (problem,) = [
        p for p in broken("reports.yaml", (old, new)) if what.split(",", maxsplit=1)[0] in p.what
    ]

    assert what in problem.what
    assert remedy in problem.remedy
    assert problem.file.endswith("reports.yaml")
    assert not at or line_of("reports.yaml", at) == problem.line
