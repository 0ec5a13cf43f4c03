"""Shows components, versions and the values of agile fields as Jira's JSON."""

from __future__ import annotations

from typing import Any

from hub_jira.sandbox import agile
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.model import CustomField
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


def components_of(view: View, issue: Issue) -> list[Json]:
    """Show an issue's components, in short."""
    table = view.site.planning.components
    names = ("self", "id", "name", "description")
    shown = [component(view, table[x]) for x in issue.components]
    return [{name: entry[name] for name in names} for entry in shown]


def versions_of(view: View, identifiers: list[str]) -> list[Json]:
    """Show some versions, in short."""
    table = view.site.planning.versions
    names = ("self", "id", "name", "description", "archived", "released", "releaseDate")
    shown = [version(view, table[x]) for x in identifiers]
    return [{name: entry[name] for name in names if name in entry} for entry in shown]


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
        return [agile.shown_sprint(view.site, x, view.moment) for x in value]
    return value
