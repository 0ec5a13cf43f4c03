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
    if kind not in _KINDS:
        raise JiraError(400, f"Share permission type '{kind}' is not valid.")
    share: dict[str, Any] = {"id": int(call.site.new_id()), "type": kind}
    if kind == "authenticated":
        share["type"] = "loggedin"
    if kind == "group":
        inner = entry.get("group") or {}
        named = entry.get("groupname") or entry.get("groupId") or inner.get("name")
        groups = call.site.schemes.groups.values()
        found = next((x for x in groups if named in {x.name, x.id}), None)
        if found is None:
            raise JiraError(400, f"The group '{named}' does not exist.")
        share["groupname"] = found.name
    if kind == "project":
        inner = entry.get("project") or {}
        wanted = str(entry.get("projectId") or inner.get("id") or inner.get("key") or "")
        share["projectId"] = call.site.project(wanted, call.user).id
    if kind == "user":
        share["accountId"] = str(entry.get("accountId") or (entry.get("user") or {})["accountId"])
    return share


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
