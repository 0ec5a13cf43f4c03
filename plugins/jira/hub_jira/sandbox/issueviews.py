"""Shows issues, and what stands in them, as Jira's JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hub_jira.sandbox.catalogue import field_name, schema
from hub_jira.sandbox.fieldvalues import held
from hub_jira.sandbox.issue import Issue, Link
from hub_jira.sandbox.partviews import PartView
from hub_jira.sandbox.planningviews import agile_value, components_of, security, versions_of
from hub_jira.sandbox.rendering import html
from hub_jira.sandbox.richtext import RichText
from hub_jira.sandbox.views import Json

_SHORT: Final = ("summary", "status", "priority", "issuetype")
_RICH: Final = frozenset({"description", "environment"})
_MOMENTS: Final = {
    "created": "created",
    "updated": "updated",
    "resolutiondate": "resolved",
    "statuscategorychangedate": "status_changed",
}
NOT_NAVIGABLE: Final = frozenset({"comment", "attachment", "timetracking", "worklog"})


@dataclass(frozen=True, slots=True)
class IssueView(PartView):
    """Shows issues to one reader."""

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
        if "renderedFields" in expand:
            result["renderedFields"] = {name: self._rendered(issue, name) for name in names}
        return result | self.headings(fields, expand)

    def several(
        self,
        issues: Iterable[Issue],
        fields: Sequence[str],
        expand: Sequence[str],
        properties: Sequence[str] = (),
    ) -> Json:
        """Show issues that were found; their fields' names and types stand once, beside them."""
        each = [name for name in expand if name not in {"names", "schema"}]
        shown = [self.issue(issue, fields, each, properties) for issue in issues]
        return {"issues": shown, **self.headings(fields, expand)}

    def headings(self, fields: Iterable[str], expand: Iterable[str]) -> Json:
        """Give the fields' names and types, whichever of the two are asked for."""
        names = self._chosen(fields)
        tables: Json = {}
        if "names" in expand:
            tables["names"] = {name: self._field_name(name) for name in names}
        if "schema" in expand:
            custom = self.site.custom_fields
            tables["schema"] = {name: schema(name, custom.get(name)) for name in names}
        return tables

    def link(self, link: Link, issue: str | None = None) -> Json:
        """Show a link: whole, or as one of its ends (`issue`) sees it."""
        issues = self.site.issues
        result: Json = {
            "id": link.id,
            "self": f"{self.root}/issueLink/{link.id}",
            "type": self.link_type(self.site.relations.types[link.type]),
        }
        if issue != link.inward:
            result["inwardIssue"] = self.issue(issues[link.inward], _SHORT)
        if issue != link.outward:
            result["outwardIssue"] = self.issue(issues[link.outward], _SHORT)
        for name in ("inwardIssue", "outwardIssue"):
            if name in result:
                result[name].pop("expand")
        return result

    def _field_name(self, name: str) -> str:
        return field_name(name, self.site.custom_fields.get(name))

    def _chosen(self, fields: Iterable[str]) -> list[str]:
        every = [*shown_fields(cloud=self.site.cloud), *self.site.custom_fields]
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

    def _rendered(self, issue: Issue, name: str) -> Any:
        """Show a field as a page does: texts as HTML, dates in words; of others nothing."""
        if name == "comment":
            whole = self.comments(issue, ("renderedBody",))
            shown = [{**x, "body": x.pop("renderedBody")} for x in whole["comments"]]
            return {**whole, "comments": shown}
        value = held(issue, name) if name in _RICH or name in self.site.custom_fields else None
        if name in _RICH or isinstance(value, RichText):
            return html(value)
        at = getattr(issue, _MOMENTS[name]) if name in _MOMENTS else None
        return f"{self.local(at):%d/%b/%y %I:%M %p}" if at else None

    def _field(self, issue: Issue, name: str) -> Any:
        if name in self.site.custom_fields:
            value = agile_value(self, self.site.custom_fields[name], issue)
            return self.rich(value) if isinstance(value, RichText) else value
        return _SHOWN[name](self, issue)


def _parent(view: IssueView, issue: Issue) -> Json | None:
    parent = view.site.issues.get(issue.parent or "")
    if parent is None:
        return None
    return view.issue(parent, _SHORT)


def _subtasks(view: IssueView, issue: Issue) -> list[Issue]:
    site = view.site
    children = [site.issues[x] for x in site.relations.children(issue.id)]
    return [x for x in children if site.issue_types[x.issue_type].subtask]


def _links(view: IssueView, issue: Issue) -> list[Json]:
    return [view.link(link, issue.id) for link in view.site.relations.links_of(issue.id)]


def _with_subtasks(view: IssueView, issue: Issue, attribute: str) -> int | None:
    """Sum an amount of time over an issue and its subtasks; None if none of them has one."""
    amounts = [getattr(x, attribute) for x in (issue, *_subtasks(view, issue))]
    given = [amount for amount in amounts if amount is not None]
    return sum(given) if given else None


def _work_ratio(issue: Issue) -> int:
    if not issue.original_estimate:
        return -1
    return issue.time_spent * 100 // issue.original_estimate


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
    "subtasks": lambda v, x: [v.issue(child, _SHORT) for child in _subtasks(v, x)],
    "issuelinks": _links,
    "attachment": lambda v, x: [v.attachment(entry) for entry in x.attachments],
    "votes": lambda v, x: v.votes(x),
    "watches": lambda v, x: v.watches(x),
    "worklog": lambda v, x: v.worklogs(x),
    "timetracking": lambda v, x: v.time_tracking(x),
    "timeoriginalestimate": lambda _, x: x.original_estimate,
    "timeestimate": lambda _, x: x.remaining_estimate,
    "timespent": lambda _, x: x.time_spent or None,
    "aggregatetimeoriginalestimate": lambda v, x: _with_subtasks(v, x, "original_estimate"),
    "aggregatetimeestimate": lambda v, x: _with_subtasks(v, x, "remaining_estimate"),
    "aggregatetimespent": lambda v, x: _with_subtasks(v, x, "time_spent") or None,
    "progress": lambda v, x: v.progress(x),
    "aggregateprogress": lambda v, x: v.progress(x, *_subtasks(v, x)),
    "workratio": lambda _, x: _work_ratio(x),
    "components": components_of,
    "versions": lambda v, x: versions_of(v, x.versions),
    "fixVersions": lambda v, x: versions_of(v, x.fix_versions),
    "security": security,
    "comment": lambda v, x: v.comments(x),
}


def shown_fields(*, cloud: bool) -> list[str]:
    """Give the system's fields that a face of Jira shows."""
    return [name for name in _SHOWN if cloud or name != "statuscategorychangedate"]
