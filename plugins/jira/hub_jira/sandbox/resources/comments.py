"""Comments of issues."""

from __future__ import annotations

from typing import Final

from hub_jira.sandbox.call import Answer, Call, Route, page
from hub_jira.sandbox.issue import Comment, Issue
from hub_jira.sandbox.model import JiraError

_ORDERS: Final = frozenset({"", "created", "+created", "-created"})


def _issue(call: Call) -> Issue:
    return call.site.issue(call.path["issue"], call.user)


def _readable(call: Call, comment: Comment) -> bool:
    """Say whether a restricted comment may be read: by the group it names, or any role."""
    limit = comment.visibility
    if not limit or limit.get("type") != "group" or call.user is None:
        return True
    return limit.get("value", limit.get("identifier", "")) in call.user.groups


def _comment(call: Call, issue: Issue) -> Comment:
    comment = call.site.comment(issue, call.path["comment"])
    if not _readable(call, comment):
        raise JiraError(404, f"Can not find a comment for the id: {comment.id}.")
    return comment


def listing(call: Call) -> Answer:
    """List an issue's comments, in pages."""
    issue = _issue(call)
    order = call.query.get("orderBy", "")
    if order not in _ORDERS:
        raise JiraError(400, f"The comments can not be ordered by '{order}'.")
    entries = [comment for comment in issue.comments if _readable(call, comment)]
    if order.startswith("-"):
        entries.reverse()
    size = call.number("maxResults", 100 if call.site.cloud else 1048576, 5000)
    cut = page(entries, call.number("startAt", 0, 10**9), size)
    properties = "properties" in call.names("expand")
    shown = [call.view.comment(issue, x, properties=properties) for x in cut.pop("shown")]
    return Answer({**cut, "comments": shown})


def read(call: Call) -> Answer:
    """Read one comment."""
    issue = _issue(call)
    properties = "properties" in call.names("expand")
    return Answer(call.view.comment(issue, _comment(call, issue), properties=properties))


def add(call: Call) -> Answer:
    """Add a comment."""
    issue = _issue(call)
    return Answer(call.view.comment(issue, call.talk.add(issue, call.data)), 201)


def edit(call: Call) -> Answer:
    """Replace a comment."""
    issue = _issue(call)
    comment = _comment(call, issue)
    call.talk.edit(issue, comment, call.data)
    return Answer(call.view.comment(issue, comment))


def delete(call: Call) -> Answer:
    """Delete a comment."""
    issue = _issue(call)
    call.talk.delete(issue, _comment(call, issue))
    return Answer(status=204)


def _found(call: Call) -> tuple[Issue, Comment]:
    for issue in call.site.issues.values():
        for comment in issue.comments:
            if comment.id == call.path["comment"]:
                call.site.issue(issue.id, call.user)
                return issue, comment
    raise JiraError(404, f"Can not find a comment for the id: {call.path['comment']}.")


def read_property(call: Call) -> Answer:
    """Read one property of a comment."""
    _, comment = _found(call)
    key = call.path["key"]
    if key not in comment.properties:
        raise JiraError(404, f"The property with key '{key}' does not exist.")
    return Answer({"key": key, "value": comment.properties[key]})


def set_property(call: Call) -> Answer:
    """Set one property of a comment."""
    issue, comment = _found(call)
    key = call.path["key"]
    new = key not in comment.properties
    comment.properties[key] = call.body
    call.site.keep(issue)
    return Answer(status=201 if new else 200)


ROUTES = (
    Route("GET", "issue/{issue}/comment", listing),
    Route("POST", "issue/{issue}/comment", add),
    Route("GET", "issue/{issue}/comment/{comment}", read),
    Route("PUT", "issue/{issue}/comment/{comment}", edit),
    Route("DELETE", "issue/{issue}/comment/{comment}", delete),
    Route("GET", "comment/{comment}/properties/{key}", read_property),
    Route("PUT", "comment/{comment}/properties/{key}", set_property),
)
