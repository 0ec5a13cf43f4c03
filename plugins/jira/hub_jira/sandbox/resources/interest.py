"""Who watches issues and votes for them, and notices to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.model import JiraError, User
from hub_jira.sandbox.resources.finding import the_issue


def _sees_people(call: Call, issue: Issue) -> bool:
    project = call.site.projects[issue.project]
    return call.site.may(call.user, "VIEW_VOTERS_AND_WATCHERS", project)


def _people(call: Call, issue: Issue, accounts: list[str]) -> list[Any]:
    shown = [call.view.user(x) for x in accounts] if _sees_people(call, issue) else []
    hidden = ("emailAddress", "timeZone")
    return [{k: v for k, v in (user or {}).items() if k not in hidden} for user in shown]


def watchers(call: Call) -> Answer:
    """List who watches an issue."""
    issue = the_issue(call)
    return Answer({**call.view.watches(issue), "watchers": _people(call, issue, issue.watchers)})


def watch(call: Call) -> Answer:
    """Have someone watch an issue: the body is an account id (a name on Server), or nothing."""
    issue, own = the_issue(call), call.logged_in()
    if call.body is None:
        user: User | None = own
    elif isinstance(call.body, str):
        user = call.site.login(call.body)
    else:
        raise JiraError(400, "The request body must be a JSON string.")
    _may_manage(call, issue, own, user)
    if user is None:
        raise JiraError(404 if call.site.cloud else 400, f'User "{call.body}" does not exist.')
    if user.account_id not in issue.watchers:
        issue.watchers.append(user.account_id)
        call.site.keep(issue)
    return Answer(status=204)


def _may_manage(call: Call, issue: Issue, own: User, user: User | None) -> None:
    project = call.site.projects[issue.project]
    if user is not own and not call.site.may(own, "MANAGE_WATCHERS", project):
        raise JiraError(403, f"{own.display_name} may not manage the watcher list.")


def unwatch(call: Call) -> Answer:
    """Have someone watch an issue no longer."""
    issue, own = the_issue(call), call.logged_in()
    name = call.query.get("accountId" if call.site.cloud else "username")
    if not name:
        what = "accountId" if call.site.cloud else "username"
        raise JiraError(400, f"The query parameter '{what}' must be given.")
    user = call.site.login(name)
    _may_manage(call, issue, own, user)
    if user is None:
        raise JiraError(404, f'User "{name}" does not exist.')
    if user.account_id in issue.watchers:
        issue.watchers.remove(user.account_id)
        call.site.keep(issue)
    return Answer(status=204)


def watching(call: Call) -> Answer:
    """Tell which of some issues the caller watches."""
    user = call.logged_in()
    wanted = [str(entry) for entry in call.listed("issueIds")]
    found = {entry: call.site.issues.get(entry) for entry in wanted}
    told = {
        key: issue is not None and user.account_id in issue.watchers for key, issue in found.items()
    }
    return Answer({"issuesIsWatching": told})


def votes(call: Call) -> Answer:
    """Tell who votes for an issue."""
    issue = the_issue(call)
    return Answer({**call.view.votes(issue), "voters": _people(call, issue, issue.voters)})


def vote(call: Call) -> Answer:
    """Vote for an issue that nobody resolved, on Server one that others reported."""
    issue, user = the_issue(call), call.logged_in()
    if issue.reporter == user.account_id and not call.site.cloud:
        raise JiraError(404, "You cannot vote for an issue you have reported.")
    if issue.resolution is not None:
        raise JiraError(404, "You cannot vote or change your vote on resolved issues.")
    if user.account_id not in issue.voters:
        issue.voters.append(user.account_id)
        call.site.keep(issue)
    return Answer(status=204)


def unvote(call: Call) -> Answer:
    """Take one's vote back; it does not matter whether there was one."""
    issue, user = the_issue(call), call.logged_in()
    if user.account_id in issue.voters:
        issue.voters.remove(user.account_id)
        call.site.keep(issue)
    return Answer(status=204)


def notify(call: Call) -> Answer:
    """Take a notice to people about an issue; the emulator sends no mail."""
    issue = the_issue(call)
    call.logged_in()
    to = call.data.get("to")
    if not isinstance(to, Mapping) or not _reaches(issue, to):
        raise JiraError(400, "No recipients were defined for notification.")
    return Answer(status=204)


def _reaches(issue: Issue, to: Mapping[str, Any]) -> bool:
    roles = (
        ("reporter", issue.reporter),
        ("assignee", issue.assignee),
        ("watchers", issue.watchers),
        ("voters", issue.voters),
    )
    named = bool(to.get("users") or to.get("groups") or to.get("groupIds"))
    return named or any(to.get(role) is True and who for role, who in roles)


ROUTES = (
    Route("GET", "issue/{issue}/watchers", watchers),
    Route("POST", "issue/{issue}/watchers", watch),
    Route("DELETE", "issue/{issue}/watchers", unwatch),
    Route("POST", "issue/watching", watching, server=False),
    Route("GET", "issue/{issue}/votes", votes),
    Route("POST", "issue/{issue}/votes", vote),
    Route("DELETE", "issue/{issue}/votes", unvote),
    Route("POST", "issue/{issue}/notify", notify),
)
