"""Searches the changelog: WAS and CHANGED, with their predicates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub_jira.sandbox.issue import Issue

_NOTHING: Final = frozenset({None, ""})
SEVERAL: Final = frozenset({"fixVersions"})
"""Fields whose changelog tells each value that came or went."""

State = frozenset[str | None]
Members = set[str | None]


@dataclass(frozen=True, slots=True)
class Run:
    """A time in which a field had a value: from when (by whom), until when."""

    since: datetime
    until: datetime | None
    by: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a field."""

    at: datetime
    by: str
    old: str | None
    new: str | None


Hold = Callable[[Run], bool]
"""A predicate of WAS."""
Happen = Callable[[Change], bool]
"""A predicate of CHANGED."""


def changes(issue: Issue, field: str) -> Iterator[Change]:
    """Give a field's changes, oldest first."""
    for entry in issue.histories:
        for item in entry.items:
            if item.field_id == field:
                yield Change(entry.created, entry.author, item.old, item.new)


def runs(issue: Issue, field: str, now: Members, wanted: Members) -> Iterator[Run]:
    """Give the times in which a field had one of some values; `now` is what it has at present."""
    states = _states(issue, field, now)
    for value in wanted:
        since: tuple[datetime, str] | None = None
        for state, at, by in states:
            if value in state:
                since = since or (at, by)
            elif since is not None:
                yield Run(since[0], at, since[1])
                since = None
        if since is not None:
            yield Run(since[0], None, since[1])


def _states(issue: Issue, field: str, now: Members) -> list[tuple[State, datetime, str]]:
    """Give what a field was, from when and by whom: rebuilt backwards from what it is."""
    state: State = frozenset(now) or _NOTHING
    states = []
    for change in reversed(list(changes(issue, field))):
        states.append((state, change.at, change.by))
        if field in SEVERAL:
            state = frozenset((state - {change.new} | {change.old}) - _NOTHING) or _NOTHING
        else:
            state = frozenset({change.old}) if change.old else _NOTHING
    states.append((state, issue.created, issue.creator))
    return states[::-1]
