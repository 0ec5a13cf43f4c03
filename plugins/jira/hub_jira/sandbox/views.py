"""Shows the site's values as Jira's JSON: Cloud or Server, API version 2 or 3."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from hub_jira.sandbox.catalogue import field_name, schema
from hub_jira.sandbox.model import (
    CATEGORIES,
    Comment,
    History,
    Issue,
    Named,
    Project,
    Transition,
    User,
)
from hub_jira.sandbox.richtext import RichText
from hub_jira.sandbox.site import Site

Json = dict[str, Any]
NOT_NAVIGABLE: Final = frozenset({"comment"})


@dataclass(frozen=True, slots=True)
class View:
    """Shows values to one reader: dates in their zone, addresses only where they may be seen."""

    site: Site
    reader: User | None
    api: int

    @property
    def root(self) -> str:
        """Give the address of the REST API."""
        return f"{self.site.base_url}/rest/api/{self.api}"

    def moment(self, at: datetime | None) -> str | None:
        """Show an instant in the reader's zone, with milliseconds and no colon in the offset."""
        if at is None:
            return None
        local = at.astimezone(ZoneInfo(self.reader.time_zone if self.reader else "UTC"))
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    def rich(self, text: RichText | None) -> Any:
        """Show a rich text in the form of this version of the API."""
        if text is None:
            return None
        return text.as_document() if self.api == 3 else text.as_markup()

    def user(self, account: str | None) -> Json | None:
        """Show a user."""
        if account is None:
            return None
        user = self.site.users[account]
        digest = hashlib.md5(user.email.encode(), usedforsecurity=False).hexdigest()
        sizes = ("48x48", "24x24", "16x16", "32x32")
        avatars = {size: f"{self.site.base_url}/avatar/{digest}?size={size[:2]}" for size in sizes}
        common: Json = {
            "displayName": user.display_name,
            "active": user.active,
            "timeZone": user.time_zone,
            "avatarUrls": avatars,
        }
        if not self.site.cloud:
            link = f"{self.root}/user?username={user.name}"
            names = {"self": link, "name": user.name, "key": f"JIRAUSER{user.account_id}"}
            return {**names, "emailAddress": user.email, **common}
        link = f"{self.root}/user?accountId={user.account_id}"
        own = self.reader is not None and self.reader.account_id == user.account_id
        mail = {} if user.email_hidden and not own else {"emailAddress": user.email}
        kind = {"accountId": user.account_id, "accountType": user.account_type}
        return {"self": link, **kind, **mail, **common}

    def named(self, kind: str, entry: Named | None) -> Json | None:
        """Show a priority, resolution or the like."""
        if entry is None:
            return None
        return {
            "self": f"{self.root}/{kind}/{entry.id}",
            "id": entry.id,
            "name": entry.name,
            "description": entry.description,
        }

    def priority(self, identifier: str) -> Json:
        """Show a priority."""
        icon = f"{self.site.base_url}/images/icons/priorities/{identifier}.svg"
        return {
            **(self.named("priority", self.site.priorities[identifier]) or {}),
            "iconUrl": icon,
        }

    def resolution(self, identifier: str | None) -> Json | None:
        """Show a resolution."""
        return self.named("resolution", self.site.resolutions[identifier] if identifier else None)

    def category(self, key: str) -> Json:
        """Show a status category."""
        entry = CATEGORIES[key]
        return {
            "self": f"{self.root}/statuscategory/{entry.id}",
            "id": entry.id,
            "key": entry.key,
            "colorName": entry.color,
            "name": entry.name,
        }

    def status(self, identifier: str) -> Json:
        """Show a status."""
        entry = self.site.statuses[identifier]
        return {
            **(self.named("status", entry) or {}),
            "iconUrl": f"{self.site.base_url}/images/icons/statuses/generic.png",
            "statusCategory": self.category(entry.category),
        }

    def issue_type(self, identifier: str) -> Json:
        """Show an issue type."""
        entry = self.site.issue_types[identifier]
        icon = f"{self.site.base_url}/images/icons/issuetypes/{identifier}.png"
        return {
            **(self.named("issuetype", entry) or {}),
            "iconUrl": icon,
            "subtask": entry.subtask,
            "avatarId": 10303,
        }

    def project(self, project: Project, *, full: bool = False) -> Json:
        """Show a project, in short or in full."""
        sizes = ("48x48", "24x24", "16x16", "32x32")
        avatar = f"{self.site.base_url}/secure/projectavatar?pid={project.id}"
        result: Json = {
            "self": f"{self.root}/project/{project.id}",
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": project.type_key,
            "avatarUrls": {size: f"{avatar}&size={size}" for size in sizes},
        }
        if self.site.cloud:
            result["simplified"] = False
        if full:
            result |= {
                "description": project.description,
                "lead": self.user(project.lead),
                "components": [],
                "issueTypes": [self.issue_type(x) for x in project.issue_types],
                "assigneeType": "UNASSIGNED",
                "versions": [],
                "roles": {},
            }
        return result

    def comment(self, issue: Issue, comment: Comment, *, properties: bool = False) -> Json:
        """Show a comment."""
        result: Json = {
            "self": f"{self.root}/issue/{issue.id}/comment/{comment.id}",
            "id": comment.id,
            "author": self.user(comment.author),
            "body": self.rich(comment.body),
            "updateAuthor": self.user(comment.update_author),
            "created": self.moment(comment.created),
            "updated": self.moment(comment.updated),
        }
        if self.site.cloud:
            result["jsdPublic"] = comment.public
        if comment.visibility:
            result["visibility"] = comment.visibility
        if properties:
            entries = comment.properties.items()
            result["properties"] = [{"key": key, "value": value} for key, value in entries]
        return result

    def comments(self, issue: Issue) -> Json:
        """Show the comments that stand in an issue's own answer: only a part on Cloud."""
        shown = issue.comments[-20:] if self.site.cloud else issue.comments
        return {
            "comments": [self.comment(issue, comment) for comment in shown],
            "self": f"{self.root}/issue/{issue.id}/comment",
            "maxResults": len(shown),
            "total": len(issue.comments),
            "startAt": 0,
        }

    def history(self, entry: History) -> Json:
        """Show an entry of the changelog."""
        items = [
            {
                "field": item.field,
                "fieldtype": item.kind,
                "fieldId": item.field_id,
                "from": item.old,
                "fromString": item.old_text,
                "to": item.new,
                "toString": item.new_text,
            }
            for item in entry.items
        ]
        author = self.user(entry.author)
        created = self.moment(entry.created)
        return {"id": entry.id, "author": author, "created": created, "items": items}

    def transition(self, transition: Transition, *, fields: bool) -> Json:
        """Show a transition, with the fields of its screen if they are asked for."""
        result: Json = {
            "id": transition.id,
            "name": transition.name,
            "to": self.status(transition.to),
            "hasScreen": bool(transition.screen),
            "isGlobal": not transition.sources,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "isLooped": False,
        }
        if fields:
            result["fields"] = {
                name: self.field_meta(name, required=required)
                for name, required in transition.screen.items()
            }
        return result

    def field_meta(
        self, name: str, *, required: bool, operations: Iterable[str] = ("set",)
    ) -> Json:
        """Show what a screen says of a field: type, and the values it allows."""
        custom = self.site.custom_fields.get(name)
        result: Json = {
            "required": required,
            "schema": schema(name, custom),
            "name": field_name(name, custom),
            "key": name,
            "hasDefaultValue": name in {"priority", "reporter"},
            "operations": list(operations),
        }
        allowed: dict[str, Callable[[], list[Any]]] = {
            "resolution": lambda: [self.resolution(x) for x in self.site.resolutions],
            "priority": lambda: [self.priority(x) for x in self.site.priorities],
        }
        if name in allowed:
            result["allowedValues"] = allowed[name]()
        if custom and custom.options:
            result["allowedValues"] = [{"value": option} for option in custom.options]
        return result

    def issue(
        self,
        issue: Issue,
        fields: Iterable[str] = ("*all",),
        expand: Iterable[str] = (),
        properties: Iterable[str] = (),
    ) -> Json:
        """Show an issue with the fields, expansions and properties that are asked for."""
        result: Json = {
            "expand": "renderedFields,names,schema,operations,editmeta,changelog",
            "id": issue.id,
            "self": f"{self.root}/issue/{issue.id}",
            "key": issue.key,
        }
        names = self._chosen(fields)
        if names:
            shown = {name: self._field(issue, name) for name in names}
            if shown.get("parent", "") is None:
                del shown["parent"]
            result["fields"] = shown
        wanted = list(properties)
        if wanted:
            everything = "*all" in wanted
            found = issue.properties.items()
            result["properties"] = {k: v for k, v in found if everything or k in wanted}
        if "changelog" in expand:
            entries = [self.history(entry) for entry in reversed(issue.histories[-100:])]
            total = len(issue.histories)
            page = {"startAt": 0, "maxResults": len(entries), "total": total}
            result["changelog"] = {**page, "histories": entries}
        if "names" in expand:
            result["names"] = {name: self._field_name(name) for name in names}
        return result

    def _field_name(self, name: str) -> str:
        return field_name(name, self.site.custom_fields.get(name))

    def _chosen(self, fields: Iterable[str]) -> list[str]:
        every = [*_SHOWN, *self.site.custom_fields]
        chosen: set[str] = set()
        wanted = [name.strip() for name in fields if name.strip()]
        if wanted and all(name.startswith("-") for name in wanted):
            wanted = ["*all", *wanted]
        for name in wanted:
            if name == "*all":
                chosen |= set(every)
            elif name == "*navigable":
                chosen |= set(every) - NOT_NAVIGABLE
            elif name.startswith("-"):
                chosen.discard(name[1:])
            else:
                chosen.add(name)
        return [name for name in every if name in chosen]

    def _field(self, issue: Issue, name: str) -> Any:
        if name in self.site.custom_fields:
            value = issue.custom.get(name)
            return self.rich(value) if isinstance(value, RichText) else value
        return _SHOWN[name](self, issue)


def _parent(view: View, issue: Issue) -> Json | None:
    parent = view.site.issues.get(issue.parent or "")
    if parent is None:
        return None
    return view.issue(parent, ("summary", "status", "priority", "issuetype"))


def _subtasks(view: View, issue: Issue) -> list[Json]:
    children = (x for x in view.site.issues.values() if x.parent == issue.id)
    return [view.issue(x, ("summary", "status", "priority", "issuetype")) for x in children]


_SHOWN: Final[Mapping[str, Callable[[View, Issue], Any]]] = {
    "summary": lambda _, x: x.summary,
    "description": lambda v, x: v.rich(x.description),
    "environment": lambda v, x: v.rich(x.environment),
    "status": lambda v, x: v.status(x.status),
    "statuscategorychangedate": lambda v, x: v.moment(x.status_changed),
    "resolution": lambda v, x: v.resolution(x.resolution),
    "resolutiondate": lambda v, x: v.moment(x.resolved),
    "priority": lambda v, x: v.priority(x.priority),
    "issuetype": lambda v, x: v.issue_type(x.issue_type),
    "project": lambda v, x: v.project(v.site.projects[x.project]),
    "assignee": lambda v, x: v.user(x.assignee),
    "reporter": lambda v, x: v.user(x.reporter),
    "creator": lambda v, x: v.user(x.creator),
    "labels": lambda _, x: list(x.labels),
    "created": lambda v, x: v.moment(x.created),
    "updated": lambda v, x: v.moment(x.updated),
    "duedate": lambda _, x: x.due.isoformat() if x.due else None,
    "parent": _parent,
    "subtasks": _subtasks,
    "issuelinks": lambda _, __: [],
    "attachment": lambda _, __: [],
    "components": lambda _, __: [],
    "versions": lambda _, __: [],
    "fixVersions": lambda _, __: [],
    "comment": lambda v, x: v.comments(x),
}
SHOWN: Final = tuple(_SHOWN)
