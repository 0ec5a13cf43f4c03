"""An emulator of Jira, Cloud and Data Center: the API that client libraries use, on loopback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Literal, Self

from hub.sandbox import AsgiServer, FaultPlan, SandboxOptions
from hub.sandbox.server import AsgiApp
from hub_jira.sandbox import keeping
from hub_jira.sandbox.acts import ACTIONS, Acts
from hub_jira.sandbox.issue import Comment, Issue
from hub_jira.sandbox.seed import APP_TOKEN, HUB_TOKEN, furnish
from hub_jira.sandbox.sender import WEBHOOK_FAULTS, Sender
from hub_jira.sandbox.site import Site
from hub_jira.sandbox.web import OWN_FAULTS, App

__all__ = ["JiraSandbox"]


class JiraSandbox:
    """One emulated site: `jira_cloud` (API v3 and v2) or `jira_server` (API v2 below `/jira`).

    Actions of `act` (see `acts`): create_issue, load, comment, edit_comment, delete_comment,
    transition, edit, assign, delete_issue, move, remove_transition, condition, require_field,
    remove_field, permission, search_lag, rate_limits, old_search, index_property, version.

    Whoever wants to see all traffic of all emulators adds to `edges`: each wraps the ASGI app of
    every emulator that starts.
    """

    edges: ClassVar[list[Callable[[Site, AsgiApp], AsgiApp]]] = []

    def __init__(self, flavour: Literal["cloud", "server"], options: SandboxOptions) -> None:
        self.name = f"jira_{flavour}"
        self.faults = FaultPlan(OWN_FAULTS | WEBHOOK_FAULTS, actions=ACTIONS)
        self.site = Site(flavour, self.faults.clock(options.clock))
        furnish(self.site)
        self._options = options
        self._context = "" if flavour == "cloud" else "/jira"
        self._acts = Acts(self.site)
        self._server: AsgiServer | None = None
        self._sender = Sender(self.site, self.faults, options.traffic.of(self.name))

    @classmethod
    def cloud(cls, options: SandboxOptions) -> Self:
        """Make a Jira Cloud."""
        return cls("cloud", options)

    @classmethod
    def server(cls, options: SandboxOptions) -> Self:
        """Make a Jira Data Center."""
        return cls("server", options)

    def start(self) -> Mapping[str, Any]:
        """Start serving; give the address and the logins."""
        app: AsgiApp = App(self.site, self.faults, self._context)
        for edge in self.edges:
            app = edge(self.site, app)
        server = AsgiServer(
            app,
            self.faults,
            host=self._options.host,
            port=self._options.ports.get(self.name, 0),
            record=self._options.traffic.of(self.name),
        )
        server.start()
        self._server = server
        self._sender.start()
        self.site.base_url = server.url + self._context
        place = {"url": self.site.base_url, "project": "RND"}
        if self.site.cloud:
            login = {"email": "hub@vendor.example", "api_token": HUB_TOKEN}
            return {**place, **login, "app_token": APP_TOKEN}
        logins = {"admin": "admin", "admin_password": "admin", "user": "jira_user"}
        return {**place, **logins, "user_password": "jira", "token": "hub-bearer"}

    def stop(self) -> None:
        """Stop serving and sending."""
        self._sender.stop()
        if self._server is not None:
            self._server.stop()
            self._server = None

    def dump(self) -> bytes:
        """Give all that it holds, at one instant."""
        return keeping.dump(self.site)

    def load(self, dumped: bytes) -> None:
        """Hold what was dumped and nothing else; ValueError if the bytes are no dump."""
        keeping.load(self.site, dumped)

    def set_search_lag(self, seconds: float) -> None:
        """Let the search lag behind writes."""
        with self.site.lock:
            self.site.index.lag = timedelta(seconds=seconds)

    def records(self) -> Mapping[str, list[dict[str, Any]]]:
        """Give all issues and comments as plain values."""
        with self.site.lock:
            issues = [self._issue(issue) for issue in self.site.issues.values()]
            comments = [
                self._comment(issue, comment)
                for issue in self.site.issues.values()
                for comment in issue.comments
            ]
        return {"issues": issues, "comments": comments}

    def act(self, action: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what a person would do in Jira."""
        return self._acts.perform(action, arguments)

    def _mail(self, account: str | None) -> str | None:
        return self.site.users[account].email if account else None

    def _issue(self, issue: Issue) -> dict[str, Any]:
        site = self.site
        return {
            "id": issue.id,
            "key": issue.key,
            "project": site.projects[issue.project].key,
            "issuetype": site.issue_types[issue.issue_type].name,
            "summary": issue.summary,
            "description": issue.description.plain() if issue.description else "",
            "status": site.statuses[issue.status].name,
            "resolution": site.resolutions[issue.resolution].name if issue.resolution else None,
            "priority": site.priorities[issue.priority].name,
            "assignee": self._mail(issue.assignee),
            "reporter": self._mail(issue.reporter),
            "labels": list(issue.labels),
            "properties": dict(issue.properties),
            "created": issue.created.isoformat(),
            "updated": issue.updated.isoformat(),
            "comments": [self._comment(issue, comment) for comment in issue.comments],
        }

    def _comment(self, issue: Issue, comment: Comment) -> dict[str, Any]:
        return {
            "id": comment.id,
            "issue": issue.key,
            "author": self._mail(comment.author),
            "text": comment.body.plain(),
            "public": comment.public,
            "properties": dict(comment.properties),
            "created": comment.created.isoformat(),
        }
