"""Dashboards with their gadgets."""

from __future__ import annotations

import copy
from typing import Any, Final

from hub_jira.sandbox.call import Answer, Call, Route, whole
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.resources.paging import FARTHEST, bean
from hub_jira.sandbox.resources.sharepermissions import read_shares, shown_share
from hub_jira.sandbox.settings import Dashboard, Gadget
from hub_jira.sandbox.sharing import shared

SYSTEM: Final = "10000"
_GADGETS: Final = {
    "rest/gadgets/1.0/g/com.atlassian.jira.gadgets:filter-results-gadget/gadgets/"
    "filter-results-gadget.xml": "Filter Results",
    "rest/gadgets/1.0/g/com.atlassian.streams.streams-jira-plugin:activitystream-gadget/gadgets/"
    "activitystream-gadget.xml": "Activity Stream",
    "rest/gadgets/1.0/g/com.atlassian.jira.gadgets:pie-chart-gadget/gadgets/piechart-gadget.xml": (
        "Pie Chart"
    ),
}
_COLORS: Final = frozenset({"blue", "red", "yellow", "green", "cyan", "purple", "gray", "white"})


def _shown(call: Call, entry: Dashboard) -> dict[str, Any]:
    base = call.site.base_url
    result: dict[str, Any] = {
        "id": entry.id,
        "name": entry.name,
        "self": f"{call.view.root}/dashboard/{entry.id}",
        "view": f"{base}/secure/Dashboard.jspa?selectPageId={entry.id}",
    }
    if not call.site.cloud:
        return result
    account = call.user.account_id if call.user else ""
    if entry.refresh_ms:
        result["automaticRefreshMs"] = entry.refresh_ms
    return {
        **result,
        "description": entry.description,
        "owner": call.view.somebody(entry.owner) if entry.owner else None,
        "isFavourite": account in entry.favourites,
        "popularity": len(entry.favourites),
        "isWritable": account == entry.owner,
        "systemDashboard": entry.id == SYSTEM,
        "sharePermissions": [shown_share(call, share) for share in entry.shares],
        "editPermissions": [],
    }


def _seen(call: Call) -> list[Dashboard]:
    entries = call.site.settings.dashboards.values()
    return [entry for entry in entries if shared(call.site, call.user, entry)]


def _dashboard(call: Call, missing: int = 404) -> Dashboard:
    identifier = call.path["id"]
    entry = next((x for x in _seen(call) if x.id == identifier), None)
    if entry is None:
        raise JiraError(missing, f"The dashboard with id '{identifier}' does not exist.")
    return entry


def _own(call: Call) -> Dashboard:
    user = call.logged_in()
    entry = _dashboard(call)
    if entry.owner != user.account_id:
        raise JiraError(400, "You may only change dashboards of your own.")
    return entry


def listing(call: Call) -> Answer:
    """List the dashboards that the caller sees: all, the favourites, or their own."""
    account = call.user.account_id if call.user else ""
    entries = _seen(call)
    wish = call.query.get("filter")
    if wish == "my":
        entries = [entry for entry in entries if entry.owner == account]
    if wish == "favourite":
        entries = [entry for entry in entries if account in entry.favourites]
    start, size = call.number("startAt", 0, FARTHEST), call.number("maxResults", 20, 1000)
    shown = [_shown(call, entry) for entry in entries[start : start + size]]
    head = {"startAt": start, "maxResults": size, "total": len(entries)}
    return Answer({**head, "dashboards": shown})


def search(call: Call) -> Answer:
    """List dashboards in pages, by part of their name."""
    wanted = call.query.get("dashboardName", "").lower()
    found = [entry for entry in _seen(call) if wanted in entry.name.lower()]
    return bean(call, "dashboard/search", found, lambda x: _shown(call, x))


def read(call: Call) -> Answer:
    """Read a dashboard."""
    return Answer(_shown(call, _dashboard(call)))


def _new(call: Call, source: Dashboard | None = None) -> Answer:
    user = call.logged_in()
    name = str(call.data.get("name") or "")
    if not name:
        raise JiraError(400, errors={"name": "You must specify a name for the dashboard."})
    entry = Dashboard(
        id=call.site.new_id(),
        name=name,
        owner=user.account_id,
        description=str(call.data.get("description") or ""),
        shares=read_shares(call, call.listed("sharePermissions")),
        gadgets=[],
    )
    for gadget in source.gadgets if source else ():
        entry.gadgets.append(copy.deepcopy(gadget))
        entry.gadgets[-1].id = int(call.site.new_id())
    call.site.settings.dashboards[entry.id] = entry
    return Answer(_shown(call, entry))


def create(call: Call) -> Answer:
    """Create a dashboard."""
    return _new(call)


def duplicate(call: Call) -> Answer:
    """Copy a dashboard with its gadgets."""
    return _new(call, _dashboard(call))


def update(call: Call) -> Answer:
    """Change a dashboard."""
    entry = _own(call)
    entry.name = str(call.data.get("name") or entry.name)
    entry.description = str(call.data.get("description", entry.description) or "")
    if "sharePermissions" in call.data:
        entry.shares = read_shares(call, call.listed("sharePermissions"))
    return Answer(_shown(call, entry))


def refresh(call: Call) -> Answer:
    """Say how often pages that show a dashboard read it anew; null is never."""
    entry, value = _own(call), call.data.get("automaticRefreshMs")
    entry.refresh_ms = None if value is None else whole(value, 0, "automaticRefreshMs")
    return Answer(status=204)


def delete(call: Call) -> Answer:
    """Delete a dashboard."""
    entry = _own(call)
    del call.site.settings.dashboards[entry.id]
    return Answer(status=204)


def _shown_gadget(gadget: Gadget) -> dict[str, Any]:
    result: dict[str, Any] = {
        "id": gadget.id,
        "color": gadget.color,
        "title": gadget.title,
        "position": {"row": gadget.row, "column": gadget.column},
    }
    return {**result, "uri": gadget.uri} if gadget.uri else {**result, "moduleKey": gadget.module}


def available(call: Call) -> Answer:
    """List the gadgets that a dashboard may have."""
    call.logged_in()
    return Answer({"gadgets": [{"uri": uri, "title": title} for uri, title in _GADGETS.items()]})


def gadgets(call: Call) -> Answer:
    """List the gadgets of a dashboard."""
    return Answer({"gadgets": [_shown_gadget(gadget) for gadget in _dashboard(call).gadgets]})


def add_gadget(call: Call) -> Answer:
    """Put a gadget on a dashboard."""
    entry, data = _own(call), call.data
    uri, module = str(data.get("uri") or ""), str(data.get("moduleKey") or "")
    if bool(uri) is bool(module):
        raise JiraError(400, "Either the uri or the moduleKey of the gadget must be specified.")
    if uri and uri not in _GADGETS and not data.get("ignoreUriAndModuleKeyValidation"):
        raise JiraError(400, f"The gadget '{uri}' does not exist.")
    color = str(data.get("color") or "blue")
    if color not in _COLORS:
        raise JiraError(400, f"The color '{color}' does not exist.")
    place = call.inner("position")
    gadget = Gadget(
        id=int(call.site.new_id()),
        title=str(data.get("title") or _GADGETS.get(uri, "Gadget")),
        uri=uri,
        module=module,
        color=color,
        row=whole(place.get("row"), len(entry.gadgets), "row"),
        column=whole(place.get("column"), 0, "column"),
    )
    entry.gadgets.append(gadget)
    return Answer(_shown_gadget(gadget))


def _gadget(call: Call, entry: Dashboard) -> Gadget:
    wanted = call.path["gadget"]
    found = next((x for x in entry.gadgets if str(x.id) == wanted), None)
    if found is None:
        raise JiraError(404, "The dashboard gadget was not found.")
    return found


def update_gadget(call: Call) -> Answer:
    """Change a gadget's title, colour or place."""
    gadget = _gadget(call, _own(call))
    gadget.title = str(call.data.get("title") or gadget.title)
    gadget.color = str(call.data.get("color") or gadget.color)
    place = call.inner("position")
    gadget.row = whole(place.get("row"), gadget.row, "row")
    gadget.column = whole(place.get("column"), gadget.column, "column")
    return Answer(status=204)


def remove_gadget(call: Call) -> Answer:
    """Take a gadget off a dashboard."""
    entry = _own(call)
    entry.gadgets.remove(_gadget(call, entry))
    return Answer(status=204)


def property_keys(call: Call) -> Answer:
    """List the keys of a gadget's properties."""
    gadget = _gadget(call, _dashboard(call))
    root = f"{call.view.root}/dashboard/{call.path['id']}/items/{gadget.id}/properties"
    return Answer({"keys": [{"self": f"{root}/{key}", "key": key} for key in gadget.properties]})


def read_property(call: Call) -> Answer:
    """Read one property of a gadget."""
    gadget, key = _gadget(call, _dashboard(call)), call.path["key"]
    if key not in gadget.properties:
        raise JiraError(404, f"The property with key '{key}' does not exist.")
    return Answer({"key": key, "value": gadget.properties[key]})


def set_property(call: Call) -> Answer:
    """Set one property of a gadget."""
    gadget, key = _gadget(call, _own(call)), call.path["key"]
    status = 200 if key in gadget.properties else 201
    gadget.properties[key] = call.body
    return Answer({}, status)


def delete_property(call: Call) -> Answer:
    """Delete one property of a gadget."""
    gadget, key = _gadget(call, _own(call)), call.path["key"]
    if key not in gadget.properties:
        raise JiraError(404, f"The property with key '{key}' does not exist.")
    del gadget.properties[key]
    return Answer(status=204)


_ITEM: Final = "dashboard/{id}/items/{gadget}/properties"
ROUTES = (
    Route("GET", "dashboard", listing),
    Route("POST", "dashboard", create, server=False),
    Route("GET", "dashboard/search", search, server=False),
    Route("GET", "dashboard/gadgets", available, server=False),
    Route("GET", "dashboard/{id}", read),
    Route("PUT", "dashboard/{id}", update, server=False),
    Route("DELETE", "dashboard/{id}", delete, server=False),
    Route(
        "PUT",
        "/rest/internal/{version}/dashboards/{id}/automatic-refresh-ms",
        refresh,
        server=False,
    ),
    Route("POST", "dashboard/{id}/copy", duplicate, server=False),
    Route("GET", "dashboard/{id}/gadget", gadgets, server=False),
    Route("POST", "dashboard/{id}/gadget", add_gadget, server=False),
    Route("PUT", "dashboard/{id}/gadget/{gadget}", update_gadget, server=False),
    Route("DELETE", "dashboard/{id}/gadget/{gadget}", remove_gadget, server=False),
    Route("GET", _ITEM, property_keys),
    Route("GET", _ITEM + "/{key}", read_property),
    Route("PUT", _ITEM + "/{key}", set_property),
    Route("DELETE", _ITEM + "/{key}", delete_property),
)
