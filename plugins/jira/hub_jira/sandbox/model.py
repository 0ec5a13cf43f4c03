"""What a Jira site holds: plain values, without rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

PERMISSIONS: Final = (
    "ADD_COMMENTS", "ADMINISTER_PROJECTS", "ARCHIVE_ISSUES", "ASSIGNABLE_USER", "ASSIGN_ISSUES",
    "BROWSE_PROJECTS", "CLOSE_ISSUES", "CREATE_ATTACHMENTS", "CREATE_ISSUES",
    "DELETE_ALL_ATTACHMENTS", "DELETE_ALL_COMMENTS", "DELETE_ALL_WORKLOGS", "DELETE_ISSUES",
    "DELETE_OWN_ATTACHMENTS", "DELETE_OWN_COMMENTS", "DELETE_OWN_WORKLOGS", "EDIT_ALL_COMMENTS",
    "EDIT_ALL_WORKLOGS", "EDIT_ISSUES", "EDIT_OWN_COMMENTS", "EDIT_OWN_WORKLOGS", "LINK_ISSUES",
    "MANAGE_SPRINTS_PERMISSION", "MANAGE_WATCHERS", "MODIFY_REPORTER", "MOVE_ISSUES",
    "RESOLVE_ISSUES", "SCHEDULE_ISSUES", "SERVICEDESK_AGENT", "SET_ISSUE_SECURITY",
    "TRANSITION_ISSUES", "UNARCHIVE_ISSUES", "VIEW_AGGREGATED_DATA", "VIEW_DEV_TOOLS",
    "VIEW_READONLY_WORKFLOW", "VIEW_VOTERS_AND_WATCHERS", "WORK_ON_ISSUES",
)  # fmt: skip
ADMINISTRATORS: Final = "jira-administrators"
INVALID_PAYLOAD: Final = (
    "Invalid request payload. Refer to the REST API documentation and try again."
)
ADMIN_ONLY: Final = frozenset({"ADMINISTER", "SYSTEM_ADMIN"})
GLOBAL: Final = ("BULK_CHANGE", "CREATE_SHARED_OBJECTS", "MANAGE_GROUP_FILTER_SUBSCRIPTIONS",
                 "USER_PICKER")  # fmt: skip


class JiraError(Exception):
    """An answer that is an error, in Jira's own form."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.status = status
        self.messages = list(messages)
        self.errors = errors or {}
        self.headers = headers or {}
        super().__init__(f"{status} {messages} {self.errors}")

    def body(self) -> dict[str, Any]:
        """Give the body of the answer."""
        return {"errorMessages": self.messages, "errors": self.errors}


@dataclass(slots=True, kw_only=True)
class User:
    """A user; `secret` is an API token on Cloud, a password on Server."""

    account_id: str
    name: str
    display_name: str
    email: str
    secret: str = ""
    bearer: str = ""
    active: bool = True
    account_type: Literal["atlassian", "app", "customer"] = "atlassian"
    email_hidden: bool = False
    time_zone: str = "Asia/Shanghai"
    locale: str = "zh_CN"
    groups: tuple[str, ...] = ("jira-users",)

    @property
    def admin(self) -> bool:
        """Say whether they administer the site."""
        return ADMINISTRATORS in self.groups


@dataclass(frozen=True, slots=True)
class Category:
    """A status category: one of Jira's fixed four."""

    id: int
    key: str
    name: str
    color: str


CATEGORIES: Final = {
    "undefined": Category(1, "undefined", "No Category", "medium-gray"),
    "new": Category(2, "new", "To Do", "blue-gray"),
    "indeterminate": Category(4, "indeterminate", "In Progress", "yellow"),
    "done": Category(3, "done", "Done", "green"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A status, resolution, priority, issue type: an id and a name."""

    id: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(Named):
    """A status of a workflow."""

    category: str = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueType(Named):
    """An issue type."""

    subtask: bool = False

    @property
    def level(self) -> int:
        """Give its place in the hierarchy: epics stand above others, subtasks below."""
        return -1 if self.subtask else 1 if self.name == "Epic" else 0


Only: TypeAlias = Literal["", "assignee", "reporter"]


@dataclass(slots=True, kw_only=True)
class Transition:
    """A step of a workflow. Without `sources` it is global.

    `screen` are the fields shown on it: name → required. Who may make it: holders of
    `permission`, and if `only` says so the assignee or the reporter alone.
    """

    id: str
    name: str
    to: str
    sources: tuple[str, ...] = ()
    screen: dict[str, bool] = field(default_factory=dict)
    clears_resolution: bool = False
    permission: str = "TRANSITION_ISSUES"
    only: Only = ""

    @property
    def conditional(self) -> bool:
        """Say whether not everyone who may move issues may make it."""
        return bool(self.only) or self.permission != "TRANSITION_ISSUES"

    def leaves(self, status: str) -> bool:
        """Say whether it can be made from a status."""
        return not self.sources or status in self.sources


@dataclass(slots=True, kw_only=True)
class Workflow:
    """The statuses of a project and the ways between them."""

    statuses: list[str]
    initial: str
    transitions: list[Transition]


@dataclass(slots=True, kw_only=True)
class Project:
    """A project.

    `denied` are (account, permission) that its scheme withholds; `required` are fields that an
    issue can not be created without, beside those that no issue goes without.
    """

    id: str
    key: str
    name: str
    lead: str
    workflow: Workflow
    issue_types: list[str]
    type_key: Literal["software", "service_desk", "business"] = "software"
    description: str = ""
    url: str = ""
    archived: bool = False
    old_keys: list[str] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    denied: set[tuple[str, str]] = field(default_factory=set)
    assignee_type: str = "UNASSIGNED"
    required: list[str] = field(default_factory=list)
    last_number: int = 0

    @property
    def default_assignee(self) -> str | None:
        """Give to whom its issues go if nobody says, by account id."""
        return None if self.assignee_type == "UNASSIGNED" else self.lead


@dataclass(slots=True, kw_only=True)
class BulkTask:
    """What became of issues that one request was about: done and failed ones by id, with why.

    `missing` counts those that its submitter did not see.
    """

    id: str
    submitter: str
    at: datetime
    missing: int
    done: list[str] = field(default_factory=list)
    failed: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """A field that the administrator made."""

    id: str
    name: str
    type: str
    custom: str
    items: str = ""
    description: str = ""
    options: tuple[str, ...] = ()
