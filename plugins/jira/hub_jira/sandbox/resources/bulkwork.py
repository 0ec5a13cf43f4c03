"""Work on up to a thousand issues at once, as a task whose progress is asked for (Cloud).

It is done when it is submitted: a task that is asked for is complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from hub_jira.sandbox import workflow
from hub_jira.sandbox.call import Answer, Call, Handler, Route
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.model import BulkTask, JiraError, Transition

_MOST: Final = 1000
_PAGE: Final = 50


def _named(call: Call, wanted: Sequence[str]) -> tuple[list[Issue], int]:
    """Give the issues that the caller sees among those named, and how many others there were."""
    if not call.site.may(call.logged_in(), "BULK_CHANGE"):
        raise JiraError(403, "You do not have permission to make bulk changes.")
    if not wanted:
        raise JiraError(400, "At least one issue must be selected.")
    if len(wanted) > _MOST:
        raise JiraError(400, f"No more than {_MOST} issues can be selected at once.")
    found = {name: call.site.find_issue(name) for name in wanted}
    seen = {x.id: x for x in found.values() if x is not None and call.site.sees(call.user, x)}
    missing = sum(x is None or x.id not in seen for x in found.values())
    return list(seen.values()), missing


def _selected(call: Call) -> tuple[list[Issue], int]:
    return _named(call, [str(entry) for entry in call.listed("selectedIssueIdsOrKeys")])


def _perform(
    call: Call, work: Iterable[tuple[Issue, Callable[[Issue], object]]], missing: int
) -> Answer:
    user = call.logged_in()
    task = BulkTask(
        id=call.site.new_id(), submitter=user.account_id, at=call.site.now(), missing=missing
    )
    for issue, deed in work:
        try:
            deed(issue)
        except JiraError as error:
            task.failed[issue.id] = [*error.messages, *error.errors.values()]
        else:
            task.done.append(issue.id)
    call.site.tasks[task.id] = task
    return Answer({"taskId": task.id}, 201)


def delete(call: Call) -> Answer:
    """Delete issues with their subtasks."""
    found, missing = _selected(call)
    return _perform(call, ((issue, lambda x: _delete(call, x)) for issue in found), missing)


def _delete(call: Call, issue: Issue) -> None:
    if issue.id not in call.site.issues:
        return  # it went with its parent
    for child in call.site.relations.children(issue.id):
        if call.site.issue_types[call.site.issues[child].issue_type].subtask:
            call.editor.delete(call.site.issues[child])
    call.editor.delete(issue)


def watch(call: Call) -> Answer:
    """Have the caller watch issues."""
    return _watch(call, to=True)


def unwatch(call: Call) -> Answer:
    """Have the caller watch issues no longer."""
    return _watch(call, to=False)


def _watch(call: Call, *, to: bool) -> Answer:
    account = call.logged_in().account_id

    def deed(issue: Issue) -> None:
        if to is (account not in issue.watchers):
            (issue.watchers.append if to else issue.watchers.remove)(account)
            call.site.keep(issue)

    found, missing = _selected(call)
    return _perform(call, ((issue, deed) for issue in found), missing)


def transitions(call: Call) -> Answer:
    """List, by workflow, the transitions that issues have in common and that ask for no field."""
    found, missing = _named(call, call.names("issueIdsOrKeys"))
    if missing:
        raise JiraError(400, "Some of the issue ids or keys are invalid.")
    groups: dict[str, list[Issue]] = {}
    for issue in found:
        groups.setdefault(issue.project, []).append(issue)
    start = call.number("startingAfter", 0, len(groups))
    shown = [_common(call, issues) for issues in list(groups.values())[start : start + _PAGE]]
    result: dict[str, Any] = {"availableTransitions": shown}
    if start + _PAGE < len(groups):
        result["startingAfter"] = str(start + _PAGE)
    return Answer(result)


def _common(call: Call, issues: list[Issue]) -> dict[str, Any]:
    offered = [call.site.transitions(issue, call.user) for issue in issues]
    shared = [x for x in offered[0] if all(x in others for others in offered)]
    plain = [x for x in shared if not x.screen]
    return {
        "issues": [issue.id for issue in issues],
        "transitions": [_shown(call, entry) for entry in plain],
        "isTransitionsFiltered": any(
            entry not in plain for entries in offered for entry in entries
        ),
    }


def _shown(call: Call, entry: Transition) -> dict[str, Any]:
    return {
        "transitionId": int(entry.id),
        "transitionName": entry.name,
        "to": {"statusId": int(entry.to), "statusName": call.site.statuses[entry.to].name},
    }


def transition(call: Call) -> Answer:
    """Make transitions."""
    inputs = call.objects("bulkTransitionInputs")
    chosen = {
        str(name): str(entry.get("transitionId"))
        for entry in inputs
        for name in _names(entry.get("selectedIssueIdsOrKeys"))
    }
    found, missing = _named(call, list(chosen))
    steps = {
        issue.id: {"transition": {"id": step}}
        for name, step in chosen.items()
        if (issue := call.site.find_issue(name)) is not None
    }

    def deed(issue: Issue) -> None:
        workflow.transition(call.editor, issue, steps[issue.id])

    return _perform(call, ((issue, deed) for issue in found), missing)


def _names(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise JiraError(400, "selectedIssueIdsOrKeys must be a list.")
    return value


def progress(call: Call) -> Answer:
    """Tell what became of a task that the caller submitted."""
    user = call.logged_in()
    task = call.site.tasks.get(call.path["task"])
    if task is None or task.submitter != user.account_id:
        raise JiraError(400, f"There is no task {call.path['task']}.")
    moment = task.at.isoformat()
    return Answer(
        {
            "taskId": task.id,
            "status": "COMPLETE",
            "progressPercent": 100,
            "submittedBy": {"accountId": task.submitter},
            "created": moment,
            "started": moment,
            "updated": moment,
            "totalIssueCount": len(task.done) + len(task.failed) + task.missing,
            "processedAccessibleIssues": [int(issue) for issue in task.done],
            "failedAccessibleIssues": task.failed,
            "invalidOrInaccessibleIssueCount": task.missing,
        }
    )


def _route(method: str, path: str, handler: Handler) -> Route:
    """Make a route whose refusals have the form that these operations alone have."""

    def told(call: Call) -> Answer:
        try:
            return handler(call)
        except JiraError as error:
            words = [{"message": text} for text in (*error.messages, *error.errors.values())]
            return Answer({"errors": words}, error.status)

    return Route(method, path, told, server=False)


ROUTES = (
    _route("POST", "bulk/issues/delete", delete),
    _route("POST", "bulk/issues/watch", watch),
    _route("POST", "bulk/issues/unwatch", unwatch),
    _route("GET", "bulk/issues/transition", transitions),
    _route("POST", "bulk/issues/transition", transition),
    _route("GET", "bulk/queue/{task}", progress),
)
