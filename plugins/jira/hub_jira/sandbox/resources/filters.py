"""Saved filters: their life, favourites, and with whom they are shared."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.jql import Asker, JqlError, compile_query
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.planning import Filter
from hub_jira.sandbox.resources.paging import bean
from hub_jira.sandbox.resources.sharepermissions import read_shares, shown_share
from hub_jira.sandbox.sharing import shared

_GONE = (
    "The selected filter is not available to you, perhaps it has been deleted or had its "
    "permissions changed."
)


def shown(call: Call, entry: Filter) -> dict[str, Any]:
    """Show a filter."""
    listed: dict[str, Any] = {
        "size": 0, "items": [], "max-results": 1000, "start-index": 0, "end-index": 0,
    }  # fmt: skip
    return {**brief(call, entry), "sharedUsers": listed, "subscriptions": dict(listed)}


def brief(call: Call, entry: Filter) -> dict[str, Any]:
    """Show a filter as lists do."""
    base = call.site.base_url
    account = call.user.account_id if call.user else ""
    result = {
        "self": f"{call.view.root}/filter/{entry.id}",
        "id": entry.id,
        "name": entry.name,
        "owner": call.view.user(entry.owner),
        "jql": entry.jql,
        "viewUrl": f"{base}/issues/?filter={entry.id}",
        "searchUrl": f"{call.view.root}/search?jql={quote(entry.jql)}",
        "favourite": account in entry.favourites,
        "favouritedCount": len(entry.favourites),
        "sharePermissions": [shown_share(call, share) for share in entry.shares],
    }
    if entry.description:
        result["description"] = entry.description
    return {**result, "editPermissions": []} if call.site.cloud else result


def found(call: Call) -> Filter:
    """Give the filter of a path, which the caller sees."""
    entry = call.site.planning.filters.get(call.path["id"])
    if entry is None or not shared(call.site, call.user, entry):
        raise JiraError(400, _GONE)
    return entry


def owned(call: Call) -> Filter:
    """Give the filter of a path, which the caller owns."""
    user = call.logged_in()
    entry = found(call)
    if entry.owner != user.account_id and not user.admin:
        raise JiraError(400, "You must be the owner of the filter to change it.")
    return entry


def _checked_jql(call: Call, jql: str) -> str:
    try:
        compile_query(jql, call.site, Asker(call.user, call.site.now()))
    except JqlError as error:
        raise JiraError(400, *error.messages) from None
    return jql


def _checked_name(call: Call, name: str, owner: str, own: str = "") -> str:
    if not name.strip():
        raise JiraError(400, errors={"filterName": "You must specify a name to save this filter."})
    for other in call.site.planning.filters.values():
        same = other.owner == owner and other.name.lower() == name.lower()
        if same and other.id != own:
            raise JiraError(400, errors={"filterName": "Filter with same name already exists."})
    return name


def create(call: Call) -> Answer:
    """Save a query."""
    user = call.logged_in()
    data = call.data
    entry = Filter(
        id=call.site.new_id(),
        name=_checked_name(call, str(data.get("name") or ""), user.account_id),
        owner=user.account_id,
        jql=_checked_jql(call, str(data.get("jql") or "")),
        description=str(data.get("description") or ""),
        shares=read_shares(call, call.listed("sharePermissions")),
    )
    if data.get("favourite"):
        entry.favourites.add(user.account_id)
    call.site.planning.filters[entry.id] = entry
    return Answer(shown(call, entry))


def read(call: Call) -> Answer:
    """Read a filter."""
    return Answer(shown(call, found(call)))


def update(call: Call) -> Answer:
    """Change a filter; what is not sent stays."""
    entry = owned(call)
    data = call.data
    if "name" in data:
        entry.name = _checked_name(call, str(data["name"] or ""), entry.owner, entry.id)
    if "jql" in data:
        entry.jql = _checked_jql(call, str(data["jql"] or ""))
    if "description" in data:
        entry.description = str(data["description"] or "")
    if "sharePermissions" in data:
        entry.shares = read_shares(call, call.listed("sharePermissions"))
    if "favourite" in data:
        _mark(call, entry, favourite=bool(data["favourite"]))
    return Answer(shown(call, entry))


def delete(call: Call) -> Answer:
    """Delete a filter."""
    entry = owned(call)
    del call.site.planning.filters[entry.id]
    return Answer(status=204)


def _mark(call: Call, entry: Filter, *, favourite: bool) -> None:
    account = call.logged_in().account_id
    (entry.favourites.add if favourite else entry.favourites.discard)(account)


def mark(call: Call) -> Answer:
    """Make a filter a favourite."""
    entry = found(call)
    _mark(call, entry, favourite=True)
    return Answer(shown(call, entry))


def unmark(call: Call) -> Answer:
    """Make a filter no favourite any more."""
    entry = found(call)
    _mark(call, entry, favourite=False)
    return Answer(shown(call, entry))


def favourites(call: Call) -> Answer:
    """List the caller's favourites."""
    account = call.logged_in().account_id
    entries = call.site.planning.filters.values()
    found = [entry for entry in entries if account in entry.favourites]
    return Answer([shown(call, entry) for entry in found])


def mine(call: Call) -> Answer:
    """List the caller's own filters."""
    account = call.logged_in().account_id
    entries = call.site.planning.filters.values()
    return Answer([shown(call, entry) for entry in entries if entry.owner == account])


def search(call: Call) -> Answer:
    """List the filters that the caller sees, in pages."""
    name = call.query.get("filterName", "").lower()
    owner = call.query.get("accountId") or call.query.get("owner")
    ids = set(call.names("id"))
    found = [
        entry
        for entry in call.site.planning.filters.values()
        if shared(call.site, call.user, entry)
        and name in entry.name.lower()
        and owner in {None, entry.owner}
        and (not ids or entry.id in ids)
    ]
    order = call.query.get("orderBy", "name")
    key = order.strip("+-").lower()
    found.sort(key=lambda x: int(x.id) if key == "id" else x.name.lower())
    if order.startswith("-"):
        found.reverse()
    return bean(call, "filter/search", found, lambda x: brief(call, x))


def give(call: Call) -> Answer:
    """Give a filter to another owner."""
    entry = owned(call)
    owner = call.site.users.get(str(call.data.get("accountId")))
    if owner is None:
        raise JiraError(400, "The user does not exist.")
    entry.owner = owner.account_id
    return Answer(status=204)


def shares(call: Call) -> Answer:
    """List with whom a filter is shared."""
    entry = found(call)
    return Answer([shown_share(call, share) for share in entry.shares])


def share(call: Call) -> Answer:
    """Share a filter with more."""
    entry = owned(call)
    entry.shares += read_shares(call, [call.data])
    return Answer([shown_share(call, share) for share in entry.shares], 201)


def one_share(call: Call) -> Answer:
    """Read one share permission."""
    return Answer(shown_share(call, _share(call, found(call))))


def _share(call: Call, entry: Filter) -> dict[str, Any]:
    found = next((x for x in entry.shares if str(x["id"]) == call.path["share"]), None)
    if found is None:
        raise JiraError(404, f"Share permission {call.path['share']} does not exist.")
    return found


def unshare(call: Call) -> Answer:
    """Take a share permission back."""
    entry = owned(call)
    entry.shares.remove(_share(call, entry))
    return Answer(status=204)


def scope(call: Call) -> Answer:
    """Tell with whom new filters are shared by default."""
    call.logged_in()
    return Answer({"scope": "PRIVATE"})


ROUTES = (
    Route("POST", "filter", create),
    Route("GET", "filter/favourite", favourites),
    Route("GET", "filter/my", mine, server=False),
    Route("GET", "filter/search", search, server=False),
    Route("GET", "filter/defaultShareScope", scope),
    Route("GET", "filter/{id}", read),
    Route("PUT", "filter/{id}", update),
    Route("DELETE", "filter/{id}", delete),
    Route("PUT", "filter/{id}/favourite", mark),
    Route("DELETE", "filter/{id}/favourite", unmark),
    Route("PUT", "filter/{id}/owner", give, server=False),
    Route("GET", "filter/{id}/permission", shares),
    Route("POST", "filter/{id}/permission", share),
    Route("GET", "filter/{id}/permission/{share}", one_share),
    Route("DELETE", "filter/{id}/permission/{share}", unshare),
)
