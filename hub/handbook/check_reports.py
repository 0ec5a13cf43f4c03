"""What is wrong with the summaries: who gets them."""

from __future__ import annotations

from collections.abc import Iterator

from hub.errors import Problem
from hub.handbook.places import Checker


def check_reports(checker: Checker) -> Iterator[Problem]:
    """Give the problems of `reports.yaml`."""
    people = checker.handbook.people
    seen: set[str] = set()
    for row in checker.handbook.reports:
        if row.id in seen:
            yield checker.at(row, f"the report {row.id} is given twice")
        seen.add(row.id)
        yield from checker.known("role", people.roles, row, "tell", row.tell)
        known = all(role in people.roles for role in row.tell)
        if known and not any(people.members(role) for role in row.tell):
            roles = ", ".join(row.tell)
            remedy = "name a role that somebody holds, or give it to a person in people.yaml"
            yield checker.at(row, f"{row.id}: nobody holds {roles}, so nobody gets it", remedy)
