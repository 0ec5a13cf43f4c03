"""Issues: create, read, edit, delete, assign, transitions, what may be edited."""

from __future__ import annotations

from typing import Any, Final

from hub_jira.sandbox import workflow
from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.fieldvalues import EDITABLE, mapping
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.model import INVALID_PAYLOAD, JiraError
from hub_jira.sandbox.resources import extras
from hub_jira.sandbox.resources.finding import the_issue

_LIST: Final = ("add", "set", "remove")
_OPERATIONS: Final = {
    "labels": _LIST,
    "attachment": (),
    "comment": ("add", "edit", "remove"),
    "issuelinks": ("add", "copy"),
    "timetracking": ("set", "edit"),
}
_SIMPLE: Final = frozenset({"project", "issuetype", "summary"})


def create(call: Call) -> Answer:
    """Create an issue."""
    return Answer(_created(call, call.data), 201)


def _created(call: Call, body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise JiraError(400, INVALID_PAYLOAD)
    issue = call.editor.create(body)
    extras.perform(extras.prepare(call, issue, body))
    wanted = mapping(body.get("transition")).get("id")
    if wanted is not None:
        workflow.transition(call.editor, issue, {"transition": {"id": wanted}})
    return {"id": issue.id, "key": issue.key, "self": f"{call.view.root}/issue/{issue.id}"}


def create_many(call: Call) -> Answer:
    """Create up to 50 issues; those that fail are named by their number."""
    entries = call.listed("issueUpdates")
    if len(entries) > 50:
        raise JiraError(400, "The maximum number of issues that can be created is 50.")
    if not entries:
        raise JiraError(400, "No issues were given.")
    made: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for number, entry in enumerate(entries):
        try:
            made.append(_created(call, entry))
        except JiraError as error:
            failed.append(
                {
                    "status": error.status,
                    "elementErrors": error.body(),
                    "failedElementNumber": number,
                }
            )
    return Answer({"issues": made, "errors": failed}, 201 if made else 400)


def read(call: Call) -> Answer:
    """Read one issue, by id, key, or a key it had before it was moved."""
    fields = call.names("fields") or ["*all"]
    expand, properties = call.names("expand"), call.names("properties")
    issue = the_issue(call)
    if call.user is not None:
        call.site.planning.saw(call.user.account_id, issue.id)
    shown = call.view.issue(issue, fields, expand, properties)
    if "transitions" in expand:
        offered = call.site.transitions(issue, call.user)
        shown["transitions"] = [call.view.transition(x, issue, fields=False) for x in offered]
    if "editmeta" in expand:
        shown["editmeta"] = _edit_meta(call, issue)
    return Answer(shown)


def edit(call: Call) -> Answer:
    """Edit an issue; `update` may add comments, worklogs and links as well."""
    issue = the_issue(call)
    wanted = extras.prepare(call, issue, call.data)
    call.editor.edit(issue, call.data)
    extras.perform(wanted)
    if call.flag("returnIssue") and call.site.cloud:
        return Answer(call.view.issue(issue, ["*all"], call.names("expand")))
    return Answer(status=204)


def delete(call: Call) -> Answer:
    """Delete an issue, and its subtasks if that is asked for."""
    issue = the_issue(call)
    children = [call.site.issues[x] for x in call.site.relations.children(issue.id)]
    subtasks = [x for x in children if call.site.issue_types[x.issue_type].subtask]
    if subtasks and not call.flag("deleteSubtasks"):
        raise JiraError(
            400,
            f"The issue '{issue.key}' has subtasks.  You must specify the 'deleteSubtasks' "
            "parameter to delete this issue and all its subtasks.",
        )
    for victim in (*subtasks, issue):
        call.editor.delete(victim)
    return Answer(status=204)


def subtasks(call: Call) -> Answer:
    """List an issue's subtasks, in short."""
    return Answer(call.view.issue(the_issue(call), ["subtasks"])["fields"]["subtasks"])


def assign(call: Call) -> Answer:
    """Assign an issue: to someone, to nobody (null), or to whom the project says (`-1`)."""
    issue = the_issue(call)
    project = call.site.projects[issue.project]
    message = "You do not have permission to assign issues."
    call.site.require(call.user, "ASSIGN_ISSUES", project, message)
    names = [name for name in ("accountId", "name", "key") if name in call.data]
    if len(names) != 1:
        raise JiraError(400, errors={"assignee": "Exactly one user must be named."})
    call.editor.assign(issue, dict(call.data))
    return Answer(status=204)


def transitions(call: Call) -> Answer:
    """List the transitions that the caller may make now; Cloud tells of the others if asked."""
    issue = the_issue(call)
    site = call.site
    every = site.cloud and call.flag("includeUnavailableTransitions")
    fields = "transitions.fields" in call.names("expand")
    wanted = call.query.get("transitionId")
    steps = site.steps(issue, call.user) if every else site.transitions(issue, call.user)
    offered = [x for x in steps if wanted in {None, x.id}]
    shown = [call.view.transition(x, issue, fields=fields) for x in offered]
    return Answer({"expand": "transitions", "transitions": shown})


def transition(call: Call) -> Answer:
    """Make a transition."""
    issue = the_issue(call)
    wanted = extras.prepare(call, issue, call.data)
    workflow.transition(call.editor, issue, call.data)
    extras.perform(wanted)
    return Answer(status=204)


def edit_meta(call: Call) -> Answer:
    """List the fields that may be edited."""
    issue = the_issue(call)
    project = call.site.projects[issue.project]
    if not call.site.may(call.user, "EDIT_ISSUES", project):
        return Answer({"fields": {}})
    return Answer(_edit_meta(call, issue))


def _edit_meta(call: Call, issue: Issue) -> dict[str, Any]:
    project = call.site.projects[issue.project]
    names = [*EDITABLE, "attachment", "issuelinks", "comment", *call.site.custom_fields]
    return {
        "fields": {
            name: call.view.field_meta(
                name,
                required=name in {*_SIMPLE, *project.required},
                operations=_LIST
                if call.editor.values.is_list(name)
                else _OPERATIONS.get(name, ("set",)),
                of=project,
            )
            for name in names
        }
    }


def picker(call: Call) -> Answer:
    """Suggest issues whose key or summary has the words typed so far."""
    call.logged_in()
    words = call.query.get("query", "").lower().split()
    found = [x for x in _pickable(call) if all(word in _text(x) for word in words)]
    found.sort(key=lambda issue: issue.updated, reverse=True)
    shown = [
        {
            "id": int(issue.id),
            "key": issue.key,
            "keyHtml": issue.key,
            "img": f"/images/icons/issuetypes/{issue.issue_type}.png",
            "summary": issue.summary,
            "summaryText": issue.summary,
        }
        for issue in found[:20]
    ]
    section = {
        "label": "Current Search",
        "sub": f"Showing {len(shown)} of {len(found)} matching issues",
        "id": "cs",
        "issues": shown,
    }
    return Answer({"sections": [section]})


def _text(issue: Issue) -> str:
    return f"{issue.key} {issue.summary}".lower()


def _pickable(call: Call) -> list[Issue]:
    site, project = call.site, call.query.get("currentProjectId")
    allowed = {p.id for p in site.projects.values() if site.may(call.user, "BROWSE_PROJECTS", p)}
    current = call.query.get("currentIssueKey")
    return [
        issue
        for issue in site.issues.values()
        if issue.project in allowed
        and project in {None, "", issue.project}
        and issue.key != current
        and not issue.archived
        and (call.flag("showSubTasks", default=True) or issue.parent is None)
    ]


ROUTES = (
    Route("POST", "issue", create),
    Route("POST", "issue/bulk", create_many),
    Route("GET", "issue/picker", picker),
    Route("GET", "issue/{issue}", read),
    Route("PUT", "issue/{issue}", edit),
    Route("DELETE", "issue/{issue}", delete),
    Route("GET", "issue/{issue}/subtask", subtasks, cloud=False),
    Route("PUT", "issue/{issue}/assignee", assign),
    Route("GET", "issue/{issue}/transitions", transitions),
    Route("POST", "issue/{issue}/transitions", transition),
    Route("GET", "issue/{issue}/editmeta", edit_meta),
)
