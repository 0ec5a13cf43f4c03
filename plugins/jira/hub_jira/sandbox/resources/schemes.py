"""Permission schemes, and the other schemes as far as clients look at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import ADMIN_ONLY, GLOBAL, PERMISSIONS, JiraError
from hub_jira.sandbox.resources.paging import bean
from hub_jira.sandbox.resources.rights import administrator
from hub_jira.sandbox.schemes import Grant, PermissionScheme

_HOLDERS: Final = {
    "anyone", "applicationRole", "assignee", "group", "projectLead", "projectRole", "reporter",
    "user",
}  # fmt: skip


def _shown_grant(call: Call, scheme: PermissionScheme, grant: Grant) -> dict[str, Any]:
    holder: dict[str, Any] = {"type": grant.holder}
    if grant.parameter:
        holder |= {"parameter": grant.parameter, "value": grant.parameter}
    return {
        "id": grant.id,
        "self": f"{call.view.root}/permissionscheme/{scheme.id}/permission/{grant.id}",
        "holder": holder,
        "permission": grant.permission,
    }


def _shown(call: Call, scheme: PermissionScheme, *, deep: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "expand": "permissions,user,group,projectRole,field,all",
        "id": scheme.id,
        "self": f"{call.view.root}/permissionscheme/{scheme.id}",
        "name": scheme.name,
        "description": scheme.description,
    }
    if deep:
        result["permissions"] = [_shown_grant(call, scheme, grant) for grant in scheme.grants]
    return result


def _deep(call: Call) -> bool:
    return bool({"permissions", "all"} & set(call.names("expand")))


def _scheme(call: Call) -> PermissionScheme:
    identifier = call.path["id"]
    number = int(identifier) if identifier.isdecimal() else -1
    scheme = call.site.schemes.permissions.get(number)
    if scheme is None:
        raise JiraError(404, f"Permission scheme with id {identifier} does not exist.")
    return scheme


def permission_schemes(call: Call) -> Answer:
    """List the permission schemes."""
    call.logged_in()
    schemes = call.site.schemes.permissions.values()
    shown = [_shown(call, scheme, deep=_deep(call)) for scheme in schemes]
    return Answer({"permissionSchemes": shown})


def permission_scheme(call: Call) -> Answer:
    """Read a permission scheme."""
    call.logged_in()
    return Answer(_shown(call, _scheme(call), deep=_deep(call)))


def _read_grant(call: Call, entry: Any) -> Grant:
    holder = entry.get("holder") if isinstance(entry, Mapping) else None
    if not isinstance(holder, Mapping) or holder.get("type") not in _HOLDERS:
        raise JiraError(400, "The permission's holder is missing or of no known type.")
    permission = str(entry.get("permission"))
    if permission not in PERMISSIONS:
        raise JiraError(400, f"Unrecognized permission: {permission}")
    named = holder.get("parameter") or holder.get("value") or ""
    kind = holder["type"]
    return Grant(
        id=int(call.site.new_id()), permission=permission, holder=kind, parameter=str(named)
    )


def create_scheme(call: Call) -> Answer:
    """Create a permission scheme."""
    administrator(call)
    name = str(call.data.get("name") or "")
    if not name:
        raise JiraError(400, errors={"name": "You must specify a valid scheme name."})
    scheme = PermissionScheme(
        id=int(call.site.new_id()),
        name=name,
        description=str(call.data.get("description") or ""),
        grants=[_read_grant(call, entry) for entry in call.listed("permissions")],
    )
    call.site.schemes.permissions[scheme.id] = scheme
    return Answer(_shown(call, scheme, deep=True), 201)


def update_scheme(call: Call) -> Answer:
    """Change a permission scheme."""
    administrator(call)
    scheme = _scheme(call)
    scheme.name = str(call.data.get("name") or scheme.name)
    scheme.description = str(call.data.get("description", scheme.description) or "")
    if "permissions" in call.data:
        scheme.grants = [_read_grant(call, entry) for entry in call.listed("permissions")]
    return Answer(_shown(call, scheme, deep=True))


def delete_scheme(call: Call) -> Answer:
    """Delete a permission scheme that no project has."""
    administrator(call)
    scheme = _scheme(call)
    site = call.site
    if any(site.permission_scheme(project) is scheme for project in site.projects.values()):
        raise JiraError(400, "The scheme is used by projects.")
    del site.schemes.permissions[scheme.id]
    return Answer(status=204)


def grants(call: Call) -> Answer:
    """List the grants of a scheme."""
    call.logged_in()
    scheme = _scheme(call)
    shown = [_shown_grant(call, scheme, grant) for grant in scheme.grants]
    return Answer({"permissions": shown, "expand": "user,group,projectRole,field,all"})


def grant(call: Call) -> Answer:
    """Grant a permission."""
    administrator(call)
    scheme = _scheme(call)
    made = _read_grant(call, call.data)
    scheme.grants.append(made)
    return Answer(_shown_grant(call, scheme, made), 201)


def _grant(call: Call, scheme: PermissionScheme) -> Grant:
    found = next((x for x in scheme.grants if str(x.id) == call.path["grant"]), None)
    if found is None:
        raise JiraError(404, f"No permission with id {call.path['grant']} exists.")
    return found


def read_grant(call: Call) -> Answer:
    """Read a grant."""
    call.logged_in()
    scheme = _scheme(call)
    return Answer(_shown_grant(call, scheme, _grant(call, scheme)))


def revoke(call: Call) -> Answer:
    """Take a grant back."""
    administrator(call)
    scheme = _scheme(call)
    scheme.grants.remove(_grant(call, scheme))
    return Answer(status=204)


def of_project(call: Call) -> Answer:
    """Read a project's permission scheme."""
    project = call.site.project(call.path["project"], call.logged_in())
    scheme = call.site.permission_scheme(project)
    return Answer(_shown(call, scheme, deep=_deep(call)))


def choose(call: Call) -> Answer:
    """Give a project another permission scheme."""
    administrator(call)
    project = call.site.project(call.path["project"], call.user)
    scheme = call.site.schemes.permissions.get(call.whole("id", -1))
    if scheme is None:
        raise JiraError(404, "The permission scheme does not exist.")
    call.site.schemes.chosen[project.id, "permission"] = str(scheme.id)
    return Answer(_shown(call, scheme, deep=True))


def all_permissions(call: Call) -> Answer:
    """List all permissions."""
    call.logged_in()
    shown = {
        key: {
            "key": key,
            "name": key.replace("_", " ").capitalize(),
            "type": "PROJECT" if key in PERMISSIONS else "GLOBAL",
            "description": "",
        }
        for key in (*PERMISSIONS, *GLOBAL, *sorted(ADMIN_ONLY))
    }
    return Answer({"permissions": shown})


def check(call: Call) -> Answer:
    """Tell which of some permissions a user has, in which projects and on which issues."""
    caller = call.logged_in()
    user = call.site.users.get(str(call.data.get("accountId") or caller.account_id))
    wanted = [str(name) for name in call.listed("globalPermissions")]
    held = [name for name in wanted if call.site.may(user, name)]
    pairs = []
    for entry in call.objects("projectPermissions"):
        projects = [call.site.projects.get(str(x)) for x in entry.get("projects") or ()]
        issues = [call.site.issues.get(str(x)) for x in entry.get("issues") or ()]
        for name in entry.get("permissions") or ():
            allowed = [p for p in projects if p and call.site.may(user, str(name), p)]
            seen = [
                x for x in issues
                if x and call.site.may(user, str(name), call.site.projects[x.project])
            ]  # fmt: skip
            pairs.append(
                {
                    "permission": name,
                    "projects": [int(project.id) for project in allowed],
                    "issues": [int(issue.id) for issue in seen],
                }
            )
    return Answer({"globalPermissions": held, "projectPermissions": pairs})


def permitted(call: Call) -> Answer:
    """List the projects in which the caller has all of some permissions."""
    user = call.user
    wanted = [str(name) for name in call.listed("permissions")]
    if strange := [name for name in wanted if name not in PERMISSIONS]:
        raise JiraError(400, f"Unrecognized permission: {strange[0]}")
    found = [
        {"id": int(project.id), "key": project.key}
        for project in call.site.projects.values()
        if all(call.site.may(user, name, project) for name in wanted)
    ]
    return Answer({"projects": found})


def _notification(call: Call) -> dict[str, Any]:
    return {
        "expand": "notificationSchemeEvents,user,group,projectRole,field,all",
        "id": 10_000,
        "self": f"{call.view.root}/notificationscheme/10000",
        "name": "Default Notification Scheme",
        "description": "",
        "notificationSchemeEvents": [],
    }


def notification_schemes(call: Call) -> Answer:
    """List the notification schemes: there is one."""
    call.logged_in()
    return bean(call, "notificationscheme", [_notification(call)], lambda x: x)


def notification_of_project(call: Call) -> Answer:
    """Read a project's notification scheme."""
    call.site.project(call.path["project"], call.logged_in())
    return Answer(_notification(call))


def priority_of_project(call: Call) -> Answer:
    """Read a project's priority scheme: all have the same."""
    call.site.project(call.path["project"], call.logged_in())
    entries = list(call.site.priorities)
    return Answer(
        {
            "id": 10_000,
            "self": f"{call.view.root}/priorityschemes/10000",
            "name": "Default priority scheme",
            "description": "This is default priority scheme used by all projects without any "
            "other scheme assigned",
            "defaultScheme": True,
            "defaultOptionId": entries[len(entries) // 2],
            "optionIds": entries,
        }
    )


def workflow_of_project(call: Call) -> Answer:
    """Read a project's workflow scheme: each has its own."""
    project = call.site.project(call.path["project"], call.logged_in())
    return Answer(
        {
            "id": int(project.id),
            "self": f"{call.view.root}/workflowscheme/{project.id}",
            "name": f"{project.key}: Software Simplified Workflow Scheme",
            "description": "",
            "defaultWorkflow": f"Software Simplified Workflow for Project {project.key}",
            "issueTypeMappings": {},
        }
    )


def _type_schemes(call: Call) -> list[dict[str, Any]]:
    default = {"id": "10000", "name": "Default Issue Type Scheme", "isDefault": True}
    own = [
        {"id": project.id, "name": f"{project.key}: Issue Type Scheme", "isDefault": False}
        for project in call.site.projects.values()
    ]
    return [{**entry, "description": ""} for entry in (default, *own)]


def type_schemes(call: Call) -> Answer:
    """List the issue type schemes: each project has its own."""
    administrator(call)
    entries = _type_schemes(call)
    if call.site.cloud:
        return bean(call, "issuetypescheme", entries, lambda x: x)
    return Answer({"schemes": entries})


def type_scheme_projects(call: Call) -> Answer:
    """List the projects of an issue type scheme."""
    administrator(call)
    project = call.site.projects.get(call.path["id"])
    return Answer([call.view.project(project, full=True)] if project else [])


ROUTES = (
    Route("GET", "permissionscheme", permission_schemes),
    Route("POST", "permissionscheme", create_scheme),
    Route("GET", "permissionscheme/{id}", permission_scheme),
    Route("PUT", "permissionscheme/{id}", update_scheme),
    Route("DELETE", "permissionscheme/{id}", delete_scheme),
    Route("GET", "permissionscheme/{id}/permission", grants),
    Route("POST", "permissionscheme/{id}/permission", grant),
    Route("GET", "permissionscheme/{id}/permission/{grant}", read_grant),
    Route("DELETE", "permissionscheme/{id}/permission/{grant}", revoke),
    Route("GET", "project/{project}/permissionscheme", of_project),
    Route("PUT", "project/{project}/permissionscheme", choose),
    Route("GET", "permissions", all_permissions),
    Route("POST", "permissions/check", check, server=False),
    Route("POST", "permissions/project", permitted, server=False),
    Route("GET", "notificationscheme", notification_schemes),
    Route("GET", "project/{project}/notificationscheme", notification_of_project),
    Route("GET", "project/{project}/priorityscheme", priority_of_project, cloud=False),
    Route("GET", "project/{project}/workflowscheme", workflow_of_project, cloud=False),
    Route("GET", "issuetypescheme", type_schemes),
    Route("GET", "issuetypescheme/{id}/associations", type_scheme_projects, cloud=False),
)
