"""The system's fields, by the names that JQL knows them by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.jql.kinds import (
    EQUAL,
    MATCHED,
    ORDERED,
    PAST,
    DateField,
    FieldSpec,
    KeyField,
    QueryField,
    Resolve,
    SetField,
    TextField,
)
from hub_jira.sandbox.model import CATEGORIES, Named, User
from hub_jira.sandbox.planning import Version
from hub_jira.sandbox.sharing import shared
from hub_jira.sandbox.site import Site

Make = Callable[[Site], FieldSpec]


def _choice(
    get: Callable[[Issue], str | None],
    resolve: Resolve,
    *,
    show: Callable[[str], Any] = str,
    **more: Any,
) -> SetField:
    def sort_key(issue: Issue) -> Any:
        value = get(issue)
        return None if value is None else show(value)

    return SetField(
        sort_key=sort_key,
        members=lambda issue: {get(issue)},
        resolve=resolve,
        **{"operators": EQUAL, **more},
    )


def _by_name(table: Mapping[str, Named]) -> Resolve:
    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        low = text.lower()
        return [x.id for x in table.values() if x.id == text or x.name.lower() == low] or None

    return resolve


def _project(site: Site) -> FieldSpec:
    def resolve(text: str, user: User | None) -> Iterable[str] | None:
        found = [
            project.id
            for project in site.projects.values()
            if text.lower() in {project.id, project.key.lower(), project.name.lower()}
            and (user is None or site.may(user, "BROWSE_PROJECTS", project))
        ]
        return found or None

    return _choice(
        lambda x: x.project,
        resolve,
        show=lambda x: site.projects[x].key,
        functions=("project",),
        type="com.atlassian.jira.project.Project",
    )


def person(site: Site, get: Callable[[Issue], str | None], past: str = "") -> SetField:
    """Make a field that names a user."""

    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        user = site.find_user(text)
        return None if user is None else [user.account_id]

    return _choice(
        get,
        resolve,
        show=lambda x: site.users[x].display_name.lower(),
        functions=("user",),
        past=past,
        operators=EQUAL | PAST if past else EQUAL,
        type="com.atlassian.jira.user.ApplicationUser",
    )


def _status(site: Site) -> FieldSpec:
    order = {status: place for place, status in enumerate(site.statuses)}
    return _choice(
        lambda x: x.status,
        _by_name(site.statuses),
        show=lambda x: order[x],
        past="status",
        operators=EQUAL | PAST,
        type="com.atlassian.jira.issue.status.Status",
    )


def _status_category(site: Site) -> FieldSpec:
    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        low = text.lower()
        names = (c.key for c in CATEGORIES.values() if low in {c.key, c.name.lower(), str(c.id)})
        return list(names) or None

    return _choice(
        lambda x: site.statuses[x.status].category,
        resolve,
        show=lambda x: CATEGORIES[x].id,
        type="com.atlassian.jira.issue.status.category.StatusCategory",
    )


def _resolution(site: Site) -> FieldSpec:
    names = _by_name(site.resolutions)

    def resolve(text: str, user: User | None) -> Iterable[str] | None:
        return [""] if text.lower() == "unresolved" else names(text, user)

    return SetField(
        operators=EQUAL | PAST,
        sort_key=lambda x: site.resolutions[x.resolution].name if x.resolution else None,
        members=lambda x: {x.resolution} if x.resolution else {None, ""},
        resolve=resolve,
        past="resolution",
        type="com.atlassian.jira.issue.resolution.Resolution",
    )


def _priority(site: Site) -> FieldSpec:
    ranks = {priority: place for place, priority in enumerate(reversed(site.priorities))}

    return SetField(
        operators=ORDERED | PAST,
        sort_key=lambda x: ranks.get(x.priority),
        sorts_down=True,
        members=lambda x: {x.priority},
        resolve=_by_name(site.priorities),
        rank=lambda x: None if x is None else ranks.get(x),
        past="priority",
        type="com.atlassian.jira.issue.priority.Priority",
    )


def _issue_type(site: Site) -> FieldSpec:
    return _choice(
        lambda x: x.issue_type,
        _by_name(site.issue_types),
        show=lambda x: site.issue_types[x].name.lower(),
        functions=("issuetype",),
        type="com.atlassian.jira.issue.issuetype.IssueType",
    )


def _labels(_site: Site) -> FieldSpec:
    return SetField(
        operators=EQUAL,
        sort_key=lambda x: sorted(x.labels) or None,
        members=lambda x: set(x.labels),
        resolve=lambda text, _user: [text],
        type="com.atlassian.jira.issue.label.Label",
    )


def _component(site: Site) -> FieldSpec:
    def name(component: str) -> str:
        return site.planning.components[component].name.lower()

    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        low = text.lower()
        entries = site.planning.components.values()
        return [x.id for x in entries if x.id == text or x.name.lower() == low] or None

    return SetField(
        operators=EQUAL,
        sort_key=lambda x: sorted(name(c) for c in x.components) or None,
        members=lambda x: set(x.components),
        resolve=resolve,
        functions=("component",),
        type="com.atlassian.jira.bc.project.component.ProjectComponent",
    )


def versions(site: Site, get: Callable[[Issue], list[str]], past: str = "") -> SetField:
    """Make a field that names versions; they compare by their place in their project."""
    places = {version: place for place, version in enumerate(site.planning.versions)}

    def resolve(text: str, user: User | None) -> Iterable[str] | None:
        low = text.lower()

        def seen(version: Version) -> bool:
            project = site.projects[version.project]
            return user is None or site.may(user, "BROWSE_PROJECTS", project)

        entries = (
            x for x in site.planning.versions.values() if x.id == text or x.name.lower() == low
        )
        return [x.id for x in entries if seen(x)] or None

    return SetField(
        operators=ORDERED | PAST if past else ORDERED,
        sort_key=lambda x: min((places[v] for v in get(x)), default=None),
        members=lambda x: set(get(x)),
        resolve=resolve,
        rank=lambda x: None if x is None else places.get(x),
        functions=("version",),
        past=past,
        type="com.atlassian.jira.project.version.Version",
    )


def _security(site: Site) -> FieldSpec:
    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        low = text.lower()
        levels = site.schemes.levels.values()
        return [x.id for x in levels if x.id == text or x.name.lower() == low] or None

    return _choice(
        lambda x: x.security,
        resolve,
        show=lambda x: site.schemes.levels[x].name.lower(),
        type="com.atlassian.jira.issue.security.IssueSecurityLevel",
    )


def _parent(site: Site) -> FieldSpec:
    def resolve(text: str, user: User | None) -> Iterable[str] | None:
        issue = site.find_issue(text)
        if issue is None or not site.may(user, "BROWSE_PROJECTS", site.projects[issue.project]):
            return None
        return [issue.id]

    return _choice(
        lambda x: x.parent, resolve, functions=("issue",), type="com.atlassian.jira.issue.Issue"
    )


def _key(site: Site) -> FieldSpec:
    def key(issue: Issue) -> tuple[str, int]:
        return (site.projects[issue.project].key, issue.number)

    return KeyField(
        operators=ORDERED - {"IS", "IS NOT"},
        sort_key=key,
        key=key,
        has_empty=False,
        type="com.atlassian.jira.issue.Issue",
    )


def _date(get: Callable[[Issue], datetime | date | None]) -> Make:
    return lambda _site: DateField(
        operators=ORDERED, sort_key=get, value=get, sorts_down=True, type="java.util.Date"
    )


def words(get: Callable[[Issue], list[str]], *, sorts: bool = True) -> Make:
    """Make a field of text."""

    def sort_key(issue: Issue) -> Any:
        return next(iter(get(issue)), "").lower() or None

    return lambda _site: TextField(
        operators=MATCHED, sort_key=sort_key if sorts else None, texts=get
    )


def _description(issue: Issue) -> list[str]:
    return [issue.description.plain()] if issue.description else []


def _environment(issue: Issue) -> list[str]:
    return [issue.environment.plain()] if issue.environment else []


def _comments(issue: Issue) -> list[str]:
    return [comment.body.plain() for comment in issue.comments]


def _everything(issue: Issue) -> list[str]:
    texts = [issue.summary, *_description(issue), *_environment(issue), *_comments(issue)]
    for value in issue.custom.values():
        if isinstance(value, str):
            texts.append(value)
        elif hasattr(value, "plain"):
            texts.append(value.plain())
    return texts


def _project_type(site: Site) -> FieldSpec:
    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        known = {project.type_key for project in site.projects.values()} | {"software", "business"}
        return [text.lower()] if text.lower() in known else None

    return _choice(lambda x: site.projects[x.project].type_key, resolve)


def _filter(site: Site) -> FieldSpec:
    def resolve(text: str, user: User | None) -> str | None:
        low = text.lower()
        for entry in site.planning.filters.values():
            if (entry.id == text or entry.name.lower() == low) and shared(site, user, entry):
                return entry.jql
        return None

    return QueryField(operators=frozenset({"=", "!=", "IN", "NOT IN"}), resolve=resolve)


FIELDS: Final[Mapping[str, Make]] = {
    "project": _project,
    "key": _key,
    "issuekey": _key,
    "issue": _key,
    "id": _key,
    "status": _status,
    "statuscategory": _status_category,
    "resolution": _resolution,
    "priority": _priority,
    "issuetype": _issue_type,
    "type": _issue_type,
    "labels": _labels,
    "component": _component,
    "fixversion": lambda site: versions(site, lambda x: x.fix_versions, "fixVersions"),
    "affectedversion": lambda site: versions(site, lambda x: x.versions),
    "level": _security,
    "parent": _parent,
    "assignee": lambda site: person(site, lambda x: x.assignee, "assignee"),
    "reporter": lambda site: person(site, lambda x: x.reporter, "reporter"),
    "creator": lambda site: person(site, lambda x: x.creator),
    "created": _date(lambda x: x.created),
    "createddate": _date(lambda x: x.created),
    "updated": _date(lambda x: x.updated),
    "updateddate": _date(lambda x: x.updated),
    "resolved": _date(lambda x: x.resolved),
    "resolutiondate": _date(lambda x: x.resolved),
    "statuscategorychangeddate": _date(lambda x: x.status_changed),
    "due": _date(lambda x: x.due),
    "duedate": _date(lambda x: x.due),
    "summary": words(lambda x: [x.summary]),
    "description": words(_description),
    "environment": words(_environment),
    "comment": words(_comments, sorts=False),
    "text": words(_everything, sorts=False),
    "projecttype": _project_type,
    "filter": _filter,
    "savedfilter": _filter,
    "request": _filter,
}
NAMES: Final = (
    "affectedVersion", "assignee", "comment", "component", "created", "creator", "description",
    "due", "environment", "filter", "fixVersion", "issuekey", "issuetype", "labels", "level",
    "parent", "priority", "project", "projectType", "reporter", "resolution", "resolved", "status",
    "statusCategory", "statusCategoryChangedDate", "summary", "text", "updated",
)  # fmt: skip
"""How Jira's reference data spells them; other spellings are aliases."""
