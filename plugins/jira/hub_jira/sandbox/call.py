"""One request as resources see it, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hub_jira.sandbox.edits import Editor
from hub_jira.sandbox.model import JiraError, User
from hub_jira.sandbox.site import NOT_LOGGED_IN, Site
from hub_jira.sandbox.talk import Talk
from hub_jira.sandbox.views import View


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON body; None is an empty body."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: who, what, with which parameters. `stale` is set while a search is made old."""

    site: Site
    user: User | None
    api: int
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    stale: timedelta | None = None

    @property
    def view(self) -> View:
        """Give the way values are shown to this caller."""
        return View(self.site, self.user, self.api)

    @property
    def editor(self) -> Editor:
        """Give the way this caller changes issues."""
        return Editor(self.site, self.user, self.api)

    @property
    def talk(self) -> Talk:
        """Give the way this caller writes comments."""
        return Talk(self.site, self.user, self.api)

    @property
    def data(self) -> Mapping[str, Any]:
        """Give the JSON object that was sent."""
        if not isinstance(self.body, dict):
            raise JiraError(400, "Invalid request payload. Refer to the REST API documentation.")
        return self.body

    def logged_in(self) -> User:
        """Give the caller; an anonymous one is refused."""
        if self.user is None:
            raise JiraError(401, NOT_LOGGED_IN)
        return self.user

    def number(self, name: str, default: int, most: int) -> int:
        """Read a number of the query, within Jira's own limit."""
        text = self.query.get(name, "")
        try:
            value = int(text) if text else default
        except ValueError:
            raise JiraError(400, f"'{text}' is not a valid value for '{name}'.") from None
        return max(0, min(value, most))

    def names(self, name: str) -> list[str]:
        """Read a comma-separated list of the query."""
        return [part.strip() for part in self.query.get(name, "").split(",") if part.strip()]


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: method, path below `/rest/api/N/`, handler, and on which face it exists."""

    method: str
    path: str
    handler: Handler
    cloud: bool = True
    server: bool = True


def page(entries: list[Any], start: int, size: int) -> dict[str, Any]:
    """Cut a page out of a list, with the counts that go with it."""
    shown = entries[start : start + size]
    return {"startAt": start, "maxResults": size, "total": len(entries), "shown": shown}
