"""Security levels: who sees an issue that has one."""

from __future__ import annotations

from typing import Any

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import JiraError, Project
from hub_jira.sandbox.resources.rights import administrator, managed
from hub_jira.sandbox.schemes import Level, SecurityScheme


def _shown_level(call: Call, level: Level) -> dict[str, Any]:
    scheme = call.site.schemes.security[level.scheme]
    result: dict[str, Any] = {
        "self": f"{call.view.root}/securitylevel/{level.id}",
        "id": level.id,
        "name": level.name,
        "description": level.description,
    }
    if call.site.cloud:
        result |= {"isDefault": scheme.default == level.id, "issueSecuritySchemeId": str(scheme.id)}
    return result


def _shown_security(call: Call, scheme: SecurityScheme, *, deep: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "self": f"{call.view.root}/issuesecurityschemes/{scheme.id}",
        "id": scheme.id,
        "name": scheme.name,
        "description": scheme.description,
    }
    if scheme.default:
        result["defaultSecurityLevelId"] = int(scheme.default)
    if deep:
        levels = call.site.schemes.levels.values()
        result["levels"] = [_shown_level(call, x) for x in levels if x.scheme == scheme.id]
    return result


def security_schemes(call: Call) -> Answer:
    """List the security schemes."""
    administrator(call)
    schemes = call.site.schemes.security.values()
    shown = [_shown_security(call, scheme, deep=False) for scheme in schemes]
    return Answer({"issueSecuritySchemes": shown})


def security_scheme(call: Call) -> Answer:
    """Read a security scheme with its levels."""
    administrator(call)
    identifier = call.path["id"]
    number = int(identifier) if identifier.isdecimal() else -1
    scheme = call.site.schemes.security.get(number)
    if scheme is None:
        raise JiraError(404, f"No issue security scheme found with ID {identifier}.")
    return Answer(_shown_security(call, scheme, deep=True))


def security_level(call: Call) -> Answer:
    """Read a security level."""
    call.logged_in()
    level = call.site.schemes.levels.get(call.path["id"])
    if level is None:
        raise JiraError(404, f"The security level with id '{call.path['id']}' does not exist.")
    return Answer(_shown_level(call, level))


def _security_of(call: Call) -> tuple[Project, SecurityScheme | None]:
    project = call.site.project(call.path["project"], call.logged_in())
    chosen = call.site.schemes.chosen.get((project.id, "security"))
    return project, call.site.schemes.security[int(chosen)] if chosen else None


def security_of_project(call: Call) -> Answer:
    """Read a project's security scheme; most have none."""
    managed(call, call.path["project"])
    project, scheme = _security_of(call)
    if scheme is None:
        raise JiraError(404, f"The project {project.key} has no issue security scheme.")
    return Answer(_shown_security(call, scheme, deep=True))


def levels_of_project(call: Call) -> Answer:
    """List the security levels that the caller may set in a project."""
    project, scheme = _security_of(call)
    del project
    levels = [
        _shown_level(call, level)
        for level in call.site.schemes.levels.values()
        if scheme and level.scheme == scheme.id and call.site.sees_level(call.user, level.id)
    ]
    return Answer({"levels": levels})


ROUTES = (
    Route("GET", "issuesecurityschemes", security_schemes),
    Route("GET", "issuesecurityschemes/{id}", security_scheme),
    Route("GET", "securitylevel/{id}", security_level),
    Route("GET", "project/{project}/issuesecuritylevelscheme", security_of_project),
    Route("GET", "project/{project}/securitylevel", levels_of_project),
)
