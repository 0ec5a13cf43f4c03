"""Reads issues and comments: by search, by id, and what changed behind a cursor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from hub.clock import Clock
from hub.connector import Page
from hub.errors import NotFoundError, RejectedError
from hub.models import Change, Ref, Unreadable
from hub_jira import jql
from hub_jira.client import JiraClient
from hub_jira.directory import Directory
from hub_jira.mapping import (
    KEY_PROPERTY,
    TEXT_PROPERTY,
    Mapper,
    parse_moment,
    split_comment_id,
)
from hub_jira.settings import JiraSettings

Json = dict[str, Any]
Changes = list[Change | Unreadable]
Seen = dict[str, tuple[str, int, list[str]]]
_PROPERTIES = (KEY_PROPERTY, TEXT_PROPERTY)
_REMEMBERED = 200
_REMEMBERED_AT_MOST = 2_000
_FULL_SWEEP_SECONDS = 60.0
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True, slots=True)
class Found:
    """The first page of a search, and whether there is more behind it."""

    issues: Sequence[Json]
    more: bool


@dataclass(frozen=True, slots=True)
class Position:
    """How far the poll has read; the hub keeps it as text.

    `after` is the newest change seen. `seen` remembers the last issues read, with the version
    and the comments they had, so that what the overlap brings again costs nothing. `bound` and
    `key` say where a sweep that is not finished goes on: with a key, within the bound's minute.
    """

    after: int | None = None
    seen: Seen = field(default_factory=dict)
    bound: int | None = None
    key: str | None = None

    @property
    def sweeping(self) -> bool:
        """Say whether a sweep is under way."""
        return self.bound is not None

    def dump(self) -> str:
        """Give the text form."""
        return json.dumps((self.after, self.seen, self.bound, self.key), separators=(",", ":"))

    @classmethod
    def load(cls, text: str | None) -> Position:
        """Read the text form; one of an older form starts anew, which loses and doubles nothing."""
        try:
            after, seen, bound, key = json.loads(text or "[null,{},null,null]")
            known = {issue: (str(v), int(at), list(c)) for issue, (v, at, c) in seen.items()}
        except (ValueError, TypeError, AttributeError):
            return cls()
        return cls(after, known, bound, key)


class Reader:
    """Reads one project of one Jira."""

    def __init__(
        self,
        client: JiraClient,
        settings: JiraSettings,
        directory: Directory,
        name: str,
        clock: Clock,
    ) -> None:
        self._client = client
        self._settings = settings
        self._directory = directory
        self._name = name
        self._clock = clock
        self._login_seen = float("-inf")
        self._swept = float("-inf")

    @cached_property
    def mapper(self) -> Mapper:
        """Give the mapping, once the site has said what it is and how its fields are called."""
        settings, shapes = self._settings, self._directory.shapes()
        return Mapper(
            connector=self._name,
            url=settings.url,
            cloud=self._client.cloud,
            key_label_prefix=settings.key_label_prefix,
            extra={ours: shape.id for ours, shape in shapes.items()},
            rich=frozenset(ours for ours, shape in shapes.items() if shape.rich),
            accounts={account: address for address, account in settings.users.items()},
        )

    def issue(self, identifier: str) -> Json:
        """Read one issue by id or key, with the hub's properties."""
        answer: Json = self._client.get(
            f"issue/{identifier}",
            fields=",".join(self.mapper.issue_fields),
            properties=",".join(_PROPERTIES),
        )
        return answer

    def comments(self, issue: str) -> list[Json]:
        """Read all comments of an issue, with their properties."""
        path = f"issue/{issue}/comment"
        return list(self._client.pages(path, "comments", expand="properties"))

    def search(self, query: str) -> Found:
        """Read the first issues of a search; `fields` are named, for the default is the id alone.

        A page of Cloud may be short, even empty, and not be the last: its token alone tells.
        """
        body: Json = {
            "jql": query,
            "fields": self.mapper.issue_fields,
            "maxResults": self._settings.page_size,
        }
        if not self._client.cloud:
            page = self._client.post("search", {**body, "startAt": 0})
            issues = page.get("issues", [])
            return Found(issues, more=len(issues) < int(page["total"]))
        body["properties"] = list(_PROPERTIES)
        while True:
            page = self._client.post("search/jql", body)
            token = page.get("nextPageToken")
            if page.get("issues") or not token:
                return Found(page.get("issues", []), more=bool(token))
            body["nextPageToken"] = token

    def poll(self, cursor: str | None) -> Page:
        """Read the next page of changes behind the cursor."""
        position = Position.load(cursor)
        now = self._clock.now()
        if not position.sweeping:
            position = replace(position, bound=self._bound(position))
        found = self._continue(position)
        if not found.issues:
            self._prove_login()
        changes: Changes = []
        seen = dict(position.seen)
        newest = position.after
        for raw in found.issues:
            changes += self._read_issue(raw, seen, now)
            newest = max(newest or 0, self._stamp(raw, now))
        kept = self._remembered(seen, newest)
        following = self._following(found, replace(position, after=newest, seen=kept))
        return Page(changes=changes, cursor=following.dump(), more=following.sweeping)

    def _continue(self, position: Position) -> Found:
        project, extra = self._settings.project, self._settings.poll_filter
        if position.key is None or position.bound is None:
            return self.search(jql.changed_since(project, position.bound, extra))
        query = jql.changed_in_minute(project, position.bound, position.key, extra)
        try:
            return self.search(query)
        except RejectedError:  # the issue with that key was deleted: begin the minute again
            return self.search(jql.changed_in_minute(project, position.bound, "", extra))

    def _bound(self, position: Position) -> int | None:
        if position.after is None:
            since = self._settings.since
            return None if since is None else jql.floor_minute(jql.in_milliseconds(since))
        lag, overlap = self._settings.search_lag_seconds, 0.0
        if self._clock.monotonic() - self._swept >= _FULL_SWEEP_SECONDS:
            self._swept = self._clock.monotonic()
            overlap = self._settings.overlap_seconds
        return jql.floor_minute(position.after - int((lag + overlap) * 1000))

    def _remembered(self, seen: Seen, newest: int | None) -> Seen:
        """Forget what no sweep brings again, but for the last issues, whose comments may go."""
        window = self._settings.search_lag_seconds + self._settings.overlap_seconds
        horizon = (newest or 0) - int(window * 1000) - 2 * jql.MINUTE_MS
        entries = list(seen.items())
        old = [entry for entry in entries[:-_REMEMBERED] if entry[1][1] >= horizon]
        return dict((*old, *entries[-_REMEMBERED:])[-_REMEMBERED_AT_MOST:])

    def _stamp(self, raw: Json, now: datetime) -> int:
        """Give when an issue changed; one from the future must not carry the cursor there."""
        try:
            at = parse_moment(raw["fields"]["updated"])
        except _UNREADABLE:
            return 0
        return jql.in_milliseconds(min(at, now + timedelta(minutes=5)))

    def _following(self, found: Found, position: Position) -> Position:
        """Say where to read next.

        Pages of a list ordered by `updated` shift when an issue changes between two of them, and
        one is skipped. So there are no second pages: the next search has a higher bound, and
        where a whole page lies within one minute, that minute is read by key.
        """
        bound = position.bound
        if position.key is not None and bound is not None:
            if found.more:
                return replace(position, key=str(found.issues[-1]["key"]))
            return replace(position, bound=bound + jql.MINUTE_MS, key=None)
        if not found.more:
            return replace(position, bound=None)
        last = self._last(found)
        if last is not None and (bound is None or jql.floor_minute(last) > bound):
            return replace(position, bound=jql.floor_minute(last))
        return position if bound is None else replace(position, key="")

    def _last(self, found: Found) -> int | None:
        for raw in reversed(found.issues):
            try:
                return jql.in_milliseconds(parse_moment(raw["fields"]["updated"]))
            except _UNREADABLE:
                continue
        return None

    def _read_issue(self, raw: Json, seen: Seen, now: datetime) -> Changes:
        identifier = str(raw["id"])
        try:
            change = self.mapper.issue_change(raw, now)
            version = change.version
            stamp = jql.in_milliseconds(change.at or now)
            known = seen.get(identifier)
            if known and (known[0] == version or stamp < known[1]):
                return []
            if change.key and not self._client.cloud:  # Server's search gives no properties
                change = self.mapper.issue_change(self.issue(identifier), now)
            comments = self._read_comments(raw, known[2] if known else [], now)
        except NotFoundError:
            return []  # deleted since the search; its absence is told by a webhook or a fetch
        except (RejectedError, *_UNREADABLE) as error:  # one that was hidden stops no other
            return [self.mapper.unreadable(self.mapper.issue_ref(identifier), raw, error)]
        seen.pop(identifier, None)
        alive = [split_comment_id(x.ref.id)[1] for x in comments if not _gone(x)]
        seen[identifier] = (version, stamp, alive)
        return [change, *comments]

    def _read_comments(self, issue: Json, before: Sequence[str], now: datetime) -> Changes:
        identifier = str(issue["id"])
        portal = self._directory.portal(issue["fields"]["project"])
        try:
            raws = self.comments(identifier)
        except NotFoundError:
            raise
        except RejectedError as error:  # one issue whose comments are closed to us stops no other
            ref = self.mapper.comment_ref(identifier, "0")
            return [self.mapper.unreadable(ref, issue["fields"]["updated"], error)]
        changes: Changes = [self.comment(identifier, raw, now, portal=portal) for raw in raws]
        alive = {str(raw["id"]) for raw in raws}
        changes += [
            self.mapper.gone(self.mapper.comment_ref(identifier, comment), now)
            for comment in before
            if comment not in alive
        ]
        return changes

    def comment(self, issue: str, raw: Json, now: datetime, *, portal: bool) -> Change | Unreadable:
        """Make a comment's change; one that can not be understood harms no other."""
        try:
            return self.mapper.comment_change(issue, raw, now, portal=portal)
        except _UNREADABLE as error:
            ref = self.mapper.comment_ref(issue, str(raw["id"]))
            return self.mapper.unreadable(ref, raw, error)

    def fetch(self, ref: Ref) -> Change | Unreadable:
        """Read one record as it is now."""
        now = self._clock.now()
        try:
            if ref.kind == "comment":
                return self._fetch_comment(ref, now)
            raw = self.issue(ref.id)
        except NotFoundError:
            self._prove_right(ref)
            return self.mapper.gone(ref, now)
        except RejectedError:  # Data Center tells what is hidden from what is not there
            self._prove_right(ref)
            raise
        try:
            return self.mapper.issue_change(raw, now)
        except _UNREADABLE as error:
            return self.mapper.unreadable(ref, raw, error)

    def _fetch_comment(self, ref: Ref, now: datetime) -> Change | Unreadable:
        issue, comment = split_comment_id(ref.id)
        raw = self._client.get(f"issue/{issue}/comment/{comment}", expand="properties")
        return self.comment(issue, raw, now, portal=self.portal(issue))

    def portal(self, issue: str) -> bool:
        """Say whether an issue stands in a project with a customer portal."""
        raw: Json = self._client.get(f"issue/{issue}", fields="project")
        return self._directory.portal(raw["fields"]["project"])

    def _prove_right(self, ref: Ref) -> None:
        """Tell an absent record from one that we are no longer allowed to see."""
        if not self._directory.project_visible():
            raise RejectedError(
                f"{ref} can not be seen, and neither can project {self._settings.project}: "
                "the right to browse it was withdrawn, so nothing is taken for deleted"
            )

    def _prove_login(self) -> None:
        """Ask who we are, at most once a minute: an anonymous visitor finds nothing either."""
        if self._clock.monotonic() - self._login_seen >= 60:
            self._client.myself()
            self._login_seen = self._clock.monotonic()


def _gone(change: Change | Unreadable) -> bool:
    return isinstance(change, Change) and change.gone
