"""Finds what a path names, for callers who may see it; what is hidden is as if it were not."""

from __future__ import annotations

from hub_jira.sandbox.call import Call
from hub_jira.sandbox.issue import Attachment, Comment, Issue, Worklog
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.talk import readable


def the_issue(call: Call) -> Issue:
    """Give the issue of a path."""
    return call.site.issue(call.path["issue"], call.user)


def the_comment(call: Call, issue: Issue) -> Comment:
    """Give the comment of a path, which must be one of the issue's."""
    comment = call.site.comment(issue, call.path["comment"])
    if not readable(call.site, call.user, issue, comment.visibility):
        raise _no_comment(comment.id)
    return comment


def comment_anywhere(call: Call) -> tuple[Issue, Comment]:
    """Give the comment of a path, and the issue that it is in."""
    identifier = call.path["comment"]
    owner = call.site.owners.get(identifier)
    if owner is None:
        raise _no_comment(identifier)
    issue = call.site.issue(owner, call.user)
    return issue, the_comment(call, issue)


def _no_comment(identifier: str) -> JiraError:
    return JiraError(404, f"Can not find a comment for the id: {identifier}.")


def the_worklog(call: Call) -> tuple[Issue, Worklog]:
    """Give the worklog of a path with its issue."""
    issue = the_issue(call)
    wanted = call.path["worklog"]
    found = next((x for x in issue.worklogs if x.id == wanted), None)
    if found is None or not readable(call.site, call.user, issue, found.visibility):
        raise JiraError(404, f"Cannot find worklog with id: '{wanted}'.")
    return issue, found


def the_attachment(call: Call) -> tuple[Issue, Attachment]:
    """Give the attachment of a path, and the issue that it is in."""
    wanted = call.path["id"]
    message = f"The attachment with id '{wanted}' does not exist"
    owner = call.site.owners.get(wanted)
    if owner is None:
        raise JiraError(404, message)
    issue = call.site.issue(owner, call.user)
    found = next((x for x in issue.attachments if x.id == wanted), None)
    if found is None:
        raise JiraError(404, message)
    return issue, found
