"""Data categories of articles: this organisation has no groups of them."""

from __future__ import annotations

from hub_crm.sandbox.site import Site
from hub_crm.sandbox.wire import Answer, ApiError, Call


def groups(_site: Site, call: Call) -> Answer:
    """Give the groups that are active for an object of articles."""
    name = call.query.get("sObjectName", "")
    if name not in {"KnowledgeArticleVersion", "Question"}:
        message = f"sObjectName must be KnowledgeArticleVersion or Question, not {name!r}"
        raise ApiError(400, "INVALID_PARAMETER", message)
    return Answer(200, {"categoryGroups": []})


def tree(_site: Site, call: Call) -> Answer:
    """Refuse: there is no group of this name."""
    raise ApiError(404, "NOT_FOUND", f"No data category group named {call.segments['group']}")
