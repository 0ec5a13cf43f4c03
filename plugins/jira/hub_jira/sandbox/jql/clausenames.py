"""By which names JQL knows a field of the REST API."""

from __future__ import annotations

from typing import Final

from hub_jira.sandbox.model import CustomField

_NAMES: Final = {
    "fixVersions": ["fixVersion"],
    "versions": ["affectedVersion"],
    "components": ["component"],
    "issuetype": ["issuetype", "type"],
    "duedate": ["due", "duedate"],
    "created": ["created", "createdDate"],
    "updated": ["updated", "updatedDate"],
    "resolutiondate": ["resolutiondate", "resolved"],
    "statuscategorychangedate": ["statusCategoryChangedDate"],
    "issuekey": ["id", "issue", "issuekey", "key"],
    "security": ["level"],
    "comment": ["comment"],
}


def clause_names(name: str, custom: CustomField | None = None) -> list[str]:
    """Give the names of a field; for a custom one its number, and its name."""
    if custom is None:
        return _NAMES.get(name, [name])
    return [f"cf[{custom.id.removeprefix('customfield_')}]", custom.name]
