"""Shows issues, and what stands in them, as Jira's JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hub_jira.sandbox.catalogue import field_name, schema
from hub_jira.sandbox.issue import Comment, History, Issue
from hub_jira.sandbox.model import Transition
from hub_jira.sandbox.richtext import RichText
from hub_jira.sandbox.views import Json, View

NOT_NAVIGABLE: Final = frozenset({"comment"})


@dataclass(frozen=True, slots=True)
class IssueView(View):
    """Shows issues to one reader."""

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


def _parent(view: IssueView, issue: Issue) -> Json | None:
    parent = view.site.issues.get(issue.parent or "")
    if parent is None:
        return None
    return view.issue(parent, ("summary", "status", "priority", "issuetype"))


def _subtasks(view: IssueView, issue: Issue) -> list[Json]:
    children = (x for x in view.site.issues.values() if x.parent == issue.id)
    return [view.issue(x, ("summary", "status", "priority", "issuetype")) for x in children]


_SHOWN: Final[Mapping[str, Callable[[IssueView, Issue], Any]]] = {
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
