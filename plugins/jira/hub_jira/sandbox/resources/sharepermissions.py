"""Share permissions of filters and dashboards, as they are sent and shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub_jira.sandbox.call import Call
from hub_jira.sandbox.model import JiraError

_KINDS = frozenset({"global", "authenticated", "loggedin", "group", "project", "user"})


def read_shares(call: Call, entries: Sequence[Any]) -> list[dict[str, Any]]:
    """Read share permissions; each gets an id."""
    return [_read(call, entry) for entry in entries]


def _read(call: Call, entry: Any) -> dict[str, Any]:
    kind = entry.get("type") if isinstance(entry, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise JiraError(400, f"Share permission type '{kind}' is not valid.")
    share: dict[str, Any] = {"id": int(call.site.new_id()), "type": kind}
    if kind == "authenticated":
        share["type"] = "loggedin"
    if kind == "group":
        named = entry.get("groupname") or entry.get("groupId") or _within(entry, "group", "name")
        groups = call.site.schemes.groups.values()
        found = next((x for x in groups if str(named) in {x.name, x.id}), None)
        if found is None:
            raise JiraError(400, f"The group '{named}' does not exist.")
        share["groupname"] = found.name
    if kind == "project":
        within = _within(entry, "project", "id") or _within(entry, "project", "key")
        wanted = entry.get("projectId") or within or ""
        share["projectId"] = call.site.project(str(wanted), call.user).id
    if kind == "user":
        account = str(entry.get("accountId") or _within(entry, "user", "accountId"))
        if account not in call.site.users:
            raise JiraError(400, "The user does not exist.")
        share["accountId"] = account
    return share


def _within(entry: dict[str, Any], outer: str, name: str) -> Any:
    inner = entry.get(outer)
    return inner.get(name) if isinstance(inner, dict) else None


def shown_share(call: Call, share: dict[str, Any]) -> dict[str, Any]:
    """Show a share permission."""
    result = {"id": share["id"], "type": share["type"]}
    if share["type"] == "group":
        group = call.site.schemes.groups[share["groupname"]]
        link = f"{call.view.root}/group?groupname={group.name}"
        result["group"] = {"name": group.name, "groupId": group.id, "self": link}
    if share["type"] == "project":
        result["project"] = call.view.project(call.site.projects[share["projectId"]])
    if share["type"] == "user":
        result["user"] = call.view.somebody(share["accountId"])
    return result
