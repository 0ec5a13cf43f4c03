"""Shows components, versions and the values of agile fields as Jira's JSON."""

from __future__ import annotations

from typing import Any

from hub_jira.sandbox import agile
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.model import CustomField, Project
from hub_jira.sandbox.planning import Component, Version
from hub_jira.sandbox.views import Json, View


def component(view: View, entry: Component) -> Json:
    """Show a component."""
    project = view.site.projects[entry.project]
    led = entry.assignee_type == "COMPONENT_LEAD"
    valid = not led or entry.lead is not None
    result: Json = {
        "self": f"{view.root}/component/{entry.id}",
        "id": entry.id,
        "name": entry.name,
        "description": entry.description,
        "assigneeType": entry.assignee_type,
        "realAssigneeType": entry.assignee_type if valid else "PROJECT_DEFAULT",
        "isAssigneeTypeValid": valid,
        "project": project.key,
        "projectId": int(project.id),
    }
    if entry.lead:
        result["lead"] = view.user(entry.lead)
    if led and entry.lead:
        result["assignee"] = result["realAssignee"] = view.user(entry.lead)
    return result


def version(view: View, entry: Version) -> Json:
    """Show a version."""
    result: Json = {
        "self": f"{view.root}/version/{entry.id}",
        "id": entry.id,
        "name": entry.name,
        "description": entry.description,
        "archived": entry.archived,
        "released": entry.released,
        "projectId": int(entry.project),
    }
    for name, day in (("start", entry.start), ("release", entry.release)):
        if day:
            result[f"{name}Date"] = day.isoformat()
            result[f"user{name.capitalize()}Date"] = f"{day:%d/%b/%y}"
    if entry.release and not entry.released:
        result["overdue"] = entry.release < view.site.now().date()
    return result


def planned(view: View, name: str, project: Project) -> list[Json]:
    """Show the components or the versions that a project's issues can have."""
    planning = view.site.planning
    if name == "components":
        return [component_in_short(view, x) for x in planning.components_of(project.id)]
    return [version_in_short(view, x) for x in planning.versions_of(project.id) if not x.archived]


def component_in_short(view: View, entry: Component) -> Json:
    """Show a component as issues name it."""
    shown = component(view, entry)
    return {name: shown[name] for name in ("self", "id", "name", "description")}


def version_in_short(view: View, entry: Version) -> Json:
    """Show a version as issues name it."""
    shown = version(view, entry)
    names = ("self", "id", "name", "description", "archived", "released", "releaseDate")
    return {name: shown[name] for name in names if name in shown}


def components_of(view: View, issue: Issue) -> list[Json]:
    """Show an issue's components, in short."""
    table = view.site.planning.components
    return [component_in_short(view, table[x]) for x in issue.components]


def versions_of(view: View, identifiers: list[str]) -> list[Json]:
    """Show some versions, in short."""
    table = view.site.planning.versions
    return [version_in_short(view, table[x]) for x in identifiers]


def security(view: View, issue: Issue) -> Json | None:
    """Show an issue's security level."""
    level = view.site.schemes.levels.get(issue.security or "")
    if level is None:
        return None
    link = f"{view.root}/securitylevel/{level.id}"
    return {"self": link, "id": level.id, "name": level.name, "description": level.description}


def agile_value(view: View, custom: CustomField, issue: Issue) -> Any:
    """Show the value of a field: of the agile ones as boards keep it, of others as it stands."""
    value = issue.custom.get(custom.id)
    if custom.id == agile.RANK:
        return agile.shown_rank(issue)
    if custom.id == agile.SPRINT and value:
        show = agile.shown_sprint if view.site.cloud else agile.told_sprint
        return [show(view.site, x, view.moment) for x in value]
    return value
