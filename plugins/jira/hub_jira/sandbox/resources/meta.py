"""What the site is and what it knows: server, fields, statuses, priorities, permissions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import (
    ADMIN_ONLY,
    CATEGORIES,
    GLOBAL,
    PERMISSIONS,
    JiraError,
    Named,
    Project,
)
from hub_jira.sandbox.resources.paging import bean
from hub_jira.sandbox.site import Site
from hub_jira.sandbox.views import View

Table: TypeAlias = Callable[[Site], Mapping[str, Named]]
Show: TypeAlias = Callable[[View, str], Any]

_CLOUD_VERSION: Final = (1001, 0, 0)


def server_info(call: Call) -> Answer:
    """Tell what site this is; anyone may ask."""
    site = call.site
    numbers = list(_CLOUD_VERSION if site.cloud else site.version)
    return Answer(
        {
            "baseUrl": call.site.base_url,
            "version": ".".join(map(str, numbers)) + ("-SNAPSHOT" if site.cloud else ""),
            "versionNumbers": numbers,
            "deploymentType": "Cloud" if site.cloud else "Server",
            "buildNumber": 100_300 if site.cloud else _build(site.version),
            "buildDate": "2026-01-05T00:00:00.000+0000",
            "serverTime": call.view.moment(call.site.now()),
            "scmInfo": "sandbox",
            "serverTitle": "Jira",
        }
    )


def _build(version: tuple[int, int, int]) -> int:
    major, minor, fix = version
    return int(f"{major}{minor:02}{'0' if major > 8 else ''}{fix:03}")


def _tables() -> Iterator[Route]:
    """Make the routes of the tables that have a list, and an entry by id or name."""
    for kind, table, show in _TABLES:
        yield Route("GET", kind, _all(table, show))
        yield Route("GET", f"{kind}/{{id}}", _single(kind, table, show))


def _all(table: Table, show: Show) -> Callable[[Call], Answer]:
    return lambda call: Answer([show(call.view, key) for key in table(call.site)])


def _single(kind: str, table: Table, show: Show) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        wanted = call.path["id"]
        known = table(call.site)
        found = next((key for key, entry in known.items() if wanted in {key, entry.name}), None)
        if found is None:
            raise JiraError(404, f"The {kind} with id '{wanted}' does not exist")
        return Answer(show(call.view, found))

    return handler


_TABLES: Final[tuple[tuple[str, Table, Show], ...]] = (
    ("status", lambda site: site.statuses, lambda view, key: view.status(key)),
    ("priority", lambda site: site.priorities, lambda view, key: view.priority(key)),
    ("resolution", lambda site: site.resolutions, lambda view, key: view.resolution(key)),
    ("issuetype", lambda site: site.issue_types, lambda view, key: view.issue_type(key)),
)


def categories(call: Call) -> Answer:
    """List the four status categories."""
    return Answer([call.view.category(key) for key in CATEGORIES])


def category(call: Call) -> Answer:
    """Read a status category by id or key."""
    wanted = call.path["id"]
    for key, entry in CATEGORIES.items():
        if wanted in {key, str(entry.id)}:
            return Answer(call.view.category(key))
    raise JiraError(404, f"The status category with id '{wanted}' does not exist")


def search_priorities(call: Call) -> Answer:
    """List the priorities in pages."""
    wanted, name = set(call.names("id")), call.query.get("priorityName", "").lower()
    found = [
        entry.id
        for entry in call.site.priorities.values()
        if (not wanted or entry.id in wanted) and name in entry.name.lower()
    ]

    def shown(key: str) -> dict[str, Any]:
        return {**call.view.priority(key), "isDefault": False}

    return bean(call, "priority/search", found, shown)


def search_resolutions(call: Call) -> Answer:
    """List the resolutions in pages."""
    wanted = set(call.names("id"))
    found = [key for key in call.site.resolutions if not wanted or key in wanted]
    return bean(call, "resolution/search", found, call.view.resolution)


_CATEGORIES: Final = {"new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"}


def _brief(call: Call, key: str) -> dict[str, Any]:
    entry = call.site.statuses[key]
    return {
        "id": entry.id,
        "name": entry.name,
        "description": entry.description,
        "statusCategory": _CATEGORIES.get(entry.category, "TODO"),
        "scope": {"type": "GLOBAL"},
    }


def some_statuses(call: Call) -> Answer:
    """Give statuses by their ids."""
    call.logged_in()
    wanted = call.names("id")
    return Answer([_brief(call, key) for key in wanted if key in call.site.statuses])


def statuses_by_name(call: Call) -> Answer:
    """Give statuses by their names; those of a project's workflow alone if one is named."""
    call.logged_in()
    wanted = call.query.getlist("name")
    if not wanted:
        raise JiraError(400, "At least one name must be given.")
    place = call.query.get("projectId")
    known = call.site.project(place, call.user).workflow.statuses if place else call.site.statuses
    found = {call.site.statuses[key].name: key for key in known}
    return Answer([_brief(call, found[name]) for name in dict.fromkeys(wanted) if name in found])


def search_statuses(call: Call) -> Answer:
    """List the statuses in pages, by category, part of their name, and project."""
    call.logged_in()
    category, name = call.query.get("statusCategory"), call.query.get("searchString", "").lower()
    project = call.site.projects.get(call.query.get("projectId", ""))
    known = project.workflow.statuses if project else list(call.site.statuses)
    shown = [_brief(call, key) for key in known]
    found = [
        entry
        for entry in shown
        if category in {None, entry["statusCategory"]} and name in entry["name"].lower()
    ]
    return bean(call, "statuses/search", found, lambda entry: entry, size=200, most=200)


def my_permissions(call: Call) -> Answer:
    """Tell which permissions the caller has, in a project or on an issue."""
    project = _scope(call)
    known = [*PERMISSIONS, *GLOBAL, *sorted(ADMIN_ONLY)]
    wanted = call.names("permissions")
    if call.site.cloud and not wanted:
        raise JiraError(400, "The 'permissions' query parameter is required.")
    strange = [name for name in wanted if name not in known]
    if strange:
        raise JiraError(400, f"Unrecognized permission: {strange[0]}")
    return Answer(
        {
            "permissions": {
                name: {
                    "id": str(known.index(name)),
                    "key": name,
                    "name": name.replace("_", " ").capitalize(),
                    "type": "PROJECT" if name in PERMISSIONS else "GLOBAL",
                    "description": "",
                    "havePermission": call.site.may(call.user, name, project),
                }
                for name in wanted or known
            }
        }
    )


def _scope(call: Call) -> Project | None:
    issue = call.query.get("issueId") or call.query.get("issueKey")
    if issue:
        return call.site.projects[call.site.issue(issue, call.user).project]
    project = call.query.get("projectId") or call.query.get("projectKey")
    return call.site.project(project, call.user) if project else None


ROUTES = (
    Route("GET", "serverInfo", server_info),
    Route("GET", "statuscategory", categories),
    Route("GET", "statuscategory/{id}", category),
    Route("GET", "priority/search", search_priorities, server=False),
    Route("GET", "resolution/search", search_resolutions, server=False),
    Route("GET", "statuses", some_statuses, server=False),
    Route("GET", "statuses/byNames", statuses_by_name, server=False),
    Route("GET", "statuses/search", search_statuses, server=False),
    *_tables(),
    Route("GET", "mypermissions", my_permissions),
)
