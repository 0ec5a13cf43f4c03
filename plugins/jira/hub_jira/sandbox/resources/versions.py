"""Versions of projects: their life, their order, what becomes of their issues."""

from __future__ import annotations

from datetime import date
from typing import Any

from hub_jira.sandbox import planningviews
from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import JiraError, Project
from hub_jira.sandbox.planning import Version
from hub_jira.sandbox.resources.paging import bean
from hub_jira.sandbox.resources.rights import managed

_USES = {"fixVersions": "fix_versions", "versions": "versions"}


def shown(call: Call, entry: Version) -> dict[str, Any]:
    """Show a version."""
    return planningviews.version(call.view, entry)


def _version(call: Call, identifier: str = "") -> Version:
    wanted = identifier or call.path["id"]
    entry = call.site.planning.versions.get(wanted)
    if entry is None or not _visible(call, entry):
        raise JiraError(404, f"Could not find version for id '{wanted}'")
    return entry


def _visible(call: Call, entry: Version) -> bool:
    return call.site.may(call.user, "BROWSE_PROJECTS", call.site.projects[entry.project])


def _check_name(call: Call, project: Project, own: str = "") -> str:
    name = str(call.data.get("name") or "").strip()
    if not name:
        raise JiraError(400, errors={"name": "You must specify a valid version name"})
    if len(name) > 255:
        raise JiraError(400, errors={"name": "The version name must be less than 255 characters."})
    others = call.site.planning.versions_of(project.id)
    if any(x.name.lower() == name.lower() and x.id != own for x in others):
        text = "A version with this name already exists in this project."
        raise JiraError(400, errors={"name": text})
    return name


def _day(call: Call, name: str) -> date | None:
    value = call.data.get(name)
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        text = "Please enter the date in the following format: yyyy-MM-dd"
        raise JiraError(400, errors={name: text}) from None


def _set(call: Call, entry: Version) -> None:
    data = call.data
    if "description" in data:
        entry.description = str(data["description"] or "")
    if "startDate" in data:
        entry.start = _day(call, "startDate")
    if "releaseDate" in data:
        entry.release = _day(call, "releaseDate")
    entry.released = bool(data.get("released", entry.released))
    entry.archived = bool(data.get("archived", entry.archived))
    if entry.start and entry.release and entry.start > entry.release:
        text = "The start date must be before the release date"
        raise JiraError(400, errors={"startDate": text})


def create(call: Call) -> Answer:
    """Create a version, behind those that its project has."""
    project = managed(call, str(call.data.get("projectId") or call.data.get("project") or ""), 404)
    name = _check_name(call, project)
    entry = Version(id=call.site.new_id(), project=project.id, name=name)
    _set(call, entry)
    call.site.planning.versions[entry.id] = entry
    call.tell("jira:version_created", version=shown(call, entry))
    return Answer(shown(call, entry), 201)


def read(call: Call) -> Answer:
    """Read a version, with the states of its issues if `expand` asks for them."""
    entry = _version(call)
    result = shown(call, entry)
    if call.site.cloud and "issuesstatus" in call.names("expand"):
        statuses = call.site.statuses
        found = [x for x in call.site.issues.values() if entry.id in x.fix_versions]
        states = [statuses[issue.status].category for issue in found]
        result["issuesStatusForFixVersion"] = {
            "unmapped": 0,
            "toDo": states.count("new"),
            "inProgress": states.count("indeterminate"),
            "done": states.count("done"),
        }
    return Answer(result)


def update(call: Call) -> Answer:
    """Change a version; what is not sent stays."""
    entry = _version(call)
    project = managed(call, entry.project, 404)
    if "name" in call.data:
        entry.name = _check_name(call, project, entry.id)
    before = entry.released
    _set(call, entry)
    if entry.released is not before:
        event = "released" if entry.released else "unreleased"
        call.tell(f"jira:version_{event}", version=shown(call, entry))
    else:
        call.tell("jira:version_updated", version=shown(call, entry))
    if heir := call.data.get("moveUnfixedIssuesTo"):
        open_issues = {x.id for x in call.site.issues.values() if x.resolution is None}
        target = _version(call, str(heir).rpartition("/")[2])
        _replace(call, entry, {"fixVersions": target.id}, open_issues)
    return Answer(shown(call, entry))


def _replace(
    call: Call, entry: Version, heirs: dict[str, str | None], only: set[str] | None = None
) -> None:
    """Take a version out of its issues, and put others in its place."""
    for issue in list(call.site.issues.values()):
        if only is not None and issue.id not in only:
            continue
        changes: dict[str, Any] = {}
        for field, heir in heirs.items():
            held: list[str] = getattr(issue, _USES[field])
            if entry.id in held:
                rest = [x for x in held if x != entry.id]
                changes[field] = [*rest, *([heir] if heir and heir not in rest else [])]
        if changes:
            call.editor.change(issue, changes)


def delete(call: Call) -> Answer:
    """Delete a version; its issues go to others, or lose it."""
    entry = _version(call)
    managed(call, entry.project, 404)
    fixed, affected = call.query.get("moveFixIssuesTo"), call.query.get("moveAffectedIssuesTo")
    _remove(call, entry, fixed, affected)
    return Answer(status=204)


def swap(call: Call) -> Answer:
    """Delete a version, as `delete` does, with the heirs in the body."""
    entry = _version(call)
    managed(call, entry.project, 404)
    data = call.data if call.body is not None else {}
    fixed, affected = data.get("moveFixIssuesTo"), data.get("moveAffectedIssuesTo")
    _remove(call, entry, fixed and str(fixed), affected and str(affected))
    return Answer(status=204)


def _remove(call: Call, entry: Version, fixed: str | None, affected: str | None) -> None:
    for heir in filter(None, (fixed, affected)):
        _version(call, heir)
    _replace(call, entry, {"fixVersions": fixed, "versions": affected})
    del call.site.planning.versions[entry.id]
    call.tell("jira:version_deleted", version=shown(call, entry))


def merge(call: Call) -> Answer:
    """Merge a version into another of its project."""
    entry, target = _version(call), _version(call, call.path["target"])
    managed(call, entry.project, 404)
    if entry.id == target.id or entry.project != target.project:
        raise JiraError(400, "The versions must be different ones of the same project.")
    _remove(call, entry, target.id, target.id)
    return Answer(status=204)


def move(call: Call) -> Answer:
    """Move a version among those of its project: `after` another, or to a `position`."""
    entry = _version(call)
    project = managed(call, entry.project, 404)
    planning = call.site.planning
    order = planning.versions_of(project.id)
    at = order.index(entry)
    order.remove(entry)
    if after := call.data.get("after"):
        other = _version(call, str(after).rpartition("/")[2])
        if other not in order:
            raise JiraError(400, "A version is moved after another one of its project.")
        at = order.index(other) + 1
    else:
        places = {"First": 0, "Last": len(order), "Earlier": max(0, at - 1), "Later": at + 1}
        position = str(call.data.get("position"))
        if position not in places:
            raise JiraError(400, "Either 'after' or 'position' must be specified.")
        at = places[position]
    order.insert(at, entry)
    others = [x for x in planning.versions.values() if x.project != project.id]
    planning.versions = {x.id: x for x in (*others, *order)}
    call.tell("jira:version_moved", version=shown(call, entry))
    return Answer(shown(call, entry))


def counts(call: Call) -> Answer:
    """Count the issues of a version."""
    entry = _version(call)
    issues = call.site.issues.values()
    return Answer(
        {
            "self": f"{call.view.root}/version/{entry.id}",
            "issuesFixedCount": sum(entry.id in x.fix_versions for x in issues),
            "issuesAffectedCount": sum(entry.id in x.versions for x in issues),
            "issueCountWithCustomFieldsShowingVersion": 0,
            "customFieldUsage": [],
        }
    )


def unresolved(call: Call) -> Answer:
    """Count the unresolved issues of a version."""
    entry = _version(call)
    issues = [x for x in call.site.issues.values() if entry.id in x.fix_versions]
    left = sum(issue.resolution is None for issue in issues)
    link = f"{call.view.root}/version/{entry.id}"
    return Answer({"self": link, "issuesUnresolvedCount": left, "issuesCount": len(issues)})


def of_project(call: Call) -> Answer:
    """List a project's versions, in their order."""
    project = call.site.project(call.path["project"], call.user)
    entries = call.site.planning.versions_of(project.id)
    return Answer([shown(call, entry) for entry in entries])


def page_of_project(call: Call) -> Answer:
    """List a project's versions in pages."""
    project = call.site.project(call.path["project"], call.user)
    wanted = call.query.get("query", "").lower()
    states = set(call.names("status"))
    found = [
        entry
        for entry in call.site.planning.versions_of(project.id)
        if wanted in entry.name.lower() and (not states or _state(entry) in states)
    ]
    return bean(call, f"project/{project.key}/version", found, lambda x: shown(call, x))


def _state(entry: Version) -> str:
    return "archived" if entry.archived else "released" if entry.released else "unreleased"


ROUTES = (
    Route("POST", "version", create),
    Route("GET", "version/{id}", read),
    Route("PUT", "version/{id}", update),
    Route("DELETE", "version/{id}", delete),
    Route("POST", "version/{id}/removeAndSwap", swap),
    Route("PUT", "version/{id}/mergeto/{target}", merge),
    Route("POST", "version/{id}/move", move),
    Route("GET", "version/{id}/relatedIssueCounts", counts),
    Route("GET", "version/{id}/unresolvedIssueCount", unresolved),
    Route("GET", "project/{project}/versions", of_project),
    Route("GET", "project/{project}/version", page_of_project),
)
