"""Groups and who belongs to them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import JiraError, User
from hub_jira.sandbox.resources.paging import bean
from hub_jira.sandbox.resources.rights import administrator
from hub_jira.sandbox.schemes import Group

_SPAN = re.compile(r"users(?:\[(\d+):(\d+)\])?")
_LARGEST = 50


def _group(call: Call, name: str | None = None) -> Group:
    wanted = call.query.get("groupname") or call.query.get("groupId") or name or ""
    for group in call.site.schemes.groups.values():
        if wanted in {group.name, group.id}:
            return group
    raise JiraError(404, f"The group named '{wanted}' does not exist.")


def members(call: Call, group: Group, *, inactive: bool = True) -> list[User]:
    """Give the users of a group."""
    users = call.site.users.values()
    return [x for x in users if group.name in x.groups and (inactive or x.active)]


def _name(call: Call, group: Group) -> dict[str, Any]:
    link = f"{call.view.root}/group?groupname={quote(group.name)}"
    result = {"name": group.name, "self": link}
    return {**result, "groupId": group.id} if call.site.cloud else result


def _shown(call: Call, group: Group) -> dict[str, Any]:
    everyone = members(call, group)
    start, end = 0, -1
    for wish in call.query.get("expand", "").split(","):
        if match := _SPAN.fullmatch(wish.strip()):
            start = int(match[1] or 0)
            end = min(int(match[2] or _LARGEST - 1), start + _LARGEST - 1)
    cut = everyone[start : end + 1]
    users = {
        "size": len(everyone),
        "items": [call.view.user(user.account_id) for user in cut],
        "max-results": _LARGEST,
        "start-index": start,
        "end-index": start + len(cut) - 1 if cut else 0,
    }
    return {**_name(call, group), "users": users, "expand": "users"}


def read(call: Call) -> Answer:
    """Read a group; its members with `expand=users[0:49]`."""
    administrator(call)
    return Answer(_shown(call, _group(call)))


def create(call: Call) -> Answer:
    """Create a group."""
    administrator(call)
    name = str(call.data.get("name") or "").strip()
    if not name:
        raise JiraError(400, "Group name must not be empty.")
    if any(name.lower() == group.name.lower() for group in call.site.schemes.groups.values()):
        raise JiraError(400, "Group with that name already exists.")
    identifier = str(uuid5(NAMESPACE_URL, f"sandbox/group/{call.site.new_id()}"))
    group = call.site.schemes.groups[name] = Group(id=identifier, name=name)
    return Answer(_shown(call, group), 201)


def delete(call: Call) -> Answer:
    """Delete a group; `swapGroup` takes over what was restricted to it."""
    administrator(call)
    group = _group(call)
    for user in members(call, group):
        user.groups = tuple(name for name in user.groups if name != group.name)
    for issue in call.site.issues.values():
        for comment in issue.comments:
            limit = comment.visibility or {}
            heir = call.query.get("swapGroup")
            if limit.get("type") == "group" and limit.get("value") == group.name and heir:
                limit["value"] = heir
    del call.site.schemes.groups[group.name]
    return Answer(status=200)


def listed(call: Call) -> Answer:
    """List a group's members in pages."""
    administrator(call)
    group = _group(call)
    inactive = call.flag("includeInactiveUsers")
    users = members(call, group, inactive=inactive)
    return bean(call, "group/member", users, lambda x: call.view.user(x.account_id))


def _named_user(call: Call, source: Any) -> User:
    wanted = source.get("accountId") or source.get("name") or source.get("username") or ""
    users = call.site.users
    by_name = next((x for x in users.values() if x.name == wanted and not call.site.cloud), None)
    user = users.get(wanted) or by_name
    if user is None:
        raise JiraError(404, f"The user named '{wanted}' does not exist.")
    return user


def add(call: Call) -> Answer:
    """Add a user to a group."""
    administrator(call)
    group, user = _group(call), _named_user(call, call.data)
    if group.name in user.groups:
        raise JiraError(400, f"Cannot add user. '{user.name}' is already a member of "
                        f"'{group.name}'.")  # fmt: skip
    user.groups = (*user.groups, group.name)
    return Answer(_shown(call, group), 201)


def remove(call: Call) -> Answer:
    """Take a user out of a group."""
    administrator(call)
    group, user = _group(call), _named_user(call, call.query)
    if group.name not in user.groups:
        raise JiraError(400, f"Cannot remove user '{user.name}' from group '{group.name}'")
    user.groups = tuple(name for name in user.groups if name != group.name)
    return Answer(status=200)


def picker(call: Call) -> Answer:
    """Find groups by part of their name."""
    call.logged_in()
    return Answer(found(call))


def found(call: Call) -> dict[str, Any]:
    """Give the groups that a query finds, as pickers show them."""
    wanted = call.query.get("query", "").lower()
    groups = sorted(call.site.schemes.groups.values(), key=lambda x: x.name)
    fitting = [
        x
        for x in groups
        if wanted in x.name.lower()
        and x.name not in call.names("exclude")
        and x.id not in call.names("excludeId")
    ]
    cut = fitting[: call.number("maxResults", 20, 1000)]
    entries = []
    for group in cut:
        html = group.name
        if wanted:
            html = re.sub(f"({re.escape(wanted)})", r"<b>\1</b>", html, flags=re.IGNORECASE)
        entry = {"name": group.name, "html": html, "labels": []}
        entries.append({**entry, "groupId": group.id} if call.site.cloud else entry)
    header = f"Showing {len(cut)} of {len(fitting)} matching groups"
    return {"header": header, "total": len(fitting), "groups": entries}


def bulk(call: Call) -> Answer:
    """List groups in pages, by id or name if any are named."""
    administrator(call)
    ids, names = set(call.names("groupId")), set(call.names("groupName"))
    entries = call.site.schemes.groups.values()
    chosen = [x for x in entries if not (ids or names) or x.id in ids or x.name in names]
    return bean(call, "group/bulk", chosen, lambda x: {"name": x.name, "groupId": x.id})


def of_user(call: Call) -> Answer:
    """List the groups of a user."""
    call.logged_in()
    user = _named_user(call, call.query)
    groups = [call.site.schemes.groups[name] for name in user.groups]
    return Answer([_name(call, group) for group in groups])


ROUTES = (
    Route("GET", "group", read),
    Route("POST", "group", create),
    Route("DELETE", "group", delete),
    Route("GET", "group/member", listed),
    Route("POST", "group/user", add),
    Route("DELETE", "group/user", remove),
    Route("GET", "group/bulk", bulk, server=False),
    Route("GET", "groups/picker", picker),
    Route("GET", "user/groups", of_user, server=False),
)
