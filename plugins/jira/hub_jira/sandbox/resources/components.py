"""Components of projects."""

from __future__ import annotations

from typing import Any

from hub_jira.sandbox import planningviews
from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import JiraError, Project
from hub_jira.sandbox.planning import Component
from hub_jira.sandbox.resources.paging import bean
from hub_jira.sandbox.resources.rights import managed


def shown(call: Call, entry: Component) -> dict[str, Any]:
    """Show a component."""
    return planningviews.component(call.view, entry)


def _component(call: Call) -> Component:
    entry = call.site.planning.components.get(call.path["id"])
    if entry is None or not _visible(call, entry):
        raise JiraError(404, f"The component with id {call.path['id']} does not exist.")
    return entry


def _visible(call: Call, entry: Component) -> bool:
    return call.site.may(call.user, "BROWSE_PROJECTS", call.site.projects[entry.project])


def _lead(call: Call) -> str | None:
    named = call.data.get("leadAccountId") or call.data.get("leadUserName")
    if not named:
        return None
    user = call.site.find_user(str(named))
    if user is None:
        raise JiraError(400, errors={"leadUserName": f"The user {named} does not exist."})
    return user.account_id


def _check_name(call: Call, project: Project, own: str = "") -> str:
    name = str(call.data.get("name") or "").strip()
    if not name:
        raise JiraError(400, errors={"name": "The component name specified is invalid."})
    others = call.site.planning.components_of(project.id)
    if any(x.name.lower() == name.lower() and x.id != own for x in others):
        text = f"A component with the name {name} already exists in this project."
        raise JiraError(400, errors={"name": text})
    return name


def create(call: Call) -> Answer:
    """Create a component."""
    project = managed(call, str(call.data.get("project") or call.data.get("projectId") or ""))
    entry = Component(
        id=call.site.new_id(),
        project=project.id,
        name=_check_name(call, project),
        description=str(call.data.get("description") or ""),
        lead=_lead(call),
        assignee_type=str(call.data.get("assigneeType") or "PROJECT_DEFAULT"),
    )
    call.site.planning.components[entry.id] = entry
    return Answer(shown(call, entry), 201)


def read(call: Call) -> Answer:
    """Read a component."""
    return Answer(shown(call, _component(call)))


def update(call: Call) -> Answer:
    """Change a component; what is not sent stays."""
    entry = _component(call)
    project = managed(call, entry.project)
    if "name" in call.data:
        entry.name = _check_name(call, project, entry.id)
    if "description" in call.data:
        entry.description = str(call.data["description"] or "")
    if "leadAccountId" in call.data or "leadUserName" in call.data:
        entry.lead = _lead(call)
    entry.assignee_type = str(call.data.get("assigneeType") or entry.assignee_type)
    return Answer(shown(call, entry))


def delete(call: Call) -> Answer:
    """Delete a component; its issues go to `moveIssuesTo`, or lose it."""
    entry = _component(call)
    managed(call, entry.project)
    heir = call.query.get("moveIssuesTo")
    if heir is not None and heir not in call.site.planning.components:
        raise JiraError(404, f"The component with id {heir} does not exist.")
    for issue in list(call.site.issues.values()):
        if entry.id in issue.components:
            rest = [x for x in issue.components if x != entry.id]
            gained = [heir] if heir and heir not in rest else []
            call.editor.change(issue, {"components": [*rest, *gained]})
    del call.site.planning.components[entry.id]
    return Answer(status=204)


def counts(call: Call) -> Answer:
    """Count the issues of a component."""
    entry = _component(call)
    count = sum(entry.id in issue.components for issue in call.site.issues.values())
    return Answer({"self": f"{call.view.root}/component/{entry.id}", "issueCount": count})


def of_project(call: Call) -> Answer:
    """List a project's components."""
    project = call.site.project(call.path["project"], call.user)
    entries = call.site.planning.components_of(project.id)
    return Answer([shown(call, entry) for entry in entries])


def page_of_project(call: Call) -> Answer:
    """List a project's components in pages."""
    project = call.site.project(call.path["project"], call.user)
    wanted = call.query.get("query", "").lower()
    entries = call.site.planning.components_of(project.id)
    found = [x for x in entries if wanted in x.name.lower() or wanted in x.description.lower()]
    return bean(call, f"project/{project.key}/component", found, lambda x: _counted(call, x))


def search(call: Call) -> Answer:
    """List components of some projects, or of all, in pages, by part of their name."""
    wanted, keys = call.query.get("query", "").lower(), set(call.names("projectIdsOrKeys"))
    projects = call.site.projects
    found = [
        entry
        for entry in call.site.planning.components.values()
        if _visible(call, entry)
        and wanted in entry.name.lower()
        and (not keys or keys & {entry.project, projects[entry.project].key})
    ]
    found.sort(key=lambda x: x.name.lower(), reverse=call.query.get("orderBy", "")[:1] == "-")

    def brief(entry: Component) -> dict[str, Any]:
        return {
            "id": entry.id,
            "name": entry.name,
            "self": f"{call.view.root}/component/{entry.id}",
        }

    return bean(call, "component", found, brief)


def _counted(call: Call, entry: Component) -> dict[str, Any]:
    count = sum(entry.id in issue.components for issue in call.site.issues.values())
    return {**shown(call, entry), "issueCount": count}


ROUTES = (
    Route("POST", "component", create),
    Route("GET", "component", search, server=False),
    Route("GET", "component/{id}", read),
    Route("PUT", "component/{id}", update),
    Route("DELETE", "component/{id}", delete),
    Route("GET", "component/{id}/relatedIssueCounts", counts),
    Route("GET", "project/{project}/components", of_project),
    Route("GET", "project/{project}/component", page_of_project, server=False),
)
