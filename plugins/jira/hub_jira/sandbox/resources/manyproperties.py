"""A property of many issues at once, and the tasks that such requests begin (Cloud)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.edits import property_key, property_value
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.model import INVALID_PAYLOAD, BulkTask, JiraError

_HELD = object()


def put(call: Call) -> Answer:
    """Set a property of the issues that a filter names; it is done when the task is told of."""
    if call.data.get("expression"):
        raise JiraError(400, "Values by Jira expression are not supported.")
    key, value = property_key(call.path["key"]), property_value(call.data.get("value"))
    chosen = list(_eligible(call, key, call.inner("filter")))
    for issue in chosen:
        issue.properties = {**issue.properties, key: value}
        call.site.keep(issue)
    return _task(call, chosen)


def delete(call: Call) -> Answer:
    """Delete a property of the issues that a filter names."""
    key = property_key(call.path["key"])
    wanted = call.data if call.has_body else {}
    chosen = [x for x in _eligible(call, key, wanted) if key in x.properties]
    for issue in chosen:
        issue.properties = {k: v for k, v in issue.properties.items() if k != key}
        call.site.keep(issue)
    return _task(call, chosen)


def _eligible(call: Call, key: str, wanted: Mapping[str, Any]) -> Iterable[Issue]:
    user, site = call.logged_in(), call.site
    ids, has = wanted.get("entityIds"), wanted.get("hasProperty")
    if ids is not None and not isinstance(ids, list):
        raise JiraError(400, INVALID_PAYLOAD)
    named = None if ids is None else {str(identifier) for identifier in ids}
    for issue in list(site.issues.values()):
        held = issue.properties.get(key, _HELD)
        if (
            (named is None or issue.id in named)
            and (has is None or (held is not _HELD) is bool(has))
            and ("currentValue" not in wanted or held == wanted["currentValue"])
            and site.sees(user, issue)
            and site.may(user, "EDIT_ISSUES", site.projects[issue.project])
        ):
            yield issue


def _task(call: Call, chosen: Iterable[Issue]) -> Answer:
    task = BulkTask(
        id=call.site.new_id(),
        submitter=call.logged_in().account_id,
        at=call.site.now(),
        missing=0,
        done=[issue.id for issue in chosen],
    )
    call.site.tasks[task.id] = task
    return Answer(status=303, headers={"location": f"{call.view.root}/task/{task.id}"})


def read_task(call: Call) -> Answer:
    """Tell how far a task is: each is complete when it is told of."""
    user, wanted = call.logged_in(), call.path["task"]
    task = call.site.tasks.get(wanted)
    if task is None or (task.submitter != user.account_id and not user.admin):
        raise JiraError(404, f"The task {wanted} was not found.")
    moment = int(task.at.timestamp() * 1000)
    return Answer(
        {
            "self": f"{call.view.root}/task/{task.id}",
            "id": task.id,
            "status": "COMPLETE",
            "progress": 100,
            "result": {"issues": len(task.done)},
            "submittedBy": list(call.site.users).index(task.submitter) + 10_000,
            "submitted": moment,
            "started": moment,
            "finished": moment,
            "lastUpdate": moment,
            "elapsedRuntime": 0,
        }
    )


ROUTES = (
    Route("PUT", "issue/properties/{key}", put, server=False),
    Route("DELETE", "issue/properties/{key}", delete, server=False),
    Route("GET", "task/{task}", read_task, server=False),
)
