"""The administrator's webhooks (`/rest/webhooks/1.0`)."""

from __future__ import annotations

from typing import Any, Final

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.site import Webhook

_ROOT: Final = "/rest/webhooks/1.0/"


def _admin(call: Call) -> None:
    if not call.site.may(call.logged_in(), "ADMINISTER"):
        raise JiraError(403, "You do not have permission to administer webhooks.")


def _shown(call: Call, hook: Webhook) -> dict[str, Any]:
    return {
        "self": f"{call.site.base_url}/rest/webhooks/1.0/webhook/{hook.id}",
        "name": hook.name,
        "url": hook.url,
        "events": list(hook.events),
        "filters": {"issue-related-events-section": hook.jql},
        "excludeBody": hook.exclude_body,
        "enabled": hook.enabled,
        "isSigned": bool(hook.secret),
    }


def _filter(call: Call) -> str:
    return str(call.inner("filters").get("issue-related-events-section") or "")


def create(call: Call) -> Answer:
    """Register a webhook."""
    _admin(call)
    data = call.data
    missing = [name for name in ("name", "url", "events") if not data.get(name)]
    if missing:
        raise JiraError(400, f"The webhook needs {', '.join(missing)}.")
    hook = Webhook(
        id=int(call.site.new_id()),
        name=str(data["name"]),
        url=str(data["url"]),
        events=tuple(map(str, call.listed("events"))),
        secret=str(data.get("secret") or ""),
        jql=_filter(call),
        exclude_body=bool(data.get("excludeBody", False)),
    )
    call.site.webhooks[hook.id] = hook
    return Answer(_shown(call, hook), 201)


def _hook(call: Call) -> Webhook:
    _admin(call)
    identifier = call.path["id"]
    hook = call.site.webhooks.get(int(identifier)) if identifier.isdigit() else None
    if hook is None:
        raise JiraError(404, f"No webhook with id {identifier} exists.")
    return hook


def listing(call: Call) -> Answer:
    """List the webhooks."""
    _admin(call)
    return Answer([_shown(call, hook) for hook in call.site.webhooks.values() if not hook.owner])


def read(call: Call) -> Answer:
    """Read one webhook; its secret is never shown."""
    return Answer(_shown(call, _hook(call)))


def update(call: Call) -> Answer:
    """Change a webhook; what is not sent stays."""
    hook, data = _hook(call), call.data
    hook.name, hook.url = str(data.get("name") or hook.name), str(data.get("url") or hook.url)
    if "events" in data:
        hook.events = tuple(map(str, call.listed("events")))
    hook.secret = str(data.get("secret") or hook.secret)
    hook.enabled = bool(data.get("enabled", hook.enabled))
    if "filters" in data:
        hook.jql = _filter(call)
    return Answer(_shown(call, hook))


def delete(call: Call) -> Answer:
    """Delete a webhook."""
    del call.site.webhooks[_hook(call).id]
    return Answer(status=204)


ROUTES = (
    Route("GET", _ROOT + "webhook", listing),
    Route("POST", _ROOT + "webhook", create),
    Route("GET", _ROOT + "webhook/{id}", read),
    Route("PUT", _ROOT + "webhook/{id}", update),
    Route("DELETE", _ROOT + "webhook/{id}", delete),
)
