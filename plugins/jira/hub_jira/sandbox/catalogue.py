"""What Jira calls its fields, and of which types they are."""

from __future__ import annotations

from typing import Any, Final

from hub_jira.sandbox.model import CustomField

_SCHEMAS: Final = {
    "description": ("string", ""),
    "status": ("status", ""),
    "resolution": ("resolution", ""),
    "priority": ("priority", ""),
    "issuetype": ("issuetype", ""),
    "project": ("project", ""),
    "assignee": ("user", ""),
    "reporter": ("user", ""),
    "creator": ("user", ""),
    "labels": ("array", "string"),
    "created": ("datetime", ""),
    "updated": ("datetime", ""),
    "resolutiondate": ("datetime", ""),
    "duedate": ("date", ""),
    "comment": ("comments-page", ""),
    "subtasks": ("array", "issuelinks"),
    "components": ("array", "component"),
    "versions": ("array", "version"),
    "fixVersions": ("array", "version"),
    "security": ("securitylevel", ""),
    "issuelinks": ("array", "issuelinks"),
    "attachment": ("array", "attachment"),
    "votes": ("votes", ""),
    "watches": ("watches", ""),
    "worklog": ("array", "worklog"),
    "timetracking": ("timetracking", ""),
    "timeoriginalestimate": ("number", ""),
    "timeestimate": ("number", ""),
    "timespent": ("number", ""),
    "aggregatetimespent": ("number", ""),
    "aggregatetimeestimate": ("number", ""),
    "aggregatetimeoriginalestimate": ("number", ""),
    "progress": ("progress", ""),
    "aggregateprogress": ("progress", ""),
    "workratio": ("number", ""),
}
_NAMES: Final = {
    "issuetype": "Issue Type",
    "duedate": "Due date",
    "resolutiondate": "Resolved",
    "statuscategorychangedate": "Status Category Changed",
    "fixVersions": "Fix versions",
    "versions": "Affects versions",
    "security": "Security Level",
    "issuelinks": "Linked Issues",
    "subtasks": "Sub-tasks",
    "votes": "Votes",
    "watches": "Watchers",
    "worklog": "Log Work",
    "timetracking": "Time tracking",
    "timeoriginalestimate": "Original estimate",
    "timeestimate": "Remaining Estimate",
    "timespent": "Time Spent",
    "aggregatetimespent": "Σ Time Spent",
    "aggregatetimeestimate": "Σ Remaining Estimate",
    "aggregatetimeoriginalestimate": "Σ Original Estimate",
    "aggregateprogress": "Σ Progress",
    "workratio": "Work Ratio",
}


def field_name(name: str, custom: CustomField | None = None) -> str:
    """Give a field's name as people see it."""
    return custom.name if custom else _NAMES.get(name, name.capitalize())


def schema(name: str, custom: CustomField | None = None) -> dict[str, Any]:
    """Give a field's type as Jira's JSON."""
    if custom is None:
        kind, items = _SCHEMAS.get(name, ("string", ""))
        parts: dict[str, Any] = {"type": kind, "items": items, "system": name}
    else:
        number = int(custom.id.removeprefix("customfield_"))
        names = {"items": custom.items, "custom": custom.custom, "customId": number}
        parts = {"type": custom.type, **names}
    return {key: value for key, value in parts.items() if value}
