"""Issues: create, read, edit, delete, transitions, properties, changelog, what may be edited."""

from __future__ import annotations

from typing import Any, Final

from hub_jira.sandbox import workflow
from hub_jira.sandbox.call import Answer, Call, Route, page
from hub_jira.sandbox.edits import EDITABLE
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.model import JiraError

_OPERATIONS: Final = {"labels": ("add", "set", "remove")}


def _issue(call: Call) -> Issue:
    return call.site.issue(call.path["issue"], call.user)


def create(call: Call) -> Answer:
    """Create an issue."""
    issue = call.editor.create(call.data)
    link = f"{call.view.root}/issue/{issue.id}"
    return Answer({"id": issue.id, "key": issue.key, "self": link}, 201)


def create_many(call: Call) -> Answer:
    """Create up to 50 issues; those that fail are named by their number."""
    entries: list[Any] = list(call.data.get("issueUpdates") or [])
    if len(entries) > 50:
        raise JiraError(400, "The maximum number of issues that can be created is 50.")
    made: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for number, entry in enumerate(entries):
        try:
            issue = call.editor.create(entry)
        except JiraError as error:
            errors = {"errorMessages": error.messages, "errors": error.errors}
            failed.append(
                {"status": error.status, "elementErrors": errors, "failedElementNumber": number}
            )
        else:
            link = f"{call.view.root}/issue/{issue.id}"
            made.append({"id": issue.id, "key": issue.key, "self": link})
    status = 201 if made or not failed else 400
    return Answer({"issues": made, "errors": failed}, status)


def read(call: Call) -> Answer:
    """Read one issue, by id, key, or a key it had before it was moved."""
    fields = call.names("fields") or ["*all"]
    expand, properties = call.names("expand"), call.names("properties")
    shown = call.view.issue(_issue(call), fields, expand, properties)
    return Answer(shown)


def bulk_fetch(call: Call) -> Answer:
    """Read up to 100 issues by id or key; those that can not be seen are left out."""
    wanted = [str(entry) for entry in call.data.get("issueIdsOrKeys") or []]
    if len(wanted) > 100:
        raise JiraError(400, "The number of issues requested exceeds the limit of 100.")
    found, missing = [], []
    for identifier in wanted:
        try:
            found.append(call.site.issue(identifier, call.user))
        except JiraError:
            missing.append(identifier)
    fields = call.data.get("fields") or ["*navigable"]
    properties = call.data.get("properties") or []
    shown = [call.view.issue(issue, fields, (), properties) for issue in found]
    return Answer({"expand": "", "issues": shown, "issueErrors": missing})


def edit(call: Call) -> Answer:
    """Edit an issue; `update` may add a comment as well."""
    issue = _issue(call)
    call.editor.edit(issue, call.data)
    _add_comments(call, issue)
    return Answer(status=204)


def _add_comments(call: Call, issue: Issue) -> None:
    for verb in (call.data.get("update") or {}).get("comment") or ():
        if "add" in verb:
            call.talk.add(issue, verb["add"])


def delete(call: Call) -> Answer:
    """Delete an issue, and its subtasks if that is asked for."""
    issue = _issue(call)
    children = [x for x in call.site.issues.values() if x.parent == issue.id]
    if children and call.query.get("deleteSubtasks") != "true":
        raise JiraError(
            400,
            f"The issue '{issue.key}' has subtasks. You must specify the 'deleteSubtasks' "
            "parameter to delete this issue and all its subtasks.",
        )
    for victim in (*children, issue):
        call.editor.delete(victim)
    return Answer(status=204)


def assign(call: Call) -> Answer:
    """Assign an issue."""
    issue = _issue(call)
    call.editor.edit(issue, {"fields": {"assignee": dict(call.data)}})
    return Answer(status=204)


def transitions(call: Call) -> Answer:
    """List the transitions that the caller may make now."""
    issue = _issue(call)
    fields = "transitions.fields" in call.names("expand")
    wanted = call.query.get("transitionId")
    offered = [x for x in call.site.transitions(issue, call.user) if wanted in {None, x.id}]
    shown = [call.view.transition(x, fields=fields) for x in offered]
    return Answer({"expand": "transitions", "transitions": shown})


def transition(call: Call) -> Answer:
    """Make a transition."""
    issue = _issue(call)
    workflow.transition(call.editor, issue, call.data)
    _add_comments(call, issue)
    return Answer(status=204)


def changelog(call: Call) -> Answer:
    """List an issue's changes, oldest first."""
    entries = _issue(call).histories
    cut = page(list(entries), call.number("startAt", 0, 10**9), call.number("maxResults", 100, 100))
    shown = [call.view.history(entry) for entry in cut.pop("shown")]
    last = cut["startAt"] + len(shown) >= cut["total"]
    link = f"{call.view.root}/issue/{call.path['issue']}/changelog"
    return Answer({"self": link, **cut, "isLast": last, "values": shown})


def edit_meta(call: Call) -> Answer:
    """List the fields that may be edited."""
    _issue(call)
    names = [*EDITABLE, *call.site.custom_fields]
    metas = {
        name: call.view.field_meta(
            name, required=name == "summary", operations=_OPERATIONS.get(name, ("set",))
        )
        for name in names
    }
    return Answer({"fields": metas})


def property_keys(call: Call) -> Answer:
    """List the keys of an issue's properties."""
    issue = _issue(call)
    link = f"{call.view.root}/issue/{issue.id}/properties"
    keys = [{"self": f"{link}/{key}", "key": key} for key in issue.properties]
    return Answer({"keys": keys})


def read_property(call: Call) -> Answer:
    """Read one property of an issue."""
    key = call.path["key"]
    return Answer({"key": key, "value": _owned(_issue(call), key)})


def _owned(issue: Issue, key: str) -> Any:
    if key not in issue.properties:
        raise JiraError(404, f"The property with key '{key}' does not exist.")
    return issue.properties[key]


def set_property(call: Call) -> Answer:
    """Set one property of an issue."""
    issue, key = _issue(call), call.path["key"]
    new = key not in issue.properties
    issue.properties[key] = call.body
    call.site.keep(issue)
    return Answer(status=201 if new else 200)


def delete_property(call: Call) -> Answer:
    """Delete one property of an issue."""
    issue, key = _issue(call), call.path["key"]
    _owned(issue, key)
    del issue.properties[key]
    call.site.keep(issue)
    return Answer(status=204)


ROUTES = (
    Route("POST", "issue", create),
    Route("POST", "issue/bulk", create_many),
    Route("POST", "issue/bulkfetch", bulk_fetch, server=False),
    Route("GET", "issue/{issue}", read),
    Route("PUT", "issue/{issue}", edit),
    Route("DELETE", "issue/{issue}", delete),
    Route("PUT", "issue/{issue}/assignee", assign),
    Route("GET", "issue/{issue}/transitions", transitions),
    Route("POST", "issue/{issue}/transitions", transition),
    Route("GET", "issue/{issue}/changelog", changelog, server=False),
    Route("GET", "issue/{issue}/editmeta", edit_meta),
    Route("GET", "issue/{issue}/properties", property_keys),
    Route("GET", "issue/{issue}/properties/{key}", read_property),
    Route("PUT", "issue/{issue}/properties/{key}", set_property),
    Route("DELETE", "issue/{issue}/properties/{key}", delete_property),
)
