"""Comments of issues."""

from __future__ import annotations

from typing import Any, Final

from hub_jira.sandbox.call import Answer, Call, Route, page
from hub_jira.sandbox.issue import Comment, Issue, Pin
from hub_jira.sandbox.model import INVALID_PAYLOAD, JiraError
from hub_jira.sandbox.resources.finding import the_comment, the_issue
from hub_jira.sandbox.talk import readable

_WITH_PINS: Final = (9, 0, 0)
_ORDERS: Final = frozenset({"", "created", "+created", "-created"})


def listing(call: Call) -> Answer:
    """List an issue's comments, in pages."""
    issue = the_issue(call)
    order = call.query.get("orderBy", "")
    if order not in _ORDERS:
        raise JiraError(400, f"The comments can not be ordered by '{order}'.")
    entries = [
        comment
        for comment in issue.comments
        if readable(call.site, call.user, issue, comment.visibility)
    ]
    if order.startswith("-"):
        entries.reverse()
    size = call.number("maxResults", 100 if call.site.cloud else 1048576, 5000)
    cut = page(entries, call.number("startAt", 0, 10**9), size)
    shown = [_shown(call, issue, x) for x in cut.pop("shown")]
    return Answer({**cut, "comments": shown})


def read(call: Call) -> Answer:
    """Read one comment."""
    issue = the_issue(call)
    return Answer(_shown(call, issue, the_comment(call, issue)))


def _shown(call: Call, issue: Issue, comment: Comment) -> dict[str, Any]:
    return call.view.comment(issue, comment, call.names("expand"))


def add(call: Call) -> Answer:
    """Add a comment."""
    issue = the_issue(call)
    return Answer(_shown(call, issue, call.talk.add(issue, call.data)), 201)


def edit(call: Call) -> Answer:
    """Replace a comment."""
    issue = the_issue(call)
    comment = the_comment(call, issue)
    edited = call.talk.edit(issue, comment, call.data)
    return Answer(_shown(call, issue, edited))


def delete(call: Call) -> Answer:
    """Delete a comment."""
    issue = the_issue(call)
    call.talk.delete(issue, the_comment(call, issue))
    return Answer(status=204)


def pin(call: Call) -> Answer:
    """Pin a comment above the others, or not: the body is true or false."""
    _with_pins(call)
    issue = the_issue(call)
    comment = the_comment(call, issue)
    project = call.site.projects[issue.project]
    message = "You do not have permission to pin comments."
    user = call.site.require(call.user, "ADD_COMMENTS", project, message)
    if not isinstance(call.body, bool):
        raise JiraError(400, INVALID_PAYLOAD)
    issue.pins = [x for x in issue.pins if x.comment != comment.id]
    if call.body:
        issue.pins.append(Pin(comment=comment.id, by=user.account_id, at=call.site.now()))
    return Answer(status=204)


def pinned(call: Call) -> Answer:
    """List the pinned comments that the caller may read, as they were pinned."""
    _with_pins(call)
    issue = the_issue(call)
    seen = {x.id: x for x in issue.comments if _visible(call, issue, x)}
    shown = [
        {
            "comment": call.view.comment(issue, seen[entry.comment]),
            "pinnedBy": call.site.users[entry.by].name,
            "pinnedDate": call.view.moment(entry.at),
        }
        for entry in issue.pins
        if entry.comment in seen
    ]
    return Answer(shown)


def _with_pins(call: Call) -> None:
    if call.site.version < _WITH_PINS:
        raise JiraError(404, "HTTP 404 Not Found")


def by_ids(call: Call) -> Answer:
    """Read up to 1000 comments by their ids; those that can not be seen are left out."""
    wanted = [str(entry) for entry in call.listed("ids")]
    if not 0 < len(wanted) <= 1000:
        raise JiraError(400, "Between 1 and 1000 comment ids must be given.")
    shown = []
    for identifier in dict.fromkeys(wanted):
        issue = call.site.issues.get(call.site.owners.get(identifier, ""))
        found = [x for x in issue.comments if x.id == identifier] if issue else []
        if issue and found and _visible(call, issue, found[0]):
            shown.append(_shown(call, issue, found[0]))
    counts = {"startAt": 0, "maxResults": 1000, "total": len(shown), "isLast": True}
    return Answer({**counts, "values": shown})


def _visible(call: Call, issue: Issue, comment: Comment) -> bool:
    return call.site.sees(call.user, issue) and readable(
        call.site, call.user, issue, comment.visibility
    )


ROUTES = (
    Route("GET", "issue/{issue}/comment", listing),
    Route("POST", "issue/{issue}/comment", add),
    Route("GET", "issue/{issue}/comment/{comment}", read),
    Route("PUT", "issue/{issue}/comment/{comment}", edit),
    Route("DELETE", "issue/{issue}/comment/{comment}", delete),
    Route("PUT", "issue/{issue}/comment/{comment}/pin", pin, cloud=False),
    Route("GET", "issue/{issue}/pinned-comments", pinned, cloud=False),
    Route("POST", "comment/list", by_ids, server=False),
)
