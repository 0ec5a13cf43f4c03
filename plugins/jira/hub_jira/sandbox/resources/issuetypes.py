"""Issue types, as administrators make, change and delete them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import IssueType, JiraError, Project
from hub_jira.sandbox.resources.held import held_routes
from hub_jira.sandbox.resources.rights import administrator

_LONGEST_NAME: Final = 60


def _type(call: Call, wanted: str) -> IssueType:
    entry = call.site.issue_types.get(wanted)
    if entry is None:
        raise JiraError(404, f"The issue type with id '{wanted}' does not exist.")
    return entry


def _checked_name(call: Call, own: str = "") -> str:
    name = str(call.data.get("name") or "").strip()
    if not name:
        raise JiraError(400, errors={"name": "You must specify a name for this new issue type."})
    if len(name) > _LONGEST_NAME:
        raise JiraError(400, errors={"name": "The name must not be longer than 60 characters."})
    others = (x for x in call.site.issue_types.values() if x.id != own)
    if any(x.name.lower() == name.lower() for x in others):
        raise JiraError(409, errors={"name": "An issue type with this name already exists."})
    return name


def create(call: Call) -> Answer:
    """Make an issue type; projects that have all types have this one too."""
    administrator(call)
    level = call.whole("hierarchyLevel", 0)
    kind = str(call.data.get("type") or "standard")
    if level not in {-1, 0} or kind not in {"standard", "subtask"}:
        raise JiraError(400, errors={"type": "Issue types are standard ones or subtasks."})
    entry = IssueType(
        id=call.site.new_id(),
        name=_checked_name(call),
        description=str(call.data.get("description") or ""),
        subtask=kind == "subtask" or level == -1,
    )
    every = set(call.site.issue_types)
    call.site.issue_types[entry.id] = entry
    for project in call.site.projects.values():
        if every <= set(project.issue_types):
            project.issue_types.append(entry.id)
    return Answer(call.view.issue_type(entry.id), 201)


def update(call: Call) -> Answer:
    """Change an issue type; what is not sent stays."""
    administrator(call)
    entry = _type(call, call.path["id"])
    name = _checked_name(call, entry.id) if "name" in call.data else entry.name
    about = str(call.data.get("description", entry.description) or "")
    call.site.issue_types[entry.id] = replace(entry, name=name, description=about)
    return Answer(call.view.issue_type(entry.id))


def _alternatives(call: Call, entry: IssueType) -> list[IssueType]:
    every = call.site.issue_types.values()
    return [x for x in every if x.subtask == entry.subtask and x.id != entry.id]


def alternatives(call: Call) -> Answer:
    """List the issue types that could take the place of one."""
    administrator(call)
    entry = _type(call, call.path["id"])
    return Answer([call.view.issue_type(x.id) for x in _alternatives(call, entry)])


def delete(call: Call) -> Answer:
    """Delete an issue type; its issues take the alternative, without which it must have none."""
    administrator(call)
    entry = _type(call, call.path["id"])
    using = [x for x in call.site.issues.values() if x.issue_type == entry.id]
    wanted = call.query.get("alternativeIssueTypeId")
    if using and wanted is None:
        raise JiraError(404, "The issue type is in use: an alternative must be given.")
    if wanted is not None:
        heir = _type(call, wanted)
        if heir not in _alternatives(call, entry):
            raise JiraError(409, f"The issue type '{heir.name}' can not take its place.")
        for issue in using:
            call.editor.change(issue, {"issuetype": heir.id})
    del call.site.issue_types[entry.id]
    call.site.settings.type_properties.pop(entry.id, None)
    for project in call.site.projects.values():
        kept = [x for x in project.issue_types if x != entry.id]
        project.issue_types = list(dict.fromkeys([*kept, *_moved(using, project, wanted)]))
    return Answer(status=204)


def _moved(using: list[Any], project: Project, heir: str | None) -> list[str]:
    return [heir] if heir and any(x.project == project.id for x in using) else []


def of_project(call: Call) -> Answer:
    """List the issue types of a project."""
    wanted = call.query.get("projectId", "")
    if not wanted.isdecimal():
        raise JiraError(400, "The parameter projectId must be a number.")
    project = call.site.project(wanted, call.user)
    return Answer([call.view.issue_type(kind) for kind in project.issue_types])


def _seen(call: Call) -> dict[str, Any]:
    call.logged_in()
    entry = _type(call, call.path["type"])
    return call.site.settings.type_properties.setdefault(entry.id, {})


def _edited(call: Call) -> dict[str, Any]:
    administrator(call)
    return _seen(call)


def _link(call: Call) -> str:
    return f"{call.view.root}/issuetype/{call.path['type']}/properties"


ROUTES = (
    Route("POST", "issuetype", create),
    Route("GET", "issuetype/project", of_project, server=False),
    Route("PUT", "issuetype/{id}", update),
    Route("DELETE", "issuetype/{id}", delete),
    Route("GET", "issuetype/{id}/alternatives", alternatives),
    *held_routes("issuetype/{type}/properties", _link, _seen, _edited),
)
