"""Projects, as administrators make, change, archive and delete them."""

from __future__ import annotations

import re
from typing import Any, Final

from hub_jira.sandbox import agile, templates
from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import JiraError, Project
from hub_jira.sandbox.resources import projects
from hub_jira.sandbox.resources.held import held_routes
from hub_jira.sandbox.resources.rights import administrator, managed
from hub_jira.sandbox.schemes import Actor

_KEY: Final = re.compile(r"[A-Z][A-Z0-9]{1,9}")
_BAD_KEY: Final = (
    "Project keys must start with an uppercase letter, followed by one or more uppercase "
    "alphanumeric characters."
)
_TYPES: Final = ("software", "service_desk", "business")


def _lead(call: Call, errors: dict[str, str]) -> str:
    data = call.data
    field = "leadAccountId" if call.site.cloud else "projectLead"
    named = data.get("leadAccountId") or data.get("lead")
    if not named:
        errors[field] = "You must specify a valid project lead."
        return ""
    users = call.site.users
    user = users.get(str(named)) or next((u for u in users.values() if u.name == named), None)
    if user is None or not user.active:
        errors[field] = f"The user {named} does not exist."
        return ""
    return user.account_id


def _check_key(call: Call, key: str, errors: dict[str, str], own: str = "") -> None:
    if not _KEY.fullmatch(key):
        errors["projectKey"] = _BAD_KEY
    other = call.site.find_project(key)
    if other is not None and other.key == key and other.id != own:
        errors["projectKey"] = f"Project '{other.name}' uses this project key."


def _check_name(call: Call, name: str, errors: dict[str, str], own: str = "") -> None:
    if not name.strip():
        errors["projectName"] = "You must specify a valid project name."
    elif any(p.name.lower() == name.lower() and p.id != own for p in call.site.projects.values()):
        errors["projectName"] = "A project with that name already exists."


def create(call: Call) -> Answer:
    """Create a project from a template."""
    administrator(call)
    data = call.data
    errors: dict[str, str] = {}
    key, name = str(data.get("key") or ""), str(data.get("name") or "")
    _check_key(call, key, errors)
    _check_name(call, name, errors)
    lead = _lead(call, errors)
    template = str(data.get("projectTemplateKey") or "")
    kind = str(data.get("projectTypeKey") or templates.type_of(template) or "")
    if kind not in _TYPES:
        errors["projectTypeKey"] = f"The project type '{kind}' does not exist."
    if errors:
        raise JiraError(400, errors=errors)
    project = templates.build(call.site, kind, key=key, name=name, lead=lead)
    project.description = str(data.get("description") or "")
    _settle(call, project)
    call.site.projects[project.id] = project
    if style := templates.board_of(template):
        agile.open_board(call.site, project, style)
    call.tell("project_created", project=call.view.project(project))
    link = f"{call.view.root}/project/{project.id}"
    return Answer({"self": link, "id": int(project.id), "key": project.key}, 201)


def _settle(call: Call, project: Project) -> None:
    schemes, data = call.site.schemes, call.data
    project.url = str(data.get("url") or "")
    unsaid = "PROJECT_LEAD" if call.site.cloud else project.assignee_type
    project.assignee_type = str(data.get("assigneeType") or unsaid)
    for role in schemes.roles.values():
        copies = [Actor(id=x.id, kind=x.kind, name=x.name) for x in role.default]
        schemes.actors[project.id, role.id] = copies
    wanted = [("permissionScheme", "permission", set(schemes.permissions))]
    if call.site.cloud:  # a template of Data Center brings no security, whatever is asked for
        wanted.append(("issueSecurityScheme", "security", set(schemes.security)))
    for name, kind, table in wanted:
        chosen = call.whole(name, -1)
        if chosen in table:
            schemes.chosen[project.id, kind] = str(chosen)
    if str(data.get("categoryId")) in schemes.categories:
        schemes.chosen[project.id, "category"] = str(data["categoryId"])


def update(call: Call) -> Answer:
    """Change a project; what is not sent stays."""
    project = managed(call, call.path["project"], 403 if call.site.cloud else 401)
    data = call.data
    errors: dict[str, str] = {}
    if "key" in data:
        _check_key(call, str(data["key"]), errors, project.id)
    if "name" in data:
        _check_name(call, str(data["name"]), errors, project.id)
    lead = _lead(call, errors) if data.get("leadAccountId") or data.get("lead") else project.lead
    if errors:
        raise JiraError(400, errors=errors)
    project.name = str(data.get("name") or project.name)
    project.description = str(data.get("description", project.description) or "")
    project.url = str(data.get("url", project.url) or "")
    project.assignee_type = str(data.get("assigneeType") or project.assignee_type)
    project.lead = lead
    if str(data.get("categoryId")) in call.site.schemes.categories:
        call.site.schemes.chosen[project.id, "category"] = str(data["categoryId"])
    if "key" in data and data["key"] != project.key:
        _rename(call, project, str(data["key"]))
    call.tell("project_updated", project=call.view.project(project))
    return Answer(projects.full(call, project))


def _rename(call: Call, project: Project, key: str) -> None:
    project.old_keys.append(project.key)
    project.key = key
    for issue in [x for x in call.site.issues.values() if x.project == project.id]:
        issue.old_keys.append(issue.key)
        issue.key = f"{key}-{issue.number}"
        call.site.keep(issue)


def delete(call: Call) -> Answer:
    """Delete a project with all that is in it."""
    project = managed(call, call.path["project"], 404 if call.site.cloud else 401)
    site = call.site
    for issue in [x for x in site.issues.values() if x.project == project.id]:
        site.drop(issue)
    planning, schemes = site.planning, site.schemes
    for board in [x for x in planning.boards.values() if x.project == project.id]:
        agile.close_board(site, call.editor, board)
    for component in planning.components_of(project.id):
        del planning.components[component.id]
    for version in planning.versions_of(project.id):
        del planning.versions[version.id]
    schemes.actors = {key: who for key, who in schemes.actors.items() if key[0] != project.id}
    schemes.chosen = {key: what for key, what in schemes.chosen.items() if key[0] != project.id}
    del site.projects[project.id]
    call.tell("project_deleted", project=call.view.project(project))
    return Answer(status=204)


def archive(call: Call) -> Answer:
    """Archive a project: its issues are there no more until it is restored."""
    administrator(call)
    call.site.project(call.path["project"], call.user).archived = True
    return Answer(status=204)


def restore(call: Call) -> Answer:
    """Restore an archived project."""
    administrator(call)
    project = call.site.find_project(call.path["project"])
    if project is None:
        raise JiraError(404, f"No project could be found with key '{call.path['project']}'.")
    project.archived = False
    return Answer(projects.full(call, project), 200 if call.site.cloud else 202)


def _properties(call: Call) -> dict[str, Any]:
    return call.site.project(call.path["project"], call.user).properties


def _managed_properties(call: Call) -> dict[str, Any]:
    return managed(call, call.path["project"]).properties


def _properties_link(call: Call) -> str:
    return f"{call.view.root}/project/{call.path['project']}/properties"


def check_key(call: Call) -> Answer:
    """Say what is wrong with a project key."""
    errors: dict[str, str] = {}
    _check_key(call, call.query.get("key", ""), errors)
    return Answer({"errorMessages": [], "errors": errors})


def free_key(call: Call) -> Answer:
    """Give a key that is free: the one asked for, or one like it."""
    wanted = re.sub("[^A-Z0-9]", "", call.query.get("key", "").upper())[:10] or "KEY"
    key, number = wanted, 0
    while call.site.find_project(key) is not None:
        number += 1
        key = f"{wanted[:8]}{number}"
    return Answer(key)


def free_name(call: Call) -> Answer:
    """Give a name that is free: the one asked for, or one like it."""
    wanted = call.query.get("name", "")
    names = {project.name for project in call.site.projects.values()}
    number = 1
    name = wanted
    while name in names:
        number += 1
        name = f"{wanted} {number}"
    return Answer(name)


def types(call: Call) -> Answer:
    """List the types of projects."""
    call.logged_in()
    return Answer([_type(kind) for kind in _TYPES])


def one_type(call: Call) -> Answer:
    """Read a type of project."""
    if call.path["type"] not in _TYPES:
        raise JiraError(404, f"The project type '{call.path['type']}' does not exist.")
    return Answer(_type(call.path["type"]))


def _type(kind: str) -> dict[str, Any]:
    shown = {"software": "Software", "service_desk": "Service Desk", "business": "Business"}[kind]
    return {
        "key": kind,
        "formattedKey": shown,
        "descriptionI18nKey": f"jira.project.type.{kind}.description",
        "icon": "",
        "color": "#1D365D",
    }


def list_templates(call: Call) -> Answer:
    """List the templates that projects are made from."""
    call.logged_in()
    return Answer({"projectTemplatesGroupedByType": templates.grouped()})


ROUTES = (
    Route("POST", "project", create),
    Route("PUT", "project/{project}", update),
    Route("DELETE", "project/{project}", delete),
    Route("POST", "project/{project}/archive", archive, server=False),
    Route("PUT", "project/{project}/archive", archive, cloud=False),
    Route("POST", "project/{project}/restore", restore, server=False),
    Route("PUT", "project/{project}/restore", restore, cloud=False),
    *held_routes(
        "project/{project}/properties", _properties_link, _properties, _managed_properties
    ),
    Route("GET", "projectvalidate/key", check_key),
    Route("GET", "projectvalidate/validProjectKey", free_key, server=False),
    Route("GET", "projectvalidate/validProjectName", free_name, server=False),
    Route("GET", "project/type", types),
    Route("GET", "project/type/{type}", one_type),
    Route("GET", "/rest/project-templates/latest/templates", list_templates, cloud=False),
)
