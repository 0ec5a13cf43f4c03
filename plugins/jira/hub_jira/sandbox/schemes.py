"""Who may do what, and who stands behind it: groups, roles, schemes, security levels.

Plain values; `site.Site.may` applies them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

DEFAULT_SCHEME: Final = 0
"""The id of the permission scheme that a project has if nobody chose another."""

Holder = Literal[
    "anyone", "applicationRole", "assignee", "group", "projectLead", "projectRole", "reporter",
    "user",
]  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Group:
    """A group; who belongs to it stands with the users."""

    id: str
    name: str


@dataclass(slots=True, kw_only=True)
class Role:
    """A role that people play in projects. `default` are actors that a new project begins with."""

    id: int
    name: str
    description: str = ""
    default: list[Actor] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Actor:
    """Who plays a role: a user (by account id) or a group (by name)."""

    id: int
    kind: Literal["user", "group"]
    name: str


@dataclass(slots=True, kw_only=True)
class Grant:
    """A permission given to a holder; `parameter` names it where its kind does not."""

    id: int
    permission: str
    holder: Holder
    parameter: str = ""


@dataclass(slots=True, kw_only=True)
class PermissionScheme:
    """Grants that projects share."""

    id: int
    name: str
    description: str = ""
    grants: list[Grant] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Level:
    """A security level: only its members (`user:…`, `group:…`) see an issue that has it."""

    id: str
    scheme: int
    name: str
    description: str = ""
    members: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class SecurityScheme:
    """Security levels that projects share."""

    id: int
    name: str
    description: str = ""
    default: str = ""


@dataclass(slots=True, kw_only=True)
class ProjectCategory:
    """A heading under which projects stand."""

    id: str
    name: str
    description: str = ""


@dataclass(slots=True)
class Schemes:
    """All of a site's schemes.

    `actors` are those of each (project, role); `chosen` says which permission scheme, security
    scheme and category each project has; `indexed` are the (key, path) of issue properties that an
    app has declared for search, with their type.
    """

    groups: dict[str, Group] = field(default_factory=dict)
    roles: dict[int, Role] = field(default_factory=dict)
    actors: dict[tuple[str, int], list[Actor]] = field(default_factory=dict)
    permissions: dict[int, PermissionScheme] = field(default_factory=dict)
    security: dict[int, SecurityScheme] = field(default_factory=dict)
    levels: dict[str, Level] = field(default_factory=dict)
    categories: dict[str, ProjectCategory] = field(default_factory=dict)
    chosen: dict[tuple[str, str], str] = field(default_factory=dict)
    indexed: dict[tuple[str, str], str] = field(default_factory=dict)
