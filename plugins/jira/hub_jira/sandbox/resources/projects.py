"""Projects: what they are, their statuses, what their create screen shows."""

from __future__ import annotations

from typing import Any, Final

from hub_jira.sandbox.call import Answer, Call, Route, page
from hub_jira.sandbox.fieldvalues import EDITABLE
from hub_jira.sandbox.model import JiraError, Project
from hub_jira.sandbox.resources import categories, components, versions
from hub_jira.sandbox.resources.paging import bean

_WITHOUT_CREATE_META: Final = (9, 0, 0)


def _visible(call: Call) -> list[Project]:
    projects = call.site.projects.values()
    may = call.site.may
    return [p for p in projects if not p.archived and may(call.user, "BROWSE_PROJECTS", p)]


def full(call: Call, project: Project) -> dict[str, Any]:
    """Show a project with all that belongs to it."""
    planning, schemes = call.site.planning, call.site.schemes
    root = f"{call.view.root}/project/{project.id}/role"
    result = {
        **call.view.project(project, full=True),
        "components": [components.shown(call, x) for x in planning.components_of(project.id)],
        "versions": [versions.shown(call, x) for x in planning.versions_of(project.id)],
        "roles": {role.name: f"{root}/{role.id}" for role in schemes.roles.values()},
    }
    if project.url:
        result["url"] = project.url
    return result | _expanded(call, project)


def brief(call: Call, project: Project) -> dict[str, Any]:
    """Show a project as lists do, with what `expand` asks for."""
    expand = call.names("expand")
    result = call.view.project(project)
    if "description" in expand:
        result["description"] = project.description
    if "lead" in expand:
        result["lead"] = call.view.user(project.lead)
    if "issueTypes" in expand:
        result["issueTypes"] = [call.view.issue_type(kind) for kind in project.issue_types]
    return result | _expanded(call, project)


def _expanded(call: Call, project: Project) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if "projectKeys" in call.names("expand"):
        result["projectKeys"] = [project.key, *project.old_keys]
    category = call.site.schemes.chosen.get((project.id, "category"))
    if category:
        entry = call.site.schemes.categories[category]
        result["projectCategory"] = categories.shown(call, entry)
    return result


def listing(call: Call) -> Answer:
    """List all projects that the caller may see."""
    return Answer([brief(call, project) for project in _visible(call)])


def search(call: Call) -> Answer:
    """List projects in pages."""
    query = call.query.get("query", "").lower()
    keys, ids = set(call.names("keys")), set(call.names("id"))
    kinds, category = set(call.names("typeKey")), call.query.get("categoryId")
    chosen = call.site.schemes.chosen
    found = [
        project
        for project in _visible(call)
        if (query in project.key.lower() or query in project.name.lower())
        and (not keys or project.key in keys)
        and (not ids or project.id in ids)
        and (not kinds or project.type_key in kinds)
        and category in {None, chosen.get((project.id, "category"))}
    ]
    order = call.query.get("orderBy", "key")
    attribute = "name" if "name" in order else "key"
    found.sort(key=lambda x: getattr(x, attribute).lower(), reverse=order.startswith("-"))
    return bean(call, "project/search", found, lambda x: brief(call, x))


def recent(call: Call) -> Answer:
    """List the projects in which the caller last read issues."""
    viewed = call.site.planning.viewed.get(call.logged_in().account_id, [])
    issues = [call.site.issues[key] for key in viewed if key in call.site.issues]
    ids = list(dict.fromkeys(issue.project for issue in issues))[:20]
    return Answer([brief(call, call.site.projects[identifier]) for identifier in ids])


def read(call: Call) -> Answer:
    """Read one project, by id or key."""
    return Answer(full(call, call.site.project(call.path["project"], call.user)))


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


def hierarchy(call: Call) -> Answer:
    """Refuse: only projects that teams manage have a hierarchy of issue types of their own."""
    project = call.site.project(call.path["project"], call.user)
    raise JiraError(404, f"The project with ID {project.id} is not simplified.")


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
        call.view.field_meta(name, required=name in {"summary", *project.required}, of=project)
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
    if not call.site.cloud and call.site.version >= _WITHOUT_CREATE_META:
        raise JiraError(404, "Issue Does Not Exist")
    keys, ids = {key.upper() for key in call.names("projectKeys")}, call.names("projectIds")
    names = {name.lower() for name in call.names("issuetypeNames")}
    kinds = call.names("issuetypeIds")
    deep = "projects.issuetypes.fields" in call.names("expand")
    shown = []
    for project in _visible(call):
        if (keys or ids) and project.key not in keys and project.id not in ids:
            continue
        types = []
        for kind in project.issue_types:
            entry = call.view.issue_type(kind)
            if (names or kinds) and entry["name"].lower() not in names and kind not in kinds:
                continue
            if deep:
                screen = _screen(call, project, kind)
                entry["fields"] = {field.pop("fieldId"): field for field in screen}
            types.append(entry)
        entry = call.view.project(project)
        named = {key: entry[key] for key in ("self", "id", "key", "name", "avatarUrls")}
        shown.append({**named, "issuetypes": types})
    return Answer({"expand": "projects", "projects": shown})


def fields_of(call: Call) -> Answer:
    """List the fields that issues of some types have in some projects, and which are required."""
    projects = [call.site.project(x, call.user) for x in call.names("projectId")]
    kinds, wanted = call.names("workTypeId"), set(call.names("fieldId"))
    if not projects or not kinds:
        raise JiraError(400, "The parameters projectId and workTypeId are required.")
    found = [
        {
            "fieldId": entry["fieldId"],
            "isRequired": entry["required"],
            "projectId": int(project.id),
            "workTypeId": int(kind),
        }
        for project in projects
        for kind in kinds
        if kind in project.issue_types
        for entry in _screen(call, project, kind)
        if not wanted or entry["fieldId"] in wanted
    ]
    return bean(call, "projects/fields", found, lambda entry: entry)


ROUTES = (
    Route("GET", "project", listing),
    Route("GET", "project/search", search, server=False),
    Route("GET", "project/recent", recent, server=False),
    Route("GET", "project/{project}", read),
    Route("GET", "project/{project}/statuses", statuses),
    Route("GET", "project/{project}/hierarchy", hierarchy, server=False),
    Route("GET", "projects/fields", fields_of, server=False),
    Route("GET", "issue/createmeta", create_meta),
    Route("GET", "issue/createmeta/{project}/issuetypes", create_types),
    Route("GET", "issue/createmeta/{project}/issuetypes/{type}", create_fields),
)
