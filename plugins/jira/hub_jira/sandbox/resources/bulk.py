"""Many issues at once: read, archive, bring back."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.resources.finding import the_issue
from hub_jira.sandbox.site import NO_ISSUE

_MOST_ARCHIVED: Final = 1000


def fetch(call: Call) -> Answer:
    """Read up to 100 issues by id or key; those that can not be seen are named apart."""
    wanted = [str(entry) for entry in call.listed("issueIdsOrKeys")]
    if not wanted:
        raise JiraError(400, "The issue ids or keys must be given.")
    if len(wanted) > 100:
        raise JiraError(400, "The number of issues requested exceeds the limit of 100.")
    found: dict[str, Issue] = {}
    errors = []
    for identifier in wanted:
        issue = call.site.find_issue(identifier)
        if issue is None or not call.site.sees(call.user, issue):
            errors.append({"id": identifier, "errorMessage": NO_ISSUE})
        else:
            found[issue.id] = issue
    fields = [str(x) for x in call.listed("fields")] or ["*navigable"]
    expand = [str(x) for x in call.listed("expand")]
    properties = [str(x) for x in call.listed("properties")]
    if len(properties) > 5:
        raise JiraError(400, "The maximum number of properties that can be requested is 5.")
    shown = [call.view.issue(issue, fields, expand, properties) for issue in found.values()]
    return Answer({"issues": shown, "issueErrors": errors})


def archive(call: Call) -> Answer:
    """Archive issues with their subtasks: they leave searches and can not be changed."""
    return _set_archived(call, to=True)


def unarchive(call: Call) -> Answer:
    """Bring archived issues back."""
    return _set_archived(call, to=False)


def _set_archived(call: Call, *, to: bool) -> Answer:
    if not call.site.may(call.logged_in(), "ADMINISTER"):
        raise JiraError(403, "You do not have permission to archive issues.")
    wanted = [str(entry) for entry in call.listed("issueIdsOrKeys")]
    troubles: defaultdict[str, list[str]] = defaultdict(list)
    done: dict[str, Issue] = {}
    for identifier in wanted[:_MOST_ARCHIVED]:
        issue = call.site.find_issue(identifier)
        if issue is None:
            troubles["issuesNotFound"].append(identifier)
        elif call.site.issue_types[issue.issue_type].subtask:
            troubles["issueIsSubtask"].append(identifier)
        else:
            children = [call.site.issues[x] for x in call.site.relations.children(issue.id)]
            done |= {each.id: each for each in (issue, *children)}
    if not done:
        raise JiraError(400, "None of the issues can be archived or brought back.")
    for issue in done.values():
        issue.archived = to
        call.site.keep(issue)
    if len(wanted) > _MOST_ARCHIVED:
        raise JiraError(412, f"Only the first {_MOST_ARCHIVED} issues were taken.")
    return Answer({"numberOfIssuesUpdated": len(done), "errors": _told(troubles)})


def archive_one(call: Call) -> Answer:
    """Archive an issue of Data Center with its subtasks."""
    return _set_one(call, to=True)


def restore_one(call: Call) -> Answer:
    """Bring an archived issue back."""
    return _set_one(call, to=False)


def _set_one(call: Call, *, to: bool) -> Answer:
    issue = the_issue(call)
    right = "ARCHIVE_ISSUES" if to else "UNARCHIVE_ISSUES"
    project = call.site.projects[issue.project]
    call.site.require(call.user, right, project, "You do not have permission to archive issues.")
    children = [call.site.issues[x] for x in call.site.relations.children(issue.id)]
    for each in (issue, *children):
        each.archived = to
        call.site.keep(each)
    return Answer(status=204)


def _told(troubles: dict[str, list[str]]) -> dict[str, Any]:
    words = {
        "issuesNotFound": "The issues were not found.",
        "issueIsSubtask": "The issues are subtasks, and follow their parents.",
    }
    return {
        kind: {"count": len(issues), "issueIdsOrKeys": issues, "message": words[kind]}
        for kind, issues in troubles.items()
    }


ROUTES = (
    Route("POST", "issue/bulkfetch", fetch, server=False),
    Route("PUT", "issue/archive", archive, server=False),
    Route("PUT", "issue/unarchive", unarchive, server=False),
    Route("PUT", "issue/{issue}/archive", archive_one, cloud=False),
    Route("PUT", "issue/{issue}/restore", restore_one, cloud=False),
)
