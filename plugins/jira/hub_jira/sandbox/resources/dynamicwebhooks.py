"""Webhooks that apps register for themselves (`/rest/api/3/webhook`): they expire after a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.jql import Asker, JqlError, compile_query
from hub_jira.sandbox.jql.parser import parse
from hub_jira.sandbox.jql.syntax import Clause, Node, Not
from hub_jira.sandbox.model import JiraError, User
from hub_jira.sandbox.resources.paging import bean
from hub_jira.sandbox.site import Webhook

_LIFE: Final = timedelta(days=30)
_MOST: Final = 100
_EVENTS: Final = frozenset(
    {
        "jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created",
        "comment_updated", "comment_deleted", "issue_property_set", "issue_property_deleted",
    }
)  # fmt: skip
_FIELDS: Final = frozenset(
    {"issuekey", "key", "project", "issuetype", "status", "assignee", "reporter"}
)
_OPERATORS: Final = frozenset({"=", "!=", "IN", "NOT IN"})


def _app(call: Call) -> User:
    user = call.logged_in()
    if user.account_type != "app":
        raise JiraError(403, "The caller is not an app, and only apps may use this operation.")
    return user


def register(call: Call) -> Answer:
    """Register webhooks; each succeeds or fails by itself."""
    app = _app(call)
    url = str(call.data.get("url") or "")
    entries = call.listed("webhooks")
    if not url or not entries or len(entries) > _MOST:
        raise JiraError(400, f"A url and 1 to {_MOST} webhooks are required.")
    results = [_registered(call, app, url, entry) for entry in entries]
    return Answer({"webhookRegistrationResult": results})


def _registered(call: Call, app: User, url: str, entry: Any) -> dict[str, Any]:
    if not isinstance(entry, Mapping):
        return {"errors": ["The webhook is not an object."]}
    jql, events = str(entry.get("jqlFilter") or ""), entry.get("events") or []
    errors = [f"Unknown event: {event}" for event in events if event not in _EVENTS]
    if not events:
        errors.append("At least one event is required.")
    errors += _refused(call, jql)
    if errors:
        return {"errors": errors}
    hook = Webhook(
        id=int(call.site.new_id()),
        name="",
        url=url,
        events=tuple(map(str, events)),
        jql=jql,
        owner=app.account_id,
        expires=call.site.now() + _LIFE,
        fields=tuple(map(str, entry.get("fieldIdsFilter") or ())),
    )
    call.site.webhooks[hook.id] = hook
    return {"createdWebhookId": hook.id}


def _refused(call: Call, jql: str) -> list[str]:
    """Say what keeps a query from being a webhook's filter: only a part of JQL may."""
    try:
        where = parse(jql).where
        compile_query(jql, call.site, Asker(call.user, call.site.now()))
    except JqlError as error:
        return list(error.messages)
    return [
        f"The clause on '{clause.field}' with '{clause.operator.lower()}' is not supported."
        for clause in (_clauses(where) if where else ())
        if clause.operator not in _OPERATORS
        or (clause.field.property is None and not _known(clause.field.name.lower()))
    ]


def _known(name: str) -> bool:
    return name in _FIELDS or name.startswith("cf[")


def _clauses(node: Node) -> list[Clause]:
    if isinstance(node, Clause):
        return [node]
    inner = (node.node,) if isinstance(node, Not) else node.nodes
    return [clause for part in inner for clause in _clauses(part)]


def _own(call: Call) -> list[Webhook]:
    app = _app(call)
    return [hook for hook in call.site.webhooks.values() if hook.owner == app.account_id]


def _shown(hook: Webhook) -> dict[str, Any]:
    result: dict[str, Any] = {
        "id": hook.id,
        "jqlFilter": hook.jql,
        "events": list(hook.events),
        "url": hook.url,
    }
    if hook.fields:
        result["fieldIdsFilter"] = list(hook.fields)
    if hook.expires is not None:
        result["expirationDate"] = int(hook.expires.timestamp() * 1000)
    return result


def listing(call: Call) -> Answer:
    """List the app's webhooks in pages."""
    return bean(call, "webhook", _own(call), _shown)


def _chosen(call: Call) -> list[Webhook]:
    wanted = {str(entry) for entry in call.listed("webhookIds")}
    return [hook for hook in _own(call) if str(hook.id) in wanted]


def refresh(call: Call) -> Answer:
    """Let webhooks live on: 30 days from now."""
    until = call.site.now() + _LIFE
    for hook in _chosen(call):
        hook.expires = until
    return Answer({"expirationDate": int(until.timestamp() * 1000)})


def delete(call: Call) -> Answer:
    """Delete webhooks of the app."""
    for hook in _chosen(call):
        del call.site.webhooks[hook.id]
    return Answer(status=202)


def failed(call: Call) -> Answer:
    """List what could not be delivered: nothing, for that is told to Connect apps only."""
    _app(call)
    return Answer({"values": [], "maxResults": call.number("maxResults", 100, 100)})


ROUTES = (
    Route("POST", "webhook", register, server=False),
    Route("GET", "webhook", listing, server=False),
    Route("PUT", "webhook/refresh", refresh, server=False),
    Route("DELETE", "webhook", delete, server=False),
    Route("GET", "webhook/failed", failed, server=False),
)
