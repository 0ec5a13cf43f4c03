"""One Jira site: its tables, its lookups, and who may do what."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import Any, Final, Literal, TypeVar

from hub.clock import Clock
from hub_jira.sandbox.index import Index
from hub_jira.sandbox.issue import Comment, Issue
from hub_jira.sandbox.limits import Limits
from hub_jira.sandbox.logins import Logins
from hub_jira.sandbox.model import (
    ADMIN_ONLY,
    BulkTask,
    CustomField,
    IssueType,
    JiraError,
    Named,
    Project,
    Status,
    Transition,
    User,
)
from hub_jira.sandbox.planning import Planning
from hub_jira.sandbox.relations import Relations
from hub_jira.sandbox.schemes import DEFAULT_SCHEME, Grant, PermissionScheme, Schemes
from hub_jira.sandbox.settings import Settings

NO_ISSUE: Final = "Issue does not exist or you do not have permission to see it."
_HIDDEN: Final = "You do not have the permission to see the specified issue."
NOT_LOGGED_IN: Final = (
    "You are not authenticated. Authentication required to perform this operation."
)
VERSION: Final = (8, 22, 6)
"""The last of Data Center's versions that still has the old `createmeta` beside the new one."""
N = TypeVar("N", bound=Named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something a webhook may tell: who did what to which issue (and comment), or to what else.

    `about` is what else, as the webhook tells it: a version, a sprint, a project.
    """

    event: str
    user: User
    issue: Issue | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    comment: Comment | None = None
    changes: tuple[Any, ...] = ()
    at: datetime


@dataclass(slots=True, kw_only=True)
class Webhook:
    """A webhook that the administrator registered, or an app (its `owner`), for a time."""

    id: int
    name: str
    url: str
    events: tuple[str, ...]
    secret: str = ""
    jql: str = ""
    exclude_body: bool = False
    enabled: bool = True
    owner: str = ""
    expires: datetime | None = None
    fields: tuple[str, ...] = ()


class Site:
    """The state of one site. Hold `lock` around everything that reads or writes it."""

    def __init__(self, flavour: Literal["cloud", "server"], clock: Clock) -> None:
        self.cloud = flavour == "cloud"
        self.clock = clock
        self.lock = RLock()
        self.base_url = ""
        self.text_limit = 32_767
        self.version = VERSION
        """Of Data Center; Cloud has but one."""
        self.users: dict[str, User] = {}
        self.statuses: dict[str, Status] = {}
        self.resolutions: dict[str, Named] = {}
        self.priorities: dict[str, Named] = {}
        self.issue_types: dict[str, IssueType] = {}
        self.custom_fields: dict[str, CustomField] = {}
        self.projects: dict[str, Project] = {}
        self.issues: dict[str, Issue] = {}
        self.index = Index(self.issues)
        self.planning = Planning()
        self.schemes = Schemes()
        self.settings = Settings()
        self.logins = Logins()
        self.limits = Limits()
        self.tasks: dict[str, BulkTask] = {}
        self.old_search = not self.cloud
        """Whether `/search` is there: on Cloud it has been removed, but may be switched on."""
        self.webhooks: dict[int, Webhook] = {}
        self.listeners: list[Callable[[Happened], None]] = []
        self.relations = Relations()
        self.owners: dict[str, str] = {}
        """In which issue a comment, an attachment or a worklog is, by their ids."""
        self.deleted_worklogs: list[tuple[str, datetime]] = []
        self.upload_limit = 10 * 2**20
        self.last_id = 19_999
        self.signing_key = secrets.token_bytes(32)
        self._keys: dict[str, str] = {}

    def now(self) -> datetime:
        """Give the present instant, to the millisecond, as Jira keeps it."""
        now = self.clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def new_id(self) -> str:
        """Give a number that no record has."""
        self.last_id += 1
        return str(self.last_id)

    def next_key(self, project: Project) -> str:
        """Give the project's next issue key."""
        project.last_number += 1
        return f"{project.key}-{project.last_number}"

    def keep(self, issue: Issue) -> None:
        """Enter an issue, or a version of it, into tables and index."""
        self.issues[issue.id] = issue
        self._keys[issue.key.upper()] = issue.id
        for key in issue.old_keys:
            self._keys[key.upper()] = issue.id
        self.relations.place(issue)
        self.index.wrote(issue, self.now())

    def drop_field(self, identifier: str) -> None:
        """Delete a custom field with what issues have in it."""
        for issue in self.issues.values():
            issue.custom.pop(identifier, None)
        del self.custom_fields[identifier]
        self.settings.contexts.pop(identifier, None)

    def drop(self, issue: Issue) -> None:
        """Take an issue out of tables and index."""
        del self.issues[issue.id]
        for key in (issue.key, *issue.old_keys):
            self._keys.pop(key.upper(), None)
        for part in issue.parts():
            self.owners.pop(part.id, None)
        self.relations.forget(issue)
        self.index.wrote(issue, self.now(), gone=True)

    def tell(self, happened: Happened) -> None:
        """Tell the listeners what happened."""
        for listener in self.listeners:
            listener(happened)

    def find_issue(self, identifier: str) -> Issue | None:
        """Give an issue by id or key, old keys included."""
        return self.issues.get(self._keys.get(identifier.upper(), identifier))

    def issue(self, identifier: str, user: User | None) -> Issue:
        """Give an issue that a user may see; on Cloud absent and invisible ones answer alike."""
        issue = self.find_issue(identifier)
        if issue is not None and self.sees(user, issue):
            return issue
        if self.cloud:
            raise JiraError(404, NO_ISSUE)
        if issue is None:
            raise JiraError(404, "Issue Does Not Exist")
        if user is None:
            raise JiraError(401, _HIDDEN, "Login Required")
        raise JiraError(403, _HIDDEN)

    def comment(self, issue: Issue, identifier: str) -> Comment:
        """Give a comment of an issue."""
        found = next((c for c in issue.comments if c.id == identifier), None)
        if found is None:
            raise JiraError(404, f"Can not find a comment for the id: {identifier}.")
        return found

    def find_project(self, identifier: str) -> Project | None:
        """Give a project by id or key."""
        return self.projects.get(identifier) or next(
            (
                p
                for p in self.projects.values()
                if p.key == identifier.upper() or identifier.upper() in p.old_keys
            ),
            None,
        )

    def project(self, identifier: str, user: User | None) -> Project:
        """Give a project that a user may see; Cloud minds the case of its key."""
        project = self.find_project(identifier)
        exact = project and identifier in {project.id, project.key, *project.old_keys}
        if (
            project is None
            or (self.cloud and not exact)
            or not self.may(user, "BROWSE_PROJECTS", project)
        ):
            what = "key" if not identifier.isdigit() else "id"
            raise JiraError(404, f"No project could be found with {what} '{identifier}'.")
        return project

    def may(self, user: User | None, permission: str, project: Project | None = None) -> bool:
        """Say whether a user has a permission; anonymous visitors have none."""
        if user is None or not user.active:
            return False
        if permission in ADMIN_ONLY:
            return user.admin
        if project is None:
            return True
        if user.account_type == "customer" or (user.account_id, permission) in project.denied:
            return False
        if permission == "SERVICEDESK_AGENT" and project.type_key != "service_desk":
            return False
        return any(
            grant.permission == permission and self._holds(user, grant, project)
            for grant in self.permission_scheme(project).grants
        )

    def permission_scheme(self, project: Project) -> PermissionScheme:
        """Give a project's permission scheme: the chosen one, or the default."""
        chosen = self.schemes.chosen.get((project.id, "permission"), str(DEFAULT_SCHEME))
        return self.schemes.permissions[int(chosen)]

    def _holds(self, user: User, grant: Grant, project: Project) -> bool:
        named = grant.parameter
        holders: dict[str, Callable[[], bool]] = {
            "group": lambda: named in user.groups,
            "user": lambda: named in {user.account_id, user.name},
            "projectLead": lambda: project.lead == user.account_id,
            "projectRole": lambda: self.plays(user, int(named), project),
            "assignee": lambda: False,
            "reporter": lambda: False,
        }
        holds = holders.get(grant.holder)
        return True if holds is None else holds()

    def sees_level(self, user: User | None, level: str | None) -> bool:
        """Say whether a user is let in by a security level; without one, everyone is."""
        if level is None or level not in self.schemes.levels:
            return True
        if user is None:
            return False
        names = {f"user:{user.account_id}", *(f"group:{group}" for group in user.groups)}
        return bool(names & set(self.schemes.levels[level].members))

    def sees(self, user: User | None, issue: Issue) -> bool:
        """Say whether an issue is there for a user at all."""
        project = self.projects[issue.project]
        return (
            not project.archived
            and self.may(user, "BROWSE_PROJECTS", project)
            and self.sees_level(user, issue.security)
        )

    def plays(self, user: User | None, role: int, project: Project) -> bool:
        """Say whether a user plays a role in a project, in person or by a group."""
        actors = self.schemes.actors.get((project.id, role), self.schemes.roles[role].default)
        return user is not None and any(
            actor.name == user.account_id if actor.kind == "user" else actor.name in user.groups
            for actor in actors
        )

    def require(
        self,
        user: User | None,
        permission: str,
        project: Project,
        message: str,
        status: int = 403,
    ) -> User:
        """Refuse a user who lacks a permission, with the operation's status; give the user back."""
        if user is None:
            raise JiraError(401, NOT_LOGGED_IN)
        if not self.may(user, permission, project):
            raise JiraError(status, message)
        return user

    def login(self, name: str) -> User | None:
        """Give the user whom a client names: by account id on Cloud, by user name on Server."""
        if self.cloud:
            return self.users.get(name)
        return next((user for user in self.users.values() if user.name == name), None)

    def find_user(self, text: str) -> User | None:
        """Give a user by account id, name, e-mail address or display name, for people's acts."""
        low = text.lower()
        return self.users.get(text) or next(
            (
                user
                for user in self.users.values()
                if low in {user.name.lower(), user.email.lower(), user.display_name.lower()}
            ),
            None,
        )

    def transitions(self, issue: Issue, user: User | None) -> list[Transition]:
        """Give the transitions that a user may make on an issue now."""
        return [x for x in self.steps(issue, user) if self.meets(x, issue, user)]

    def steps(self, issue: Issue, user: User | None) -> list[Transition]:
        """Give the ways that the workflow has from here, conditions or not."""
        project = self.projects[issue.project]
        if user is None or not self.may(user, "TRANSITION_ISSUES", project):
            return []
        return [x for x in project.workflow.transitions if x.leaves(issue.status)]

    def meets(self, step: Transition, issue: Issue, user: User | None) -> bool:
        """Say whether a user meets the conditions of a transition."""
        named = not step.only or (user and getattr(issue, step.only) == user.account_id)
        return bool(named) and self.may(user, step.permission, self.projects[issue.project])

    def statuses_of(self, project: Project) -> list[Status]:
        """Give the statuses of a project's workflow."""
        return [self.statuses[identifier] for identifier in project.workflow.statuses]


def named(entries: Iterable[N], text: str) -> N | None:
    """Give the entry with an id or a name, whatever its case."""
    low = text.lower()
    return next((entry for entry in entries if entry.id == text or entry.name.lower() == low), None)
