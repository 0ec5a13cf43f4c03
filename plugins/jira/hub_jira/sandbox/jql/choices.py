"""The fields of JQL that hold a choice: a project, a status, a person, a version."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.jql.kinds import EQUAL, ORDERED, PAST, FieldSpec, Resolve, SetField
from hub_jira.sandbox.model import CATEGORIES, Named, User
from hub_jira.sandbox.planning import Version
from hub_jira.sandbox.site import Site


def choice(
    get: Callable[[Issue], str | None],
    resolve: Resolve,
    *,
    show: Callable[[str], Any] = str,
    **more: Any,
) -> SetField:
    """Make a field that holds one of several ids."""

    def sort_key(issue: Issue) -> Any:
        value = get(issue)
        return None if value is None else show(value)

    return SetField(
        sort_key=sort_key,
        members=lambda issue: {get(issue)},
        resolve=resolve,
        **{"operators": EQUAL, **more},
    )


def by_name(table: Mapping[str, Named]) -> Resolve:
    """Find entries of a table by id or name."""

    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        low = text.lower()
        return [x.id for x in table.values() if x.id == text or x.name.lower() == low] or None

    return resolve


def project(site: Site) -> FieldSpec:
    """Make the field of the project."""

    def resolve(text: str, user: User | None) -> Iterable[str] | None:
        found = [
            project.id
            for project in site.projects.values()
            if text.lower() in {project.id, project.key.lower(), project.name.lower()}
            and (user is None or site.may(user, "BROWSE_PROJECTS", project))
        ]
        return found or None

    return choice(
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

    return choice(
        get,
        resolve,
        show=lambda x: site.users[x].display_name.lower(),
        functions=("user",),
        past=past,
        operators=EQUAL | PAST if past else EQUAL,
        type="com.atlassian.jira.user.ApplicationUser",
    )


def status(site: Site) -> FieldSpec:
    """Make the field of the status."""
    order = {status: place for place, status in enumerate(site.statuses)}
    return choice(
        lambda x: x.status,
        by_name(site.statuses),
        show=lambda x: order[x],
        past="status",
        operators=EQUAL | PAST,
        type="com.atlassian.jira.issue.status.Status",
    )


def status_category(site: Site) -> FieldSpec:
    """Make the field of the status category."""

    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        low = text.lower()
        names = (c.key for c in CATEGORIES.values() if low in {c.key, c.name.lower(), str(c.id)})
        return list(names) or None

    return choice(
        lambda x: site.statuses[x.status].category,
        resolve,
        show=lambda x: CATEGORIES[x].id,
        type="com.atlassian.jira.issue.status.category.StatusCategory",
    )


def resolution(site: Site) -> FieldSpec:
    """Make the field of the resolution."""
    names = by_name(site.resolutions)

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


def priority(site: Site) -> FieldSpec:
    """Make the field of the priority."""
    ranks = {priority: place for place, priority in enumerate(reversed(site.priorities))}

    return SetField(
        operators=ORDERED | PAST,
        sort_key=lambda x: ranks.get(x.priority),
        sorts_down=True,
        members=lambda x: {x.priority},
        resolve=by_name(site.priorities),
        rank=lambda x: None if x is None else ranks.get(x),
        past="priority",
        type="com.atlassian.jira.issue.priority.Priority",
    )


def issue_type(site: Site) -> FieldSpec:
    """Make the field of the issue type."""
    return choice(
        lambda x: x.issue_type,
        by_name(site.issue_types),
        show=lambda x: site.issue_types[x].name.lower(),
        functions=("issuetype",),
        type="com.atlassian.jira.issue.issuetype.IssueType",
    )


def labels(_site: Site) -> FieldSpec:
    """Make the field of labels."""
    return SetField(
        operators=EQUAL,
        sort_key=lambda x: sorted(x.labels) or None,
        members=lambda x: set(x.labels),
        resolve=lambda text, _user: [text],
        type="com.atlassian.jira.issue.label.Label",
    )


def component(site: Site) -> FieldSpec:
    """Make the field of the component."""

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


def security(site: Site) -> FieldSpec:
    """Make the field of the security."""

    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        low = text.lower()
        levels = site.schemes.levels.values()
        return [x.id for x in levels if x.id == text or x.name.lower() == low] or None

    return choice(
        lambda x: x.security,
        resolve,
        show=lambda x: site.schemes.levels[x].name.lower(),
        type="com.atlassian.jira.issue.security.IssueSecurityLevel",
    )


def parent(site: Site) -> FieldSpec:
    """Make the field of the parent."""

    def resolve(text: str, user: User | None) -> Iterable[str] | None:
        issue = site.find_issue(text)
        if issue is None or not site.may(user, "BROWSE_PROJECTS", site.projects[issue.project]):
            return None
        return [issue.id]

    return choice(
        lambda x: x.parent, resolve, functions=("issue",), type="com.atlassian.jira.issue.Issue"
    )


def project_type(site: Site) -> FieldSpec:
    """Make the field of the project's type."""

    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        known = {project.type_key for project in site.projects.values()} | {"software", "business"}
        return [text.lower()] if text.lower() in known else None

    return choice(lambda x: site.projects[x.project].type_key, resolve)


def category(site: Site) -> FieldSpec:
    """Make the field of the project's category."""
    chosen = site.schemes.chosen

    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        low = text.lower()
        entries = site.schemes.categories.values()
        return [x.id for x in entries if x.id == text or x.name.lower() == low] or None

    return choice(lambda x: chosen.get((x.project, "category")), resolve)
