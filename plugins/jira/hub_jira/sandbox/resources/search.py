"""Search: Cloud's `/search/jql` by token, Server's `/search` by offset."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.jql import Asker, JqlError, Search, compile_query
from hub_jira.sandbox.model import INVALID_PAYLOAD, JiraError
from hub_jira.sandbox.resources.paging import FARTHEST

_LISTS: Final = ("fields", "expand", "properties", "reconcileIssues")
_TOKEN_LIFE: Final = 7 * 86_400
_REMOVED: Final = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at "
    "https://developer.atlassian.com/changelog/#CHANGE-2046"
)


def _compiled(call: Call, jql: str) -> Search:
    try:
        return compile_query(jql, call.site, Asker(call.user, call.site.now()))
    except JqlError as error:
        raise JiraError(400, *error.messages) from None


def _found(call: Call, search: Search, reconciled: Collection[str] = ()) -> list[Issue]:
    """Find issues as the index knows them; those to be reconciled, as they are."""
    site, user = call.site, call.user
    indexed = site.index.visible(site.now(), call.stale)
    fresh = [site.issues[key] for key in reconciled if key in site.issues]
    visible = [*(issue for issue in indexed if issue.id not in reconciled), *fresh]
    allowed = {
        project.id
        for project in site.projects.values()
        if not project.archived and site.may(user, "BROWSE_PROJECTS", project)
    }
    seen = (x for x in visible if x.project in allowed and site.sees_level(user, x.security))
    if lost := call.missing:
        seen = (x for x in seen if x.id in reconciled or lost.keeps(x.id))
    return search.sort([issue for issue in seen if search.matches(issue)])


def _sent(call: Call) -> Mapping[str, Any]:
    """Give what was asked: by the body, or by the query, whose lists may be given in parts."""
    if call.body is not None:
        return call.data
    return {**call.query, **{name: call.names(name) for name in _LISTS if name in call.query}}


def _list(value: Any) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if value is not None and not isinstance(value, list):
        raise JiraError(400, INVALID_PAYLOAD)
    return [str(part) for part in value or []]


def _limit(value: Any, default: int, most: int) -> int:
    try:
        number = default if value is None or value == "" else int(value)
    except (TypeError, ValueError):
        raise JiraError(400, f"'{value}' is not a valid value for 'maxResults'.") from None
    if number < 0:
        raise JiraError(400, "maxResults must not be negative.")
    return min(number, most)


def by_token(call: Call) -> Answer:
    """Search as Jira Cloud does: pages follow a token, there is no total."""
    data = _sent(call)
    jql = str(data.get("jql") or "")
    search = _compiled(call, jql)
    if not search.bounded:
        raise JiraError(
            400,
            "Unbounded JQL queries are not allowed here. Please add a search restriction to your "
            "query.",
        )
    fields = _list(data.get("fields")) or ["id"]
    size = _limit(data.get("maxResults"), 50, 5000 if set(fields) <= {"id", "key"} else 100)
    start = _position(call, str(data.get("nextPageToken") or ""), jql)
    found = _found(call, search, _reconciled(data))
    cut = found[start : start + size]
    result = _shown(call, cut, data, fields)
    result["isLast"] = last = start + len(cut) >= len(found)
    if not last:
        result["nextPageToken"] = _token(call, start + len(cut), jql)
    return Answer(result)


def _reconciled(data: Mapping[str, Any]) -> list[str]:
    ids = _list(data.get("reconcileIssues"))
    if len(ids) > 50 or not all(identifier.isdecimal() for identifier in ids):
        raise JiraError(400, "reconcileIssues must be at most 50 issue ids.")
    return ids


def _shown(
    call: Call, issues: Iterable[Issue], data: Mapping[str, Any], fields: list[str]
) -> dict[str, Any]:
    bare = set(fields) <= {"id"}
    expand, properties = _list(data.get("expand")), _list(data.get("properties"))
    if len(properties) > 5:
        raise JiraError(400, "The maximum number of properties that can be requested is 5.")
    if bare and not properties:
        return {"issues": [{"id": issue.id} for issue in issues]}
    return call.view.several(issues, fields, expand, properties)


def _digest(jql: str) -> str:
    return hashlib.sha256(jql.encode()).hexdigest()[:16]


def _token(call: Call, offset: int, jql: str) -> str:
    parts = [offset, _digest(jql), call.site.now().timestamp()]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def _position(call: Call, token: str, jql: str) -> int:
    if not token:
        return 0
    try:
        offset, digest, made = json.loads(base64.urlsafe_b64decode(token))
        fresh = call.site.now().timestamp() - float(made) <= _TOKEN_LIFE
    except (ValueError, TypeError):
        fresh = False
    if not fresh or digest != _digest(jql):
        raise JiraError(400, "The provided next page token is invalid or expired.")
    return int(offset)


def by_offset(call: Call) -> Answer:
    """Search as Jira Server does: pages by offset, with a total. Cloud has it no longer."""
    if not call.site.old_search:
        raise JiraError(410, _REMOVED)
    data = _sent(call)
    search = _compiled(call, str(data.get("jql") or ""))
    start = _limit(data.get("startAt"), 0, FARTHEST)
    size = _limit(data.get("maxResults"), 50, 1000)
    found = _found(call, search)
    fields = _list(data.get("fields")) or ["*navigable"]
    head = {"expand": "names,schema", "startAt": start, "maxResults": size, "total": len(found)}
    shown = call.view.several(found[start : start + size], fields, _list(data.get("expand")))
    return Answer({**head, **shown})


def count(call: Call) -> Answer:
    """Count roughly what a search would find."""
    search = _compiled(call, str(call.data.get("jql") or ""))
    return Answer({"count": len(_found(call, search))})


ROUTES = (
    Route("GET", "search/jql", by_token, server=False),
    Route("POST", "search/jql", by_token, server=False),
    Route("POST", "search/approximate-count", count, server=False),
    Route("GET", "search", by_offset),
    Route("POST", "search", by_offset),
)
