"""Roles, and who plays them in which project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.issue import Attachment
from hub_jira.sandbox.model import JiraError, Project
from hub_jira.sandbox.resources.rights import administrator, managed
from hub_jira.sandbox.schemes import Actor, Grant, Role

_TYPES: Final = {"user": "atlassian-user-role-actor", "group": "atlassian-group-role-actor"}


def _role(call: Call) -> Role:
    identifier = call.path["id"]
    role = call.site.schemes.roles.get(int(identifier)) if identifier.isdecimal() else None
    if role is None:
        raise JiraError(404, f"Can not retrieve a role with ID {identifier}.")
    return role


def _shown_actor(call: Call, actor: Actor) -> dict[str, Any]:
    result: dict[str, Any] = {"id": actor.id, "type": _TYPES[actor.kind]}
    if actor.kind == "group":
        group = call.site.schemes.groups.get(actor.name)
        names = {"name": actor.name, "displayName": actor.name}
        inner = {**names, "groupId": group.id} if group and call.site.cloud else names
        return {**result, **names, "actorGroup": inner}
    user = call.site.users[actor.name]
    result["displayName"] = user.display_name
    if call.site.cloud:
        return {**result, "actorUser": {"accountId": user.account_id}}
    return {**result, "name": user.name}


def _shown(call: Call, role: Role, actors: list[Actor], path: str) -> dict[str, Any]:
    return {
        "self": f"{call.view.root}/{path}",
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "actors": [_shown_actor(call, actor) for actor in actors],
    }


def _of_project(call: Call, project: Project, role: Role) -> dict[str, Any]:
    actors = call.site.schemes.actors.get((project.id, role.id), [])
    return _shown(call, role, actors, f"project/{project.id}/role/{role.id}")


def listing(call: Call) -> Answer:
    """List all roles with their default actors."""
    administrator(call)
    roles = call.site.schemes.roles.values()
    return Answer([_shown(call, role, role.default, f"role/{role.id}") for role in roles])


def read(call: Call) -> Answer:
    """Read a role."""
    administrator(call)
    role = _role(call)
    return Answer(_shown(call, role, role.default, f"role/{role.id}"))


def create(call: Call) -> Answer:
    """Create a role."""
    administrator(call)
    name = str(call.data.get("name") or "").strip()
    if not name:
        raise JiraError(400, "Role name must not be empty.")
    if any(role.name.lower() == name.lower() for role in call.site.schemes.roles.values()):
        raise JiraError(409, f"A role with the name '{name}' already exists.")
    description = str(call.data.get("description") or "")
    role = Role(id=int(call.site.new_id()), name=name, description=description)
    call.site.schemes.roles[role.id] = role
    return Answer(_shown(call, role, role.default, f"role/{role.id}"))


def update(call: Call) -> Answer:
    """Change a role's name and description."""
    administrator(call)
    role = _role(call)
    role.name = str(call.data.get("name") or role.name)
    role.description = str(call.data.get("description") or role.description)
    return Answer(_shown(call, role, role.default, f"role/{role.id}"))


def _uses(call: Call, role: Role) -> tuple[list[dict[str, str]], list[Grant]]:
    """Give what names a role: restrictions of comments and worklogs, and granted permissions."""
    names = {role.name, str(role.id)}
    limits = (
        part.visibility
        for issue in call.site.issues.values()
        for part in issue.parts()
        if not isinstance(part, Attachment) and part.visibility
    )
    grants = (x for scheme in call.site.schemes.permissions.values() for x in scheme.grants)
    return (
        [x for x in limits if x["type"] == "role" and names & {x["value"], x["identifier"]}],
        [x for x in grants if (x.holder, x.parameter) == ("projectRole", str(role.id))],
    )


def delete(call: Call) -> Answer:
    """Delete a role; one that is in use only if another takes its place (`swap`)."""
    administrator(call)
    role = _role(call)
    schemes = call.site.schemes
    limits, grants = _uses(call, role)
    heir = schemes.roles.get(call.number("swap", 0, 10**9))
    if heir is None and (limits or grants):
        raise JiraError(409, f"The role '{role.name}' is in use; name another to take its place.")
    if heir is not None:
        for limit in limits:
            limit.update(value=heir.name, identifier=str(heir.id))
        for grant in grants:
            grant.parameter = str(heir.id)
    schemes.actors = {key: who for key, who in schemes.actors.items() if key[1] != role.id}
    del schemes.roles[role.id]
    return Answer(status=204)


def default_actors(call: Call) -> Answer:
    """List who plays a role in projects that are made from now on."""
    administrator(call)
    role = _role(call)
    return Answer(_shown(call, role, role.default, f"role/{role.id}"))


def add_default(call: Call) -> Answer:
    """Let more people play a role in projects to come."""
    administrator(call)
    role = _role(call)
    there = {(actor.kind, actor.name) for actor in role.default}
    role.default += [x for x in _named(call, call.data) if (x.kind, x.name) not in there]
    return default_actors(call)


def remove_default(call: Call) -> Answer:
    """Let someone play a role in projects to come no more."""
    administrator(call)
    role = _role(call)
    gone = {(actor.kind, actor.name) for actor in _named(call, _in_query(call))}
    role.default = [x for x in role.default if (x.kind, x.name) not in gone]
    return default_actors(call)


def of_project(call: Call) -> Answer:
    """List a project's roles: their names and where they are."""
    project = call.site.project(call.path["project"], call.logged_in())
    root = f"{call.view.root}/project/{project.id}/role"
    roles = call.site.schemes.roles.values()
    return Answer({role.name: f"{root}/{role.id}" for role in roles})


def details(call: Call) -> Answer:
    """List a project's roles with their descriptions."""
    project = call.site.project(call.path["project"], call.logged_in())
    root = f"{call.view.root}/project/{project.id}/role"
    return Answer(
        [
            {
                "self": f"{root}/{role.id}",
                "id": role.id,
                "name": role.name,
                "description": role.description,
            }
            for role in call.site.schemes.roles.values()
        ]
    )


def in_project(call: Call) -> Answer:
    """Read who plays a role in a project."""
    project = call.site.project(call.path["project"], call.logged_in())
    return Answer(_of_project(call, project, _role(call)))


def _actor(call: Call, kind: Literal["user", "group"], text: str) -> Actor:
    site = call.site
    if kind == "group":
        entries = site.schemes.groups.values()
        name = next((x.name for x in entries if text in {x.name, x.id}), None)
    else:
        users = site.users.values()
        same = [x for x in users if x.account_id == text or (not site.cloud and x.name == text)]
        name = same[0].account_id if same else None
    if name is None:
        raise JiraError(404, f"We can't find '{text}' in any accessible user directory.")
    return Actor(id=int(site.new_id()), kind=kind, name=name)


def _named(call: Call, source: Mapping[str, Any]) -> list[Actor]:
    users = [_actor(call, "user", str(text)) for text in source.get("user") or ()]
    groups = [*(source.get("group") or ()), *(source.get("groupId") or ())]
    return [*users, *(_actor(call, "group", str(text)) for text in groups)]


def add(call: Call) -> Answer:
    """Let more people play a role in a project."""
    project = managed(call, call.path["project"])
    role = _role(call)
    actors = call.site.schemes.actors.setdefault((project.id, role.id), [])
    there = {(actor.kind, actor.name) for actor in actors}
    actors += [x for x in _named(call, call.data) if (x.kind, x.name) not in there]
    return Answer(_of_project(call, project, role))


def replace(call: Call) -> Answer:
    """Say anew who plays a role in a project."""
    project = managed(call, call.path["project"])
    role = _role(call)
    sent = call.data.get("categorisedActors") or {}
    named = {
        "user": _texts(sent.get(_TYPES["user"])),
        "group": [
            *_texts(sent.get(_TYPES["group"])),
            *_texts(sent.get("atlassian-group-role-actor-id")),
        ],
    }
    call.site.schemes.actors[project.id, role.id] = _named(call, named)
    return Answer(_of_project(call, project, role))


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(entry) for entry in value or ()]


def _in_query(call: Call) -> dict[str, list[str]]:
    query = call.query
    return {
        "user": [query["user"]] if "user" in query else [],
        "group": [query[name] for name in ("group", "groupId") if name in query],
    }


def remove(call: Call) -> Answer:
    """Let someone play a role no more."""
    project = managed(call, call.path["project"])
    role = _role(call)
    gone = {(actor.kind, actor.name) for actor in _named(call, _in_query(call))}
    actors = call.site.schemes.actors.get((project.id, role.id), [])
    left = [actor for actor in actors if (actor.kind, actor.name) not in gone]
    if len(left) == len(actors):
        raise JiraError(404, "The actor does not play this role.")
    call.site.schemes.actors[project.id, role.id] = left
    return Answer(status=204)


ROUTES = (
    Route("GET", "role/{id}/actors", default_actors),
    Route("POST", "role/{id}/actors", add_default),
    Route("DELETE", "role/{id}/actors", remove_default),
    Route("GET", "role", listing),
    Route("POST", "role", create),
    Route("GET", "role/{id}", read),
    Route("POST", "role/{id}", update),
    Route("PUT", "role/{id}", update),
    Route("DELETE", "role/{id}", delete),
    Route("GET", "project/{project}/role", of_project),
    Route("GET", "project/{project}/roledetails", details, server=False),
    Route("GET", "project/{project}/role/{id}", in_project),
    Route("POST", "project/{project}/role/{id}", add),
    Route("PUT", "project/{project}/role/{id}", replace),
    Route("DELETE", "project/{project}/role/{id}", remove),
)
