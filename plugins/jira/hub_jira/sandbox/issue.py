"""What an issue holds: plain values, without rules."""

from __future__ import annotations

import copy
from collections.abc import Iterator
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


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """That someone pinned a comment, by its id, above the others."""

    comment: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of an issue."""

    id: str
    name: str
    kind: str
    author: str
    created: datetime
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklog:
    """Time that someone worked on an issue, in seconds."""

    id: str
    author: str
    update_author: str
    created: datetime
    updated: datetime
    started: datetime
    seconds: int
    comment: RichText | None = None
    visibility: dict[str, str] | None = None
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteLink:
    """A link to something outside; `application` and `target` are Jira's JSON as it was sent."""

    id: int
    global_id: str | None
    relationship: str | None
    application: dict[str, Any]
    target: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class LinkType:
    """A way in which issues can be linked, as it reads from either end."""

    id: str
    name: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link between two issues: `inward` is the one that *is blocked by* the other."""

    id: str
    type: str
    inward: str
    outward: str


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
    custom: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)
    histories: list[History] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    worklogs: list[Worklog] = field(default_factory=list)
    remote_links: list[RemoteLink] = field(default_factory=list)
    watchers: list[str] = field(default_factory=list)
    voters: list[str] = field(default_factory=list)
    original_estimate: int | None = None
    remaining_estimate: int | None = None
    archived: bool = False
    old_keys: list[str] = field(default_factory=list)

    def parts(self) -> Iterator[Comment | Attachment | Worklog]:
        """Give all that has an id of its own within the issue."""
        yield from self.comments
        yield from self.attachments
        yield from self.worklogs

    @property
    def time_spent(self) -> int:
        """Give the seconds that were worked on it."""
        return sum(worklog.seconds for worklog in self.worklogs)

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
        frozen.custom = dict(self.custom)
        frozen.properties = dict(self.properties)
        frozen.comments = list(self.comments)
        frozen.attachments = list(self.attachments)
        frozen.worklogs = list(self.worklogs)
        frozen.watchers = list(self.watchers)
        frozen.voters = list(self.voters)
        frozen.histories = list(self.histories)
        return frozen
