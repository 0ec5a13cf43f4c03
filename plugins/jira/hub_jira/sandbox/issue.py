"""What an issue holds: plain values, without rules."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Self

from hub_jira.sandbox.richtext import RichText

PUBLIC_PROPERTY: Final = "sd.public.comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeItem:
    """One field's change in the changelog."""

    field: str
    field_id: str
    kind: str = "jira"
    old: str | None = None
    old_text: str | None = None
    new: str | None = None
    new_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One entry of the changelog."""

    id: str
    author: str
    created: datetime
    items: tuple[ChangeItem, ...]


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment; customers of a service project see it unless its property says internal."""

    id: str
    author: str
    body: RichText
    created: datetime
    updated: datetime
    update_author: str
    visibility: dict[str, str] | None = None
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def public(self) -> bool:
        """Say whether the portal shows it: the default, until someone says internal."""
        flag = self.properties.get(PUBLIC_PROPERTY)
        return not (isinstance(flag, dict) and flag.get("internal") in {True, "true"})


@dataclass(slots=True, kw_only=True)
class Issue:
    """An issue. Users, statuses and the like are held by id."""

    id: str
    key: str
    project: str
    issue_type: str
    summary: str
    status: str
    priority: str
    creator: str
    reporter: str | None
    created: datetime
    updated: datetime
    description: RichText | None = None
    environment: RichText | None = None
    resolution: str | None = None
    resolved: datetime | None = None
    assignee: str | None = None
    parent: str | None = None
    due: date | None = None
    status_changed: datetime | None = None
    security: str | None = None
    rank: float = 0.0
    labels: list[str] = field(default_factory=list)
    components: list[str] = field(default_factory=list)
    fix_versions: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    sprints: list[int] = field(default_factory=list)
    custom: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    histories: list[History] = field(default_factory=list)
    old_keys: list[str] = field(default_factory=list)

    @property
    def number(self) -> int:
        """Give the number in the key."""
        return int(self.key.rpartition("-")[2])

    def snapshot(self) -> Self:
        """Give a copy that later edits leave alone."""
        frozen = copy.copy(self)
        frozen.labels = list(self.labels)
        frozen.components = list(self.components)
        frozen.fix_versions = list(self.fix_versions)
        frozen.versions = list(self.versions)
        frozen.sprints = list(self.sprints)
        frozen.custom = dict(self.custom)
        frozen.properties = dict(self.properties)
        frozen.comments = [copy.copy(comment) for comment in self.comments]
        frozen.histories = list(self.histories)
        return frozen
