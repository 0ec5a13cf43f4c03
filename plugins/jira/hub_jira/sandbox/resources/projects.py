"""Projects: what they are, their statuses, what their create screen shows."""

from __future__ import annotations

from typing import Any

from hub_jira.sandbox.call import Answer, Call, Route, page
from hub_jira.sandbox.fieldvalues import EDITABLE
from hub_jira.sandbox.model import JiraError, Project


def _visible(call: Call) -> list[Project]:
    projects = call.site.projects.values()
    return [p for p in projects if call.site.may(call.user, "BROWSE_PROJECTS", p)]


def listing(call: Call) -> Answer:
    """List all projects that the caller may see."""
    return Answer([call.view.project(project) for project in _visible(call)])


def search(call: Call) -> Answer:
    """List projects in pages."""
    found = _visible(call)
    if query := call.query.get("query", "").lower():
        found = [p for p in found if query in p.key.lower() or query in p.name.lower()]
    cut = page(found, call.number("startAt", 0, 10**9), call.number("maxResults", 50, 100))
    shown = [call.view.project(project) for project in cut.pop("shown")]
    last = cut["startAt"] + len(shown) >= cut["total"]
    link = f"{call.view.root}/project/search"
    return Answer({"self": link, **cut, "isLast": last, "values": shown})


def read(call: Call) -> Answer:
    """Read one project, by id or key."""
    project = call.site.project(call.path["project"], call.user)
    return Answer(call.view.project(project, full=True))


def statuses(call: Call) -> Answer:
    """List the statuses of a project by issue type."""
    project = call.site.project(call.path["project"], call.user)
    listed = [call.view.status(status.id) for status in call.site.statuses_of(project)]
    return Answer(
        [
            {
                "self": f"{call.view.root}/issuetype/{kind}",
                "id": kind,
                "name": call.site.issue_types[kind].name,
                "subtask": call.site.issue_types[kind].subtask,
                "statuses": listed,
            }
            for kind in project.issue_types
        ]
    )


def _screen(call: Call, project: Project, kind: str) -> list[dict[str, Any]]:
    names = [name for name in EDITABLE if name != "issuetype"]
    if not call.site.issue_types[kind].subtask:
        names.remove("parent")
    fields = [
        {
            **call.view.field_meta("project", required=True),
            "allowedValues": [call.view.project(project)],
        },
        {
            **call.view.field_meta("issuetype", required=True),
            "allowedValues": [call.view.issue_type(kind)],
        },
    ]
    fields += [
        call.view.field_meta(name, required=name == "summary")
        for name in (*names, *call.site.custom_fields)
    ]
    return [{**field, "fieldId": field["key"]} for field in fields]


def _creating(call: Call) -> Project:
    project = call.site.project(call.path["project"], call.user)
    if not call.site.may(call.user, "CREATE_ISSUES", project):
        raise JiraError(404, f"No project could be found with key '{project.key}'.")
    return project


def create_types(call: Call) -> Answer:
    """List the issue types that may be created in a project."""
    project = _creating(call)
    cut = page(
        project.issue_types, call.number("startAt", 0, 10**9), call.number("maxResults", 50, 200)
    )
    shown = [call.view.issue_type(kind) for kind in cut.pop("shown")]
    name = "issueTypes" if call.site.cloud else "values"
    return Answer({**cut, name: shown})


def create_fields(call: Call) -> Answer:
    """List the fields of the create screen of an issue type."""
    project = _creating(call)
    kind = call.path["type"]
    if kind not in project.issue_types:
        raise JiraError(404, f"The issue type with id '{kind}' does not exist in this project.")
    fields = _screen(call, project, kind)
    cut = page(fields, call.number("startAt", 0, 10**9), call.number("maxResults", 50, 200))
    shown = cut.pop("shown")
    return Answer({**cut, "fields" if call.site.cloud else "values": shown})


def create_meta(call: Call) -> Answer:
    """Give the old form of the create screens: all projects in one answer."""
    keys = {key.upper() for key in call.names("projectKeys")}
    names = {name.lower() for name in call.names("issuetypeNames")}
    deep = "projects.issuetypes.fields" in call.names("expand")
    shown = []
    for project in _visible(call):
        if keys and project.key not in keys:
            continue
        types = []
        for kind in project.issue_types:
            entry = call.view.issue_type(kind)
            if names and entry["name"].lower() not in names:
                continue
            if deep:
                screen = _screen(call, project, kind)
                entry["fields"] = {field.pop("fieldId"): field for field in screen}
            types.append(entry)
        entry = call.view.project(project)
        named = {key: entry[key] for key in ("self", "id", "key", "name", "avatarUrls")}
        shown.append({**named, "issuetypes": types})
    return Answer({"expand": "projects", "projects": shown})


ROUTES = (
    Route("GET", "project", listing),
    Route("GET", "project/search", search, server=False),
    Route("GET", "project/{project}", read),
    Route("GET", "project/{project}/statuses", statuses),
    Route("GET", "issue/createmeta", create_meta),
    Route("GET", "issue/createmeta/{project}/issuetypes", create_types),
    Route("GET", "issue/createmeta/{project}/issuetypes/{type}", create_fields),
)
