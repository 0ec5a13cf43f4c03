"""One request as resources see it, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from starlette.datastructures import QueryParams

from hub.sandbox import Fault
from hub_jira.sandbox.edits import Editor
from hub_jira.sandbox.issueviews import IssueView
from hub_jira.sandbox.model import INVALID_PAYLOAD, JiraError, User
from hub_jira.sandbox.site import NOT_LOGGED_IN, Happened, Site
from hub_jira.sandbox.talk import Talk


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON body; None is an empty body, bytes are sent as they are."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Upload:
    """A part of a multipart body."""

    field: str
    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request: who, what, with which parameters.

    `stale` and `missing` are set while a search is made old, or to miss what is there.
    """

    site: Site
    user: User | None
    api: int
    path: Mapping[str, str]
    query: QueryParams
    body: Any
    has_body: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    uploads: Sequence[Upload] | None = None
    stale: timedelta | None = None
    missing: Fault | None = None

    @cached_property
    def view(self) -> IssueView:
        """Give the way values are shown to this caller."""
        return IssueView(self.site, self.user, self.api)

    @cached_property
    def editor(self) -> Editor:
        """Give the way this caller changes issues."""
        return Editor(self.site, self.user, self.api)

    @cached_property
    def talk(self) -> Talk:
        """Give the way this caller writes comments."""
        return Talk(self.site, self.user, self.api)

    @property
    def data(self) -> Mapping[str, Any]:
        """Give the JSON object that was sent."""
        if not isinstance(self.body, dict):
            raise JiraError(400, INVALID_PAYLOAD)
        return self.body

    def tell(self, event: str, **about: Any) -> None:
        """Tell webhooks what the caller did to something that is no issue."""
        if self.user is not None:
            now = self.site.now()
            self.site.tell(Happened(event=event, user=self.user, about=about, at=now))

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

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Read a truth value of the query."""
        text = self.query.get(name, "").lower()
        return text == "true" if text else default

    def names(self, name: str) -> list[str]:
        """Read a list of the query: separated by commas, or given several times."""
        given = ",".join(self.query.getlist(name))
        return [part for piece in given.split(",") if (part := piece.strip())]

    def whole(self, name: str, default: int) -> int:
        """Read a whole number of the body; absent is the default."""
        return whole(self.data.get(name), default, name)

    def inner(self, name: str) -> Mapping[str, Any]:
        """Read an object within the body; absent is empty."""
        value = self.data.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise JiraError(400, INVALID_PAYLOAD)
        return value

    def objects(self, name: str) -> list[Mapping[str, Any]]:
        """Read a list of objects of the body; absent is empty."""
        entries = self.listed(name)
        if not all(isinstance(entry, dict) for entry in entries):
            raise JiraError(400, INVALID_PAYLOAD)
        return entries

    def listed(self, name: str) -> list[Any]:
        """Read a list of the body; absent is empty."""
        value = self.data.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise JiraError(400, INVALID_PAYLOAD)
        return value


def whole(value: Any, default: int, name: str) -> int:
    """Read a whole number that was sent, as such or as digits."""
    if value is None:
        return default
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) < 19:
        return int(value)
    raise JiraError(400, f"'{value}' is not a valid value for '{name}'.")


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: method, path, handler, and on which face it exists.

    The path is one below `/rest/api/N/`, or one below the site if it begins with a slash. Its body
    is JSON or multipart; with `plain` it is taken as it is, as a picture.
    """

    method: str
    path: str
    handler: Handler
    cloud: bool = True
    server: bool = True
    plain: bool = False


def page(entries: Sequence[Any], start: int, size: int) -> dict[str, Any]:
    """Cut a page out of a list, with the counts that go with it."""
    shown = entries[start : start + size]
    return {"startAt": start, "maxResults": size, "total": len(entries), "shown": shown}
