"""What administrators and users have set up: fields' options, dashboards, properties, pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

AUTOWATCH_OFF: Final = "user.autowatch.disabled"


PREFERENCES: Final = {
    "user.notifications.mimetype": "html",
    "user.notify.own.changes": "false",
    "user.default.share.private": "true",
    "user.issues.per.page": "50",
    AUTOWATCH_OFF: "false",
}
"""What holds for who has set nothing."""


@dataclass(slots=True, kw_only=True)
class Option:
    """A choice that a custom field offers."""

    id: str
    value: str
    disabled: bool = False


@dataclass(slots=True, kw_only=True)
class Context:
    """Where a custom field offers which options: in some projects and issue types, or in all."""

    id: str
    name: str
    description: str = ""
    projects: list[str] = field(default_factory=list)
    issue_types: list[str] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Gadget:
    """A gadget on a dashboard."""

    id: int
    title: str
    uri: str
    module: str
    color: str
    row: int
    column: int
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Dashboard:
    """A dashboard; nobody owns the system's own."""

    id: str
    name: str
    owner: str
    description: str = ""
    favourites: set[str] = field(default_factory=set)
    shares: list[dict[str, Any]] = field(default_factory=list)
    gadgets: list[Gadget] = field(default_factory=list)
    refresh_ms: int | None = None


@dataclass(slots=True, kw_only=True)
class Picture:
    """A picture that was uploaded: its content type and its bytes."""

    kind: str
    content: bytes


@dataclass(slots=True)
class Settings:
    """All that is set up on a site.

    `contexts` are those of each custom field; `avatars` and `made_avatars` are the pictures chosen
    and made, by `user:NAME` or `project:ID`, `issuetype:ID`, `priority:ID`; `pictures` are those
    that came as such. `preferences` are those that users set, by their account ids.
    """

    contexts: dict[str, list[Context]] = field(default_factory=dict)
    dashboards: dict[str, Dashboard] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    user_properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    type_properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    preferences: dict[str, dict[str, str]] = field(default_factory=dict)
    avatars: dict[str, str] = field(default_factory=dict)
    made_avatars: dict[str, list[str]] = field(default_factory=dict)
    pictures: dict[str, Picture] = field(default_factory=dict)

    def watches_by_itself(self, account: str) -> bool:
        """Say whether a user comes to watch the issues that they make and comment on."""
        return self.preferences.get(account, {}).get(AUTOWATCH_OFF) != "true"
