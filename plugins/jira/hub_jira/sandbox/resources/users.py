"""Users: who am I, who is there."""

from __future__ import annotations

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import JiraError, User


def myself(call: Call) -> Answer:
    """Tell the caller who they are."""
    user = call.logged_in()
    shown = call.view.user(user.account_id) or {}
    groups = {"size": len(user.groups), "items": []}
    roles = {"size": 1, "items": []}
    extra = {"locale": user.locale, "groups": groups, "applicationRoles": roles}
    return Answer({**shown, **extra, "expand": "groups,applicationRoles"})


def read(call: Call) -> Answer:
    """Read one user: by accountId on Cloud, by user name or key on Server."""
    call.logged_in()
    user = _named(call)
    if user is None:
        what = call.query.get("accountId") or call.query.get("username") or ""
        message = "Specified user does not exist or you do not have required permissions"
        raise JiraError(404, f"{message}: {what}")
    return Answer(call.view.user(user.account_id))


def _named(call: Call) -> User | None:
    if call.site.cloud:
        return call.site.users.get(call.query.get("accountId", ""))
    name, key = call.query.get("username"), call.query.get("key")
    users = call.site.users.values()
    return next((u for u in users if name == u.name or key == f"JIRAUSER{u.account_id}"), None)


def search(call: Call) -> Answer:
    """Find users by part of name or address; a hidden address is not searched."""
    call.logged_in()
    wanted = call.query.get("query" if call.site.cloud else "username", "").lower()
    if not wanted and not call.query.get("accountId"):
        raise JiraError(400, "Either 'query' or 'accountId' must be provided.")
    account = call.query.get("accountId")
    found = [
        user
        for user in call.site.users.values()
        if (account == user.account_id if account else _matches(user, wanted))
    ]
    start, size = call.number("startAt", 0, 10**9), call.number("maxResults", 50, 1000)
    return Answer([call.view.user(user.account_id) for user in found[start : start + size]])


def _matches(user: User, wanted: str) -> bool:
    if wanted == user.account_id.lower():
        return True
    texts = [user.display_name, user.name] + ([] if user.email_hidden else [user.email])
    return wanted in {".", "%"} or any(wanted in text.lower() for text in texts)


def assignable(call: Call) -> Answer:
    """Find users to whom issues of a project may be assigned."""
    call.logged_in()
    identifier = call.query.get("project") or ""
    if issue := call.query.get("issueKey"):
        identifier = call.site.issue(issue, call.user).project
    project = call.site.project(identifier, call.user)
    wanted = call.query.get("query" if call.site.cloud else "username", "").lower()
    found = [
        user.account_id
        for user in call.site.users.values()
        if user.active
        and user.account_type == "atlassian"
        and call.site.may(user, "ASSIGNABLE_USER", project)
        and (not wanted or _matches(user, wanted))
    ]
    return Answer([call.view.user(account) for account in found])


ROUTES = (
    Route("GET", "myself", myself),
    Route("GET", "user", read),
    Route("GET", "user/search", search),
    Route("GET", "user/assignable/search", assignable),
)
