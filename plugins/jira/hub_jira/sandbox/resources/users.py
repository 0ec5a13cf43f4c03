"""Users: who am I, who is there, who may do what."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import PERMISSIONS, JiraError, Project, User
from hub_jira.sandbox.resources import groups
from hub_jira.sandbox.resources.held import held_routes
from hub_jira.sandbox.resources.paging import FARTHEST, bean

_ANYONE = frozenset({".", "%", "*", ""})
_ROLE = {"key": "jira-software", "name": "Jira Software", "groups": ["jira-software-users"]}


def myself(call: Call) -> Answer:
    """Tell the caller who they are."""
    return Answer(full(call, call.logged_in()))


def full(call: Call, user: User) -> dict[str, Any]:
    """Show a user with groups and applications as far as `expand` asks for them."""
    expand = call.names("expand")
    inside: list[dict[str, Any]] = []
    if "groups" in expand:
        root = f"{call.view.root}/group?groupname="
        for name in user.groups:
            group = {"name": name, "self": root + name}
            identifier = call.site.schemes.groups[name].id
            inside.append({**group, "groupId": identifier} if call.site.cloud else group)
    return {
        **(call.view.user(user.account_id) or {}),
        "locale": user.locale,
        "groups": {"size": len(user.groups), "items": inside},
        "applicationRoles": {
            "size": 1,
            "items": [_ROLE] if "applicationRoles" in expand else [],
        },
        "expand": "groups,applicationRoles",
    }


def read(call: Call) -> Answer:
    """Read one user: by accountId on Cloud, by user name or key on Server."""
    call.logged_in()
    return Answer(full(call, named(call)))


def named(call: Call) -> User:
    """Give the user that the query names; refused if there is none."""
    query = call.query
    if call.site.cloud:
        wanted = query.get("accountId", "")
        user = call.site.users.get(wanted)
    else:
        name, key = query.get("username"), query.get("key")
        wanted = name or key or ""
        users = call.site.users.values()
        user = next((u for u in users if name == u.name or key == f"JIRAUSER{u.account_id}"), None)
    if user is None:
        message = f"The user named '{wanted}' does not exist"
        if call.site.cloud:
            message = "Specified user does not exist or you do not have required permissions"
        raise JiraError(404, message)
    return user


def matching(call: Call, wanted: str) -> list[User]:
    """Give the active users whose name or address begins so; a hidden address is not searched."""
    low = wanted.lower()
    active = call.flag("includeActive", default=True)
    inactive = call.flag("includeInactive")
    return [
        user
        for user in call.site.users.values()
        if ((user.active and active) or (not user.active and inactive)) and _matches(user, low)
    ]


def _matches(user: User, low: str) -> bool:
    if low in _ANYONE or low == user.account_id.lower():
        return True
    texts = [user.display_name, user.name] + ([] if user.email_hidden else [user.email])
    return any(low in text.lower() for text in texts)


def _wanted(call: Call) -> str:
    return call.query.get("query" if call.site.cloud else "username", "")


def _listed(call: Call, users: Iterable[User]) -> Answer:
    start, size = call.number("startAt", 0, FARTHEST), call.number("maxResults", 50, 1000)
    cut = list(users)[start : start + size]
    return Answer([call.view.user(user.account_id) for user in cut])


def search(call: Call) -> Answer:
    """Find users by part of name or address."""
    call.logged_in()
    wanted, account = _wanted(call), call.query.get("accountId")
    if account:
        user = call.site.users.get(account)
        return _listed(call, [user] if user else [])
    if not wanted and not call.query.get("property"):
        if call.site.cloud:
            raise JiraError(400, "Either 'query' or 'accountId' must be provided.")
        raise JiraError(400, "The username query parameter was not provided")
    return _listed(call, matching(call, wanted))


def everyone(call: Call) -> Answer:
    """List all users, inactive ones too."""
    call.logged_in()
    return _listed(call, call.site.users.values())


def bulk(call: Call) -> Answer:
    """Give the users with some account ids, in pages."""
    call.logged_in()
    ids = call.query.getlist("accountId")
    if not ids:
        raise JiraError(400, "The 'accountId' query parameter is required.")
    users = [call.site.users[account] for account in ids if account in call.site.users]
    return bean(call, "user/bulk", users, lambda x: call.view.user(x.account_id), size=10, most=200)


def picker(call: Call) -> Answer:
    """Find users as a field of a form does."""
    call.logged_in()
    return Answer(_picked(call))


def _picked(call: Call) -> dict[str, Any]:
    wanted = call.query.get("query", "")
    left_out = set(call.names("exclude")) | set(call.names("excludeAccountIds"))
    fitting = [
        user for user in matching(call, wanted) if not left_out & {user.name, user.account_id}
    ]
    cut = fitting[: call.number("maxResults", 50, 1000)]
    header = f"Showing {len(cut)} of {len(fitting)} matching users"
    return {
        "users": [_pick(call, user, wanted) for user in cut],
        "total": len(fitting),
        "header": header,
    }


def _pick(call: Call, user: User, wanted: str) -> dict[str, Any]:
    html = user.display_name
    if wanted:
        html = re.sub(f"({re.escape(wanted)})", r"<strong>\1</strong>", html, flags=re.IGNORECASE)
    if call.site.cloud:
        names = {"accountId": user.account_id, "accountType": user.account_type}
    else:
        names = {"name": user.name, "key": f"JIRAUSER{user.account_id}"}
    return {**names, "html": html, "displayName": user.display_name}


def groups_and_users(call: Call) -> Answer:
    """Find users and groups at once."""
    call.logged_in()
    return Answer({"users": _picked(call), "groups": groups.found(call)})


def _project(call: Call) -> Project:
    if issue := call.query.get("issueKey") or call.query.get("issueId"):
        return call.site.projects[call.site.issue(issue, call.user).project]
    identifier = call.query.get("project") or call.query.get("projectKey") or ""
    if not identifier:
        raise JiraError(400, "Either 'issueKey' or 'project' must be provided.")
    return call.site.project(identifier, call.user)


def _who_may(call: Call, projects: Iterable[Project], rights: Iterable[str]) -> list[User]:
    wanted, account = _wanted(call), call.query.get("accountId")
    pairs = [(project, right) for project in projects for right in rights]
    return [
        user
        for user in matching(call, wanted)
        if user.account_type == "atlassian"
        and account in {None, user.account_id}
        and all(call.site.may(user, right, project) for project, right in pairs)
    ]


def assignable(call: Call) -> Answer:
    """Find users to whom issues of a project may be assigned."""
    call.logged_in()
    return _listed(call, _who_may(call, [_project(call)], ["ASSIGNABLE_USER"]))


def assignable_in_all(call: Call) -> Answer:
    """Find users to whom issues of several projects may be assigned."""
    call.logged_in()
    keys = call.names("projectKeys")
    if not keys:
        raise JiraError(400, "The 'projectKeys' query parameter is required.")
    projects = [call.site.project(key, call.user) for key in keys]
    return _listed(call, _who_may(call, projects, ["ASSIGNABLE_USER"]))


def viewers(call: Call) -> Answer:
    """Find users who can see an issue or a project's issues; Cloud wants some of their name."""
    call.logged_in()
    if call.site.cloud and not {"query", "accountId", "username"} & set(call.query):
        raise JiraError(400, "The username query parameter was not provided")
    return _listed(call, _who_may(call, [_project(call)], ["BROWSE_PROJECTS"]))


def permitted(call: Call) -> Answer:
    """Find users who have some permissions in a project."""
    call.logged_in()
    rights = call.names("permissions")
    strange = [name for name in rights if name not in PERMISSIONS]
    if strange or not rights:
        raise JiraError(400, f"Unrecognized permission: {', '.join(strange)}")
    return _listed(call, _who_may(call, [_project(call)], rights))


def hidden_address(call: Call) -> Answer:
    """Refuse to tell addresses: only apps with a licence for that may ask."""
    call.logged_in()
    raise JiraError(400, "This resource is only available to apps that have been approved.")


def _properties(call: Call) -> dict[str, Any]:
    caller, user = call.logged_in(), named(call)
    if caller is not user and not caller.admin:
        raise JiraError(403, "You do not have permission to view the properties of this user.")
    return call.site.settings.user_properties.setdefault(user.account_id, {})


def _properties_link(call: Call) -> str:
    return f"{call.view.root}/user/properties"


ROUTES = (
    Route("GET", "myself", myself),
    Route("GET", "user", read),
    Route("GET", "user/search", search),
    Route("GET", "users", everyone, server=False),
    Route("GET", "users/search", everyone, server=False),
    Route("GET", "user/bulk", bulk, server=False),
    Route("GET", "user/picker", picker),
    Route("GET", "groupuserpicker", groups_and_users),
    Route("GET", "user/assignable/search", assignable),
    Route("GET", "user/assignable/multiProjectSearch", assignable_in_all),
    Route("GET", "user/viewissue/search", viewers),
    Route("GET", "user/permission/search", permitted),
    Route("GET", "user/email", hidden_address, server=False),
    *held_routes("user/properties", _properties_link, _properties, _properties),
)
