"""What teams plan by: components, versions, boards, sprints, saved filters. Plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

from hub_jira.sandbox.model import Project

_REMEMBERED: Final = 50
SprintState = Literal["future", "active", "closed"]


@dataclass(slots=True, kw_only=True)
class Component:
    """A part of a project."""

    id: str
    project: str
    name: str
    description: str = ""
    lead: str | None = None
    assignee_type: str = "PROJECT_DEFAULT"


@dataclass(slots=True, kw_only=True)
class Version:
    """A version of a project; the project's table keeps their order."""

    id: str
    project: str
    name: str
    description: str = ""
    released: bool = False
    archived: bool = False
    start: date | None = None
    release: date | None = None


@dataclass(slots=True, kw_only=True)
class Filter:
    """A saved query. `shares` are its share permissions, as Jira's JSON says them."""

    id: str
    name: str
    owner: str
    jql: str
    description: str = ""
    favourites: set[str] = field(default_factory=set)
    shares: list[dict[str, Any]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Board:
    """A board: the issues of a filter, in the order of their ranks."""

    id: int
    name: str
    kind: Literal["scrum", "kanban", "simple"]
    filter: str
    project: str | None = None
    favourites: set[str] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Sprint:
    """A sprint of a board."""

    id: int
    name: str
    board: int
    state: SprintState = "future"
    goal: str = ""
    created: datetime
    start: datetime | None = None
    end: datetime | None = None
    activated: datetime | None = None
    completed: datetime | None = None


@dataclass(slots=True)
class Planning:
    """All of a site's plans, by id; `viewed` are the issues that each user read, latest first."""

    components: dict[str, Component] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)
    filters: dict[str, Filter] = field(default_factory=dict)
    boards: dict[int, Board] = field(default_factory=dict)
    sprints: dict[int, Sprint] = field(default_factory=dict)
    viewed: dict[str, list[str]] = field(default_factory=dict)

    def saw(self, account: str, issue: str) -> None:
        """Take note that a user read an issue."""
        before = self.viewed.get(account, [])
        self.viewed[account] = [issue, *(x for x in before if x != issue)][:_REMEMBERED]

    def components_of(self, project: str) -> list[Component]:
        """Give a project's components."""
        return [x for x in self.components.values() if x.project == project]

    def automatic_assignee(self, project: Project, components: Iterable[str]) -> str | None:
        """Give who gets an issue by itself: whom a component of it says, or else the project."""
        for entry in (self.components[x] for x in components):
            if entry.assignee_type == "COMPONENT_LEAD" and entry.lead:
                return entry.lead
            if entry.assignee_type in {"PROJECT_LEAD", "UNASSIGNED"}:
                return project.lead if entry.assignee_type == "PROJECT_LEAD" else None
        return project.default_assignee

    def versions_of(self, project: str) -> list[Version]:
        """Give a project's versions, in their order."""
        return [x for x in self.versions.values() if x.project == project]
