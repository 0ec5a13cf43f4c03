"""Worklogs of issues, and which were changed or deleted since."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from hub_jira.sandbox import working
from hub_jira.sandbox.call import Answer, Call, Route, page
from hub_jira.sandbox.issue import Issue, Worklog
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.resources.finding import the_issue, the_worklog
from hub_jira.sandbox.talk import readable

_PAGE: Final = 1000


def listing(call: Call) -> Answer:
    """List an issue's worklogs, in pages, those begun between two instants (milliseconds)."""
    issue = the_issue(call)
    after, before = (
        call.number("startedAfter", 0, 2**53),
        call.number("startedBefore", 2**53, 2**53),
    )
    entries = [
        worklog
        for worklog in issue.worklogs
        if readable(call.site, call.user, issue, worklog.visibility)
        and after <= worklog.started.timestamp() * 1000 <= before
    ]
    cut = page(entries, call.number("startAt", 0, 10**9), call.number("maxResults", 5000, 5000))
    shown = [_shown(call, issue, worklog) for worklog in cut.pop("shown")]
    return Answer({**cut, "worklogs": shown})


def _shown(call: Call, issue: Issue, worklog: Worklog) -> dict[str, Any]:
    return call.view.worklog(issue, worklog, properties="properties" in call.names("expand"))


def read(call: Call) -> Answer:
    """Read one worklog."""
    return Answer(_shown(call, *the_worklog(call)))


def add(call: Call) -> Answer:
    """Add a worklog."""
    issue = the_issue(call)
    worklog = working.add(call.editor, issue, call.data, call.query)
    return Answer(_shown(call, issue, worklog), 201)


def edit(call: Call) -> Answer:
    """Change a worklog."""
    issue, worklog = the_worklog(call)
    edited = working.edit(call.editor, issue, worklog, call.data, call.query)
    return Answer(_shown(call, issue, edited))


def delete(call: Call) -> Answer:
    """Delete a worklog."""
    issue, worklog = the_worklog(call)
    working.delete(call.editor, issue, worklog, call.query)
    return Answer(status=204)


def _visible(call: Call) -> list[tuple[Issue, Worklog]]:
    found = []
    for issue in call.site.issues.values():
        project = call.site.projects[issue.project]
        if issue.worklogs and call.site.may(call.user, "BROWSE_PROJECTS", project):
            found += [
                (issue, x)
                for x in issue.worklogs
                if readable(call.site, call.user, issue, x.visibility)
            ]
    return found


def updated(call: Call) -> Answer:
    """List the ids of worklogs that were written since an instant."""
    call.logged_in()
    return _changed(call, [(x.id, x.updated) for _, x in _visible(call)], "updated")


def deleted(call: Call) -> Answer:
    """List the ids of worklogs that were deleted since an instant."""
    call.logged_in()
    return _changed(call, call.site.deleted_worklogs, "deleted")


def _changed(call: Call, entries: list[tuple[str, datetime]], what: str) -> Answer:
    since = call.number("since", 0, 2**53)
    stamped = sorted((int(at.timestamp() * 1000), int(key)) for key, at in entries)
    after = [(at, key) for at, key in stamped if at > since]
    cut = after[:_PAGE]
    values = [{"worklogId": key, "updatedTime": at, "properties": []} for at, key in cut]
    link = f"{call.view.root}/worklog/{what}"
    until = cut[-1][0] if cut else since
    result: dict[str, Any] = {"values": values, "since": since, "until": until}
    result |= {"self": f"{link}?since={since}", "lastPage": len(cut) == len(after)}
    if len(cut) < len(after):
        result["nextPage"] = f"{link}?since={until}"
    return Answer(result)


def by_ids(call: Call) -> Answer:
    """Read up to 1000 worklogs by their ids; those that can not be seen are left out."""
    call.logged_in()
    wanted = {str(entry) for entry in call.listed("ids")}
    if not 0 < len(wanted) <= 1000:
        raise JiraError(400, "Between 1 and 1000 worklog ids must be given.")
    return Answer([_shown(call, *found) for found in _visible(call) if found[1].id in wanted])


ROUTES = (
    Route("GET", "issue/{issue}/worklog", listing),
    Route("POST", "issue/{issue}/worklog", add),
    Route("GET", "issue/{issue}/worklog/{worklog}", read),
    Route("PUT", "issue/{issue}/worklog/{worklog}", edit),
    Route("DELETE", "issue/{issue}/worklog/{worklog}", delete),
    Route("GET", "worklog/updated", updated),
    Route("GET", "worklog/deleted", deleted),
    Route("POST", "worklog/list", by_ids),
)
